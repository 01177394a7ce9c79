// The HTML of pages, about as heavy as that of our base theme.
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
export const escape = (text) => String(text ?? "").replace(/[&<>"']/g, (found) => ESCAPES[found]);

const ORIGIN = "https://bench.example";
const SECTIONS = ["events", "drops", "hosts"];
const shortDay = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "Europe/Lisbon" });
const longDay = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "short", timeZone: "Europe/Lisbon" });
const iso = (moment) => new Date(moment).toISOString();
export const short = (moment) => shortDay.format(new Date(moment));
export const long = (moment) => longDay.format(new Date(moment));

export function head(kit, data) {
  const title = escape(data.title);
  const summary = escape(data.summary);
  const url = ORIGIN + data.page.url;
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Bench</title>
${summary && `<meta name="description" content="${summary}">`}
<link rel="canonical" href="${url}">
<meta property="og:title" content="${title}">
<meta property="og:type" content="website">
<meta property="og:url" content="${url}">
<meta property="og:site_name" content="Bench">
<meta property="og:locale" content="en">
${summary && `<meta property="og:description" content="${summary}">`}
<link rel="alternate" type="application/atom+xml" title="Bench" href="/feed.xml">
<link rel="icon" type="image/svg+xml" href="/icon.svg">
<meta name="color-scheme" content="light dark">
<style>${kit.style}</style>
</head>
<body class="kind-${data.kind ?? "list"}">
<a class="act skip" href="#main">Skip to the content</a>
<header class="bar">
<a class="name" href="/">Bench</a>
<details>
<summary>Menu</summary>
<nav aria-label="Menu">
${SECTIONS.map((name) => `<a href="/${name}/"${data.section === name ? ' aria-current="true"' : ""}>${name}</a>`).join("\n")}
</nav>
</details>
</header>
<main id="main">
`;
}

export function crumbs(data) {
  return `<nav class="crumbs" aria-label="You are here">
<a href="/">Home</a>
${SECTIONS.includes(data.section) ? `<a href="/${data.section}/">${data.section}</a>` : ""}
</nav>
`;
}

export function footer(data, script) {
  return `</main>
<footer>
<p class="name">Bench</p>
<p>Rua da Luz 7, 1200-001 Lisboa, Portugal</p>
<p class="links">
<a href="mailto:hello@bench.example">hello@bench.example</a>
<a href="/privacy/">Privacy notice</a>
<a href="/events.ics">Calendar</a>
<a href="/feed.xml">Feed</a>
</p>
</footer>
${script}
</body>
</html>
`;
}

export function form(data) {
  return `<form class="coupon" id="signup" method="post" action="/api/sign-up" aria-labelledby="signup-heading">
<h2 id="signup-heading">Keep me posted</h2>
<p class="field">
<label for="signup-email">E-mail</label>
<input id="signup-email" name="email" type="email" autocomplete="email" required maxlength="254">
</p>
<label class="tick" for="signup-marketing">
<input id="signup-marketing" name="marketing" type="checkbox" value="yes">
<span>Yes, write to me about new evenings, at most twice a month.</span>
</label>
<input type="hidden" name="list" value="main">
<input type="hidden" name="entry" value="${data.section}/${data.page.fileSlug}">
<input type="hidden" name="lang" value="en">
<input type="hidden" name="wording" value="0123456789abcdef0123456789abcdef">
<p class="trap" aria-hidden="true">
<label for="signup-trap">Leave this empty</label>
<input id="signup-trap" name="website" type="text" tabindex="-1" autocomplete="off">
</p>
<button>Sign up</button>
<p class="note">
We will send one e-mail to ask whether this is you. Unsubscribe with one click.
<a href="/privacy/">Privacy notice</a>
</p>
</form>
`;
}

export function card({ url, data }) {
  const day = data.starts && short(data.starts);
  return `<li class="card">
${day ? `<p class="plate" aria-hidden="true">${day}</p>` : ""}
<p class="kicker">
${day ? `<time datetime="${iso(data.starts)}">${day}</time>` : ""}
${data.city ? `<span>${escape(data.city)}</span>` : ""}
</p>
<h2><a href="${url}">${escape(data.title)}</a></h2>
<p>${escape(data.summary)}</p>
${(data.products ?? []).map((product) => `<p class="price">€${product.price}.00</p>`).join("")}
</li>
`;
}

export function list(kit, data) {
  const { title, n, count, base, entries } = data.list;
  const at = (number) => (number ? `${base}${number + 1}/` : base);
  return `${head(kit, data)}<div class="hero">
<header>
<h1>${escape(title)}</h1>
</header>
</div>
<ul class="grid">
${entries.map(card).join("")}
</ul>
<p class="acts">
${n ? `<a class="act" href="${at(n - 1)}" rel="prev">Sooner</a>` : ""}
${n + 1 < count ? `<a class="act" href="${at(n + 1)}" rel="next">Later</a>` : ""}
</p>
${crumbs(data)}${footer(data, script([trail(data)]))}`;
}

const trail = (data) => ({
  "@type": "BreadcrumbList",
  itemListElement: [["Home", "/"], [data.title, data.page.url]].map(([name, url], place) => (
    { "@type": "ListItem", position: place + 1, name, item: ORIGIN + url })),
});

const script = (graph) => `<script type="application/ld+json">${
  JSON.stringify({ "@context": "https://schema.org", "@graph": graph }).replace(/</g, "\\u003c")}</script>`;

function graph(data) {
  const url = ORIGIN + data.page.url;
  const address = { "@type": "PostalAddress", streetAddress: data.street, addressLocality: data.city };
  const offers = (data.products ?? []).map((product) => ({
    "@type": "Offer", name: product.name, price: `${product.price}.00`, priceCurrency: "EUR", url,
    availability: "https://schema.org/InStock",
  }));
  if (data.kind === "event") {
    return [{
      "@type": "Event", "@id": `${url}#event`, name: data.title, startDate: data.starts,
      eventStatus: "https://schema.org/EventScheduled",
      eventAttendanceMode: "https://schema.org/OfflineEventAttendanceMode",
      location: { "@type": "Place", name: data.venue, address },
      organizer: { "@type": "Organization", name: "Bench", url: ORIGIN },
      description: data.summary, offers, url, inLanguage: "en",
    }, trail(data)];
  }
  if (data.kind === "drop") {
    return [{ "@type": "Product", "@id": `${url}#lamp`, name: "Lamp", description: data.summary, offers, url }, trail(data)];
  }
  if (data.kind === "host") {
    return [{ "@type": "Place", "@id": `${url}#host`, name: data.title, description: data.summary, address, url }, trail(data)];
  }
  return [trail(data)];
}

export function entry(data) {
  const starts = data.starts;
  return `${head(data.kit, data)}<article class="entry">
<header>
${starts ? `<p class="kicker">
<strong class="stamp open">Open</strong>
<time datetime="${iso(starts)}">${short(starts)}</time>
${data.venue ? `<span>${escape(data.venue)}</span>` : ""}
</p>` : ""}
<h1>${escape(data.title)}</h1>
${data.summary ? `<p class="lead">${escape(data.summary)}</p>` : ""}
</header>
${data.kit.forms && data.kind ? form(data) : ""}<div class="side">
${starts || data.street ? `<dl>
${starts ? `<div><dt>When</dt><dd><time datetime="${iso(starts)}">${long(starts)}</time></dd></div>` : ""}
${data.street ? `<div><dt>Where</dt><dd>
${data.venue ? `${escape(data.venue)}<br>` : ""}
<bdi>${escape(data.street)}</bdi><br>
<bdi>${escape(data.city)}</bdi><br>
<a href="https://www.openstreetmap.org/search?query=${encodeURIComponent(data.street)}">Map</a>
</dd></div>` : ""}
</dl>` : ""}
${data.kind === "event" ? `<a class="act" href="${data.page.url}event.ics">Add to calendar</a>` : ""}
${data.products ? `<ul class="bill">
${data.products.map((product) => `<li>
<p class="line"><b>${escape(product.name)}</b> <span>€${product.price}.00</span></p>
${product.stock ? `<p class="note"><span>${product.stock} made</span></p>` : ""}
</li>`).join("\n")}
</ul>` : ""}
</div>
<div class="text">
<div class="prose">
${data.content}
</div>
${data.topics ? `<p class="note">
${data.topics.map((tag) => `<a class="tag" href="/tags/${tag}/" rel="tag">${tag}</a>`).join("\n")}
</p>` : ""}
</div>
</article>
${crumbs(data)}${footer(data, script(graph(data)))}`;
}
