// A person with a keyboard and nothing else: the Tab key, letters, Space and Enter.

import { install } from "./probes.mjs";

const MOST_STOPS = 150;

/** Every stop of the Tab key, from the top of the page until it leaves the page again. */
export async function walk(page) {
  const stops = [];
  while (stops.length < MOST_STOPS) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => window.probe.focus());
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}

/** Follows the skip link, where the first stop is one, and says where the next stop is. */
export async function skip(page) {
  await page.keyboard.press("Tab");
  const link = await page.evaluate(() => window.probe.focus());
  if (!link?.href.startsWith("#")) return { link, next: null };
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  return { link, next: await page.evaluate(() => window.probe.focus()) };
}

async function tabTo(page, wanted, meet = async () => {}) {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => window.probe.focus());
    if (focus === null) return null;
    if (wanted(focus)) return focus;
    await meet(focus);
  }
  return null;
}

/**
 * Opens `url`, leaves `address` in its form and sends it, ticking and filling only what the form asks for. Before that,
 * each of `slips` is typed and sent in its place, which the browser must refuse.
 *
 * Gives { reached, refusals, ticked, status, landed }: `reached` is false where the keyboard cannot get to the field or
 * the button; `refusals` has a row for each slip, with what the browser said; `landed` is the path that the post led to.
 */
export async function signUp(page, url, address, slips = []) {
  await page.goto(url);
  await page.evaluate(install);
  const journey = { reached: false, refusals: [], ticked: [], status: 0, landed: "" };
  if (!(await tabTo(page, (focus) => focus.type === "email"))) return journey;

  for (const slip of slips) {
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.press("Delete");
    await page.keyboard.type(slip);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(30); // long enough for a post to set out, if one does
    // A page that is on its way elsewhere cannot be asked, and has refused nothing.
    const focus = page.url() === url ? await page.evaluate(() => window.probe?.focus() ?? null).catch(() => null) : null;
    const refused = focus?.type === "email" && !focus.valid;
    journey.refusals.push({ slip, refused, message: focus?.message ?? "" });
    if (!refused) return journey;
  }
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(address);

  const button = await tabTo(page, (focus) => focus.tag === "button", async (focus) => {
    if (!focus.required) return;
    await page.keyboard.press(focus.type === "checkbox" ? "Space" : focus.tag === "select" ? "ArrowDown" : "7");
    if (focus.type === "checkbox") journey.ticked.push(focus.field);
  });
  if (!button) return journey;
  journey.reached = true;
  const answered = page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() !== 303, { timeout: 5000 });
  const [response] = await Promise.all([answered.catch(() => null), page.keyboard.press("Enter")]);
  if (response) await page.waitForURL(response.url());
  journey.status = response?.status() ?? 0;
  journey.landed = new URL(page.url()).pathname;
  return journey;
}
