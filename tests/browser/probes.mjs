// What can be measured inside a page. `watch` runs before anything of the page does; `install` puts the measures at
// `window.probe`. Both are sent to the page as text, so each must hold all that it needs.

/** Notes from the first moment on what moves by itself, and what the page's own policy refuses. */
export function watch() {
  const seen = (window.seen = { shift: 0, refused: [] });
  const add = (list) => list.getEntries().forEach((entry) => entry.hadRecentInput || (seen.shift += entry.value));
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  document.addEventListener("securitypolicyviolation", (event) =>
    seen.refused.push(`${event.effectiveDirective}: ${event.blockedURI || "inline"} ${event.sample}`.trim()));
}

export function install() {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const style = (element, pseudo) => getComputedStyle(element, pseudo);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const box = (element) => element.getBoundingClientRect();
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const arrival = (image) => new Promise((done) => (image.onload = image.onerror = done));
  const CONTROLS = "input:not([type=hidden]), select, textarea, button";
  const controls = () => all(CONTROLS).filter((element) => shown(element) && !element.closest("[aria-hidden=true]"));

  /** How a person who mends it would find it: `form#signup > input[name=email]`. */
  const name = (element) => {
    const own = (node) =>
      node.localName +
      (node.id ? `#${node.id}` : node.classList.length ? `.${[...node.classList].join(".")}` : "") +
      (node.getAttribute("name") ? `[name=${node.getAttribute("name")}]` : "");
    const words = element.textContent.trim().replace(/\s+/g, " ").slice(0, 30);
    const parent = element.parentElement;
    return `${parent && parent !== document.body ? `${own(parent)} > ` : ""}${own(element)}${words ? ` “${words}”` : ""}`;
  };

  // Colours, as they stand on what lies below them.
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => {
    const [, , , alpha] = top;
    return [0, 1, 2].map((i) => top[i] * alpha + below[i] * (1 - alpha)).concat(1);
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(rgba(style(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reduceRight((below, top) => over(top, below), rgba("Canvas"));
  };
  const light = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  /** WCAG 2.2, contrast ratio: 1 to 21. */
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };

  window.probe = {
    /** What the page is made of and what it left behind. */
    async facts() {
      const databases = indexedDB.databases ? await indexedDB.databases() : [];
      return {
        lang: document.documentElement.lang,
        dir: document.documentElement.dir,
        nodes: all("*").length,
        scripts: all("script").filter((script) => !/json/.test(script.type)).length,
        styled: all("[style]").map(name),
        handlers: all("*").filter((node) => [...node.attributes].some((a) => /^on/.test(a.name))).map(name),
        fonts: document.fonts.size,
        blocking: performance.getEntriesByType("resource").filter((r) => r.renderBlockingStatus === "blocking").map((r) => r.name),
        stored: [
          document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage),
          ...databases.map((database) => database.name), ...(await caches.keys()),
        ].filter(Boolean),
        links: all("a[href], link[href], area[href]").map((link) => link.href),
        unsized: all("img").filter((image) => !image.width || !image.getAttribute("height")).map((image) => image.src),
      };
    },

    /** Wakes every lazy picture, and is back at the top when all have come. */
    async scrollThrough() {
      for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
        scrollTo(0, y);
        await frame();
      }
      scrollTo(0, 0);
      await Promise.all(all("img").filter((image) => !image.complete).map(arrival));
      await frame();
    },

    /** Pictures that came to nothing. */
    empty: () => all("img").filter((image) => image.complete && !image.naturalWidth).map((image) => image.src),

    /** Forms with an address to leave: where they end on this screen. */
    forms: () =>
      all("form").filter((form) => form.querySelector("[type=email]")).map((form) => ({
        id: form.id,
        email: box(form.querySelector("[type=email]")).bottom + scrollY,
        button: box(form.querySelector("button")).bottom + scrollY,
        labelled: all(CONTROLS, form)
          .filter((control) => control.localName !== "button" && !control.closest("[aria-hidden=true]"))
          .every((control) => [...control.labels].some((label) => shown(label) && label.textContent.trim())),
        autocomplete: form.querySelector("[type=email]").autocomplete,
        method: form.method,
        ticked: all("[type=checkbox]", form).filter((tick) => tick.checked).map(name),
        consents: all("[name^=consent_]", form).map((tick) => ({ name: tick.name, required: tick.required })),
        privacy: all("a[href]", form).length,
      })),

    /** Controls, and links that stand alone, less than 44 px high. A box to tick is as large as its label. */
    small: () =>
      [...controls(), ...all("summary, a[href]").filter((link) => shown(link) && !style(link).display.match(/^(inline|contents)$/))]
        .map((target) => [target, box(target.type === "checkbox" && target.labels[0] ? target.labels[0] : target).height])
        .filter(([, height]) => height < 43.95)
        .map(([target, height]) => `${name(target)}: ${height.toFixed(1)} px`),

    /** Fields with text under 16 px, which phones would zoom into. */
    smallText: () =>
      controls().filter((control) => control.type !== "checkbox" && parseFloat(style(control).fontSize) < 16).map((c) => `${name(c)}: ${style(c).fontSize}`),

    /** Controls whose edge (border, or fill) stands out from what is around them by less than 3:1. */
    faint: () =>
      controls().filter((control) => !control.disabled).flatMap((control) => {
        const own = style(control);
        const around = ground(control.parentElement);
        const edges = [over(rgba(own.backgroundColor), around)];
        if (parseFloat(own.borderTopWidth) > 0 && own.borderTopStyle !== "none") edges.push(over(rgba(own.borderTopColor), around));
        const best = Math.max(...edges.map((edge) => contrast(edge, around)));
        return best < 3 ? [`${name(control)}: ${best.toFixed(2)}:1`] : [];
      }),

    /** What reaches over an edge of the screen, and how wide the whole is. Inside a stretch that scrolls by itself it may. */
    sideways() {
      const scrolls = (node) => node && node !== document.body && node !== document.documentElement &&
        (/auto|scroll/.test(style(node).overflowX) || scrolls(node.parentElement));
      const wide = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth;
      const beyond = all("body *").filter((node) => {
        const { left, right, width } = box(node);
        return width && shown(node) && (left < -0.6 || right > innerWidth + 0.6) && !scrolls(node.parentElement);
      });
      return [...(wide > 0 ? [`the page is ${wide} px too wide`] : []), ...beyond.slice(0, 3).map(name)];
    },

    /** What may have the keyboard and stands alone, where the ring around it runs through words that are not its own. */
    crossed() {
      const lines = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const words = [];
      while (lines.nextNode()) {
        const node = lines.currentNode;
        if (!node.data.trim() || !shown(node.parentElement) || node.parentElement.closest("[aria-hidden=true], .skip, option")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        words.push(...[...range.getClientRects()].map((rect) => ({ node, rect })));
      }
      const alone = (link) => shown(link) && !/^(inline|contents)$/.test(style(link).display) && style(link).position !== "absolute";
      const found = [...controls(), ...all("summary, a[href]").filter(alone)].flatMap((target) => {
        target.focus({ focusVisible: true, preventScroll: true });
        const own = style(target);
        const reach = own.outlineStyle === "none" ? 0 : parseFloat(own.outlineWidth) + parseFloat(own.outlineOffset);
        const { left, right, top, bottom } = box(target);
        const met = words.find(({ node, rect }) => !target.contains(node) && reach > 0 &&
          rect.left < right + reach - 0.5 && rect.right > left - reach + 0.5 &&
          rect.top < bottom + reach - 0.5 && rect.bottom > top - reach + 0.5);
        target.blur();
        return met ? [`${name(target)}: “${met.node.data.trim().slice(0, 30)}”`] : [];
      });
      scrollTo(0, 0);
      return found;
    },

    /** Stretches of text that a box cuts off. */
    cut: () =>
      all("body *").filter((node) => {
        const own = style(node);
        const holds = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
        return holds && shown(node) && node.localName !== "option" && (
          (/hidden|clip/.test(own.overflowX) && node.scrollWidth > node.clientWidth + 1) ||
          (/hidden|clip/.test(own.overflowY) && node.scrollHeight > node.clientHeight + 1)
        );
      }).map(name),

    /** Text as wide as WCAG 1.4.12 says it must bear. */
    widen() {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }" +
        "p { margin-block-end: 2em !important }");
      document.adoptedStyleSheets = [sheet];
    },
    narrow: () => (document.adoptedStyleSheets = []),

    /** Opens (or closes) everything that folds. */
    unfold: (open) => all("details").forEach((details) => (details.open = open)),
    turn: (dir) => (document.documentElement.dir = dir),

    /** What moves, or would. */
    moving: () => [
      ...document.getAnimations().map((animation) => name(animation.effect.target)),
      ...all("*").filter((node) => style(node).animationName !== "none" || style(node).scrollBehavior === "smooth" ||
        style(node).transitionDuration.split(",").some((time) => parseFloat(time) > 0)).map(name),
      ...all("marquee, blink, video[autoplay], [http-equiv=refresh]").map(name),
    ],

    /** Whether the policy holds: a style and a script that are not the page's own must do nothing. */
    async trespass() {
      const style = document.createElement("style");
      style.textContent = "body { outline: 7px solid red !important }";
      const script = document.createElement("script");
      script.textContent = "window.trespassed = true";
      document.head.append(style, script);
      const image = new Image();
      const refused = new Promise((done) => (image.onerror = image.onload = done));
      image.src = "http://elsewhere.example/picture.png";
      document.body.append(image);
      await refused;
      return { styled: getComputedStyle(document.body).outlineWidth === "7px", ran: Boolean(window.trespassed) };
    },

    /** Where the keyboard stands: enough to know the place again, and whether a person sees it. */
    focus() {
      const at = document.activeElement;
      if (!at || at === document.body || at === document.documentElement) return null;
      const own = style(at);
      const ringed = own.outlineStyle !== "none" && parseFloat(own.outlineWidth) >= 2;
      const around = ground(at.parentElement ?? at);
      return {
        name: name(at),
        order: all("*").indexOf(at),
        tag: at.localName,
        type: at.type ?? "",
        field: at.getAttribute("name") ?? "",
        href: at.getAttribute("href") ?? "",
        required: Boolean(at.required),
        ringed,
        ring: ringed ? contrast(over(rgba(own.outlineColor), around), around) : 0,
        seen: shown(at) && box(at).height > 0 && box(at).width > 0 && own.clipPath === "none",
        inView: box(at).bottom > 0 && box(at).top < innerHeight && box(at).right > 0 && box(at).left < innerWidth,
        inMain: Boolean(at.closest("main")),
        trapped: Boolean(at.closest("[aria-hidden=true]")),
        valid: at.validity ? at.validity.valid : true,
        message: at.validationMessage ?? "",
      };
    },
  };
}
