// Walks from a page to the welcome mail on `handbill serve`, as a newcomer would, and writes down what it saw.
//
//     node signup.mjs JOB.json REPORT.json
//
// The job: { chromium, url, root, shots? }.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { DESK, launch, visit } from "./browser.mjs";

const [, , jobFile, reportFile] = process.argv;
const job = JSON.parse(await readFile(jobFile, "utf8"));
const seen = { console: [], elsewhere: [] };
const browser = await launch(job.chromium);
const place = (path) => new URL(path, job.url).href;
const titles = (page) => page.locator("td a").allInnerTexts();

function watch(page) {
  page.on("console", (message) =>
    ["error", "warning"].includes(message.type()) && seen.console.push(`${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => request.url().startsWith(job.url) || seen.elsewhere.push(request.url()));
}
async function shot(page, name) {
  if (!job.shots) return;
  await mkdir(job.shots, { recursive: true });
  await page.screenshot({ path: join(job.shots, `${name}.png`) });
}
async function signUp(page, email) {
  await page.goto(place("events/salon/"));
  const form = page.locator('form[action$="/subscribe"]').first();
  await form.locator('input[name="email"]').fill(email);
  await form.locator('input[name="consent_marketing"]').check();
  await form.locator('button, input[type="submit"]').first().click();
  await page.waitForURL("**/check-inbox/");
}

try {
  await visit(browser, { viewport: DESK, javaScriptEnabled: false }, async (page, context) => {
    watch(page);
    await signUp(page, "ada@example.org");
    seen.posted = page.url();
    await page.goto(place("/_handbill/inbox/"));
    seen.inbox = await titles(page);

    // The button in the e-mail, as it is drawn: it opens a tab of its own.
    await page.locator("td a").first().click();
    const opened = context.waitForEvent("page");
    await page.frameLocator("iframe").locator('a[href*="/api/confirm/"]').first().click();
    const tab = await opened;
    watch(tab);
    await tab.waitForLoadState();
    seen.asked = await tab.locator("h1").innerText();
    await tab.locator("main form button").click();
    await tab.getByRole("heading", { name: "You are in" }).waitFor();
    seen.confirmed = await tab.locator("h1").innerText();
    seen.thanked = await tab.locator("main").innerText();

    await page.goto(place("/_handbill/inbox/"));
    seen.after = await titles(page);
    await page.locator("td a").first().click();
    await shot(page, "welcome");
    seen.welcome = await page.locator("pre").innerText();
    await page.locator('pre a[href*="/api/preferences/"]').click();
    await page.locator('[name="language"]').first().waitFor();
    const language = page.locator('select[name="language"]');
    if (await language.count()) await language.selectOption("pt");
    else await page.locator('input[name="language"][value="pt"]').check();
    await page.locator('main form[action*="/preferences/"] button').first().click();
    seen.saved = await page.locator("html").getAttribute("lang");
  });

  await visit(browser, { viewport: DESK }, async (inbox, context) => {
    watch(inbox);
    await inbox.goto(place("/_handbill/inbox/"));
    await inbox.locator("handbill-preview .mails").waitFor();
    const other = await context.newPage();
    await signUp(other, "eve@example.org");
    await other.close();
    await inbox.locator("td a").nth(seen.after.length).waitFor();
    seen.came = await titles(inbox);
    await inbox.locator("handbill-preview .mails").waitFor();
    seen.bar = await inbox.locator("handbill-preview .mails").innerText();
    await shot(inbox, "inbox");

    // The preview of an e-mail, while its words are saved.
    const words = join(job.root, "content/events/_emails/welcome.md");
    const frame = inbox.frameLocator("iframe").first();
    await inbox.goto(place("/_handbill/emails/events/salon/welcome/en/"));
    await inbox.locator("handbill-preview .pill").waitFor();
    seen.before = await frame.locator("body").innerText();
    await writeFile(words, (await readFile(words, "utf8")).replace("Until then.", "Until soon."));
    await frame.getByText("Until soon.").waitFor();
    seen.changed = await frame.locator("body").innerText();
  });
  await writeFile(reportFile, JSON.stringify(seen));
} finally {
  await browser.close();
}
