// Walks through what a person sees of `handbill serve` while they save files, and writes down what it saw.
//
//     node serve.mjs JOB.json REPORT.json
//
// The job: { chromium, url, root, shots? }. It edits the files of the site itself, as an editor would. Each step of the
// report says what was seen after it; the tests judge.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { DESK, launch, PHONE, visit } from "./browser.mjs";

const [, , jobFile, reportFile] = process.argv;
const job = JSON.parse(await readFile(jobFile, "utf8"));
const seen = { console: [] };
const browser = await launch(job.chromium);

const file = (path) => join(job.root, path);

/** Saves by rename, as most editors do. */
async function edit(path, from, to) {
  const text = await readFile(file(path), "utf8");
  if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
  await writeFile(`${file(path)}.new~`, text.replace(from, to));
  await rename(`${file(path)}.new~`, file(path));
}

const overlay = (page) => page.locator("handbill-preview .wrong");
const pill = (page) => page.locator("handbill-preview .pill");
const shown = (page) => page.evaluate(() => ({
  scroll: Math.round(scrollY),
  mark: window.mark ?? "",
  paper: getComputedStyle(document.documentElement).backgroundColor,
  text: document.querySelector("main").innerText,
}));
async function shot(page, name) {
  if (!job.shots) return;
  await mkdir(job.shots, { recursive: true });
  await page.screenshot({ path: join(job.shots, `${name}.png`) });
}

try {
  await visit(browser, { viewport: DESK }, async (page) => {
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.console.push(message.text()));
    page.on("pageerror", (error) => seen.console.push(String(error)));
    const elsewhere = (seen.elsewhere = []);
    page.on("request", (request) => request.url().startsWith(job.url) || elsewhere.push(request.url()));

    await page.goto(`${job.url}events/salon/`);
    await pill(page).waitFor();
    seen.pill = await pill(page).innerText();
    await page.evaluate(() => ((window.mark = "the same document"), scrollTo(0, 300)));
    seen.before = await shown(page);
    await shot(page, "pill");

    // A token: the style is exchanged, the document and its scroll stay.
    await edit("themes/own/tokens.json", "#fffdf7", "#f2fff7");
    await page.waitForFunction(() => getComputedStyle(document.documentElement).backgroundColor === "rgb(242, 255, 247)");
    seen.restyled = await shown(page);

    // And once more: what was exchanged can be exchanged again.
    await edit("themes/own/tokens.json", "#f2fff7", "#fff2fb");
    await page.waitForFunction(() => getComputedStyle(document.documentElement).backgroundColor === "rgb(255, 242, 251)");
    seen.again = await shown(page);

    // A text: the document is another, the scroll stays.
    await edit("content/events/salon.md", "Come as you are.", "Come as you like.");
    await page.getByText("Come as you like.").waitFor();
    await page.waitForFunction(() => scrollY > 0);
    seen.reloaded = await shown(page);

    // A text of another page: nothing happens to this one.
    await page.evaluate(() => (window.mark = "still the same"));
    await edit("content/events/ball.md", "Come as you are.", "Nobody looks at this.");
    await page.waitForTimeout(700);
    seen.untouched = await shown(page);

    // An error: told over the page, which stays; and gone when it is mended.
    await edit("themes/own/parts/header.html", "Ours", "Ours {{ nonsense }}");
    await overlay(page).waitFor({ state: "visible" });
    seen.wrong = { overlay: await overlay(page).innerText(), ...(await shown(page)) };
    await shot(page, "error");
    await page.keyboard.press("Tab");
    await edit("content/events/salon.md", "starts: 2026-12-04 19:00", "starts: soon");
    await page.waitForTimeout(300);
    await edit("themes/own/parts/header.html", " {{ nonsense }}", "");
    await page.locator("handbill-preview .wrong", { hasText: "soon", hasNotText: "nonsense" }).waitFor();
    seen.other = await overlay(page).innerText();
    await edit("content/events/salon.md", "starts: soon", "starts: 2026-12-04 19:00");
    await overlay(page).waitFor({ state: "hidden" });
    seen.mended = await shown(page);

    // Time: every moment of the entry, each one press away.
    await pill(page).click();
    const moments = page.locator("handbill-preview .moments button");
    await moments.first().waitFor();
    seen.moments = await moments.allInnerTexts();
    await shot(page, "time");
    await moments.last().click();
    await page.locator("main").getByText("Past", { exact: true }).first().waitFor();
    await moments.first().waitFor();
    seen.past = { pill: await pill(page).innerText(), ...(await shown(page)) };
    await page.locator("handbill-preview input").fill("2026-12-04T19:30");
    await page.keyboard.press("Enter");
    await page.locator("main").getByText("Closed", { exact: true }).first().waitFor();
    await page.locator("handbill-preview .pill", { hasText: "19:30" }).waitFor();
    await moments.first().waitFor();
    seen.typed = await shown(page);
    await page.keyboard.press("Escape");
    seen.closed = await page.locator("handbill-preview section[aria-label]").isHidden();
  });

  await visit(browser, { viewport: PHONE, colorScheme: "dark" }, async (page) => {
    await page.goto(`${job.url}events/salon/`);
    await pill(page).click();
    await page.locator("handbill-preview .moments button").first().waitFor();
    seen.phone = await page.evaluate(() => document.documentElement.scrollWidth);
    await shot(page, "phone");
  });

  // A tab that nobody looks at holds no connection: more tabs than a browser opens connections all show the page.
  await visit(browser, {}, async (_, context) => {
    seen.tabs = 0;
    for (let number = 0; number < 9; number += 1) {
      const page = await context.newPage();
      await page.addInitScript(() => {
        window.looked = true;
        Object.defineProperty(document, "visibilityState", { get: () => (window.looked ? "visible" : "hidden") });
      });
      await page.goto(`${job.url}events/salon/`, { timeout: 10_000 });
      await page.evaluate(() => ((window.looked = false), document.dispatchEvent(new Event("visibilitychange"))));
      seen.tabs += 1;
    }
  });

  // A page that failed from the start comes to life by itself.
  await writeFile(reportFile, JSON.stringify(seen));
} finally {
  await browser.close();
}
