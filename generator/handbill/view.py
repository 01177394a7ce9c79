"""What a template may see, and nothing else. The promise a theme can build on.

A template gets `site`, `page` and one more name (see CONTEXTS below). Every field is written here with its sentence;
`handbill reference` prints this file's promise, and a test holds both ways: every documented field is filled, and
nothing undocumented is handed over. Values are ready to print (dates and money are text in the page's language); fields
of type Markup are HTML that is already safe. A field that may be absent is None or empty: test it before use.

Dates are text for people plus one `iso` for `<time datetime>`. URLs are root-relative and already carry the base path,
unless a sentence says "absolute".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from markupsafe import Markup


@dataclass(slots=True)
class Link:
    """A link with its words."""

    text: Annotated[str, "The words of the link."]
    url: Annotated[str, "Where it goes."]
    current: Annotated[bool, "True on the page it points to."] = False


@dataclass(slots=True)
class LanguageView:
    """One language of the site, seen from this page."""

    code: Annotated[str, "BCP 47 code: `pt`."]
    name: Annotated[str, "The language's own name: `Português`."]
    dir: Annotated[str, "`ltr` or `rtl`."]
    url: Annotated[str, "This page in that language, or that language's home page."]
    current: Annotated[bool, "True for the language of this page."]
    translated: Annotated[bool, "True when this very page exists in that language."]


@dataclass(slots=True)
class SiteView:
    """What all pages of one language share."""

    name: Annotated[str, "The site's name."]
    url: Annotated[str, "Absolute URL of the home page in this language."]
    home: Annotated[str, "Root-relative URL of the home page in this language."]
    description: Annotated[str, "One sentence about the site, or empty."]
    language: Annotated[str, "BCP 47 code of this page's language."]
    dir: Annotated[str, "`ltr` or `rtl`."]
    menu: Annotated[tuple[Link, ...], "The main menu: lists that have entries, then pages with a `menu` key."]
    feed: Annotated[str, "URL of the Atom feed."]
    calendar: Annotated[str, "URL of the site's .ics, or empty when there are no events."]
    privacy: Annotated[str, "URL of the privacy notice."]
    controller: Annotated[str, "Who is responsible for the data, by name."]
    sender: Annotated[str, "The name that e-mails come from."]
    email: Annotated[str, "The address that e-mails come from."]
    address: Annotated[str, "Postal address in one line."]
    socials: Annotated[tuple[Link, ...], "Links to the site's profiles elsewhere (`same_as` in site.yaml)."]
    settings: Annotated[Mapping[str, Any], "The theme's settings: `site.settings.accent_word`."]
    params: Annotated[Mapping[str, Any], "`params:` of site.yaml, as written."]


@dataclass(slots=True)
class PageView:
    """What stands in `<head>` and around the content."""

    kind: Annotated[
        str, "`home`, `list`, `event`, `drop`, `host`, `page`, `series`, `privacy`, `message`, `answer` or `not_found`."
    ]
    title: Annotated[str, "The page's own title, for `<h1>`."]
    head_title: Annotated[str, "For `<title>`: the title and the site's name."]
    description: Annotated[str, "One plain sentence for search engines and link previews; may be empty."]
    canonical: Annotated[str, "Absolute URL of this page, or empty where none should be given (404, answers)."]
    url: Annotated[str, "Root-relative URL of this page."]
    alternates: Annotated[
        tuple[tuple[str, str], ...], "(language or `x-default`, absolute URL) for `hreflang`; empty with one language."
    ]
    languages: Annotated[tuple[LanguageView, ...], "For the language switch; empty with one language."]
    breadcrumbs: Annotated[tuple[Link, ...], "From home to the parent; empty on home."]
    robots: Annotated[str, "Content of the robots meta element, or empty."]
    image: Annotated[str, "Absolute URL of the 1200x630 picture for link previews, or empty."]
    image_alt: Annotated[str, "What that picture shows."]
    og_type: Annotated[str, "`website`, `article`, `event` or `product`."]
    locale: Annotated[str, "For `og:locale`: `pt_PT`."]
    jsonld: Annotated[Markup, "One finished `<script type=application/ld+json>` element, or empty."]
    style: Annotated[
        Markup, "The site's whole CSS: `<style>{{ page.style }}</style>`, byte for byte the same on every page."
    ]
    csp: Annotated[str, "Content-Security-Policy for a meta element, where the host can set no header; else empty."]
    badge: Annotated[
        str, "`draft`, `future` or `expired` where a preview shows an entry that a build would skip; else empty."
    ]


@dataclass(slots=True)
class PictureView:
    """A picture in every size and format it was made in. Print it with parts/picture.html."""

    src: Annotated[str, "URL of the fallback (JPEG or PNG)."]
    srcset: Annotated[str, "srcset of the fallback."]
    sources: Annotated[tuple[tuple[str, str], ...], "(MIME type, srcset) of better formats, best first."]
    width: Annotated[int, "Intrinsic width in pixels."]
    height: Annotated[int, "Intrinsic height in pixels."]
    alt: Annotated[str, "What the picture shows; empty for decoration."]
    caption: Annotated[str, "Words below the picture, or empty."] = ""


@dataclass(slots=True)
class StateView:
    """Where an event or a drop stands, in words."""

    name: Annotated[
        str, "`announced`, `early_access`, `open`, `sold_out`, `closed`, `postponed`, `cancelled` or `past`."
    ]
    label: Annotated[str, "One or two words: `Sold out`."]
    text: Annotated[
        str, "One sentence that says what it means for the reader now; may be empty where there is no form."
    ]
    tone: Annotated[str, "`good`, `notice` or `over`: how loud to be. Never say it by colour alone."]


@dataclass(slots=True)
class WhenView:
    """A moment or a stretch of time, in words."""

    text: Annotated[str, "For people: `Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)`."]
    date: Annotated[str, "The day alone: `Friday, 4 December 2026`."]
    time: Annotated[str, "The time alone with its zone, or empty for whole days."]
    short: Annotated[str, "As short as it gets: `4 Dec`."]
    iso: Annotated[str, "Start for `<time datetime>`: `2026-12-04T19:00+00:00` or `2026-12-04`."]
    iso_end: Annotated[str, "End likewise, or empty."]
    doors: Annotated[str, "When the doors open, or empty."] = ""
    previous: Annotated[str, "The date before a postponement, or empty."] = ""


@dataclass(slots=True)
class PlaceView:
    """A place, in words."""

    name: Annotated[str, "`Casa Lume`; may be empty when only an address is known."]
    address: Annotated[str, "Address in one line, or empty."]
    lines: Annotated[tuple[str, ...], "Address by lines."]
    url: Annotated[str, "The host's page, or empty."]
    map: Annotated[str, "A geo: link or a map link the reader may follow (never loaded), or empty."]
    online: Annotated[str, "Public URL of the stream, or empty."]


@dataclass(slots=True)
class ProductView:
    """Something that can be bought: a ticket, an item, an add-on, a space."""

    id: Annotated[str, "Stable id within the entry: `seat`."]
    name: Annotated[str, "`Seat`, in the page's language."]
    price: Annotated[str, "`€25.00`, `Free`, or empty where no price is written."]
    amount: Annotated[str, "The price as a plain number: `25.00`; empty where no price is written."]
    currency: Annotated[str, "ISO 4217: `EUR`, or empty."]
    note: Annotated[str, "One line of limits that are facts: `Edition of 80, at most 2 a person`."]
    left: Annotated[str, "`12 left on 3 May`, only where the facts say so; else empty."]
    sold_out: Annotated[bool, "True where the facts say so."]
    online: Annotated[bool, "True for a ticket to the stream."]
    description: Annotated[str, "A sentence, or empty."]
    addons: Annotated[tuple[ProductView, ...], "What can be added to it."] = ()


@dataclass(slots=True)
class FieldView:
    """One field of a sign-up form beside the e-mail address."""

    name: Annotated[str, "Name in the post: `first_name`."]
    label: Annotated[str, "Visible label."]
    type: Annotated[str, "`text`, `tel`, `number`, `select` or `checkbox`."]
    required: Annotated[bool, "True where the form cannot be sent without it."]
    autocomplete: Annotated[str, "The HTML autofill token, or empty: `given-name`."]
    options: Annotated[tuple[tuple[str, str], ...], "(value, label) of a select."]
    hint: Annotated[str, "Why it is asked, or empty."]


@dataclass(slots=True)
class ConsentView:
    """One unticked checkbox with its own sentence."""

    name: Annotated[str, "Name in the post: `consent_marketing`."]
    text: Annotated[str, "The exact wording; what is agreed to."]
    required: Annotated[bool, "True only on a form that exists for this purpose alone (a newsletter)."]


@dataclass(slots=True)
class FormView:
    """The sign-up form: a plain HTML POST that works without script. Print it with parts/form.html.

    The form contract, checked in every built page: method post; a visible label for each field; `autocomplete="email"`
    on the address; every hidden pair posted; each consent an unticked checkbox; the honeypot out of the tab order and
    hidden from assistive technology; a link to the privacy notice; a button that says the result.
    """

    id: Annotated[str, "Unique on the page, for `id` and `for`: `signup`."]
    action: Annotated[str, "Where it posts: absolute or root-relative."]
    heading: Annotated[str, "A short heading above the form."]
    email_name: Annotated[str, "Name of the address field in the post: `email`."]
    email_label: Annotated[str, "`E-mail address`."]
    fields: Annotated[tuple[FieldView, ...], "Further fields, in order."]
    consents: Annotated[tuple[ConsentView, ...], "One checkbox each."]
    hidden: Annotated[
        tuple[tuple[str, str], ...],
        "(name, value) pairs to post as they are: the form, the wording shown, the language.",
    ]
    honeypot: Annotated[str, "Name of the field that only robots fill, or empty."]
    honeypot_label: Annotated[str, "Its label, for the rare person who meets it."]
    button: Annotated[str, "`Send me the door code`."]
    note: Annotated[str, "One line: what is sent, how often, how to leave, who keeps it."]
    privacy_label: Annotated[str, "Words of the link to the privacy notice."]
    works: Annotated[bool, "False where site.yaml names neither functions nor a sender; the form then has no action."]


@dataclass(slots=True)
class CardView:
    """An entry as it stands in a list."""

    id: Annotated[str, "`events/salon-to-stream`."]
    kind: Annotated[str, "`event`, `drop`, `host` or `page`."]
    title: Annotated[str, "Its title."]
    summary: Annotated[str, "One sentence, or empty."]
    url: Annotated[str, "Its page."]
    lang: Annotated[str, "Language of its words where it differs from the page's; else empty."]
    when: Annotated[WhenView | None, "Its time, or None."]
    place: Annotated[str, "Its place in one line, or empty."]
    price: Annotated[str, "`from €25.00`, `Free`, or empty."]
    state: Annotated[StateView | None, "Where it stands, or None for hosts and pages."]
    picture: Annotated[PictureView | None, "Its first picture, or None."]
    chapter: Annotated[int, "Number within its series; 0 without one."]
    badge: Annotated[str, "As PageView.badge."] = ""


@dataclass(slots=True)
class SeriesView:
    """The series an entry belongs to, seen from the entry."""

    name: Annotated[str, "The series' title."]
    url: Annotated[str, "The page of the series."]
    chapter: Annotated[int, "This entry's number; 0 without one."]
    chapters: Annotated[int, "How many there are so far."]
    previous: Annotated[CardView | None, "The chapter before, or None."]
    next: Annotated[CardView | None, "The chapter after, or None."]


@dataclass(slots=True)
class EntryView:
    """An event, a drop, a host or a page, whole."""

    id: Annotated[str, "`events/salon-to-stream`."]
    kind: Annotated[str, "`event`, `drop`, `host` or `page`."]
    title: Annotated[str, "Its title."]
    summary: Annotated[str, "The one-line promise below the title, or empty."]
    body: Annotated[Markup, "The text, as HTML. Gated words are never in it."]
    gated: Annotated[bool, "True where the entry has words only for confirmed subscribers."]
    state: Annotated[StateView | None, "Where it stands; None for hosts and pages."]
    form: Annotated[FormView | None, "The sign-up form, or None where there is none."]
    when: Annotated[WhenView | None, "Event: its time. Drop: when it opens and closes. Else None."]
    where: Annotated[PlaceView | None, "Its place, or None."]
    host: Annotated[CardView | None, "The host, or None."]
    products: Annotated[tuple[ProductView, ...], "Event: tickets. Drop: items. Host: none (see spaces)."]
    spaces: Annotated[tuple[ProductView, ...], "Host: spaces with their rates."]
    addons: Annotated[tuple[ProductView, ...], "Add-ons of the entry itself."]
    facts: Annotated[
        tuple[tuple[str, str], ...], "(label, value) rows that fit no other field: check-in, access, age, pickup."
    ]
    pictures: Annotated[tuple[PictureView, ...], "All pictures; the first leads."]
    calendar: Annotated[str, "URL of the .ics, or empty."]
    series: Annotated[SeriesView | None, "Its series, or None."]
    related: Annotated[tuple[CardView, ...], "Host: what happens there. Else empty."]
    tags: Annotated[tuple[Link, ...], "Its tags, as links to their pages."]
    changed: Annotated[str, "Date of the last change, or empty."]
    params: Annotated[Mapping[str, Any], "`params:` of the entry, as written."] = field(default_factory=dict)


@dataclass(slots=True)
class ListView:
    """A list of entries: home, one kind, a series, a tag."""

    kind: Annotated[str, "`event`, `drop`, `host`, `page`, or empty where kinds are mixed."]
    title: Annotated[str, "Its title."]
    intro: Annotated[Markup, "Words above the list, as HTML; may be empty."]
    current: Annotated[tuple[CardView, ...], "What is open or still to come, soonest first (hosts and pages: all)."]
    past: Annotated[tuple[CardView, ...], "What is over, latest first."]
    older: Annotated[str, "URL of the next page of the list, or empty."]
    newer: Annotated[str, "URL of the page before, or empty."]
    number: Annotated[int, "Number of this page of the list, from 1."]
    form: Annotated[FormView | None, "The site's own sign-up form, or None."]
    empty: Annotated[str, "What to say where there is nothing: `Nothing planned; be first to hear`."]
    sections: Annotated[tuple[ListView, ...], "Home: one list a kind, in order. Else empty."] = ()
    url: Annotated[str, "Of a section on home: the whole list. Else empty."] = ""


@dataclass(slots=True)
class PrivacyView:
    """The privacy notice, written from the actual configuration: only what is really in use is named."""

    sections: Annotated[
        tuple[tuple[str, tuple[str, ...]], ...], "(heading, paragraphs) in order, in the page's language."
    ]
    changed: Annotated[str, "Date of the last change, or empty."] = ""


@dataclass(slots=True)
class MessageView:
    """A static answer: check your inbox, thanks, page not found."""

    name: Annotated[str, "`check_inbox`, `thanks`, `left` or `not_found`."]
    title: Annotated[str, "Its heading."]
    paragraphs: Annotated[tuple[str, ...], "What to do next, in order."]
    links: Annotated[tuple[Link, ...], "Where to go from here."]


@dataclass(slots=True)
class AnswerView:
    """A page that the functions fill: its templates use `slot`, `each` and `when` for what only answering knows."""

    name: Annotated[str, "`confirm`, `unsubscribe`, `preferences`, `gate`, `form` or `message`."]
    action: Annotated[str, "Where its form posts, root-relative or absolute."]
    form: Annotated[FormView | None, "For the form shown again with its errors."] = None


@dataclass(slots=True)
class EmailView:
    """What an e-mail layout knows while it is compiled. Everything about an entry is a slot, filled later."""

    name: Annotated[str, "`confirm`, `welcome`, `reminder`, `changed`, `cancelled` or `letter`."]
    stream: Annotated[str, "`service` or `marketing`."]
    lang: Annotated[str, "BCP 47 code."]
    dir: Annotated[str, "`ltr` or `rtl`."]


CONTEXTS: Mapping[str, Mapping[str, type]] = {
    "pages/home.html": {"site": SiteView, "page": PageView, "list": ListView},
    "pages/list.html": {"site": SiteView, "page": PageView, "list": ListView},
    "pages/series.html": {"site": SiteView, "page": PageView, "list": ListView},
    "pages/event.html": {"site": SiteView, "page": PageView, "entry": EntryView},
    "pages/drop.html": {"site": SiteView, "page": PageView, "entry": EntryView},
    "pages/host.html": {"site": SiteView, "page": PageView, "entry": EntryView},
    "pages/page.html": {"site": SiteView, "page": PageView, "entry": EntryView},
    "pages/privacy.html": {"site": SiteView, "page": PageView, "privacy": PrivacyView},
    "pages/message.html": {"site": SiteView, "page": PageView, "message": MessageView},
    "pages/answers/*.html": {"site": SiteView, "page": PageView, "answer": AnswerView},
    "emails/*.mjml": {"site": SiteView, "email": EmailView},
}
"""What each template is handed, beside `t(key, **values)` for the theme's own words, `asset(path)` for the URL of a
hashed file below assets/, and `token(path)` for the literal value of a design token (e-mails)."""
