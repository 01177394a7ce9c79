// What Lighthouse says of pages of a built site, on a phone, and writes it down. It judges nothing: the tests do.
//
//     node lighthouse.mjs JOB.json REPORT.json
//
// The job: { chromium, folders, pages: [path], least: { category: 0 to 100 }, tries }, see host.mjs for `folders`. The
// report: path → its tries, each { scores: { category: 0 to 100 }, faults: [text] }. A page is tried again only where it
// has less than `least`. Lighthouse needs Node 22.19.

import { readFile, writeFile } from "node:fs/promises";

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

import { FLAGS } from "./browser.mjs";
import { host } from "./host.mjs";

const [, , jobFile, reportFile] = process.argv;
const job = JSON.parse(await readFile(jobFile, "utf8"));
const categories = Object.keys(job.least);
const server = await host(job);
const chrome = await launch({ chromePath: job.chromium, chromeFlags: ["--headless=new", "--no-sandbox", ...FLAGS] });

async function look(path) {
  const { lhr } = await lighthouse(server.origin + path, {
    port: chrome.port, onlyCategories: categories, disableFullPageScreenshot: true, logLevel: "error",
  });
  const scores = Object.fromEntries(categories.map((name) => [name, Math.round((lhr.categories[name].score ?? 0) * 100)]));
  if (lhr.runtimeError) return { scores, faults: [`${lhr.runtimeError.code}: ${lhr.runtimeError.message}`] };
  const weighed = new Set(categories.flatMap((name) => lhr.categories[name].auditRefs.filter((ref) => ref.weight).map((ref) => ref.id)));
  const faults = Object.values(lhr.audits)
    .filter((audit) => weighed.has(audit.id) && audit.score !== null && audit.score < 0.9)
    .map((audit) => `${audit.id}: ${audit.title} ${audit.displayValue ?? ""}`.trim());
  return { scores, faults };
}

try {
  const report = {};
  for (const path of job.pages) {
    const tries = (report[path] = []);
    do tries.push(await look(path));
    while (tries.length < job.tries && categories.some((name) => tries.at(-1).scores[name] < job.least[name]));
  }
  await writeFile(reportFile, JSON.stringify(report));
} finally {
  chrome.kill();
  server.close();
}
