// A person at Chromium, told what to do by lines of JSON, and telling what came of each.
//
//     node visitor.mjs CHROMIUM
//
// { arrive: { script } }   a fresh stranger: no cache, no cookies, nothing remembered
// { open: URL }            types an address
// { fill: { NAME: TEXT } } writes into fields, by their names; { tick: NAME } ticks a box
// { press: SELECTOR }      clicks, and waits for the page that follows
// { look: SELECTOR }       waits until that is to be seen; { gone: SELECTOR } until it is not
// { leave: true }          closes the browser
//
// The answer to each: { url, statuses, heading, text, html, looked, cookies, elsewhere, console }. `statuses` are those
// of the documents that were fetched since the last line, redirects with them; `looked` is the text of what was waited for.

import { createInterface } from "node:readline";

import { DESK, launch } from "./browser.mjs";

const browser = await launch(process.argv[2]);
let context, page, seen;

async function arrive({ script = false }) {
  await context?.close();
  context = await browser.newContext({ viewport: DESK, javaScriptEnabled: script, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(20_000);
  page = await context.newPage();
  seen = { statuses: [], looked: "", elsewhere: [], console: [] };
  page.on("response", (response) => {
    const request = response.request();
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) seen.statuses.push(response.status());
  });
  page.on("request", (request) => {
    const from = page.url() === "about:blank" ? request.url() : page.url();
    if (new URL(request.url()).origin !== new URL(from).origin) seen.elsewhere.push(request.url());
  });
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && seen.console.push(said.text()));
}

async function act(job) {
  if (job.arrive) return arrive(job.arrive);
  seen.statuses = [];
  seen.looked = "";
  if (job.open) await page.goto(job.open);
  for (const [name, text] of Object.entries(job.fill ?? {})) await page.locator(`main [name="${name}"]`).first().fill(text);
  if (job.tick) await page.locator(`main [name="${job.tick}"]`).first().check();
  if (job.look) {
    await page.locator(job.look).first().waitFor();
    seen.looked = await page.locator(job.look).first().innerText();
  }
  if (job.gone) await page.locator(job.gone).first().waitFor({ state: "hidden" });
  if (job.press) {
    const gone = page.waitForNavigation();
    await page.locator(job.press).first().click();
    await gone;
  }
}

async function tell() {
  if (page.url() === "about:blank") return {};
  const heading = page.locator("h1").first();
  return {
    url: page.url(), ...seen,
    heading: (await heading.count()) ? await heading.innerText() : "",
    text: await page.locator("body").innerText(),
    html: await page.content(),
    cookies: (await context.cookies()).length,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  if (job.leave) break;
  try {
    await act(job);
    console.log(JSON.stringify(await tell()));
  } catch (error) {
    console.log(JSON.stringify({ failed: `${line}: ${error.message}`, url: page?.url() }));
  }
}
await browser.close();
