// E-mails from our own compiled programs (see handbill_functions.fill), .ics files and the feed.
import { escape, long } from "./theme.mjs";

const ORIGIN = "https://bench.example";

/** What the build knows of an entry, by the names that our e-mails use. */
function values(mail, { url, data }) {
  const known = { ...mail.constants };
  for (const name of mail.names) {
    if (name === "title") known.title = data.title;
    else if (name === "summary") known.summary = data.summary;
    else if (name === "url") known.url = ORIGIN + url;
    else if (name === "when" || name === "date") known[name] = long(data.starts);
    else if (name === "price") known.price = `€${data.products[0].price}.00`;
    else if (name === "title_line") known.title_line = "=".repeat(data.title.length);
    else known[name] = `${ORIGIN}${url}event.ics?${encodeURIComponent(data.title)}`;
  }
  return known;
}

function fill(nodes, known) {
  let text = "";
  for (const node of nodes) {
    if (typeof node === "string") text += node;
    else if (node[0] === "if") text += fill(known[node[1]] ? node[2] : node[3] ?? [], known);
    else if (node[0] === "each") text += fill(node[2], known);
    else if (node[0] === "fragment") continue;
    else if (known[node[1]] === undefined) text += `[[${node[1]}]]`;
    else text += node[0] === "plain" || node[0] === "header" ? known[node[1]] : escape(known[node[1]]);
  }
  return text;
}

export function message(mail, entry) {
  const known = values(mail, entry);
  const parts = ["subject", "preheader", "html", "text"].map((part) => fill(mail.program[part], known));
  return parts.join("\n----\n") + (mail.attached ? calendar(entry) : "");
}

const stamp = (moment) => new Date(moment).toISOString().replace(/[-:]|\.\d+/g, "");
const event = ({ url, data, fileSlug, page }) => `BEGIN:VEVENT
UID:${page?.fileSlug ?? fileSlug}@bench.example
SEQUENCE:0
DTSTAMP:${stamp(data.date)}
DTSTART:${stamp(data.starts)}
DTEND:${stamp(data.ends)}
SUMMARY:${data.title}
DESCRIPTION:${data.summary}
LOCATION:${data.venue}\\, ${data.street}\\, ${data.city}
URL:${ORIGIN}${url}
STATUS:CONFIRMED
ORGANIZER;CN=Bench:mailto:hello@bench.example
END:VEVENT
`;

export const calendar = (entry) => `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Bench//EN
METHOD:PUBLISH
X-WR-CALNAME:${entry.data.title}
${event(entry)}END:VCALENDAR
`;

export const siteCalendar = (entries) => `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Bench//EN
METHOD:PUBLISH
X-WR-CALNAME:Bench
${entries.map(event).join("")}END:VCALENDAR
`;

export const feed = (entries) => `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Bench</title><id>${ORIGIN}/</id>
${entries.map(({ url, data }) => `<entry><title>${escape(data.title)}</title><id>${ORIGIN}${url}</id>
<link href="${ORIGIN}${url}"/><updated>${new Date(data.date).toISOString()}</updated><summary>${escape(data.summary)}</summary></entry>`).join("\n")}
</feed>
`;
