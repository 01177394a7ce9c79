// Looks at every page as people meet it, and writes down what it sees. It judges nothing: the tests do.
//
//     node look.mjs JOB.json REPORT.json
//
// The job: { chromium, folders, bare, inboxes, pages: [{ path, answer?, glance?, once? }] }, see host.mjs for the first
// ones. A form is sent twice, with script and without; `once`: without. A glance leaves the keyboard alone, and asks axe
// once for all its rules. The report: { pages: { path: {…} }, trespass, posts }.

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { DESK, launch, NARROW, PHONE, together, visit } from "./browser.mjs";
import { host } from "./host.mjs";
import { signUp, skip, walk } from "./keyboard.mjs";
import { install, watch } from "./probes.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const COLOURS = ["color-contrast", "link-in-text-block"];

const [, , jobFile, reportFile] = process.argv;
const job = JSON.parse(await readFile(jobFile, "utf8"));
const server = await host(job);
const browser = await launch(job.chromium);
let people = 0;
const ask = (page, measure, ...args) => page.evaluate(([name, given]) => window.probe[name](...given), [measure, args]);

/** Violations, each as one line: what, where. `only` names rules; without it all of RULES apply. */
async function axe(page, only) {
  const found = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ["violations"] }),
    only ? { type: "rule", values: only } : { type: "tag", values: RULES });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}. ${node.target.join(" ")}`));
}

/** Everything that goes over the wire, and everything that the browser has to say about it. */
function listen(page) {
  const heard = { requests: [], elsewhere: [], failed: [], console: [] };
  page.on("request", (request) => {
    heard.requests.push(request);
    if (!request.url().startsWith(`${server.origin}/`) && !request.url().startsWith("data:")) heard.elsewhere.push(request.url());
  });
  page.on("requestfailed", (request) => heard.failed.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => response.status() >= 400 && heard.failed.push(`${response.url()}: ${response.status()}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && heard.console.push(message.text()));
  page.on("pageerror", (error) => heard.console.push(String(error)));
  return heard;
}

/** Waits for all that the browser has asked for by itself; a lazy picture further down is not among it. */
const arrived = (requests) => Promise.all(requests.map(async (request) => (await request.response())?.finished()));

/** URL → bytes on the wire, headers included. */
async function weigh(requests) {
  const weights = new Map();
  for (const request of requests) {
    if (request.url().startsWith("data:") || request.failure()) continue;
    const { responseBodySize, responseHeadersSize } = await request.sizes();
    weights.set(request.url(), responseBodySize + responseHeadersSize);
  }
  return weights;
}

async function send(page, url, address, slips) {
  const journey = await signUp(page, url, address, slips);
  return { ...journey, posts: server.posts.filter((post) => new Map(post.fields).get("email") === address) };
}

/** A glance needs no stranger of its own: one tab serves for all, put back to how a visit begins. */
async function again(page, work) {
  ["request", "requestfailed", "response", "console", "pageerror"].forEach((event) => page.removeAllListeners(event));
  await page.goto("about:blank");
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  await page.waitForFunction((width) => innerWidth === width, PHONE.width); // a size that comes late moves what is there
  return work(page, page.context());
}

/** All that is seen of one page. Of the lane's two tabs, `plain` runs no script. */
async function look({ path, answer, glance, once }, { plain, quick }) {
  const url = server.origin + path;
  const seen = { path, answer: Boolean(answer), glance: Boolean(glance) };

  await (glance ? (work) => again(quick, work) : (work) => visit(browser, {}, work))(async (page, context) => {
    if (!glance) await page.addInitScript(watch);
    const heard = listen(page);
    const response = await page.goto(url, { waitUntil: "load" });
    seen.status = response.status();
    seen.headers = await response.allHeaders();
    await page.evaluate(install);
    seen.autofocus = await page.evaluate(() => document.querySelector("[autofocus]") !== null);
    seen.forms = await ask(page, "forms");
    await arrived(heard.requests);
    Object.assign(seen, await ask(page, "facts"));
    seen.requests = heard.requests.map((request) => request.url());
    const weights = await weigh(heard.requests);
    seen.html = (await response.request().sizes()).responseBodySize;
    seen.critical = [url, ...seen.blocking].reduce((sum, each) => sum + (weights.get(each) ?? 0), 0);
    seen.total = [...weights.values()].reduce((sum, each) => sum + each, 0);
    await ask(page, "scrollThrough");
    seen.empty = await ask(page, "empty");
    seen.shift = await page.evaluate(() => window.seen.shift);
    seen.refused = await page.evaluate(() => window.seen.refused);
    Object.assign(seen, { elsewhere: [...heard.elsewhere], failed: [...heard.failed], console: [...heard.console] });
    seen.cookies = (await context.cookies()).map((cookie) => cookie.name);

    seen.small = { phone: await ask(page, "small") };
    seen.smallText = await ask(page, "smallText");
    seen.crossed = { phone: await ask(page, "crossed") };

    await page.evaluate(AXE);
    seen.axe = {};
    seen.faint = {};
    seen.axe["light, phone"] = await axe(page);
    seen.faint.light = await ask(page, "faint");
    await page.emulateMedia({ colorScheme: "dark" });
    seen.axe["dark, phone"] = await axe(page, COLOURS);
    seen.faint.dark = await ask(page, "faint");
    await page.setViewportSize(DESK);
    seen.axe["dark, desk"] = await axe(page, glance && COLOURS);
    await page.emulateMedia({ colorScheme: "light" });
    if (!glance) seen.axe["light, desk"] = await axe(page, COLOURS);
    seen.small.desk = await ask(page, "small");
    seen.crossed.desk = await ask(page, "crossed");
    seen.cut = { desk: await ask(page, "cut") };

    await page.emulateMedia({ reducedMotion: "reduce" });
    seen.moving = await ask(page, "moving");

    await page.setViewportSize(NARROW);
    seen.sideways = { plain: await ask(page, "sideways") };
    await ask(page, "unfold", true);
    seen.sideways.unfolded = await ask(page, "sideways");
    await ask(page, "widen");
    seen.sideways.widened = await ask(page, "sideways");
    seen.cut.widened = await ask(page, "cut");
    await ask(page, "narrow");
    await ask(page, "turn", "rtl");
    seen.sideways.turned = await ask(page, "sideways");

    if (glance) return;
    await page.setViewportSize(PHONE);
    await page.goto(url);
    await page.evaluate(install);
    seen.stops = await walk(page);
    await page.goto(url);
    await page.evaluate(install);
    seen.skip = await skip(page);
    if (seen.forms.length && !answer) {
      const person = `p${++people}`;
      seen.sent = {};
      if (!once) seen.sent["with script"] = await send(page, url, `${person}a@example.org`, [""]);
      seen.sent["without script"] = await send(plain, url, `${person}b@example.org`, ["nobody at nowhere"]);
    }
  });
  return [path, seen];
}

try {
  const lanes = await Promise.all([1, 2].map(async () => {
    const quick = await browser.newPage({ viewport: PHONE, deviceScaleFactor: 2 });
    await quick.addInitScript(watch);
    return { quick, plain: await browser.newPage({ viewport: PHONE, javaScriptEnabled: false }) };
  }));
  const pages = Object.fromEntries(await together(job.pages, lanes, look));
  const trespass = await visit(browser, {}, async (page) => {
    await page.addInitScript(watch);
    const heard = listen(page);
    await page.goto(`${server.origin}/`);
    await page.evaluate(install);
    const done = await ask(page, "trespass");
    return { ...done, refused: await page.evaluate(() => window.seen.refused), console: heard.console, elsewhere: heard.elsewhere };
  });
  await writeFile(reportFile, JSON.stringify({ origin: server.origin, pages, trespass, posts: server.posts }));
} finally {
  await browser.close();
  server.close();
}
