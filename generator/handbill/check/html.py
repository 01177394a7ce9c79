"""Looks at a finished page as a browser, a screen reader and a search engine would, and says what is wrong with it.

No outside request, no script, no style that the Content-Security-Policy would refuse; the form contract of
`handbill.view.FormView`; names for what people must find: title, language, headings, alternatives of pictures, labels;
links that lead somewhere. Rules: HTML (https://html.spec.whatwg.org/), WCAG 2.2, and what the site's own headers allow.
What only a browser can tell (contrast as painted, size of targets) is not looked at here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from handbill.check.markup import VOID, scan
from handbill.errors import Problem
from handbill.view import FormView

_BANNED = frozenset({"iframe", "frame", "frameset", "object", "embed", "applet", "portal", "base"})
_LOADS = {
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "body": ("background",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "feimage": ("href", "xlink:href"),
}
"""Element → attributes that a browser fetches by itself."""
_LOADING_RELS = frozenset(
    {
        "stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "prerender", "icon",
        "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "manifest",
    }
)  # fmt: skip
_FOLLOWED = frozenset({"http", "https", "mailto", "tel", "sms", "geo", "webcal", "maps"})
_REFERS = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-details", "aria-errormessage", "list", "form")
_VAGUE = frozenset({"submit", "send", "go", "ok", "okay", "enviar", "absenden", "senden", "envoyer", "invia"})
_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]*)", re.IGNORECASE)

FORM, HEAD, PICTURE, LAYOUT = "parts/form.html", "parts/head.html", "parts/picture.html", "pages/_layout.html"
"""Where in the base theme a thing is made: the first place to look."""


def check_page(
    path: str,
    html: str,
    *,
    base_url: str,
    csp: str = "",
    allowed_actions: Iterable[str] | None = None,
    exists: Callable[[str], bool] | None = None,
    form: FormView | None = None,
    privacy: str = "",
    template: str = "",
) -> list[Problem]:
    """Everything that is wrong with the page `html`, in the order of its lines.

    `path` names it in the problems. `base_url` is the site's own origin (a path in it does not matter). With `csp`,
    each inline style must have its hash in it. With `allowed_actions`, forms may post to the site itself and to these
    URLs' origins. `exists(url)` tells whether a root-relative URL (with its #anchor, without its query) leads
    somewhere. With `form`, the page must hold that form whole; `privacy` is the URL its privacy link must have.
    `template` is named in fixes. About 1 ms for a page of 6 kB.
    """
    found = examine(
        path,
        html,
        base_url=base_url,
        csp=csp,
        allowed_actions=allowed_actions,
        exists=exists,
        form=form,
        privacy=privacy,
    )
    out = []
    for problem, likely in found:
        files = [name for name in dict.fromkeys((template, likely if likely != LAYOUT or not template else "")) if name]
        out.append(replace(problem, fix=f"{problem.fix} Look in {' and '.join(files)}.") if files else problem)
    return out


def examine(
    path: str,
    html: str,
    *,
    base_url: str,
    csp: str = "",
    allowed_actions: Iterable[str] | None = None,
    exists: Callable[[str], bool] | None = None,
    form: FormView | None = None,
    privacy: str = "",
    answer: bool = False,
) -> list[tuple[Problem, str]]:
    """As check_page, each problem with the part of the base theme that makes such a thing, or an empty text.

    `answer`: the page answers somebody, so a box may show again that they ticked it.
    """
    page = _Page(base_url)
    page.read(html)
    verdict = _Verdict(path, page, html.splitlines(), answer)
    verdict.document()
    verdict.styles(csp)
    verdict.references()
    verdict.links(exists)
    verdict.forms(form, allowed_actions, privacy)
    return sorted(verdict.problems, key=lambda found: found[0].line)


@dataclass(slots=True)
class _Control:
    tag: str
    attrs: dict[str, str]
    line: int
    hidden: bool
    """True below an element that is hidden from everybody, or from assistive technology."""
    labels: list[_Text] = field(default_factory=list)
    """The labels around it."""

    @property
    def name(self) -> str:
        return self.attrs.get("name", "")

    @property
    def type(self) -> str:
        return self.attrs.get("type", "text").lower() if self.tag == "input" else self.tag


@dataclass(slots=True)
class _Text:
    """An element whose words matter: a label, a link, a button, a heading."""

    tag: str
    attrs: dict[str, str]
    line: int
    pieces: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join("".join(self.pieces).split()) or self.attrs.get("aria-label", "")


@dataclass(slots=True)
class _Form:
    attrs: dict[str, str]
    line: int
    controls: list[_Control] = field(default_factory=list)
    buttons: list[_Text] = field(default_factory=list)
    links: list[_Text] = field(default_factory=list)


class _Page:
    """Reads the page once, and keeps what will be asked about."""

    def __init__(self, base_url: str) -> None:
        self.origin = _origin(base_url)
        self.line = 1
        self.found: list[tuple[int, str, str, str]] = []
        """(line, what, fix, likely file) of what can be told at once."""
        self.html: dict[str, str] | None = None
        self.ids: dict[str, int] = {}
        self.titles: list[_Text] = []
        self.headings: list[tuple[int, _Text]] = []
        self.labels: list[_Text] = []
        self.links: list[_Text] = []
        self.relations: list[tuple[str, str, int]] = []
        """(rel, href, line) of link elements."""
        self.forms: list[_Form] = []
        self.loose: list[_Control] = []
        """Controls outside any form."""
        self.references: list[tuple[str, str, int]] = []
        """(attribute, id, line)."""
        self.style_sheets: list[tuple[str, int]] = []
        self.images = 0
        self.robots = ""
        self._open: list[tuple[str, bool]] = []
        """(tag, whether it hides what is in it)."""
        self._texts: list[_Text] = []
        self._form: _Form | None = None
        self._raw: tuple[str, dict[str, str], int] | None = None
        self._data: list[str] = []

    def bad(self, what: str, fix: str, likely: str = "") -> None:
        self.found.append((self.line, what, fix, likely))

    def read(self, html: str) -> None:
        for kind, value, attrs, self.line in scan(html):
            if kind == "open":
                self.opened(value, attrs, self.line)
            elif kind == "close":
                self.closed(value)
            elif kind == "text":
                if self._raw:
                    self._data.append(value)
                for text in self._texts:
                    text.pieces.append(value)
            else:
                self.bad("A tag cannot be read: a quotation mark or its > is missing.", "Close it.")

    def opened(self, tag: str, given: dict[str, str], line: int) -> None:
        if given:
            self._attributes(tag, given)
        method = getattr(self, f"on_{tag}", None)
        if method:
            method(given, line)
        for attribute in _LOADS.get(tag, ()):
            self._load(tag, attribute, given)
        if tag in _BANNED:
            self.bad(f"<{tag}> is not allowed: it loads, or changes, what the page is.", "Remove it; use a link.")
        if tag in ("script", "style"):
            self._raw, self._data = (tag, given, line), []
        if tag not in VOID:
            hides = given.get("aria-hidden") == "true" or "hidden" in given or "inert" in given
            self._open.append((tag, hides))

    def closed(self, tag: str) -> None:
        if self._raw and self._raw[0] == tag:
            self._end_raw()
        for number in range(len(self._open) - 1, -1, -1):
            if self._open[number][0] == tag:
                del self._open[number:]
                break
        if tag == "form":
            self._form = None
        if self._texts and any(text.tag == tag for text in self._texts):
            while self._texts.pop().tag != tag:
                pass

    # elements

    def on_html(self, attrs: dict[str, str], line: int) -> None:
        self.html = attrs

    def on_title(self, attrs: dict[str, str], line: int) -> None:
        if not any(tag == "svg" for tag, _ in self._open):
            self.titles.append(self._words("title", attrs, line))

    def on_meta(self, attrs: dict[str, str], line: int) -> None:
        if attrs.get("http-equiv", "").lower() == "refresh":
            self.bad("The page sends its reader elsewhere by itself.", "Remove the refresh; write a link.", HEAD)
        if attrs.get("name", "").lower() == "robots":
            self.robots = attrs.get("content", "")

    def on_link(self, attrs: dict[str, str], line: int) -> None:
        rels, href = attrs.get("rel", "").lower().split(), attrs.get("href", "")
        if _LOADING_RELS.intersection(rels) and self._outside(href):
            what = f"The page would load '{href}' from another origin."
            self.bad(what, "Put the file below assets/ and name it with asset().", HEAD)
        self.relations += [(rel, href, line) for rel in rels]

    def on_a(self, attrs: dict[str, str], line: int) -> None:
        link = self._words("a", attrs, line)
        self.links.append(link)
        if self._form:
            self._form.links.append(link)
        if "ping" in attrs:
            self.bad("A link tells somebody that it was followed (ping).", "Remove the attribute.")

    def on_img(self, attrs: dict[str, str], line: int) -> None:
        self.images += 1
        if "alt" not in attrs:
            fix = 'Write what it shows, or alt="" where it only decorates.'
            self.bad(f"The picture '{attrs.get('src', '')}' has no alt.", fix, PICTURE)
        if not (attrs.get("width", "").isdigit() and attrs.get("height", "").isdigit()):
            what = f"The picture '{attrs.get('src', '')}' has no width and height: the page jumps when it arrives."
            self.bad(what, "Write both, in pixels: picture.width and picture.height.", PICTURE)
        for text in self._texts:
            text.pieces.append(attrs.get("alt", ""))

    def on_script(self, attrs: dict[str, str], line: int) -> None:
        if attrs.get("type", "").strip().lower() != "application/ld+json" or "src" in attrs:
            self.bad("The page has a <script>.", "Remove it: pages work without, and the policy refuses it.")

    def on_form(self, attrs: dict[str, str], line: int) -> None:
        self._form = _Form(attrs, line)
        self.forms.append(self._form)

    def on_label(self, attrs: dict[str, str], line: int) -> None:
        self.labels.append(self._words("label", attrs, line))

    def on_input(self, attrs: dict[str, str], line: int) -> None:
        self._control("input", attrs, line)

    def on_select(self, attrs: dict[str, str], line: int) -> None:
        self._control("select", attrs, line)

    def on_textarea(self, attrs: dict[str, str], line: int) -> None:
        self._control("textarea", attrs, line)

    def on_button(self, attrs: dict[str, str], line: int) -> None:
        button = self._words("button", attrs, line)
        if self._form and attrs.get("type", "submit").lower() == "submit":
            self._form.buttons.append(button)

    def on_h1(self, attrs: dict[str, str], line: int) -> None:
        self.headings.append((1, self._words("h1", attrs, line)))

    def on_h2(self, attrs: dict[str, str], line: int) -> None:
        self.headings.append((2, self._words("h2", attrs, line)))

    def on_h3(self, attrs: dict[str, str], line: int) -> None:
        self.headings.append((3, self._words("h3", attrs, line)))

    def on_h4(self, attrs: dict[str, str], line: int) -> None:
        self.headings.append((4, self._words("h4", attrs, line)))

    def on_h5(self, attrs: dict[str, str], line: int) -> None:
        self.headings.append((5, self._words("h5", attrs, line)))

    def on_h6(self, attrs: dict[str, str], line: int) -> None:
        self.headings.append((6, self._words("h6", attrs, line)))

    # inside

    def _words(self, tag: str, attrs: dict[str, str], line: int) -> _Text:
        text = _Text(tag, attrs, line)
        self._texts.append(text)
        return text

    def _control(self, tag: str, attrs: dict[str, str], line: int) -> None:
        hidden = any(hides for _, hides in self._open) or attrs.get("aria-hidden") == "true" or "hidden" in attrs
        around = [text for text in self._texts if text.tag == "label"]
        control = _Control(tag, attrs, line, hidden, around)
        (self._form.controls if self._form else self.loose).append(control)
        if tag == "input" and control.type == "submit" and self._form:
            self._form.buttons.append(_Text("input", attrs, line, [attrs.get("value", "")]))

    def _attributes(self, tag: str, attrs: dict[str, str]) -> None:
        if "style" in attrs:
            fix = "Write a rule in the theme's CSS: the policy's hash covers no style attribute."
            self.bad(f"<{tag}> has a style attribute.", fix)
        for name in attrs:
            if name.startswith("on") and len(name) > 2:
                self.bad(f"<{tag}> has an {name} attribute, which is a script.", "Remove it: the policy refuses it.")
        if "id" in attrs:
            name = attrs["id"]
            if name in self.ids:
                what = f"The id '{name}' is given twice, first in line {self.ids[name]}."
                self.bad(what, "Give each element an id of its own; one made from form.id is.")
            self.ids.setdefault(name, self.line)
        for name in _REFERS:
            for target in attrs.get(name, "").split():
                self.references.append((name, target, self.line))

    def _load(self, tag: str, attribute: str, attrs: dict[str, str]) -> None:
        value = attrs.get(attribute, "")
        urls = [part.split()[0] for part in value.split(",") if part.strip()] if attribute == "srcset" else [value]
        for url in urls:
            if url and self._outside(url):
                what = f"The page would load '{url}' from another origin."
                fix = "Put the file below assets/ (or beside the entry), and name it from there."
                self.bad(what, fix, PICTURE if tag in ("img", "source") else "")

    def _outside(self, url: str) -> bool:
        parts = _split(url)
        if parts is None:
            return True
        if parts.scheme in ("http", "https") or parts.netloc:
            return _origin(f"https:{url}" if url.startswith("//") else url) != self.origin
        return parts.scheme not in ("", "data")

    def _end_raw(self) -> None:
        assert self._raw
        tag, attrs, line = self._raw
        text = "".join(self._data)
        self._raw = None
        if tag == "style":
            self.style_sheets.append((text, line))
            if "@import" in text.lower():
                self.bad("The CSS imports another file.", "List it in theme.yaml, below styles.", LAYOUT)
            for url in _CSS_URL.findall(text):
                if self._outside(url):
                    self.bad(f"The CSS would load '{url}' from another origin.", "Put the file below assets/.", LAYOUT)
        elif attrs.get("type", "").strip().lower() == "application/ld+json":
            try:
                json.loads(text)
            except ValueError as error:
                self.bad(f"The JSON-LD cannot be read: {error}.", "Print page.jsonld as it is.", LAYOUT)


class _Verdict:
    """Judges a page that was read, and gathers problems."""

    def __init__(self, path: str, page: _Page, lines: list[str], answer: bool) -> None:
        self.path, self.page, self.lines, self.answer = path, page, lines, answer
        self.problems: list[tuple[Problem, str]] = []
        for line, what, fix, likely in page.found:
            self.bad(line, what, fix, likely)

    def bad(self, line: int, what: str, fix: str, likely: str = "", *, warning: bool = False) -> None:
        excerpt = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        excerpt = excerpt if len(excerpt) <= 200 else ""
        problem = Problem(self.path, line, 0, what, fix, "warning" if warning else "error", excerpt)
        self.problems.append((problem, likely))

    def document(self) -> None:
        page = self.page
        html = page.html or {}
        if not html.get("lang", "").strip():
            self.bad(1, "The page does not say its language.", 'Write <html lang="{{ site.language }}">.', LAYOUT)
        if html.get("dir") not in ("ltr", "rtl"):
            self.bad(1, "The page does not say its direction.", 'Write <html dir="{{ site.dir }}">.', LAYOUT)
        if len(page.titles) != 1 or not page.titles[0].words:
            what = "The page has no title." if not any(t.words for t in page.titles) else "The page has two titles."
            self.bad(
                page.titles[-1].line if page.titles else 1, what, "Write <title>{{ page.head_title }}</title>.", HEAD
            )
        canonical = [href for rel, href, _ in page.relations if rel == "canonical"]
        if len(canonical) > 1 or (not canonical and "noindex" not in page.robots):
            what = "The page has no canonical URL." if not canonical else "The page has two canonical URLs."
            self.bad(1, what, 'Write <link rel="canonical" href="{{ page.canonical }}"> once.', HEAD)
        firsts = [text for level, text in page.headings if level == 1]
        if len(firsts) != 1:
            what = f"The page has {len(firsts)} h1." if firsts else "The page has no h1."
            self.bad(firsts[-1].line if firsts else 1, what, "Write one, with the page's own title.")
        before = 0
        for level, text in page.headings:
            if not text.words:
                self.bad(text.line, f"A heading h{level} is empty.", "Leave it out where there are no words.")
            if before and level > before + 1:
                what = f"After h{before} comes h{level}: a level is left out."
                self.bad(text.line, what, f"Write h{before + 1}, and give it its size in CSS.", warning=True)
            before = level

    def styles(self, csp: str) -> None:
        for text, line in self.page.style_sheets:
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            if csp and f"'sha256-{digest}'" not in csp:
                fix = (
                    "Write <style>{{ page.style }}</style> and nothing else between the tags: no space, no line break."
                )
                self.bad(line, "The policy has no hash for this style: browsers would ignore it.", fix, HEAD)

    def references(self) -> None:
        for attribute, target, line in self.page.references:
            if target not in self.page.ids:
                self.bad(
                    line, f"{attribute} names '{target}', which no element has for its id.", "Mend one of the two."
                )
        for label in self.page.labels:
            owner = label.attrs.get("for", "")
            if owner and owner not in self.page.ids:
                self.bad(label.line, f"A label is for '{owner}', which no element has for its id.", "Mend one.", FORM)

    def links(self, exists: Callable[[str], bool] | None) -> None:
        page = self.page
        for link in page.links:
            href = link.attrs.get("href")
            if href is None:
                continue
            if not link.words and "aria-labelledby" not in link.attrs:
                self.bad(link.line, f"The link to '{href}' has no words.", "Write where it leads.")
            self._target(href.strip(), link.line, exists)
        for rel, href, line in page.relations:
            if exists and (path := self._internal(href)) and not exists(path):
                self.bad(line, f"The link rel={rel} to '{href}' leads nowhere.", "Mend it.", HEAD)

    def _target(self, href: str, line: int, exists: Callable[[str], bool] | None) -> None:
        parts = _split(href)
        if not href or parts is None:
            self.bad(
                line, "A link leads nowhere: its address is empty or broken.", "Test the field before printing it."
            )
        elif href.startswith("#"):
            if href != "#top" and href[1:] not in self.page.ids:
                self.bad(line, f"The link to '{href}' leads nowhere: no element has this id.", "Mend one of the two.")
        elif parts.scheme and parts.scheme not in _FOLLOWED:
            self.bad(line, f"The link to '{href}' is not followed but run, or unknown.", "Write an https address.")
        elif path := self._internal(href):
            if exists and not exists(path):
                self.bad(line, f"The link to '{href}' leads nowhere.", "Mend it.")
        elif not parts.scheme and not parts.netloc:
            self.bad(line, f"The link to '{href}' is relative to the page.", "Begin it with a slash.")

    def _internal(self, href: str) -> str:
        """The root-relative URL of a link that stays on the site, without its query; empty for others."""
        parts = _split(href)
        if parts is None:
            return ""
        stays = href.startswith("/") and not href.startswith("//")
        if not stays and not (parts.scheme in ("http", "https") and _origin(href) == self.page.origin):
            return ""
        return (parts.path or "/") + (f"#{parts.fragment}" if parts.fragment else "")

    def forms(self, view: FormView | None, allowed: Iterable[str] | None, privacy: str) -> None:
        origins = None if allowed is None else {_origin(url) for url in allowed} | {self.page.origin}
        for form in self.page.forms:
            self._form(form, view, origins, privacy)
        for control in self.page.loose:
            self._labelled(control)
        if view is not None and not any(self._holds(form, view.email_name) for form in self.page.forms):
            what = "The page has no sign-up form, though its entry has one."
            self.bad(1, what, "Include parts/form.html with the form it was handed.")

    @staticmethod
    def _holds(form: _Form, name: str) -> bool:
        return any(control.name == name for control in form.controls)

    def _form(self, form: _Form, view: FormView | None, origins: set[str] | None, privacy: str) -> None:
        if form.attrs.get("method", "").lower() != "post":
            self.bad(form.line, "The form does not post: addresses would stand in URLs.", 'Write method="post".', FORM)
        action = form.attrs.get("action", "")
        if origins is not None and not action.startswith("/") and action and _origin(action) not in origins:
            what = f"The form posts to '{action}', which the policy does not allow."
            self.bad(form.line, what, "Write form.action; signup.action in site.yaml decides it.", FORM)
        for control in form.controls:
            self._labelled(control)
        emails = [control for control in form.controls if control.type == "email"]
        for control in emails:
            if "email" not in control.attrs.get("autocomplete", "").split():
                self.bad(control.line, "Browsers cannot fill the address in.", 'Write autocomplete="email".', FORM)
        if emails:
            for control in form.controls:
                if control.type == "checkbox" and "checked" in control.attrs and not self.answer:
                    what = f"The box '{control.name}' is ticked already: that is no consent (GDPR, recital 32)."
                    self.bad(control.line, what, "Remove checked.", FORM)
            wanted = [link for link in form.links if not privacy or link.attrs.get("href") == privacy]
            if not wanted:
                fix = 'Write <a href="{{ site.privacy }}">{{ form.privacy_label }}</a> inside the form.'
                self.bad(form.line, "The form does not link to the privacy notice.", fix, FORM)
        if not any(button.words for button in form.buttons):
            self.bad(form.line, "The form has no button with words.", "Write <button>{{ form.button }}</button>.", FORM)
        for button in form.buttons:
            if button.words.casefold() in _VAGUE:
                what = f"The button says '{button.words}', not what will happen."
                self.bad(button.line, what, "Print form.button: it says the result.", FORM, warning=True)
        if view is not None and self._holds(form, view.email_name):
            self._contract(form, view)

    def _labelled(self, control: _Control) -> None:
        if control.type in ("hidden", "submit", "button", "reset", "image") or control.hidden:
            return
        if not any(label.words for label in self._labels(control)) and "aria-labelledby" not in control.attrs:
            what = f"The field '{control.name}' has no label that people can see."
            self.bad(control.line, what, "Write <label for> with the field's id, and words in it.", FORM)

    def _labels(self, control: _Control) -> list[_Text]:
        name = control.attrs.get("id", "")
        return [label for label in self.page.labels if name and label.attrs.get("for") == name] + control.labels

    def _contract(self, form: _Form, view: FormView) -> None:
        by_name: dict[str, list[_Control]] = {}
        for control in form.controls:
            by_name.setdefault(control.name, []).append(control)
        address = by_name[view.email_name][0]
        if address.type != "email":
            self.bad(address.line, "The address field is no e-mail field.", 'Write type="email".', FORM)
        if view.works and form.attrs.get("action") != view.action:
            self.bad(form.line, f"The form does not post to '{view.action}'.", "Write form.action.", FORM)
        for item in view.fields:
            if item.name not in by_name:
                self.bad(form.line, f"The field '{item.name}' is missing.", "Loop over form.fields.", FORM)
        for consent in view.consents:
            self._consent(form, by_name.get(consent.name, []), consent.name, consent.text)
        for name, value in view.hidden:
            if not any(c.type == "hidden" and c.attrs.get("value") == value for c in by_name.get(name, [])):
                fix = "Loop over form.hidden, and post each pair as it is."
                self.bad(form.line, f"The form does not post '{name}' as it was handed.", fix, FORM)
        if view.honeypot:
            self._trap(form, by_name.get(view.honeypot, []), view.honeypot)
        if form.buttons and not any(view.button in button.words for button in form.buttons):
            self.bad(form.line, f"No button says '{view.button}'.", "Print form.button in the button.", FORM)

    def _consent(self, form: _Form, boxes: list[_Control], name: str, text: str) -> None:
        if not any(box.type == "checkbox" for box in boxes):
            fix = "Loop over form.consents, each its own checkbox."
            self.bad(form.line, f"There is no box for '{name}'.", fix, FORM)
        wanted = " ".join(text.split())
        for box in boxes:
            labels = self._labels(box)
            if not any(wanted in " ".join("".join(label.pieces).split()) for label in labels):
                what = f"The label of '{box.name}' does not say what is agreed to."
                self.bad(box.line, what, "Print consent.text in it, whole: it is the wording on record.", FORM)

    def _trap(self, form: _Form, traps: list[_Control], name: str) -> None:
        if not traps:
            fix = "Print form.honeypot as the name of a text field that people do not see."
            self.bad(form.line, f"The field '{name}' for robots is missing.", fix, FORM)
        for trap in traps:
            if trap.attrs.get("tabindex") != "-1" or not trap.hidden:
                what = f"People could reach the field '{name}', which is for robots."
                self.bad(trap.line, what, 'Write tabindex="-1" on it, and aria-hidden="true" around it.', FORM)


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _origin(url: str) -> str:
    parts = _split(url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts else ""
