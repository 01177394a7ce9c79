// A static host that does what Netlify and Cloudflare Pages do with a built folder: files, `_headers`, `_redirects`,
// 404.html, compression. And one thing more: it takes what sign-up forms post, keeps it, and leads on.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".xml": "application/xml; charset=utf-8",
  ".ics": "text/calendar; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".avif": "image/avif",
  ".webp": "image/webp",
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

/**
 * The rules of a `_headers` file: (matcher of a path, header names and values). Every rule that matches a path applies.
 */
export function parseHeaders(text) {
  const rules = [];
  for (const line of text.split("\n")) {
    if (!line.trim() || line.startsWith("#")) continue;
    if (!/^\s/.test(line)) {
      const pattern = line.trim().split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
      rules.push({ matches: new RegExp(`^${pattern.join(".*")}$`), headers: [] });
    } else {
      const colon = line.indexOf(":");
      rules.at(-1).headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    }
  }
  return rules;
}

/** Old path → [new path, status], from a `_redirects` file. */
export function parseRedirects(text) {
  const rows = text.split("\n").map((line) => line.trim().split(/\s+/)).filter((row) => row.length >= 2);
  return new Map(rows.map(([from, to, status]) => [from, [to, Number(status ?? 301)]]));
}

/**
 * Serves until closed, on a free port of this machine.
 *
 * `folders` maps the first name of a path to a folder; the one at "" is the site, and its `_headers` go with all of
 * them, but for the names in `bare`. `inboxes` (language → path) says where a form is led on to: 303, as our functions
 * do. Gives { origin, posts, close }; `posts` grows: { path, origin, referer, fields: [[name, value], …] }.
 */
export async function host({ folders, bare = [], inboxes = {} }) {
  const read = (name) => readFile(join(folders[""], name), "utf8").catch(() => "");
  const rules = parseHeaders(await read("_headers"));
  const redirects = parseRedirects(await read("_redirects"));
  const posts = [];

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
    const first = path.split("/")[1];
    const sent = {};
    for (const { matches, headers } of bare.includes(first) ? [] : rules) {
      if (!matches.test(path)) continue;
      for (const [name, value] of headers) sent[name] = name in sent ? `${sent[name]}, ${value}` : value;
    }
    if (request.method === "POST") {
      const fields = [...new URLSearchParams(await text(request))];
      posts.push({ path, origin: request.headers.origin, referer: request.headers.referer, fields });
      const lang = new Map(fields).get("lang");
      response.writeHead(303, { ...sent, Location: inboxes[lang] ?? Object.values(inboxes)[0] ?? "/" }).end();
      return;
    }
    if (redirects.has(path)) {
      const [to, status] = redirects.get(path);
      response.writeHead(status, { ...sent, Location: to }).end();
      return;
    }
    const folder = folders[first] ?? folders[""];
    const inside = normalize(first && first in folders ? path.slice(first.length + 1) : path);
    const file = join(folder, inside.endsWith("/") ? `${inside}index.html` : inside);
    const hidden = ["/_headers", "/_redirects"].includes(path);
    let body = hidden ? null : await readFile(file).catch(() => null);
    const status = body === null ? 404 : 200;
    body ??= await readFile(join(folders[""], "404.html")).catch(() => Buffer.from("Not here."));
    sent["Content-Type"] = TYPES[status === 404 ? ".html" : extname(file)] ?? "application/octet-stream";
    if (/^text|xml|svg/.test(sent["Content-Type"])) {
      sent.Vary = "Accept-Encoding";
      [body, sent["Content-Encoding"]] = compressed(body, request.headers["accept-encoding"] ?? "");
      if (!sent["Content-Encoding"]) delete sent["Content-Encoding"];
    }
    response.writeHead(status, { ...sent, "Content-Length": body.length }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, posts, close: () => (server.closeAllConnections(), server.close()) };
}

// As hosts compress what they were given plain: quickly, not as small as it gets.
function compressed(body, accepted) {
  if (/\bbr\b/.test(accepted)) {
    return [brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }), "br"];
  }
  return /\bgzip\b/.test(accepted) ? [gzipSync(body, { level: 6 }), "gzip"] : [body, ""];
}

async function text(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
