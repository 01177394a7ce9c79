"""The base theme keeps what it promises: complete, readable by everybody, small, its form as the law wants it.

Every page template is rendered through the real engine with sample views; what a browser alone can tell (contrast in
place, reflow, targets) is looked at elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from handbill.errors import Problem
from handbill.render.programs import compile_html
from handbill.render.templates import Templates, named
from handbill.render.words import plural
from handbill.strings import places_of
from handbill.theme import load_theme
from handbill.view import (
    AnswerView,
    CardView,
    ConsentView,
    EntryView,
    FieldView,
    FormView,
    LanguageView,
    Link,
    ListView,
    MessageView,
    PageView,
    PictureView,
    PlaceView,
    PrivacyView,
    ProductView,
    SeriesView,
    SiteView,
    StateView,
    WhenView,
)
from handbill_functions.catalog import Fragment
from handbill_functions.fill import fill, slots

ROOT = Path(__file__).parent.parent / "themes"
THEME = load_theme("base", search=[ROOT])
LANGUAGES = ("en", "pt")
TEMPLATES = Templates(THEME, {lang: THEME.strings(lang, "en", plural) for lang in LANGUAGES})
STATES = {
    "announced": "notice",
    "early_access": "good",
    "open": "good",
    "sold_out": "notice",
    "closed": "over",
    "postponed": "notice",
    "cancelled": "over",
    "past": "over",
}


# Samples --------------------------------------------------------------------------------------------------------------


def t(key: str, lang: str = "en", **values: object) -> str:
    return THEME.strings(lang, "en", plural).t(key, **values)


SETTINGS = {key: setting.default for key, setting in THEME.settings.items()}
SITE = SiteView(
    name="Casa Lume",
    url="https://casalume.example/",
    home="/",
    description="A house of lamps.",
    language="en",
    dir="ltr",
    menu=(Link("Events", "/events/", current=True), Link("Questions", "/questions/")),
    feed="/feed.xml",
    calendar="/events.ics",
    privacy="/privacy/",
    controller="Casa Lume, Lda",
    sender="Casa Lume",
    email="hello@casalume.example",
    address="Rua da Luz 7, Lisboa",
    socials=(Link("social.example", "https://social.example/lume"),),
    settings=named(SETTINGS),
    params={},
)
PAGE = PageView(
    kind="event",
    title="Salon to Stream",
    head_title="Salon to Stream · Casa Lume",
    description="Ninety minutes of lamp-making.",
    canonical="https://casalume.example/events/salon/",
    url="/events/salon/",
    alternates=(("en", "https://casalume.example/events/salon/"), ("pt", "https://casalume.example/pt/salon/")),
    languages=(
        LanguageView("en", "English", "ltr", "/events/salon/", True, True),
        LanguageView("ar", "العربية", "rtl", "/ar/", False, False),
    ),
    breadcrumbs=(Link("Home", "/"), Link("Events", "/events/")),
    robots="",
    image="https://casalume.example/media/card.png",
    image_alt="A lamp",
    og_type="event",
    locale="en_GB",
    jsonld=Markup(""),
    style=Markup("p{color:red}"),
    csp="default-src 'none'",
    badge="",
)
PICTURE = PictureView("/m/a.jpg", "/m/a.jpg 640w", (("image/avif", "/m/a.avif 640w"),), 640, 427, "A lamp", "At dusk.")
WHEN = WhenView("Friday, 4 December 2026, 19:00", "Friday, 4 December 2026", "19:00", "4 Dec", "2026-12-04T19:00Z", "")
CONSENT = ConsentView("consent_marketing", "Yes, write to me about new evenings.", False)


def form(state: str = "", kind: str = "event", **changes: Any) -> FormView:
    made = FormView(
        id="signup",
        action="/api",
        heading=t(f"state.{kind}.{state}.heading") if state else t("form.newsletter_heading"),
        email_name="email",
        email_label=t("form.email"),
        fields=(
            FieldView("first_name", t("form.first_name"), "text", False, "given-name", (), ""),
            FieldView("phone", t("form.phone"), "tel", True, "tel", (), "If the door sticks."),
            FieldView("size", "Size", "select", True, "", (("s", "Small"), ("l", "Large")), "For the apron."),
            FieldView("seats", "Seats", "number", False, "", (), ""),
            FieldView("meat", "I eat meat", "checkbox", False, "", (), "For the cook."),
        ),
        consents=(CONSENT,),
        hidden=(("form", "events/salon"), ("lang", "en"), ("wording", "0" * 32)),
        honeypot="website",
        honeypot_label=t("form.honeypot"),
        button=t(f"state.{kind}.{state}.button") if state else t("form.newsletter_button"),
        note=t("form.note", sender="Casa Lume"),
        privacy_label=t("form.privacy"),
        works=True,
    )
    return replace(made, **changes)


def state_of(name: str, kind: str = "event") -> StateView:
    return StateView(name, t(f"state.{kind}.{name}.label"), t(f"state.{kind}.{name}.text"), STATES[name])


def card(title: str = "Paper night", **changes: Any) -> CardView:
    made = CardView(
        "events/x",
        "event",
        title,
        "A sentence.",
        "/events/x/",
        "",
        WHEN,
        "Lisboa",
        "Free",
        state_of("open"),
        PICTURE,
        0,
    )
    return replace(made, **changes)


HOST = card("Casa Lume", kind="host", when=None, state=None, price="")
CORD = ProductView("cord", "Linen cord", "€18.00", "18.00", "EUR", "Within 48 hours", "", False, False, "")
SEAT = ProductView(
    "seat", "Seat", "€25.00", "25.00", "EUR", "At most 2", "12 left on 3 May", False, False, "By the fire.", (CORD,)
)


def entry(state: str = "open", kind: str = "event", **changes: Any) -> EntryView:
    made = EntryView(
        id=f"{kind}s/salon",
        kind=kind,
        title="Salon to Stream",
        summary="Ninety minutes of lamp-making.",
        body=Markup("<p>Come as you are.</p><h2 id='what'>What we make</h2>"),
        gated=True,
        state=state_of(state, kind) if kind in ("event", "drop") else None,
        form=form(state, kind) if kind in ("event", "drop") else form(),
        when=WHEN if kind in ("event", "drop") else None,
        where=PlaceView(
            "Casa Lume",
            "Rua da Luz 7",
            ("Rua da Luz 7", "Lisboa"),
            "/hosts/casa-lume/",
            "geo:38,-9",
            "https://s.example/",
        ),
        host=HOST if kind == "event" else None,
        products=(SEAT, replace(SEAT, id="stream", name="Stream", price="", sold_out=True)) if kind != "host" else (),
        spaces=(replace(SEAT, id="table", name="The long table"),) if kind == "host" else (),
        addons=(CORD,),
        facts=((t("fact.age"), "16+"),),
        pictures=(PICTURE, replace(PICTURE, src="/m/b.jpg", caption="")),
        calendar="/events/salon/salon.ics" if kind == "event" else "",
        series=SeriesView("Lamps", "/series/lamps/", 2, 3, card("Lamp 1"), card("Lamp 3")) if kind == "drop" else None,
        related=(card(), card("Wire night", picture=None)) if kind == "host" else (),
        tags=(Link("light", "/tags/light/"),),
        changed="3 May 2026",
    )
    return replace(made, **changes)


def bare(kind: str = "event") -> EntryView:
    """An entry of which nobody wrote more than a title."""
    return entry(
        kind=kind,
        summary="",
        gated=False,
        form=None,
        when=None,
        where=None,
        host=None,
        products=(),
        spaces=(),
        addons=(),
        facts=(),
        pictures=(),
        calendar="",
        series=None,
        related=(),
        tags=(),
        changed="",
    )


def listing(**changes: Any) -> ListView:
    made = ListView(
        kind="event",
        title="Events",
        intro=Markup("<p>What is on.</p>"),
        current=(card(), card("Noite de papel", lang="pt", picture=None, badge="draft")),
        past=(card("Old night", state=state_of("past")),),
        older="/events/2/",
        newer="",
        number=1,
        form=form(fields=()),
        empty=t("kind.event.empty"),
    )
    return replace(made, **changes)


EMPTY = listing(current=(), past=(), older="", intro=Markup(""))
HOME = listing(
    kind="",
    title="Casa Lume",
    current=(),
    past=(),
    older="",
    sections=(
        listing(url="/events/"),
        listing(kind="drop", title="Drops", current=(), url="/drops/"),
        replace(EMPTY, kind="host", title="Hosts"),
    ),
)
MESSAGE = MessageView("check_inbox", t("message.check_inbox.title"), ("One.", "Two."), (Link("Home", "/"),))
PRIVACY = PrivacyView(
    (("Who is responsible", ("Casa Lume.", "Rua da Luz 7.")), ("Leaving", ("One press.",))), "3 May 2026"
)

PAGES: dict[str, tuple[str, dict[str, object]]] = {
    **{f"event, {name}": ("pages/event.html", {"entry": entry(name)}) for name in STATES},
    **{f"drop, {name}": ("pages/drop.html", {"entry": entry(name, "drop")}) for name in STATES},
    "event, moved": (
        "pages/event.html",
        {"entry": entry("postponed", when=replace(WHEN, previous="Friday, 6 November", doors="18:30"))},
    ),
    "event, bare": ("pages/event.html", {"entry": bare()}),
    "host": ("pages/host.html", {"entry": entry(kind="host")}),
    "host, bare": ("pages/host.html", {"entry": bare("host")}),
    "page": ("pages/page.html", {"entry": entry(kind="page")}),
    "page, bare": ("pages/page.html", {"entry": bare("page")}),
    "list": ("pages/list.html", {"list": listing()}),
    "list, second page": ("pages/list.html", {"list": listing(number=2, newer="/events/", older="")}),
    "list, empty": ("pages/list.html", {"list": EMPTY}),
    "series": ("pages/series.html", {"list": listing(kind="", form=None)}),
    "home": ("pages/home.html", {"list": HOME}),
    "privacy": ("pages/privacy.html", {"privacy": PRIVACY}),
    "message": ("pages/message.html", {"message": MESSAGE}),
}
WITH_FORM = [
    name
    for name in PAGES
    if name.split(",")[0] in ("event", "drop", "host", "list", "home") and "bare" not in name and "second" not in name
]

SIZES = [{"value": "s", "label": "Small", "on": "1"}, {"value": "l", "label": "Large"}]
ANSWERS: dict[str, dict[str, Any]] = {
    "confirm": {"action_url": "/api/c", "email": "ana@example.com", "title": "Salon", "purposes": [{"text": "News."}]},
    "unsubscribe": {"action_url": "/api/u", "email": "ana@example.com", "preferences_url": "/api/p"},
    "preferences": {
        "action_url": "/api/p",
        "leave_url": "/api/u",
        "export_url": "/api/x",
        "erase_url": "/api/y",
        "email": "ana@example.com",
        "saved": "1",
        "topics": [
            {"id": "main", "name": "Evenings", "about": "Twice a month", "on": "1"},
            {"id": "lamps", "name": "Lamps"},
        ],
        "languages": [{"code": "en", "name": "English", "on": "1"}, {"code": "pt", "name": "Português"}],
        "paused": "3 June 2026",
    },
    "gate": {"title": "Salon", "entry_url": "/events/salon/", "calendar_url": "/events/salon/salon.ics"},
    "form": {
        "action_url": "/api",
        "title": "Salon",
        "errors": [{"text": "Mend the address."}],
        "email": 'ana"@example',
        "email_error": "Mend the address.",
        "fields": [
            {"name": "first_name", "label": "First name", "value": "Ana", "type": "text", "autocomplete": "given-name"},
            {"name": "size", "label": "Size", "is_select": "1", "error": "Choose.", "options": SIZES},
            {"name": "meat", "label": "I eat meat", "is_checkbox": "1", "on": "1", "error": "Tick it."},
        ],
        "consents": [
            {"name": "consent_marketing", "text": "News.", "on": "1"},
            {"name": "consent_post", "text": "Post."},
        ],
        "hidden": [{"name": "form", "value": "events/salon"}],
        "honeypot": "website",
        "button": "Send me the door code",
    },
    "message": {
        "title": "One more press",
        "paragraphs": [{"text": "Many sign-ups are coming in."}],
        "links": [{"url": "/", "text": "Home"}],
        "action_url": "/api",
        "button": "Sign me up",
        "hidden": [{"name": "form", "value": "events/salon"}],
    },
}


def show(name: str, lang: str = "en", site: SiteView = SITE, page: PageView = PAGE) -> str:
    template, context = PAGES[name]
    kind = Path(template).stem
    context = {"site": replace(site, language=lang), "page": replace(page, kind=kind), **context}
    return TEMPLATES.render(template, context, lang)


def program(name: str, lang: str = "en") -> list[Any]:
    context = {"site": SITE, "page": replace(PAGE, kind="answer", breadcrumbs=()), "answer": AnswerView(name, "/api")}
    return compile_html(TEMPLATES.render(f"pages/answers/{name}.html", context, lang))


def answer(name: str, lang: str = "en", **changes: Any) -> str:
    values = {key: value for key, value in (ANSWERS[name] | changes).items() if value is not None}
    gate = Fragment(html=["<p>The code is ", ["text", "secret.code", "4711"], ".</p>"], text=[])
    return fill(program(name, lang), values, fragments={"gate": gate} if name == "gate" else {})


# A small reader of HTML -----------------------------------------------------------------------------------------------

VOID = {"meta", "link", "img", "source", "input", "br", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        return [each for each in self.walk() if not tags or each.tag in tags]

    def walk(self) -> Iterator[Element]:
        for child in self.children:
            yield child
            yield from child.walk()

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""

    @property
    def text(self) -> str:
        return " ".join(" ".join([*self.words, *(child.text for child in self.children)]).split())

    def inside(self, tag: str) -> bool:
        return self.parent is not None and (self.parent.tag == tag or self.parent.inside(tag))


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self.at = Element("", {}, None)
        self.wrong: list[str] = []
        self.feed(html)
        self.close()
        if self.at is not self.root:
            self.wrong.append(f"<{self.at.tag}> is never closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) < len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice")
        element = Element(tag, dict(attrs), self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag: str) -> None:
        if self.at.tag != tag or self.at.parent is None:
            self.wrong.append(f"</{tag}> closes <{self.at.tag}>")
        else:
            self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.words.append(data)


def read(html: str) -> Element:
    reader = Reader(html)
    assert reader.wrong == []
    return reader.root


def everything(lang: str = "en") -> Iterator[tuple[str, str]]:
    for name in PAGES:
        yield name, show(name, lang)
    for name in ANSWERS:
        yield f"answer, {name}", answer(name, lang)


# The theme as a whole -------------------------------------------------------------------------------------------------


def on_pages(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if "/emails/" not in problem.path]


def test_the_checker_finds_nothing_in_its_pages_parts_and_answers() -> None:
    assert on_pages(TEMPLATES.problems()) == []
    assert on_pages(TEMPLATES.advice()) == []
    assert THEME.warnings == ()


def test_every_pair_of_colours_can_be_told_apart_in_both_modes() -> None:
    assert THEME.tokens.low_contrast() == []
    for mode in ("light", "dark"):
        good, paper = (THEME.tokens.colour(mode, name) for name in ("good", "paper"))
        assert good
        assert paper


def test_every_token_is_used_by_the_style_or_an_e_mail() -> None:
    assert THEME.tokens.unused(THEME.stylesheet("", []).properties, TEMPLATES.tokens(), "themes/base/tokens.json") == []


def test_the_style_is_small_and_asks_for_nothing() -> None:
    problems: list[Problem] = []
    style = THEME.stylesheet("", problems)
    assert problems == []
    assert style.size <= 6_000
    assert "url(" not in style.css
    assert not re.search(r"animation|transition|@keyframes|@import", style.css)
    assert ":focus-visible{outline:3px solid var(--color-focus);outline-offset:3px}" in style.css


def test_no_size_or_colour_depends_on_left_and_right() -> None:
    css = THEME.stylesheet("", []).css
    assert not re.search(r"(?:margin|padding|border|inset)-(?:left|right)|text-align:(?:left|right)|float:", css)


def test_colours_in_the_style_come_from_tokens_alone() -> None:
    for file in THEME.styles:
        assert not re.search(
            r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|oklch\(", re.sub(r"/\*.*?\*/", "", file.text, flags=re.S)
        )


def test_parts_hold_no_blocks_since_a_block_in_a_part_cannot_be_overridden() -> None:
    for file in THEME.files("parts"):
        assert "{% block" not in file.text, file.path


# Words ----------------------------------------------------------------------------------------------------------------


def test_portuguese_has_every_word_that_english_has_and_no_other() -> None:
    assert set(THEME.words["pt"]) == set(THEME.words["en"])


def test_a_translation_fills_the_same_places() -> None:
    english, portuguese = THEME.words["en"], THEME.words["pt"]
    assert {key: places_of(english[key]) for key in english} == {key: places_of(portuguese[key]) for key in english}


def test_every_state_of_event_and_drop_has_its_four_words_in_each_language() -> None:
    wanted = {
        f"state.{k}.{s}.{w}" for k in ("event", "drop") for s in STATES for w in ("label", "text", "button", "heading")
    }
    for lang in LANGUAGES:
        assert wanted == {key for key in THEME.words[lang] if key.startswith("state.")}


def test_no_button_says_submit_and_none_is_empty() -> None:
    for lang in LANGUAGES:
        for key, text in THEME.words[lang].items():
            assert isinstance(text, str) or text["other"]
            if key.endswith("button"):
                assert isinstance(text, str)
                assert not re.search(r"submit|submeter", text, re.IGNORECASE)


# Every page -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_and_answer_is_well_formed_in_each_language(lang: str) -> None:
    for name, html in everything(lang):
        root = read(html)
        assert html.startswith("<!doctype html>\n<html lang="), name
        ids = [element.get("id") for element in root.all() if "id" in element.attributes]
        assert len(ids) == len(set(ids)), name
        for element in root.all():
            for attribute in ("for", "aria-labelledby", "aria-describedby"):
                assert not element.get(attribute) or element.get(attribute) in ids, (name, element.get(attribute))


def test_no_page_has_a_script_a_style_attribute_or_a_handler() -> None:
    for name, html in everything():
        for element in read(html).all():
            assert element.tag not in ("script", "iframe", "object", "embed", "base"), name
            assert not [key for key in element.attributes if key == "style" or key.startswith("on")], name


def test_no_page_loads_anything_from_elsewhere() -> None:
    for name, html in everything():
        for element in read(html).all("img", "source", "link", "video", "audio", "script", "form"):
            for key in ("src", "srcset", "action", "href"):
                if element.tag == "link" and element.get("rel") in ("canonical", "alternate"):
                    continue
                assert not re.match(r"(?:[a-z]+:|//)", element.get(key)), (name, element.get(key))


def test_every_page_has_one_main_one_first_heading_and_no_gap_between_levels() -> None:
    for name, html in everything():
        root = read(html)
        assert len(root.all("main")) == 1, name
        levels = [int(element.tag[1]) for element in root.all() if re.fullmatch(r"h[1-6]", element.tag)]
        assert levels.count(1) == 1, name
        assert levels[0] == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)
        assert all(element.text for element in root.all("h1", "h2", "h3", "a", "button", "label")), name


def test_every_navigation_has_a_name_of_its_own() -> None:
    for name, html in everything():
        names = [element.get("aria-label") for element in read(html).all("nav")]
        assert all(names), name
        assert len(names) == len(set(names)), name


def test_every_picture_has_its_size_and_only_the_first_of_an_entry_loads_at_once() -> None:
    for name, html in everything():
        pictures = read(html).all("img")
        assert all(p.get("width") and p.get("height") and "alt" in p.attributes for p in pictures), name
        eager = [p for p in pictures if p.get("loading") != "lazy"]
        assert len(eager) == (
            1 if name.split(",")[0] in ("event", "drop", "host", "page") and "bare" not in name else 0
        )


def test_what_an_author_writes_is_escaped() -> None:
    nasty = '<script>alert("{{x}}")</script>'
    page = TEMPLATES.render(
        "pages/event.html", {"site": SITE, "page": PAGE, "entry": entry(title=nasty, summary=nasty)}, "en"
    )
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(&#34;{{x}}&#34;)&lt;/script&gt;") == 2


def test_a_right_to_left_language_says_so_on_the_root() -> None:
    html = read(show("event, open", site=replace(SITE, dir="rtl")))
    assert html.all("html")[0].get("dir") == "rtl"
    assert [a.get("dir") for a in html.all("a") if a.get("hreflang")] == ["ltr", "rtl"]


def test_the_head_says_what_search_engines_and_link_previews_read() -> None:
    head = read(show("event, open")).all("head")[0]
    properties = {meta.get("property"): meta.get("content") for meta in head.all("meta") if meta.get("property")}
    assert {"og:title", "og:type", "og:url", "og:image", "og:description", "og:site_name", "og:locale"} <= set(
        properties
    )
    assert properties["og:url"] == PAGE.canonical
    assert [link.get("hreflang") for link in head.all("link") if link.get("hreflang")] == ["en", "pt"]
    first = head.all("meta")[:2]
    assert [first[0].get("charset"), first[1].get("http-equiv")] == ["utf-8", "Content-Security-Policy"]


def test_a_page_without_an_address_of_its_own_claims_none() -> None:
    html = show("message", page=replace(PAGE, canonical="", alternates=(), csp=""))
    assert 'rel="canonical"' not in html
    assert "og:" not in html
    assert "http-equiv" not in html


def test_a_preview_shows_why_a_build_would_skip_the_entry() -> None:
    for badge in ("draft", "future", "expired"):
        assert t(f"draft.{badge}") in read(show("event, open", page=replace(PAGE, badge=badge))).all("main")[0].text


def test_settings_change_what_they_say() -> None:
    def with_settings(name: str, **values: object) -> Element:
        return read(show(name, site=replace(SITE, settings=named({**SETTINGS, **values})))).all("body")[0]

    assert "Old night" in with_settings("list").text
    assert "Old night" not in with_settings("list", show_past=False).text
    assert with_settings("list").all("img")
    assert not with_settings("list", show_pictures=False).all("img")
    assert "A sentence." in with_settings("list").text
    assert "A sentence." not in with_settings("list", show_summaries=False).text
    assert "3 May 2026" in with_settings("event, open", show_changed=True).all("main")[0].text
    assert "Made by hand." in with_settings("home", footer_note="Made by hand.").all("footer")[0].text


# States ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["event", "drop"])
@pytest.mark.parametrize("name", STATES)
def test_a_state_is_said_in_words_with_a_form_that_fits(kind: str, name: str) -> None:
    main = read(show(f"{kind}, {name}")).all("main")[0]
    state = state_of(name, kind)
    stamp = main.all("strong")[0]
    assert stamp.text == state.label
    assert "stamp" in stamp.get("class")
    assert state.text in main.text
    (sign_up,) = main.all("form")
    assert sign_up.all("h2")[0].text == t(f"state.{kind}.{name}.heading")
    assert sign_up.all("button")[0].text == t(f"state.{kind}.{name}.button")


def test_what_is_over_is_told_before_the_form_and_the_rest_below_its_button() -> None:
    for name, tone in STATES.items():
        html = show(f"event, {name}")
        assert (html.index(state_of(name).text) < html.index("<form")) == (tone == "over"), name


def test_a_state_without_a_form_is_told_all_the_same() -> None:
    context = {"site": SITE, "page": PAGE, "entry": entry("open", form=None)}
    assert state_of("open").text in TEMPLATES.render("pages/event.html", context, "en")


def test_a_moved_date_shows_the_new_one_first_and_the_old_one_struck_and_named() -> None:
    html = show("event, moved")
    old = next(row for row in read(html).all("dl")[0].all("div") if row.all("s"))
    assert (old.all("dt")[0].text, old.all("s")[0].text) == (t("fact.before"), "Friday, 6 November")
    assert html.index(WHEN.text) < html.index("Friday, 6 November")


def page_of(made: EntryView) -> Element:
    context = {"site": SITE, "page": PAGE, "entry": made}
    return read(TEMPLATES.render("pages/event.html", context, "en")).all("main")[0]


def test_a_postponed_event_without_a_new_date_says_that_its_date_no_longer_holds() -> None:
    lost = page_of(entry("postponed"))
    assert lost.all("dt")[0].text == t("fact.planned")
    assert t("calendar.add") not in lost.text
    for made in (entry("postponed", when=replace(WHEN, previous="Friday, 6 November")), entry("open")):
        found = page_of(made)
        assert found.all("dt")[0].text == t("fact.when")
        assert t("calendar.add") in found.text


def test_an_add_on_is_shown_like_a_product() -> None:
    gone = replace(CORD, sold_out=True, description="Two metres.")
    some = replace(CORD, id="oil", name="Lamp oil", left="3 left on 3 May")
    first = page_of(entry(products=(replace(SEAT, addons=(gone, some)),), addons=())).all("li")[0]
    struck, plain = first.all("li")
    assert (struck.all("s")[0].text, struck.all("strong")[0].text) == ("€18.00", t("product.sold_out"))
    assert "over" in struck.all("strong")[0].get("class")
    assert "Two metres." in struck.text
    assert plain.all("s", "strong") == []
    assert "3 left on 3 May" in plain.text


# The form contract ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_FORM)
def test_the_form_keeps_its_contract(name: str) -> None:
    (made,) = read(show(name)).all("form")
    controls = made.all("input", "select")
    labels = {label.get("for"): label for label in made.all("label")}
    assert (made.get("method"), made.get("action")) == ("post", "/api")
    (email,) = [control for control in controls if control.get("type") == "email"]
    assert (email.get("name"), email.get("autocomplete"), "required" in email.attributes) == ("email", "email", True)
    for control in controls:
        if control.get("type") != "hidden":
            assert labels[control.get("id")].text
    hidden = [(control.get("name"), control.get("value")) for control in controls if control.get("type") == "hidden"]
    assert hidden == list(form().hidden)
    (consent,) = [control for control in controls if control.get("name") == CONSENT.name]
    assert consent.get("type") == "checkbox"
    assert "checked" not in consent.attributes
    assert labels[consent.get("id")].text == CONSENT.text
    (trap,) = [control for control in controls if control.get("name") == "website"]
    assert (trap.get("tabindex"), trap.get("autocomplete")) == ("-1", "off")
    assert trap.parent
    assert (trap.parent.get("aria-hidden"), trap.parent.get("class")) == ("true", "trap")
    assert [button.get("type") for button in made.all("button")] == [""]
    assert t("form.note", sender="Casa Lume") in made.text
    assert [link.get("href") for link in made.all("a")] == ["/privacy/"]


@pytest.mark.parametrize("name", WITH_FORM)
def test_the_form_comes_before_any_picture_and_any_other_list(name: str) -> None:
    html = show(name)
    assert html.index("<h1") < html.index("<form")
    for later in ("<img", "<dl", "<ul"):
        assert later not in html or html.index("<form") < html.index(later)


def test_every_kind_of_field_has_its_control_hint_and_autofill() -> None:
    (made,) = read(show("event, open")).all("form")
    by_name = {control.get("name"): control for control in made.all("input", "select")}
    assert [by_name[name].get("type") for name in ("first_name", "phone", "seats", "meat")] == [
        "text",
        "tel",
        "number",
        "checkbox",
    ]
    assert by_name["first_name"].get("autocomplete") == "given-name"
    assert by_name["phone"].get("aria-describedby") == "signup-phone-hint"
    assert [option.get("value") for option in by_name["size"].all("option")] == ["", "s", "l"]
    assert ["required" in by_name[name].attributes for name in ("first_name", "phone", "size")] == [False, True, True]
    assert t("form.optional") in made.text


def test_a_newsletter_asks_for_its_consent_since_it_exists_for_nothing_else() -> None:
    asked = form(fields=(), consents=(replace(CONSENT, required=True),))
    html = TEMPLATES.render("pages/list.html", {"site": SITE, "page": PAGE, "list": listing(form=asked)}, "en")
    (box,) = [control for control in read(html).all("input") if control.get("type") == "checkbox"]
    assert "required" in box.attributes
    assert "checked" not in box.attributes


def test_a_form_that_leads_nowhere_says_so_and_cannot_be_sent() -> None:
    html = TEMPLATES.render(
        "pages/event.html", {"site": SITE, "page": PAGE, "entry": entry(form=form(works=False))}, "en"
    )
    (made,) = read(html).all("form")
    assert "action" not in made.attributes
    assert "disabled" in made.all("button")[0].attributes
    assert t("form.unavailable") in made.text
    assert state_of("open").text not in made.text


def test_a_form_without_a_honeypot_has_no_trap() -> None:
    html = TEMPLATES.render(
        "pages/event.html", {"site": SITE, "page": PAGE, "entry": entry(form=form(honeypot=""))}, "en"
    )
    assert "trap" not in html


# Pictures inside a text -----------------------------------------------------------------------------------------------


def test_a_picture_in_a_text_is_a_figure_where_it_stands_alone_and_none_within_a_line() -> None:
    def picture(**changes: Any) -> str:
        return TEMPLATES.render("parts/picture.html", {"picture": replace(PICTURE, caption=""), **changes}, "en")

    assert picture(inline=False).startswith("<figure><picture>")
    assert picture(inline=True).startswith("<picture>")
    assert "\n" not in picture(inline=True).strip()
    assert "<figcaption>At dusk.</figcaption></figure>" in picture(picture=PICTURE, inline=True)


# Answers --------------------------------------------------------------------------------------------------------------


def test_the_theme_has_every_answer_of_the_functions() -> None:
    assert {Path(name).stem for name in TEMPLATES.names("pages/answers")} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_slot_of_an_answer_is_explained_at_the_top_of_its_file(name: str) -> None:
    file = THEME.find(f"pages/answers/{name}.html")
    assert file
    about = file.text.partition("-#}")[0]
    for slot in slots(program(name)):
        assert all(re.search(rf"\b{part}\b", about) for part in slot.split("/")), slot


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_posts_with_one_button_and_changes_nothing_when_it_is_opened(name: str) -> None:
    root = read(answer(name))
    for made in root.all("form"):
        assert made.get("method") == "post"
        assert made.get("action") == ANSWERS[name].get(
            "leave_url" if "leave" in made.get("action") else "action_url"
        ) or (made.get("action") == ANSWERS[name].get("leave_url"))
        assert len(made.all("button")) == 1
    assert bool(root.all("form")) == (name != "gate")


def test_confirming_lists_what_will_be_confirmed() -> None:
    main = read(answer("confirm")).all("main")[0]
    assert [item.text for item in main.all("li")] == ["News."]
    assert "ana@example.com" in main.text
    assert read(answer("confirm", purposes=None, title=None)).all("li") == []


def test_the_form_comes_back_with_what_was_typed_and_each_error_beside_its_field() -> None:
    root = read(answer("form"))
    by_name = {control.get("name"): control for control in root.all("input", "select")}
    texts = {element.get("id"): element.text for element in root.all() if element.get("id")}
    assert by_name["email"].get("value") == 'ana"@example'
    assert by_name["first_name"].get("value") == "Ana"
    for name, error in (("email", "Mend the address."), ("size", "Choose."), ("meat", "Tick it.")):
        assert by_name[name].get("aria-invalid") == "true"
        assert texts[by_name[name].get("aria-describedby")] == error
    assert "aria-invalid" not in by_name["first_name"].attributes
    assert [option.get("value") for option in by_name["size"].all("option") if "selected" in option.attributes] == ["s"]
    ticked = ["checked" in by_name[name].attributes for name in ("meat", "consent_marketing", "consent_post")]
    assert ticked == [True, True, False]
    (summary,) = [element for element in root.all() if element.get("role") == "alert"]
    assert [item.text for item in summary.all("li")] == ["Mend the address."]
    assert (by_name["website"].get("tabindex"), by_name["form"].get("value")) == ("-1", "events/salon")


def test_a_form_whose_address_is_right_shows_no_error_at_it() -> None:
    email = next(
        c
        for c in read(answer("form", email="ana@example.com", email_error=None)).all("input")
        if c.get("type") == "email"
    )
    assert email.get("value") == "ana@example.com"
    assert "aria-invalid" not in email.attributes


def test_preferences_show_what_is_chosen_now() -> None:
    root = read(answer("preferences"))
    assert [(b.get("value"), "checked" in b.attributes) for b in root.all("input")] == [
        ("main", True),
        ("lamps", False),
    ]
    chosen = [o.get("value") for o in root.all("option") if "selected" in o.attributes]
    assert chosen == ["en"]
    assert "3 June 2026" in root.text
    alone = read(answer("preferences", languages=None, paused=None, saved=None))
    assert [select.get("name") for select in alone.all("select")] == ["pause"]
    assert not [element for element in alone.all() if element.get("role") == "status"]


def test_leaving_needs_one_press_and_offers_less_where_that_can_be_chosen() -> None:
    assert [a.get("href") for a in read(answer("unsubscribe")).all("main")[0].all("a")] == ["/api/p"]
    assert read(answer("unsubscribe", preferences_url=None)).all("main")[0].all("a") == []


def test_gated_words_stand_where_the_fragment_is() -> None:
    assert "The code is 4711." in read(answer("gate")).all("main")[0].text
    assert "gated" not in show("event, open")


def test_a_message_asks_for_another_press_only_where_there_is_something_to_press() -> None:
    assert read(answer("message")).all("button")[0].text == "Sign me up"
    quiet = read(answer("message", action_url=None, button=None, hidden=None, links=None)).all("main")[0]
    assert quiet.all("form", "a") == []


# What others build on -------------------------------------------------------------------------------------------------


def test_a_child_theme_may_extend_a_page_and_put_its_own_words_in_a_block(tmp_path: Path) -> None:
    child = tmp_path / "lumen"
    (child / "pages").mkdir(parents=True)
    (child / "theme.yaml").write_text("name: lumen\nextends: base\n", encoding="utf-8")
    source = (
        '{% extends "base:pages/event.html" %}\n{% block promise %}<p>{{ entry.summary }} Tonight.</p>{% endblock %}\n'
    )
    (child / "pages" / "event.html").write_text(source, encoding="utf-8")
    theme = load_theme("lumen", search=[tmp_path, ROOT])
    templates = Templates(theme, {"en": theme.strings("en", "en", plural)})
    html = templates.render("pages/event.html", {"site": SITE, "page": PAGE, "entry": entry()}, "en")
    assert "Ninety minutes of lamp-making. Tonight." in html
    assert '<form class="coupon"' in html


def blocks() -> Mapping[str, set[str]]:
    return {file.path: set(re.findall(r"\{% block (\w+)", file.text)) for file in THEME.files("pages")}


def test_blocks_are_a_stable_interface() -> None:
    found = blocks()
    assert found["pages/_layout.html"] == {"head", "header", "main", "footer"}
    assert found["pages/_entry.html"] == {
        "main",
        "kicker",
        "title",
        "promise",
        "form",
        "picture",
        "details",
        "text",
        "after",
        "tags",
    }
    assert found["pages/_list.html"] == {"main", "heading", "form", "current", "past"}
