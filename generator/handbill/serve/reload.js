// In each page that `handbill serve` shows, and in nothing that is built: keeps the page as its sources are, says what
// is wrong with them, and moves the time. All it draws stands in a shadow tree, so neither the theme nor this can touch
// the other; style sheets are made by script, which the page's policy leaves alone.

(() => {
  const asked = new URL(document.currentScript.src).searchParams;
  const page = { shown: asked.get("shown"), page: asked.get("page"), frame: asked.get("frame") };
  const number = (shown) => Number(shown.split(".")[1] ?? 0);

  // ---- the page itself

  /** Makes the page what it is now: nothing, its style alone, or all of it. */
  async function follow(state) {
    if (state.shown === page.shown) return;
    const forced = state.reload.split(".")[0] === page.shown.split(".")[0] && number(state.reload) > number(page.shown);
    const { headers } = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    const now = { shown: state.shown, page: headers.get("Handbill-Page"), frame: headers.get("Handbill-Frame") };
    if (forced || now.frame !== page.frame) return location.reload(); // the browser keeps the scroll
    if (now.page !== page.page) await restyle();
    else for (const frame of document.querySelectorAll("iframe[src]")) frame.src = frame.src;
    Object.assign(page, now);
  }

  async function restyle() {
    const text = await (await fetch(location.href, { cache: "no-store" })).text();
    const styles = [];
    const bare = text.replace(/<style\b([^>]*)>(.*?)<\/style>/gs, (_, attributes, css) => {
      styles.push(sheet(css, /media="([^"]*)"/.exec(attributes)?.[1])); // parsed as HTML, the old policy would refuse it
      return "";
    });
    const next = new DOMParser().parseFromString(bare, "text/html");
    document.adoptedStyleSheets = styles;
    for (const style of document.querySelectorAll("style")) style.sheet.disabled = true;
    for (const old of document.querySelectorAll("meta, script[type='application/ld+json']")) old.remove();
    document.head.append(...next.querySelectorAll("meta, script[type='application/ld+json']"));
  }

  function sheet(text, media = "") {
    const made = new CSSStyleSheet({ media });
    made.replaceSync(text);
    return made;
  }

  // ---- what is drawn over it

  const host = document.createElement("handbill-preview");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet(`
    :host { all: initial; position: fixed; inset: auto 0 0 0; z-index: 2147483647; display: grid; justify-items: end;
      gap: 8px; padding: 8px; pointer-events: none; font: 14px/1.45 system-ui, sans-serif; color-scheme: dark; color: #f4f1ea; }
    * { box-sizing: border-box; font: inherit; color: inherit; }
    [hidden] { display: none !important; }
    .row { display: flex; flex-wrap: wrap; gap: 8px; justify-content: end; }
    section, .pill, .mails { pointer-events: auto; background: #1b1a1f; border: 1px solid #6f6a7a; border-radius: 10px;
      box-shadow: 0 4px 24px #0006; }
    section { width: min(28rem, 100%); max-height: min(70vh, 34rem); overflow: auto; padding: 14px 16px; }
    button, a, input { min-height: 32px; padding: 4px 10px; border: 1px solid #6f6a7a; border-radius: 7px;
      background: #2a2830; text-decoration: none; cursor: pointer; }
    button:hover, a:hover { background: #3a3742; }
    :focus-visible { outline: 2px solid #ffd37a; outline-offset: 2px; }
    .pill, .mails { padding: 4px 12px; background: #1b1a1f; border: 1px solid #6f6a7a; border-radius: 10px; }
    .links { display: flex; flex-wrap: wrap; gap: 8px; }
    .pill[data-fixed]::before { content: "◷ "; color: #ffd37a; }
    h2 { margin: 0 0 8px; font-size: 15px; font-weight: 650; }
    p { margin: 10px 0; }
    .wrong { width: min(60rem, 100%); border: 2px solid #ff8b7b; }
    .wrong h2 { color: #ffb1a5; display: flex; justify-content: space-between; gap: 12px; }
    ol { margin: 0; padding: 0; list-style: none; display: grid; gap: 6px; }
    .moments button { width: 100%; text-align: start; display: flex; justify-content: space-between; gap: 12px; }
    .moments [aria-current] { border-color: #ffd37a; }
    pre { margin: 0; padding: 10px 12px; overflow-x: auto; background: #000; border-radius: 7px;
      font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
    form { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; align-items: center; }
    input { cursor: text; }
    @media print { :host { display: none; } }
  `)];

  function make(name, props = {}, ...children) {
    const node = Object.assign(document.createElement(name), props);
    node.append(...children);
    return node;
  }

  const wrong = make("section", { className: "wrong", hidden: true });
  wrong.setAttribute("role", "alert");
  const panel = make("section", { hidden: true });
  panel.setAttribute("aria-label", "The moment that is shown");
  const pill = make("button", { className: "pill", type: "button", onclick: toggle });
  pill.setAttribute("aria-expanded", "false");
  const mails = make("a", { className: "mails", href: "/_handbill/inbox/", hidden: true });
  root.append(wrong, panel, make("div", { className: "row" }, mails, pill));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (panel.hidden && wrong.hidden)) return;
    if (!panel.hidden) toggle();
    wrong.hidden = true;
    pill.focus();
  });

  let state = null;

  function draw() {
    const errors = state.problems.filter((problem) => problem.level === "error");
    const count = errors.length === 1 ? "One thing to mend" : `${errors.length} things to mend`;
    const close = make("button", { type: "button", onclick: () => (wrong.hidden = true) }, "Hide");
    wrong.replaceChildren(
      make("h2", {}, count, close),
      make("ol", {}, ...errors.map((problem) => make("li", {}, make("pre", {}, problem.text)))),
      make("p", {}, "The last good page stays behind this, which goes when it is mended."));
    wrong.hidden = !state.failed || document.documentElement.dataset.handbill === "none";
    const warnings = state.problems.length - errors.length;
    pill.textContent = state.failed ? `${count} · ${state.said}` : state.said;
    if (warnings) pill.textContent += ` · ${warnings} warning${warnings === 1 ? "" : "s"}`;
    pill.toggleAttribute("data-fixed", state.fixed);
    mails.hidden = !state.inbox;
    mails.textContent = `Inbox: ${state.inbox}`;
    if (!panel.hidden) fill();
  }

  // ---- time

  /** Opens or closes the panel, which stays open from page to page: whoever moves through moments looks at several. */
  function toggle() {
    panel.hidden = !panel.hidden;
    pill.setAttribute("aria-expanded", String(!panel.hidden));
    sessionStorage.setItem("handbill-time", panel.hidden ? "" : "open");
    if (!panel.hidden) fill();
  }

  async function fill() {
    const asked = new URLSearchParams({ path: location.pathname });
    const moments = await (await fetch(`/_handbill/moments?${asked}`)).json();
    const now = new Date(state.at);
    const current = moments.findLastIndex((moment) => new Date(moment.at) <= now);
    const items = moments.map((moment, place) => {
      const button = make("button", { type: "button", onclick: () => move(moment.at) },
        make("span", {}, moment.shown), make("span", {}, moment.label));
      if (place === current) button.setAttribute("aria-current", "true");
      return make("li", {}, button);
    });
    const when = make("input", { type: "datetime-local", name: "at", value: state.at.slice(0, 16), required: true });
    when.setAttribute("aria-label", `Time in ${state.zone}`);
    const form = make("form", { onsubmit: (event) => (event.preventDefault(), move(when.value)) }, when,
      make("button", {}, "Show"), make("button", { type: "button", onclick: () => move("") }, "Now"));
    const warnings = state.problems.filter((problem) => problem.level === "warning");
    panel.replaceChildren(
      make("h2", {}, state.fixed ? `As on ${state.said} (${state.zone})` : `As it is now, ${state.said} (${state.zone})`),
      make("ol", { className: "moments" }, ...items), form,
      make("p", { className: "links" }, make("a", { href: "/_handbill/" }, "E-mails and every state"),
        make("a", { href: "/_handbill/inbox/" }, "Inbox"), make("a", { href: "/_handbill/people/" }, "People")),
      ...(warnings.length ? [make("ol", {}, ...warnings.map((each) => make("li", {}, make("pre", {}, each.text))))] : []));
  }

  const move = (at) => fetch("/_handbill/at", { method: "POST", body: new URLSearchParams({ at }) });

  // ---- what the server says. A browser opens six connections to one server: only tabs that are looked at hold one.

  let stream = null;
  let followed = Promise.resolve();

  function listen() {
    if (document.visibilityState === "hidden") {
      stream?.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource("/_handbill/events");
      stream.onmessage = (event) => {
        state = JSON.parse(event.data);
        draw();
        if (!host.isConnected) {
          document.documentElement.append(host);
          if (sessionStorage.getItem("handbill-time")) toggle();
        }
        followed = followed.then(() => follow(state)).catch(() => {}); // a server that has just stopped
      };
    }
  }

  document.addEventListener("visibilitychange", listen);
  window.addEventListener("pageshow", listen);
  window.addEventListener("pagehide", () => {
    stream?.close();
    stream = null;
  });
  listen();
})();
