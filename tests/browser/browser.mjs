// One Chromium, and a fresh stranger for each visit: no cache, no cookies, nothing remembered.

import { chromium } from "playwright-core";

export const PHONE = { width: 360, height: 640 };
export const DESK = { width: 1280, height: 800 };
export const NARROW = { width: 320, height: 640 };

/** With these Chromium finds no host but this machine, and does nothing by itself. */
export const FLAGS = [
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export const launch = (executablePath) => chromium.launch({ executablePath, args: FLAGS });

/** A page in a context of its own, closed when `work` is done. */
export async function visit(browser, options, work) {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: 2, colorScheme: "light", ...options });
  context.setDefaultTimeout(20_000);
  try {
    return await work(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

/** Calls `work(item, lane)` for each of `items`, one at a time in each of `lanes`, and keeps their order. */
export async function together(items, lanes, work) {
  const results = new Array(items.length);
  let next = 0;
  const run = async (lane) => {
    while (next < items.length) {
      const mine = next++;
      results[mine] = await work(items[mine], lane);
    }
  };
  await Promise.all(lanes.map(run));
  return results;
}
