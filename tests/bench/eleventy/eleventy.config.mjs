// A site of the same shape and weight as ours, in Eleventy's fastest kind of template (11ty.js).
// `pages` is what its plain site makes; kit.json says whether e-mails, .ics files and a feed come on top.
import { readFileSync } from "node:fs";
import { card, crumbs, footer, form, head, list } from "./theme.mjs";
import { calendar, feed, message, siteCalendar } from "./mails.mjs";

const kit = JSON.parse(readFileSync(new URL("./kit.json", import.meta.url)));
const SECTIONS = ["events", "drops", "hosts"];
const PER_PAGE = 48;

export default function (eleventy) {
  const bySection = (api, section) => api.getFilteredByTag(`in-${section}`);
  const pagesOf = (title, url, entries) => {
    const count = Math.max(1, Math.ceil(entries.length / PER_PAGE));
    return Array.from({ length: count }, (_, n) => ({
      title, n, count, base: url, url: n ? `${url}${n + 1}/` : url,
      entries: entries.slice(n * PER_PAGE, (n + 1) * PER_PAGE),
    }));
  };

  eleventy.addCollection("lists", (api) => {
    const pages = SECTIONS.flatMap((name) => pagesOf(name, `/${name}/`, bySection(api, name)));
    const tags = new Map();
    for (const entry of api.getAll()) {
      for (const tag of entry.data.topics ?? []) {
        if (!tags.has(tag)) tags.set(tag, []);
        tags.get(tag).push(entry);
      }
    }
    for (const [tag, entries] of tags) pages.push(...pagesOf(tag, `/tags/${tag}/`, entries));
    return pages;
  });

  eleventy.addTemplate("lists.11ty.js", class {
    data() {
      return {
        pagination: { data: "collections.lists", size: 1, alias: "list" },
        permalink: (data) => `${data.list.url}index.html`,
        eleventyComputed: { title: (data) => data.list.title },
      };
    }
    render(data) { return list(kit, data); }
  });

  eleventy.addTemplate("index.11ty.js", class {
    data() { return { title: "Bench", permalink: "/index.html" }; }
    render(data) {
      const parts = SECTIONS.map((name) => `<section>
<div class="line">
<h2>${name}</h2>
<a href="/${name}/">All ${name}</a>
</div>
<ul class="grid">
${data.collections[`in-${name}`].slice(0, 6).map(card).join("")}
</ul>
</section>`);
      return `${head(kit, data)}<div class="hero">
<header>
<h1>${data.title}</h1>
</header>
</div>
${parts.join("\n")}
${footer(data, "")}`;
    }
  });

  eleventy.addTemplate("404.11ty.js", class {
    data() { return { title: "This page does not exist", permalink: "/404.html" }; }
    render(data) {
      return `${head(kit, data)}<h1>${data.title}</h1>
<p class="lead">It may have moved. <a href="/">Go to the home page</a>.</p>
${crumbs(data)}${footer(data, "")}`;
    }
  });

  eleventy.addTemplate("sitemap.11ty.js", class {
    data() { return { permalink: "/sitemap.xml" }; }
    render(data) {
      const rows = [...SECTIONS, "pages"].flatMap((name) => data.collections[`in-${name}`] ?? []);
      return `<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${
        rows.map((entry) => `<url><loc>https://bench.example${entry.url}</loc></url>`).join("")}</urlset>`;
    }
  });

  if (kit.mails) {
    eleventy.addCollection("messages", (api) =>
      api.getAll().flatMap((entry) => Object.keys(kit.mails[entry.data.kind] ?? {}).map((name) => ({ entry, name }))));
    eleventy.addTemplate("messages.11ty.js", class {
      data() {
        return {
          pagination: { data: "collections.messages", size: 1, alias: "message" },
          permalink: (data) => `${data.message.entry.url}${data.message.name}.eml`,
        };
      }
      render(data) {
        const { entry, name } = data.message;
        return message(kit.mails[entry.data.kind][name], entry);
      }
    });
    eleventy.addTemplate("calendars.11ty.js", class {
      data() {
        return {
          pagination: { data: "collections.in-events", size: 1, alias: "event" },
          permalink: (data) => `${data.event.url}event.ics`,
        };
      }
      render(data) { return calendar(data.event); }
    });
    eleventy.addTemplate("feed.11ty.js", class {
      data() { return { permalink: "/feed.xml" }; }
      render(data) { return feed([...data.collections["in-events"], ...data.collections["in-drops"]].slice(0, 30)); }
    });
    eleventy.addTemplate("events.11ty.js", class {
      data() { return { permalink: "/events.ics" }; }
      render(data) { return siteCalendar(data.collections["in-events"].slice(0, 100)); }
    });
  }

  eleventy.addGlobalData("kit", () => ({ style: kit.style, forms: Boolean(kit.mails) }));
  eleventy.setTemplateFormats("md,11ty.js");
  eleventy.setQuietMode(true);
  return {
    dir: { input: "content", output: "public", includes: "../_includes", layouts: "../_includes" },
    markdownTemplateEngine: false,
  };
}
