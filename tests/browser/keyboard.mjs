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
 * Opens `url`, leaves `address` in its form and sends it, ticking and filling only what the form asks for.
 *
 * Gives { reached, ticked, filled, status, landed }: `reached` is false where the keyboard cannot get to the field or
 * the button; `landed` is the path that the post led to.
 */
export async function signUp(page, url, address) {
  await page.goto(url);
  await page.evaluate(install);
  const found = { reached: false, ticked: [], filled: [], status: 0, landed: "" };
  if (!(await tabTo(page, (focus) => focus.type === "email"))) return found;
  await page.keyboard.type(address);
  const button = await tabTo(page, (focus) => focus.tag === "button", async (focus) => {
    if (!focus.required) return;
    if (focus.type === "checkbox") {
      await page.keyboard.press("Space");
      found.ticked.push(focus.field);
    } else {
      await page.keyboard.type(focus.tag === "select" ? "\u0020" : "7");
      found.filled.push(focus.field);
    }
  });
  if (!button) return found;
  found.reached = true;
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() !== 303, { timeout: 5000 }).catch(() => null),
    page.keyboard.press("Enter"),
  ]);
  await page.waitForLoadState();
  found.status = response?.status() ?? 0;
  found.landed = new URL(page.url()).pathname;
  return found;
}

/** Opens `url`, types `address` and presses Enter: what the browser says, which must be said before anything is sent. */
export async function refuse(page, url, address) {
  await page.goto(url);
  await page.evaluate(install);
  if (!(await tabTo(page, (focus) => focus.type === "email"))) return { reached: false };
  await page.keyboard.type(address);
  await page.keyboard.press("Enter");
  await page.waitForTimeout(50);
  const focus = await page.evaluate(() => window.probe?.focus() ?? null);
  return {
    reached: true,
    stayed: page.url() === url,
    refused: focus !== null && focus.type === "email" && !focus.valid,
    message: focus?.message ?? "",
  };
}
