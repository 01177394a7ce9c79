// The picture of a theme that the README shows: showcase.html in a folder that stands for the root of a host.
//
//     node tests/tools/showcase.mjs FOLDER PICTURE.webp

import { writeFile } from "node:fs/promises";

import { launch, visit } from "../browser/browser.mjs";
import { host } from "../browser/host.mjs";

const [, , folder, target] = process.argv;
const server = await host({ folders: { "": folder } });
const browser = await launch(process.env.CHROMIUM ?? "/usr/bin/chromium");
const size = { width: 1248, height: 904 };
try {
  await visit(browser, { viewport: size, colorScheme: null }, async (page, context) => {
    await page.goto(`${server.origin}/showcase.html`);
    await page.evaluate(async () => {
      const inside = [...document.querySelectorAll("iframe")].map((frame) => frame.contentDocument);
      const pictures = inside.flatMap((document) => [...document.images]);
      pictures.forEach((picture) => (picture.loading = "eager"));
      await Promise.all(pictures.map((picture) => picture.decode().catch(() => null)));
      const { backgroundColor, color } = inside[0].defaultView.getComputedStyle(inside[0].body);
      const { backgroundColor: paper } = inside[0].defaultView.getComputedStyle(inside[0].documentElement);
      const ground = /, 0\)$/.test(backgroundColor) ? paper : backgroundColor;
      document.body.style.background = `color-mix(in oklab, ${ground} 84%, ${color})`;
    });
    const devtools = await context.newCDPSession(page);
    const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 70, clip: { x: 0, y: 0, ...size, scale: 1.5 } });
    await writeFile(target, Buffer.from(data, "base64"));
  });
} finally {
  await browser.close();
  server.close();
}
