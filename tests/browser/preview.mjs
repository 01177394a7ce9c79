// Looks at the preview's own pages as a designer does, and writes down what it sees. It judges nothing: the tests do.
//
//     node preview.mjs JOB.json REPORT.json
//
// The job: { chromium, url, pages: [path], keyboard: [path], mail, walks: [{ page, frame, click, tab? }], save, shots? }.
// `walks` follow a link within a frame and say where the frame is afterwards, or the `tab` that opens. Of `mail`, an
// e-mail's page, both buttons are pressed. `save` { page, file, from, to } edits a letter that is looked at. The report:
// { pages: { path: {…} }, keyboard: { path: {…} }, walks, saved, sent, letter }.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { DESK, launch, PHONE, visit } from "./browser.mjs";
import { walk } from "./keyboard.mjs";
import { install } from "./probes.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const COLOURS = ["color-contrast", "link-in-text-block"];

const [, , jobFile, reportFile] = process.argv;
const job = JSON.parse(await readFile(jobFile, "utf8"));
const browser = await launch(job.chromium);

/** Violations in the page itself, and not in its frames: those hold a theme's pages, which have tests of their own. */
async function axe(page, only) {
  const runOnly = only ? { type: "rule", values: only } : { type: "tag", values: RULES };
  const found = await page.evaluate((rules) =>
    window.axe.run(document, { runOnly: rules, resultTypes: ["violations"], iframes: false }), runOnly);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}. ${node.target.join(" ")}`));
}

function listen(page) {
  const heard = { elsewhere: [], failed: [], console: [] };
  page.on("request", (request) =>
    request.url().startsWith(job.url) || request.url().startsWith("data:") || heard.elsewhere.push(request.url()));
  page.on("response", (response) => response.status() >= 400 && heard.failed.push(`${response.url()}: ${response.status()}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && heard.console.push(message.text()));
  page.on("pageerror", (error) => heard.console.push(String(error)));
  return heard;
}

async function shot(page, path, how) {
  if (!job.shots) return;
  await mkdir(job.shots, { recursive: true });
  await page.waitForTimeout(300); // frames draw themselves
  await page.screenshot({ path: join(job.shots, `${path.replace(/\W+/g, "_")}${how}.png`) });
}

/** All that is seen of one page. */
const look = (path) => visit(browser, { deviceScaleFactor: 1 }, async (page) => {
  const heard = listen(page);
  const response = await page.goto(job.url + path, { waitUntil: "load" });
  await page.locator("handbill-preview .pill").waitFor();
  const seen = { status: response.status(), axe: {}, ...heard };
  await page.evaluate(install);
  await page.evaluate(AXE);
  const ask = (measure) => page.evaluate((name) => window.probe[name](), measure);
  seen.sideways = await ask("sideways");
  seen.small = (await ask("small")).filter((target) => !target.includes("handbill-preview"));
  for (const [screen, viewport] of [["phone", PHONE], ["desk", DESK]]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const dark = colorScheme === "dark"; // its colours are the same on a desk
      if (!dark || viewport === PHONE) seen.axe[`${colorScheme}, ${screen}`] = await axe(page, dark && COLOURS);
      await shot(page, path, `${viewport.width}-${colorScheme}`);
    }
  }
  seen.wide = await ask("sideways");
  return seen;
});

/** What the Tab key stops at, where no frame takes it away: frames are taken out, and their owners' titles kept. */
const stops = (path) => visit(browser, { viewport: DESK }, async (page) => {
  await page.goto(job.url + path);
  await page.evaluate(() => document.querySelectorAll("iframe").forEach((frame) => frame.remove()));
  await page.evaluate(install);
  const reachable = await page.evaluate(() =>
    [...document.querySelectorAll("main a[href], header a[href], button, input:not([type=hidden]), [tabindex='0']")].length);
  return { reachable, stops: await walk(page) };
});

try {
  const report = { pages: {}, keyboard: {}, walks: [] };
  for (const path of job.pages) report.pages[path] = await look(path);
  for (const path of job.keyboard) report.keyboard[path] = await stops(path);

  for (const { page: path, frame, click, tab } of job.walks) {
    report.walks.push(await visit(browser, { viewport: DESK }, async (page, context) => {
      const heard = listen(page);
      await page.goto(job.url + path);
      const inside = page.frameLocator(`iframe >> nth=${frame}`);
      const link = inside.getByRole("link", { name: click }).first();
      await link.waitFor();
      const inner = () => page.frames().filter((each) => each.parentFrame())[frame]?.url() ?? "";
      const before = inner();
      const opened = tab ? context.waitForEvent("page") : null;
      await link.focus(); // and not a click: the frames are smaller than they seem, which puts off a mouse made by script
      await page.keyboard.press("Enter");
      if (tab) await (await opened).waitForURL(/^http/);
      else for (let tries = 0; tries < 60 && inner() === before; tries += 1) await page.waitForTimeout(50);
      return { frame: inner(), tab: tab ? (await opened).url() : "", top: page.url(), ...heard };
    }));
  }

  await visit(browser, { viewport: DESK, acceptDownloads: true }, async (page) => {
    await page.goto(job.url + job.mail);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Save as .eml").click()]);
    report.saved = { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
    await page.getByRole("button", { name: /Send a test/ }).click();
    report.sent = await page.getByRole("status").innerText();
  });
  // A letter is saved while it is looked at: each frame of it shows the new words.
  const { page: letter, file, from, to } = job.save;
  await visit(browser, { viewport: DESK }, async (page) => {
    await page.goto(job.url + letter);
    await page.locator("handbill-preview .pill").waitFor();
    await writeFile(file, (await readFile(file, "utf8")).replace(from, to));
    const count = await page.locator("iframe.email").count();
    const words = (number) => page.frameLocator(`iframe.email >> nth=${number}`).locator("body");
    for (let number = 0; number < count; number += 1) await words(number).getByText(to).waitFor();
    report.letter = count;
  });
  await writeFile(reportFile, JSON.stringify(report));
} finally {
  await browser.close();
}
