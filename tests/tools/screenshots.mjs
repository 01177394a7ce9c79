// Pictures of a built site for people to look at: phone and desk, light and dark.
//
//     node tests/tools/screenshots.mjs PUBLIC FOLDER [PATH …]
//
// PUBLIC is a built site, FOLDER is where the PNGs go; without any PATH (`/events/`) all pages are taken.

import { mkdir, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { DESK, launch, PHONE, together } from "../browser/browser.mjs";
import { host } from "../browser/host.mjs";

const [, , folder, target, ...wanted] = process.argv;
if (!target) {
  console.error("Usage: node tests/tools/screenshots.mjs PUBLIC FOLDER [PATH …]");
  process.exit(2);
}

async function everyPage() {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return files.filter((file) => file.name.endsWith(".html")).map((file) =>
    `/${relative(folder, join(file.parentPath, file.name)).split(sep).join("/").replace(/index\.html$/, "")}`).sort();
}

const paths = wanted.length ? wanted : await everyPage();
await mkdir(target, { recursive: true });
const server = await host({ folders: { "": folder } });
const browser = await launch(process.env.CHROMIUM ?? "/usr/bin/chromium");
try {
  const views = [PHONE, DESK].flatMap((viewport) => ["light", "dark"].map((colorScheme) => ({ viewport, colorScheme })));
  const lanes = await Promise.all([1, 2].map(() => browser.newPage()));
  await together(paths.flatMap((path) => views.map((view) => [path, view])), lanes, async ([path, view], page) => {
    await page.setViewportSize(view.viewport);
    await page.emulateMedia({ colorScheme: view.colorScheme });
    await page.goto(server.origin + path);
    await page.evaluate(async () => {
      const pictures = [...document.images];
      pictures.forEach((picture) => (picture.loading = "eager"));
      await Promise.all(pictures.map((picture) => picture.decode().catch(() => null)));
    });
    const name = `${path.replace(/^\/|\/$|\.html$/g, "").replaceAll("/", "-") || "home"}`;
    const file = join(target, `${name}.${view.viewport.width}.${view.colorScheme}.png`);
    await page.screenshot({ path: file, fullPage: true });
    console.log(file);
  });
} finally {
  await browser.close();
  server.close();
}
