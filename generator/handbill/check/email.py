"""The rules for a finished e-mail: what gets it into an inbox, and lets everybody read it there.

`check_email` looks at an e-mail as it would be sent, filled with sample values, and tells every Problem with the number
of its rule. RULES is the table: one function a rule, each with its number in the list of what `handbill check`
enforces. Where a number comes from a law, a standard or a provider's page, the function says which.

Rules marked `layout` look at what all e-mails of one program share (colours, structure); whoever checks thousands of
e-mails runs those once a program and the others on each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from handbill.check.mail_styles import Element, Scheme, hidden, names, read_html, texts
from handbill.colour import contrast, text_of
from handbill.errors import Problem

SERVICE = frozenset({"confirm", "welcome", "reminder", "changed", "cancelled", "invoice", "receipt"})
"""Names of e-mails that somebody asked for by signing up or buying; every other name is marketing."""


class Filled(Protocol):
    """An e-mail ready to be sent: `handbill_functions.fill.FilledEmail` is one."""

    @property
    def subject(self) -> str: ...
    @property
    def preheader(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def attachments(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Meta:
    """What the e-mail itself does not say."""

    path: str
    """The file to name in messages: `content/events/salon.md`, or the words' own file."""
    name: str
    """`confirm`, `welcome`, `reminder`, `changed`, `cancelled`, or the name of a marketing e-mail."""
    lang: str
    hosts: frozenset[str] = frozenset()
    """Hosts that pictures may come from: the site's own."""
    sender_name: str = ""
    sender_email: str = ""
    sender_address: str = ""
    """Postal address in one line."""
    unsubscribe_url: str = ""
    """The value that the slot was filled with."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What the build filled in. An author's own `{{ }}` in a title is no forgotten slot."""
    headers: tuple[tuple[str, str], ...] | None = None
    """(name, value) as they will be sent, unfolded; None while nobody has made them yet."""

    @property
    def service(self) -> bool:
        return self.name in SERVICE


class Seen(NamedTuple):
    """What every rule looks at."""

    mail: Filled
    meta: Meta
    root: Element
    words: str
    """The visible text of the HTML, without what stands for pictures."""


Level = Literal["error", "warning"]


class Fault(NamedTuple):
    what: str
    fix: str
    level: Level = "error"


class Rule(NamedTuple):
    number: int
    """In the list of rules; 14 of them are known, 1 to 12 are here."""
    name: str
    find: Callable[[Seen], Iterable[Fault]]
    layout: bool = False
    """True where it looks at what all e-mails of one program share."""


def check_email(mail: Filled, meta: Meta, rules: Iterable[Rule] | None = None) -> list[Problem]:
    """Every Problem of a filled e-mail, by rule; empty where there is none. Raises nothing.

    `rules` are those of RULES unless given.
    """
    root = read_html(mail.html)
    seen = Seen(mail, meta, root, root.words)
    where = f"The e-mail '{meta.name}' ({meta.lang}), rule"
    return [
        Problem(meta.path, 0, 0, f"{where} {rule.number}: {fault.what}", fault.fix, fault.level)
        for rule in (RULES if rules is None else rules)
        for fault in rule.find(seen)
    ]


# ------------------------------------------------------------------------------------------------------------ 1, size

CLIPPED, CLOSE, STYLE = 102_400, 81_920, 16_384


def size(seen: Seen) -> Iterator[Fault]:
    """Gmail clips a mail near 102 KB, and the link to leave with it; it drops a style sheet over 16 KB."""
    length = len(seen.mail.html.encode())
    fix = "Shorten the words, or take pictures' captions and tables out."
    if length > CLIPPED:
        yield Fault(f"the HTML has {length:,} bytes; Gmail cuts it off at {CLIPPED:,}.", fix)
    elif length > CLOSE:
        yield Fault(
            f"the HTML has {length:,} bytes, close to the {CLIPPED:,} at which Gmail cuts it off.", fix, "warning"
        )
    for style in seen.root.find("style"):
        length = sum(len(child.encode()) for child in style.children if isinstance(child, str))
        if length > STYLE:
            yield Fault(
                f"a style block has {length:,} bytes; Gmail drops those over {STYLE:,}.", "Shorten the mj-style."
            )


# ------------------------------------------------------------------------------------------------------- 2, text part

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>\n]*>|&(?:[a-z]{2,8}|#\d{2,6}|#x[0-9a-f]{2,5});")


def _count(text: str) -> int:
    """Words; in scripts that put no spaces between them, a character counts as half a word."""
    spaceless = sum("\u3040" <= c <= "\u9fff" or "\u0e00" <= c <= "\u0e7f" for c in text)
    return len(_WORD.findall(re.sub(r"https?://\S+", " ", text))) + spaceless // 2


def text_part(seen: Seen) -> Iterator[Fault]:
    """The plain text says what the HTML says, with the same links: filters compare, and some people read only this."""
    text = seen.mail.text
    if not text.strip():
        yield Fault("there is no text part.", "Write the layout's .txt template.")
        return
    words, html = _count(text), _count(seen.words)
    add = "Let the .txt template say what the HTML says."
    if words < 15:
        yield Fault(f"the text part has {words} words; 15 are the least.", add)
    if words * 2 < html:
        yield Fault(f"the text part has {words} words, the HTML {html}: less than half.", add)
    elif words * 5 < html * 4:
        yield Fault(f"the text part has {words} words, the HTML {html}: less than four fifths.", add, "warning")
    links = [href for _, href in _links(seen.root)]
    missing = [href for href in dict.fromkeys(links) if href.removeprefix("mailto:").removeprefix("tel:") not in text]
    if links and len(missing) == len(set(links)):
        yield Fault("the text part has none of the HTML's links.", "Write them out, each behind its words.")
    elif missing:
        yield Fault(f"the text part lacks the link {missing[0]}.", "Give both parts the same links.", "warning")
    for found in _MARKUP.finditer(text):
        if found[0] not in seen.words:
            yield Fault(f"the text part has HTML in it: {found[0]}.", "Write plain text there.")
            break


def _links(root: Element) -> Iterator[tuple[Element, str]]:
    for element in root.find("a", "area"):
        if "href" in element.attributes:
            yield element, element.attributes["href"].strip()


# ------------------------------------------------------------------------------------------------------------ 3, head

RTL = frozenset({"ar", "he", "fa", "ur", "yi", "ckb", "dv", "ps", "sd", "ug"})


def head(seen: Seen) -> Iterator[Fault]:
    """Language for screen readers, a title, what phones need, and the line that an inbox shows behind the subject."""
    html = next(seen.root.find("html"), None)
    attributes = html.attributes if html else {}
    lang = attributes.get("lang", "")
    if not lang or lang == "und":
        yield Fault("the HTML does not say its language.", "Write lang= on <mjml>.")
    elif lang.split("-")[0].lower() in RTL and attributes.get("dir") != "rtl":
        yield Fault(f"{lang} is written from right to left, and dir is not rtl.", 'Write dir="rtl" on <mjml>.')
    title = next(seen.root.find("title"), None)
    if title is None or not "".join(child for child in title.children if isinstance(child, str)).strip():
        yield Fault("the title is empty.", "Put a slot or words into mj-title.")
    metas = [meta.attributes for meta in seen.root.find("meta")]
    if not any("charset" in meta.get("content", "").lower() or "charset" in meta for meta in metas):
        yield Fault("no charset is named.", "Keep the compiler's own head.")
    if not any(meta.get("name") == "viewport" for meta in metas):
        yield Fault("no viewport is named; phones show the mail tiny.", "Keep the compiler's own head.")
    preheader = seen.mail.preheader.strip()
    if not preheader or not any(hidden(element) for element in seen.root.walk()):
        yield Fault("there is no preheader.", "Write `preheader:` above the words; hide it first in mj-body.")
    elif not 30 <= len(preheader) <= 140:
        fix = "Write 30 to 140: inboxes show about that much."
        yield Fault(f"the preheader has {len(preheader)} characters.", fix, "warning")
    if preheader and preheader == seen.mail.subject.strip():
        yield Fault("the preheader repeats the subject.", "Say what the subject does not.", "warning")


# --------------------------------------------------------------------------------------------------------- 4, subject


def subject(seen: Seen) -> Iterator[Fault]:
    """One honest line."""
    line = seen.mail.subject
    if not line.strip():
        yield Fault("the subject is empty.", "Write `subject:` above the words.")
        return
    if "\n" in line or "\r" in line:
        yield Fault("the subject has a line break.", "Write it in one line.")
    if len(line) > 70:
        yield Fault(f"the subject has {len(line)} characters.", "Stay below 70: phones cut it off.", "warning")
    letters = [c for c in line if c.isalpha()]
    if len(letters) > 5 and all(c.isupper() for c in letters) and any(c.lower() != c for c in letters):
        yield Fault("the subject is all capitals.", "Write it as you would say it.")
    if re.match(r"\s*(?:re|fwd?|aw|wg|rv|tr|enc)\s*:", line, re.IGNORECASE):
        yield Fault("the subject pretends to be an answer.", "Take the Re: or Fwd: away.")
    if found := _leftover(line, seen.meta):
        yield Fault(f"the subject has an unfilled {found}.", "Use a shortcode, such as {{< title >}}.")


# -------------------------------------------------------------------------------------------------------- 5, contrast


def contrasts(seen: Seen) -> Iterator[Fault]:
    """WCAG 2.2, 1.4.3: 4.5 to 1, or 3 to 1 from 24 px or bold 18.66 px; in light and in dark. Nothing too small."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        told: set[tuple[object, ...]] = set()
        for text in texts(seen.root, scheme):
            least = 3.0 if text.size >= 24 or (text.bold and text.size >= 18.66) else 4.5
            ratio = contrast(text.colour, text.background)
            pair = (text.colour, text.background, least)
            if ratio < least and pair not in told:
                told.add(pair)
                yield Fault(
                    f"in {scheme} mode, {_short(text.words)} is {text_of(text.colour)} on {text_of(text.background)}: "
                    f"contrast {int(ratio * 100) / 100:g}, {least:g} is needed.",
                    "Take ink, muted or accent on paper or panel, and on-accent on accent.",
                )
            if scheme == "light" and text.size < 12 and ("size", text.size) not in told:
                told.add(("size", text.size))
                yield Fault(
                    f"{_short(text.words)} is {text.size:g} px high.", "Write 14 px or more.",
                    "error" if text.size < 10 else "warning",
                )  # fmt: skip


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


# -------------------------------------------------------------------------------------------------------- 6, pictures


def pictures(seen: Seen) -> Iterator[Fault]:
    """Pictures that every program shows, that say what they show, and that spy on nobody."""
    images = list(seen.root.find("img"))
    for image in images:
        source, alt = image.attributes.get("src", ""), image.attributes.get("alt")
        name = _short(source.rpartition("/")[2] or source)
        if alt is None:
            yield Fault(f"the picture {name} has no alt.", 'Say what it shows, or alt="" for decoration.')
        elif not alt.strip():
            link = next((above for above in image.above() if above.tag == "a"), None)
            if link is not None and not link.text:
                yield Fault(f"the picture {name} is a link and has no words.", "Let alt say where the link goes.")
        parts = urlsplit(source)
        if parts.scheme == "data":
            yield Fault("a picture is written into the mail as data:.", "Gmail and Outlook drop it. Link to a file.")
            continue
        if parts.scheme != "https":
            yield Fault(f"the picture {name} does not come by https.", "Give base_url an https address.")
        if parts.path.lower().endswith((".svg", ".webp", ".avif")):
            yield Fault(f"the picture {name} is of a kind that many mail programs do not show.", "Use JPEG or PNG.")
        if seen.meta.hosts and parts.hostname and parts.hostname not in seen.meta.hosts:
            yield Fault(f"the picture {name} comes from {parts.hostname}.", "Keep pictures on the site's own address.")
        width, height = image.attributes.get("width", ""), image.attributes.get("height", "")
        if not width.isdigit():
            yield Fault(f"the picture {name} has no width in numbers.", "Outlook shows it in full size. Write width=.")
        elif int(width) <= 2 or (height.isdigit() and int(height) <= 2):
            yield Fault(
                f"the picture {name} is {width} px wide: a tracking pixel.", "Take it away: nobody asked to be watched."
            )
    if images and len(seen.words) < 200:
        yield Fault(
            f"there is a picture and only {len(seen.words)} characters of text.",
            "Write at least 200: filters take mails of pictures for spam, and many people see no pictures.",
        )


# ----------------------------------------------------------------------------------------------------------- 7, links

SHORTENERS = names(
    "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly lnkd.in rebrand.ly cutt.ly t.ly shorturl.at rb.gy tiny.cc"
)
_GENERIC = """
here|click here|click|read more|more|learn more|link|this link|aqui|clique aqui|clica aqui|saiba mais
saber mais|ler mais|leia mais|mais|aquí|haz clic aquí|más información|leer más|hier|klicken sie hier|mehr
mehr erfahren|ici|cliquez ici|en savoir plus|lire la suite|qui|clicca qui|leggi di più
"""
GENERIC = frozenset(_GENERIC.replace("\n", "|").strip("|").split("|"))
"""Words of a link that say nothing on their own."""
_SHOWN_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#:]\S*)?", re.IGNORECASE)


def links(seen: Seen) -> Iterator[Fault]:
    """Links that say where they go, and go there."""
    told: set[str] = set()
    for element, href in _links(seen.root):
        text = element.text
        key = f"{href} {text}"
        if key in told:
            continue
        told.add(key)
        yield from _link(href, text, _short(text or href))


def _link(href: str, text: str, name: str) -> Iterator[Fault]:
    if href in ("", "#"):
        yield Fault(f"the link {name} leads nowhere.", "Give it a target.")
        return
    try:
        parts = urlsplit(href)
        host = (parts.hostname or "").lower()
    except ValueError:
        yield Fault(f"the link {name} has a broken address: {href}.", "Mend the address.")
        return
    local = host in ("localhost", "127.0.0.1")
    if parts.scheme not in ("https", "mailto", "tel") and not (parts.scheme == "http" and local):
        yield Fault(f"the link {name} goes to {href}.", "Write a full https, mailto or tel address.")
    if parts.scheme in ("http", "https"):
        if parts.username is not None:
            yield Fault(f"the link {name} has user info in its address.", "Write the address without it.")
        if _is_ip(host) and not local:
            yield Fault(f"the link {name} goes to the number {host}.", "Link to a name: filters refuse numbers.")
        if host.removeprefix("www.") in SHORTENERS:
            yield Fault(f"the link {name} goes through {host}.", "Link to the place itself: filters refuse shorteners.")
        if re.search(r"[?&]utm_", href):
            yield Fault(
                f"the link {name} carries utm_ parameters.", "They tell others who reads. Leave them out.", "warning"
            )
        shown = _SHOWN_HOST.fullmatch(text)
        if shown and shown[1].lower().removeprefix("www.") != host.removeprefix("www."):
            yield Fault(
                f"the link shows {shown[1]} and goes to {host}.", "Show where it goes: filters take this for fraud."
            )
    if not text:
        yield Fault(f"the link to {href} has no words.", "Write where it goes.")
    elif text.strip(" .:!→»>…").casefold() in GENERIC:
        yield Fault(
            f"the link {name} does not say where it goes.", "Name the place: people hear links without the rest."
        )


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


# ------------------------------------------------------------------------------------------------------- 8, structure

_CONDITIONAL = re.compile(r"<!--\[if[^\]]*\]>(<!-->)?|(<!--)?<!\[endif\]-->")
_DROPPED = (
    "script",
    "form",
    "input",
    "select",
    "textarea",
    "button",
    "iframe",
    "frame",
    "object",
    "embed",
    "video",
    "audio",
    "svg",
)
_LEFTOVER = re.compile(r"\{\{|\{%|\$\{|\*\|[A-Z:_]+\|\*|\[\[[^\]]*\]\]")
_NOTHING = re.compile(r"None|undefined|NaN|null")


def structure(seen: Seen) -> Iterator[Fault]:
    """Tables that say what they are, balanced conditionals, nothing that is dropped, nothing left unfilled."""
    for table in seen.root.find("table"):
        data = any(True for _ in table.find("th"))
        if table.attributes.get("role") != "presentation" and not data:
            yield Fault(
                "a table neither is data (no th) nor says that it is layout.", 'Write role="presentation", or th.'
            )
            break
    yield from _conditionals(seen.mail.html)
    ids = Counter(element.attributes["id"] for element in seen.root.walk() if "id" in element.attributes)
    for name, count in ids.items():
        if count > 1:
            yield Fault(f"the id {name!r} stands {count} times.", "Take ids away, or make each its own.")
    for element in seen.root.find(*_DROPPED):
        if element.tag != "script" or element.attributes.get("type") != "application/ld+json":
            yield Fault(f"<{element.tag}> is dropped by mail programs.", "Link to a page that has it.")
    for element in seen.root.walk():
        for name, value in element.attributes.items():
            if name.startswith("on"):
                yield Fault(f"{name}= on <{element.tag}> is a script.", "Take it away.")
            if found := re.search(r"\\u\{[0-9a-f]+\}|\\[nt]", value):
                yield Fault(f"{name}= on <{element.tag}> has a literal {found[0]}.", "Put such texts in as slots.")
            if name in ("href", "src") and re.search(r"(?:^|[/=])(?:None|undefined|NaN|null)(?:[/?&#]|$)", value):
                yield Fault(f"a link or picture goes to {value}.", "Fill it, or leave it out by `when`.")
    yield from _unfilled(seen)


def _conditionals(html: str) -> Iterator[Fault]:
    fix = "Let each <!--[if …]> have its own <![endif]-->."
    open_ = 0
    for found in _CONDITIONAL.finditer(html):
        if found[0].startswith("<!--[if"):
            if open_:
                yield Fault("a conditional comment stands in another.", fix)
                return
            open_ = 1
        elif not open_:
            yield Fault("a conditional comment ends that never began.", fix)
            return
        else:
            open_ = 0
    if open_:
        yield Fault("a conditional comment is never closed.", fix)
        return
    outlook = "".join(re.findall(r"<!--\[if (?!!)[^\]]*\]>(.*?)<!\[endif\]-->", html, re.DOTALL))
    for tag in ("table", "tr", "td"):
        opened, closed = len(re.findall(rf"<{tag}\b", outlook)), outlook.count(f"</{tag}>")
        if opened != closed:
            yield Fault(
                f"Outlook's part opens {opened} <{tag}> and closes {closed}.",
                "Let `when` stand around whole sections or whole rows.",
            )


def _unfilled(seen: Seen) -> Iterator[Fault]:
    runs = list(_runs(seen.root))
    for where, text in (("HTML", "\n".join(runs)), ("text part", seen.mail.text)):
        if found := _leftover(text, seen.meta):
            yield Fault(f"the {where} has an unfilled {found}.", "Use slots in layouts and shortcodes in words.")
    values = set(seen.meta.values.values())
    for run in [*runs, *(line.rpartition(":")[2].strip() for line in seen.mail.text.splitlines())]:
        if _NOTHING.fullmatch(run) and run not in values:
            yield Fault(f"{run} stands where a value should be.", "Fill it, or leave the line out by `when`.")
            break


def _runs(root: Element) -> Iterator[str]:
    """Every stretch of text, code left out: whoever writes about templates may show them."""
    for child in root.children:
        if isinstance(child, str):
            if child.strip():
                yield child.strip()
        elif child.tag not in ("style", "code", "pre", "script"):
            yield from _runs(child)


def _leftover(text: str, meta: Meta) -> str:
    """What looks like a forgotten slot, if it is not in what an author wrote as a fact."""
    if not _LEFTOVER.search(text):
        return ""
    for value in meta.values.values():
        if _LEFTOVER.search(value):
            text = text.replace(value, "")
    found = re.search(
        r"\{\{[^{}\n]{0,40}(?:\}\})?|\{%[^%\n]{0,40}|\$\{[^}\n]{0,40}\}?|\*\|[A-Z:_]+\|\*|\[\[[^\]]*\]\]", text
    )
    return found[0] if found else ""


# -------------------------------------------------------------------------------------------------------- 9, leaving


def leaving(seen: Seen) -> Iterator[Fault]:
    """RFC 8058, the Gmail and Yahoo sender rules, ePrivacy: marketing can be left at once and says who sends it; what
    somebody asked for carries no promotion."""
    meta = seen.meta
    targets = [href for element, href in _links(seen.root) if not hidden(element)]
    visible = bool(meta.unsubscribe_url) and meta.unsubscribe_url in targets
    headers = {name.lower(): value for name, value in meta.headers or ()}
    if meta.name == "confirm":
        if visible or "list-unsubscribe" in headers:
            yield Fault(
                "a mail to an address not yet confirmed has a link to leave.",
                "There is nothing to leave: take it away.",
            )
    elif not visible and (not meta.service or meta.name == "reminder"):
        yield Fault("there is no visible link to leave.", "Link to the slot unsubscribe_url in the layout's footer.")
    elif visible and meta.unsubscribe_url not in seen.mail.text:
        yield Fault("the text part has no link to leave.", "End it with the slot unsubscribe_url.")
    if meta.service:
        for element in seen.root.walk():
            if "promotion" in element.classes:
                yield Fault(
                    "a service e-mail carries a promotion.", "Take it away, or send it as marketing, with consent."
                )
                break
    else:
        yield from _marketing(seen, headers)


def _marketing(seen: Seen, headers: Mapping[str, str]) -> Iterator[Fault]:
    address = " ".join(seen.meta.sender_address.split())
    if not address:
        yield Fault("no postal address is known.", "Write sender.address in site.yaml: the law wants it.")
    elif address not in seen.words or address not in " ".join(seen.mail.text.split()):
        yield Fault("the postal address is not in both parts.", "Put the slot sender_address into both footers.")
    if seen.meta.headers is not None:
        if not re.search(r"<https://[^>]+>", headers.get("list-unsubscribe", "")):
            yield Fault("there is no List-Unsubscribe header with an https address.", "Send it: RFC 8058, section 3.1.")
        if headers.get("list-unsubscribe-post") != "List-Unsubscribe=One-Click":
            yield Fault(
                "List-Unsubscribe-Post is not exactly List-Unsubscribe=One-Click.", "Send it: RFC 8058, section 3.1."
            )


# -------------------------------------------------------------------------------------------------------- 10, headers

FREEMAIL = names(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk ymail.com outlook.com hotmail.com live.com msn.com icloud.com "
    "me.com mac.com aol.com gmx.de gmx.net gmx.com web.de mail.com proton.me protonmail.com pm.me zoho.com yandex.ru "
    "mail.ru yandex.com qq.com 163.com 126.com sapo.pt free.fr orange.fr laposte.net libero.it t-online.de "
    "fastmail.com hey.com"
)
_SINGLE = names(
    "from sender reply-to to cc subject date message-id in-reply-to references list-unsubscribe list-unsubscribe-post "
    "list-id mime-version content-type auto-submitted feedback-id"
)


def headers(seen: Seen) -> Iterator[Fault]:
    """RFC 5322 and 2047, and what receivers refuse: mail in a freemail provider's name fails DMARC."""
    meta = seen.meta
    domain = meta.sender_email.rpartition("@")[2].lower()
    if domain in FREEMAIL:
        yield Fault(
            f"it comes from an address at {domain}, which lets nobody else send in its name.",
            "Write an address at your own domain under sender.email.",
        )
    if "@" in meta.sender_name:
        yield Fault("the sender's name has an address in it.", "Write a name under sender.name.")
    have = {name.lower() for name, _ in meta.headers or ()}
    if re.match(r"(?:no|do-?not)[-_.]?reply", meta.sender_email, re.IGNORECASE) and "reply-to" not in have:
        yield Fault("nobody can answer.", "Send from an address that somebody reads.", "warning")
    counts = Counter(name.lower() for name, _ in meta.headers or ())
    for name, value in meta.headers or ():
        if counts[name.lower()] > 1 and name.lower() in _SINGLE:
            yield Fault(f"the header {name} stands {counts[name.lower()]} times.", "Send it once.")
            counts[name.lower()] = 0
        if (name.lower().startswith("list-") or name.lower() == "message-id") and "=?" in value:
            yield Fault(
                f"the header {name} is an encoded-word, which nobody decodes.",
                "Keep it unfolded, or under 60 characters.",
            )
        if not f"{name}{value}".isascii():
            yield Fault(f"the header {name} has bytes that are not ASCII.", "Encode it: RFC 2047.")
        if any(len(line) > 998 for line in f"{name}: {value}".splitlines()):
            yield Fault(f"the header {name} has a line over 998 characters.", "Fold it: RFC 5322, section 2.1.1.")


# ------------------------------------------------------------------------------------------------------- 11, calendar


def calendars(seen: Seen) -> Iterator[Fault]:
    """RFC 5545, 5546 and 6047: a file that calendars take, and that moves or removes what they have."""
    for attachment in seen.mail.attachments:
        if attachment["type"].lower().startswith("text/calendar"):
            for fault in _calendar(attachment["content"], attachment["type"]):
                yield Fault(f"{attachment['name']}: {fault.what}", fault.fix, fault.level)


def _calendar(text: str, mime: str) -> Iterator[Fault]:
    if re.search(r"(?<!\r)\n|\r(?!\n)", text):
        yield Fault("its lines do not end in CRLF.", "RFC 5545, section 3.1.")
    if any(len(line.encode()) > 75 for line in text.splitlines()):
        yield Fault("a line is longer than 75 octets.", "Fold it: RFC 5545, section 3.1.")
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    named: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        left, _, value = _colon(line)
        name, _, parameters = left.partition(";")
        named.setdefault(name.upper(), []).append((parameters.upper(), value))
    method = named.get("METHOD", [("", "")])[0][1].upper()
    said = re.search(r"method=\"?(\w+)", mime, re.IGNORECASE)
    if not method:
        yield Fault("it has no METHOD.", "Write METHOD:PUBLISH, or METHOD:CANCEL for what is cancelled.")
    elif not said or said[1].upper() != method:
        yield Fault(
            f"its METHOD is {method}, the MIME type says {said[1] if said else 'nothing'}.", "Let both say the same."
        )
    if method == "REQUEST" and "ATTENDEE" not in named:
        yield Fault("a REQUEST asks nobody.", "Send PUBLISH, or name an ATTENDEE.")
    if method == "PUBLISH" and "ATTENDEE" in named:
        yield Fault("PUBLISH has an ATTENDEE.", "Take it away: RFC 5546, section 3.2.1.")
    for name in ("UID", "DTSTAMP", "DTSTART"):
        if name not in named:
            yield Fault(f"it has no {name}.", "RFC 5545, section 3.6.1.")
    zones = {value for _, value in named.get("TZID", [])}
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        for parameters, value in named.get(name, []):
            zone = re.search(r"TZID=\"?([^;:\"]+)", parameters)
            if zone and zone[1] not in {known.upper() for known in zones}:
                yield Fault(
                    f"{name} is in {zone[1].title()}, and there is no VTIMEZONE for it.", "Add it, or write UTC."
                )
            elif not zone and re.fullmatch(r"\d{8}T\d{6}", value) and not _in_zone(lines, name, value):
                yield Fault(
                    f"{name} {value} floats: it means another moment in each time zone.",
                    "Write UTC or TZID.",
                    "warning",
                )


def _colon(line: str) -> tuple[str, str, str]:
    """The name with its parameters, and the value: a colon inside quotes does not part them."""
    quoted = False
    for at, c in enumerate(line):
        if c == '"':
            quoted = not quoted
        elif c == ":" and not quoted:
            return line[:at], ":", line[at + 1 :]
    return line, "", ""


def _in_zone(lines: Sequence[str], name: str, value: str) -> bool:
    """Whether that line stands in a VTIMEZONE, whose times have no zone of their own."""
    inside = False
    for line in lines:
        if line == "BEGIN:VTIMEZONE":
            inside = True
        elif line == "END:VTIMEZONE":
            inside = False
        elif inside and line.startswith(name) and line.endswith(value):
            return True
    return False


# ------------------------------------------------------------------------------------------------ 12, structured data

NEEDED: Mapping[str, tuple[str, ...]] = {
    "EventReservation": (
        "reservationNumber", "reservationStatus", "underName",
        "reservationFor.name", "reservationFor.startDate", "reservationFor.location",
    ),
    "Order": ("merchant", "orderNumber", "priceCurrency", "price", "acceptedOffer"),
    "Invoice": ("accountId", "paymentStatus", "totalPaymentDue"),
}  # fmt: skip
"""What Gmail needs: developers.google.com/workspace/gmail/markup."""


def structured_data(seen: Seen) -> Iterator[Fault]:
    """JSON-LD that parses and has what its type needs, or none."""
    for script in seen.root.find("script"):
        text = "".join(child for child in script.children if isinstance(child, str))
        try:
            found = json.loads(text)
        except ValueError as error:
            yield Fault(f"the JSON-LD does not parse: {error}.", "Put values in as slots: they are escaped for JSON.")
            continue
        for thing in found if isinstance(found, list) else [found]:
            kind = str(thing.get("@type", "")) if isinstance(thing, dict) else ""
            for path in NEEDED.get(kind, ()):
                if not _at(thing, path):
                    yield Fault(f"the JSON-LD {kind} has no {path}.", "Fill it, or leave the JSON-LD out.")


def _at(thing: Any, path: str) -> Any:
    for name in path.split("."):
        thing = thing.get(name) if isinstance(thing, dict) else None
    return thing


RULES: tuple[Rule, ...] = (
    Rule(1, "size", size),
    Rule(2, "text part", text_part),
    Rule(3, "head", head),
    Rule(4, "subject", subject),
    Rule(5, "contrast", contrasts, layout=True),
    Rule(6, "pictures", pictures),
    Rule(7, "links", links),
    Rule(8, "structure", structure),
    Rule(9, "leaving", leaving),
    Rule(10, "headers", headers),
    Rule(11, "calendar", calendars),
    Rule(12, "structured data", structured_data),
)
"""Every rule for a finished e-mail, in the order of their numbers."""
