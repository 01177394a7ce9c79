"""E-mails: a layout and words become one program, and an entry's e-mail is a map of values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill import emails
from handbill.check.email import Meta, check_email
from handbill.check.mail_styles import read_html
from handbill.emails import (
    BUILD_VALUES,
    DERIVED,
    SEND_VALUES,
    Composed,
    Gated,
    MailWords,
    compile_layout,
    compose,
    email_file,
    find_words,
    gate_page,
    read_words,
    sample_values,
    send_names,
)
from handbill.errors import ProblemsFound
from handbill.kinds import KINDS
from handbill.model import Call
from handbill.render.markdown import parse
from handbill.render.templates import Templates
from handbill.render.words import plural
from handbill.theme import Theme, load_theme
from handbill.view import EmailView
from handbill_functions import fill
from handbill_functions.catalog import Attachment, EmailFile
from handbill_functions.errors import MissingValue
from handbill_functions.fill import FilledEmail, fill_email

ROOT = Path(__file__).parent.parent
NAMES = ("confirm", "welcome", "reminder", "changed", "cancelled")
LANGUAGES = ("en", "pt")
ADDRESS = "Rua da Luz 7, 1200-001 Lisboa, Portugal"
HOME = "https://casalume.example"

SITE = {
    "site_name": "Casa Lume",
    "site_url": f"{HOME}/",
    "sender_name": "Casa Lume",
    "sender_address": ADDRESS,
    "controller": "Casa Lume, Lda",
    "privacy_url": f"{HOME}/privacy/",
}
EVENT = {
    **SITE,
    "title": "Salon to Stream",
    "summary": "Ninety minutes of lamp-making by hand.",
    "kind": "event",
    "url": f"{HOME}/events/salon/",
    "when": "Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)",
    "date": "Friday, 4 December 2026",
    "time": "19:00 to 20:30 (Lisbon time)",
    "doors": "18:30",
    "where": "Casa Lume",
    "where_address": "Rua da Luz 7, 1200-001 Lisboa",
    "price": "from €25.00",
    "picture": f"{HOME}/media/bench.jpg",
    "picture_alt": 'A bench, and "three" lamps',
    "picture_width": "1200",
    "picture_height": "675",
    "calendar_url": f"{HOME}/events/salon/salon.ics",
    "google_calendar_url": "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Salon",
    "outlook_calendar_url": "https://outlook.live.com/calendar/0/deeplink/compose?subject=Salon",
}
DROP = {**SITE, "title": "Lamp Nº 3", "kind": "drop", "url": f"{HOME}/drops/lamp/", "when": "Sunday, 6 December, 18:00"}
PAGE = {**SITE, "title": "About the house", "kind": "page", "url": f"{HOME}/about/"}
OWN = {**SITE, "title": "Casa Lume", "kind": "site", "url": f"{HOME}/"}
ENTRIES = {"event": EVENT, "drop": DROP, "host": {**PAGE, "kind": "host"}, "page": PAGE, "site": OWN}
SENT = {kind.kind: kind.emails for kind in KINDS} | {"site": ("confirm", "welcome")}
GATE = "x\n\n::: gate\nThe door code is **{{< secret door_code >}}**; doors {{< date >}}, {{< price Seat >}}.\n:::\n"


@cache
def base() -> Theme:
    return load_theme("base", search=[ROOT / "themes"])


def templates(theme: Theme) -> Templates:
    strings = {lang: theme.strings(lang, "en", plural) for lang in LANGUAGES}
    return Templates(theme, strings, base_url=HOME)


@cache
def templates_of_base() -> Templates:
    return templates(base())


def words_of_theme(lang: str) -> Callable[[str], str]:
    return base().strings(lang, "en", plural).t


def layout_of(
    name: str, lang: str = "en", direction: Literal["ltr", "rtl"] = "ltr", theme: Theme | None = None
) -> emails.Layout:
    made_of = templates(theme) if theme else templates_of_base()
    theme = theme or base()
    context = {"site": None, "email": EmailView(name, "service", lang, direction)}
    return compile_layout(
        name,
        lang=lang,
        dir=direction,
        render=lambda path: made_of.render(path, context, lang),
        sources={file.shown: file.text for file in theme.files("emails")},
    )


@cache
def layout(name: str, lang: str = "en", direction: Literal["ltr", "rtl"] = "ltr") -> emails.Layout:
    return layout_of(name, lang, direction)


def theme_words(name: str, kind: str, lang: str) -> MailWords:
    def in_theme(path: str) -> str | None:
        file = base().find(path)
        return file.shown if file else None

    path = find_words(name, kind=kind, lang=lang, default="en", own={}, section={}, theme=in_theme)
    assert path is not None
    words, problems = read_words((ROOT / path).read_bytes(), path=path, name=name)
    assert words is not None
    assert not problems
    return words


@cache
def composed(name: str, kind: str = "event", lang: str = "en") -> Composed:
    return compose(layout(name, lang), theme_words(name, kind, lang), t=words_of_theme(lang))


def own(text: str, name: str = "welcome", front: str = "subject: Hello\npreheader: x\n", **more: Any) -> Composed:
    """The e-mail `name` with words of its own."""
    words, problems = read_words(f"---\n{front}---\n{text}".encode(), path="content/x/welcome.md", name=name)
    assert words is not None, problems
    return compose(layout(name), words, t=words_of_theme("en"), **more)


def gate(name: str = "welcome") -> Gated:
    body, problems = parse(GATE, path="content/events/salon.md")
    assert body.gate is not None, problems
    return emails.gated(body.gate, layout(name), t=words_of_theme("en"), say=None, path="content/events/salon.md")


def made(program: Composed, values: Mapping[str, str] = EVENT, **more: Any) -> EmailFile:
    _, data = email_file(program, entry="events/salon", values=values, path="content/events/salon.md", **more)
    file: EmailFile = json.loads(data)
    return file


def filled(
    program: Composed, values: Mapping[str, str] = EVENT, send: Mapping[str, Any] = {}, **more: Any
) -> FilledEmail:
    file = made(program, values, **more)
    names = send_names(program.program, file["fragments"])
    return fill_email(file, program.program, {**sample_values(file["lang"], names=names), **send})


def meta(name: str, lang: str, file: EmailFile, leave: str) -> Meta:
    return Meta(
        path="content/events/salon.md",
        name=name,
        lang=lang,
        hosts=frozenset({"casalume.example"}),
        sender_name="Casa Lume",
        sender_email="hello@casalume.example",
        sender_address=ADDRESS,
        unsubscribe_url=leave,
        values=file["values"],
    )


# ---- what the base theme sends

EVERY = [(name, kind, lang) for kind, names in SENT.items() for name in names for lang in LANGUAGES]


@pytest.mark.parametrize(("name", "kind", "lang"), EVERY)
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_every_e_mail_of_the_base_theme_obeys_every_rule(name: str, kind: str, lang: str, long: bool) -> None:
    program = composed(name, kind, lang)
    values = dict(ENTRIES[kind]) | ({"previous": "Friday, 27 November 2026, 19:00"} if name == "changed" else {})
    more: dict[str, Any] = {"gate": gate(), "fact": lambda call: "€25.00"} if name == "welcome" else {}
    file = made(program, values, **more)
    send = sample_values(lang, long=long, names=send_names(program.program, file["fragments"]))
    mail = fill_email(file, program.program, send)
    assert [str(p) for p in check_email(mail, meta(name, lang, file, send["unsubscribe_url"]))] == []


MARKDOWN = """Hello {{< first_name "friend" >}}, *dear* **guest** of ~~two~~ three.

## A heading

### A smaller one

- see [the lamp shop](https://a.example/one)
- two `code`

1. first

> A quotation of somebody.

| Lamp | Price |
|------|------:|
| Nº 3 | 180 € |

---

    four columns of code

{{< button "Have a look" page_url >}}
"""


def test_words_with_everything_markdown_has_obey_every_rule() -> None:
    program = own(MARKDOWN, front="subject: Hello\npreheader: A line that says what the subject does not.\n")
    file = made(program)
    send = sample_values("en", names=send_names(program.program))
    mail = fill_email(file, program.program, send)
    assert [str(p) for p in check_email(mail, meta("welcome", "en", file, send["unsubscribe_url"]))] == []


def test_the_site_itself_is_named_once_in_the_reason() -> None:
    assert "because you signed up at Casa Lume." in filled(composed("welcome", "site"), OWN).text
    assert "because you signed up for About the house at" in filled(composed("welcome", "page"), PAGE).text


@pytest.mark.parametrize(("name", "kind", "lang"), EVERY)
def test_both_parts_have_the_same_links_in_the_same_order(name: str, kind: str, lang: str) -> None:
    mail = filled(composed(name, kind, lang), ENTRIES[kind])
    in_html = [a.attributes["href"] for a in read_html(mail.html).find("a")]
    in_text = re.findall(r"^https://\S+$", mail.text, re.MULTILINE)
    assert list(dict.fromkeys(in_html)) == list(dict.fromkeys(in_text))


def test_the_text_part_reads_like_a_letter() -> None:
    assert filled(composed("welcome"), gate=gate(), fact=lambda call: "€25.00").text == (
        """Casa Lume
https://casalume.example/

Salon to Stream
===============

Hello Ana,

thank you for confirming. Here is all you need for the day. We remind
you before it begins, and write at once if anything changes.

Only for you
------------

The door code is 4711-B; doors Friday, 4 December 2026, €25.00.

When: Friday, 4 December 2026, 19:00 to 20:30 (Lisbon time)
Doors: 18:30
Where: Casa Lume, Rua da Luz 7, 1200-001 Lisboa
Price: from €25.00

Open your page:
https://casalume.example/api/gate/3f9a0cdeb2f14c0fae0bd2f4b7e6a1c2

Add it to your calendar:
https://casalume.example/events/salon/salon.ics

Google:
https://calendar.google.com/calendar/render?action=TEMPLATE&text=Salon

Outlook:
https://outlook.live.com/calendar/0/deeplink/compose?subject=Salon

--
You receive this because you signed up for Salon to Stream at
Casa Lume.

Unsubscribe:
https://casalume.example/api/unsubscribe/3f9a0cdeb2f14c0fae0bd2f4b7e6a1c2

Choose what you receive:
https://casalume.example/api/preferences/3f9a0cdeb2f14c0fae0bd2f4b7e6a1c2

Casa Lume
Rua da Luz 7, 1200-001 Lisboa, Portugal

Privacy notice:
https://casalume.example/privacy/
"""
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_cancelled_mail_links_the_file_that_clears_a_calendar_and_nothing_that_adds(lang: str) -> None:
    mail = filled(composed("cancelled", "event", lang))
    for part in (mail.html, mail.text):
        assert EVENT["calendar_url"] in part
        assert words_of_theme(lang)("email.cancelled.calendar") in part
        assert "calendar.google.com" not in part
        assert "outlook.live.com" not in part
    bare = filled(composed("cancelled", "event", lang), {k: v for k, v in EVENT.items() if k != "calendar_url"})
    assert words_of_theme(lang)("email.cancelled.calendar") not in bare.html + bare.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_hold_whether_the_calendar_file_is_attached_or_linked(name: str, lang: str) -> None:
    mail = filled(composed(name, "event", lang))
    assert not re.search(r"attach|anexo", f"{mail.preheader} {mail.text}", re.IGNORECASE)


def test_what_is_not_known_leaves_no_gap_in_the_text() -> None:
    for name, kind, lang in EVERY:
        text = filled(composed(name, kind, lang), ENTRIES[kind]).text
        assert "\n\n\n" not in text, (name, kind, lang)
        assert not re.search(r"^[^\n]*: *$\n\n", text, re.MULTILINE), (name, kind, lang)


def test_an_e_mail_for_readers_from_right_to_left_begins_at_the_right() -> None:
    made_for = compose(layout("welcome", "en", "rtl"), theme_words("welcome", "event", "en"), t=words_of_theme("en"))
    html = filled(made_for, gate=gate()).html
    assert '<html lang="en" dir="rtl"' in html
    assert '<body lang="en" dir="rtl"' in html
    assert made(made_for)["dir"] == "rtl"
    assert "text-align:left" not in re.sub(r'<div class="mj-outlook-group-fix[^>]*>', "", html)
    assert "border-right: 3px solid" in made_for.layout.styles["blockquote"]


@pytest.mark.parametrize("name", NAMES)
def test_buttons_are_tall_enough_for_a_thumb(name: str) -> None:
    mail = filled(composed(name))
    buttons = re.findall(r'<td [^>]*class="btn".*?<a href="[^"]+"[^>]*style="([^"]*)"', mail.html, re.DOTALL)
    assert buttons
    for style in buttons:
        line, padding = re.search(r"line-height:(\d+)px", style), re.search(r"padding:(\d+)px", style)
        assert line is not None
        assert padding is not None
        assert int(line[1]) + 2 * int(padding[1]) >= 48


@pytest.mark.parametrize("name", NAMES)
def test_an_e_mail_asks_no_other_server_for_anything_but_the_sites_own_pictures(name: str) -> None:
    root = read_html(filled(composed(name)).html)
    assert {image.attributes["src"] for image in root.find("img")} <= {f"{HOME}/media/bench.jpg"}
    assert not list(root.find("link", "script", "iframe"))
    assert not re.search(r"@import|@font-face|url\(", filled(composed(name)).html)


def test_a_confirm_mail_holds_no_word_of_whoever_typed_the_address() -> None:
    for kind in SENT:
        for lang in LANGUAGES:
            assert send_names(composed("confirm", kind, lang).program) == {"confirm_url", "purposes"}


def test_only_the_welcome_mail_has_a_place_for_gated_words() -> None:
    assert [name for name in NAMES if composed(name).gated] == ["welcome"]
    assert "gate" not in made(composed("reminder"), gate=gate("welcome"))["fragments"]


# ---- programs and values


def test_entries_that_share_words_share_the_program() -> None:
    program = composed("reminder")
    one, other = made(program, EVENT), made(program, {**EVENT, "title": "Another"})
    assert one["program"] == other["program"] == program.hash
    assert (
        fill_email(one, program.program, sample_values("en")).html
        != fill_email(other, program.program, sample_values("en")).html
    )


def test_only_what_is_asked_for_is_stored() -> None:
    stored = made(composed("cancelled"))["values"]
    assert "picture" not in stored
    assert "google_calendar_url" not in stored
    assert stored["title"] == "Salon to Stream"


def test_the_same_entry_gives_the_same_file() -> None:
    program = composed("welcome")
    shuffled = dict(sorted(EVENT.items(), reverse=True))
    a = email_file(program, entry="events/salon", values=EVENT, path="x")
    assert a == email_file(program, entry="events/salon", values=shuffled, path="y")


def test_an_attachment_travels_with_the_e_mail() -> None:
    ics = Attachment(
        name="salon.ics", type="text/calendar; charset=utf-8; method=PUBLISH", content="BEGIN:VCALENDAR\r\n"
    )
    assert filled(composed("welcome"), attachments=[ics]).attachments == (ics,)


def test_the_picture_is_as_high_as_its_shape_asks() -> None:
    mail = filled(composed("welcome"), {**EVENT, "picture_width": "1000", "picture_height": "400"})
    (image,) = read_html(mail.html).find("img")
    assert (image.attributes["width"], image.attributes["height"]) == ("600", "240")
    assert image.attributes["alt"] == 'A bench, and "three" lamps'


def test_a_value_that_must_be_there_is_asked_for_at_the_build() -> None:
    without = {key: value for key, value in EVENT.items() if key != "sender_name"}
    with pytest.raises(ProblemsFound) as caught:
        made(composed("welcome"), without)
    assert str(caught.value) == (
        "content/events/salon.md: Nothing is known for 'sender_name' in the e-mail 'welcome' (en).\n"
        "  Write sender.name in site.yaml."
    )


def test_a_value_within_when_may_be_missing() -> None:
    assert "picture" not in made(composed("welcome"), PAGE)["values"]


def test_an_address_that_could_not_be_sent_is_refused_at_the_build() -> None:
    with pytest.raises(ProblemsFound, match="slot 'url' must be an https: or mailto: URL"):
        made(composed("welcome"), {**EVENT, "url": "http://casalume.example/"})


def test_what_only_sending_knows_is_missing_until_then() -> None:
    program = composed("welcome")
    with pytest.raises(MissingValue, match="unsubscribe_url"):
        fill_email(made(program), program.program, {})


def test_every_value_of_the_table_is_used_by_some_layout_or_shortcode() -> None:
    asked = {name for one in NAMES for name in composed(one).names}
    by_words = {"summary", "kind", "date", "time", "stock", "state_label", "controller", "logo"}
    assert set(BUILD_VALUES) - asked - by_words == {"picture_width", "picture_height"}
    assert set(DERIVED) <= asked


# ---- what people write cannot become anything but words


class Counter(HTMLParser):
    """How many elements and attributes there are, and all the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shape: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append(" ".join([tag, *(name for name, _ in attrs)]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


NASTY = [
    "{{first_name}}",
    "{{#if x}}",
    "<script>alert(1)</script>",
    '"><b>',
    "{% x %}",
    "]]>",
    "<!--[if mso]>",
    "&amp;",
    "\\u{a0}",
]
nasty = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
)


@given(nasty, nasty, nasty)
@settings(max_examples=60, deadline=None)
def test_no_title_place_or_name_changes_the_shape_of_an_e_mail(title: str, where: str, name: str) -> None:
    program = composed("welcome")
    usual = Counter(filled(program).html)
    mail = filled(program, {**EVENT, "title": title, "where": where, "picture_alt": title}, {"first_name": name})
    seen = Counter(mail.html)
    assert seen.shape == usual.shape
    assert title in "".join(seen.words)
    assert title in mail.text
    assert name in mail.text


@given(nasty.filter(lambda text: "{{<" not in text and "{{%" not in text))
@settings(max_examples=40, deadline=None)
def test_no_word_of_an_author_is_ever_a_slot(text: str) -> None:
    def asked(markdown: str) -> list[dict[str, frozenset[str]]]:
        body = parse(markdown, path="x", where="email")[0].public
        words = MailWords("x", ("Hello ", markdown), (), body)
        program = compose(layout("reminder"), words, t=words_of_theme("en")).program
        return [fill.slots(program["subject"]), fill.slots(program["html"]), fill.slots(program["text"])]

    assert asked(text) == asked("x")


# ---- shortcodes

SAID: dict[str, tuple[str, str, str]] = {
    "the title": ("{{< title >}}", "Salon to Stream", "Salon to Stream"),
    "the date": ("{{< date >}}", "Friday, 4 December 2026", "Friday, 4 December 2026"),
    "the place": (
        "{{< where >}}",
        "Casa Lume, Rua da Luz 7, 1200-001 Lisboa",
        "Casa Lume, Rua da Luz 7, 1200-001 Lisboa",
    ),
    "a price": ("{{< price >}}", "from €25.00", "from €25.00"),
    "the price of a product": ('{{< price "Early bird" >}}', "‹Early bird›", "‹Early bird›"),
    "what is left of a product in another script": ("{{< stock 席 >}}", "‹席›", "‹席›"),
    "a name": ('{{< first_name "friend" >}}', "Ana", "Ana"),
    "a secret": ("{{< secret door_code >}}", "4711-B", "4711-B"),
    "the page as a link's target": (
        "[the page]({{< page_url >}})",
        f'href="{HOME}/events/salon/">the page</a>',
        f"the page:\n{HOME}/events/salon/",
    ),
    "the page's address": (
        "{{< page_url >}}",
        f'href="{HOME}/events/salon/">{HOME}/events/salon/</a>',
        f"{HOME}/events/salon/",
    ),
    "a button": (
        '{{< button "Have a look" page_url >}}',
        f'href="{HOME}/events/salon/">Have a look</a></p>',
        f"Have a look:\n{HOME}/events/salon/",
    ),
    "a button to elsewhere": (
        '{{< button "Have a look" "https://a.example/?b=1&c=2" >}}',
        'href="https://a.example/?b=1&amp;c=2">Have a look</a>',
        "Have a look:\nhttps://a.example/?b=1&c=2",
    ),
    "the calendar": ("{{< calendar >}}", f'href="{HOME}/events/salon/salon.ics">', f":\n{HOME}/events/salon/salon.ics"),
    "the form": (
        '{{< signup "Tell a friend" >}}',
        f'href="{HOME}/events/salon/#signup">Tell a friend</a>',
        f"Tell a friend:\n{HOME}/events/salon/#signup",
    ),
    "a link within the site": ("[about](/about/)", f'href="{HOME}/about/">about</a>', f"about:\n{HOME}/about/"),
}


def say(call: Call, way: str) -> str:
    target = call.args[0]
    url = HOME + target if target.startswith("/") else target
    return url.replace("&", "&amp;") if way == "mail" else url


@pytest.mark.parametrize("name", SAID)
def test_a_shortcode_says_the_same_in_html_and_text(name: str) -> None:
    written, html, text = SAID[name]
    mail = filled(own(f"Before.\n\n{written}\n\nAfter.\n", say=say), fact=lambda call: f"‹{call.args[0]}›")
    assert html in mail.html
    assert text in mail.text


def test_a_fact_that_an_entry_does_not_have_is_empty_in_words_that_many_share() -> None:
    mail = filled(own("On {{< date >}}, for {{< price Seat >}}."), PAGE, fact=lambda call: "")
    assert "On , for ." in mail.text


def test_a_name_that_nobody_gave_has_a_fallback_in_every_place() -> None:
    program = own('Hello {{< first_name "friend" >}}', front='subject: Hello {{< first_name "friend" >}}\n')
    mail = filled(program, send={"first_name": ""})
    assert mail.subject == "Hello friend"
    assert "Hello friend" in mail.html
    assert "Hello friend" in mail.text


def test_the_themes_styles_are_written_into_the_words_as_well() -> None:
    html = filled(own("A [link](https://a.example/).\n\n## Heading\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n")).html
    for tag, style in layout("welcome").styles.items():
        if tag in ("p", "a", "h2", "table", "td"):
            assert f'<{tag} style="{style}"' in html, tag
    assert 'align="right"' in html


def test_the_preheader_is_hidden_first_in_the_body() -> None:
    html = filled(composed("welcome")).html
    body = html[html.index("<body") :]
    hidden = "display:none;max-height:0;overflow:hidden;mso-hide:all"
    assert re.match(rf'<body[^>]*><div[^>]*>\s*<div style="{hidden}">When, where', body)


@pytest.mark.parametrize("written", ['{{< first_name "you" >}}', "{{< secret code >}}", "{{< unsubscribe_url >}}"])
def test_a_confirm_mail_refuses_what_only_later_mails_may_know(written: str) -> None:
    with pytest.raises(ProblemsFound, match="is not known in 'confirm'"):
        own(written, "confirm")


def test_a_link_that_only_confirming_has_is_refused_elsewhere() -> None:
    with pytest.raises(ProblemsFound) as caught:
        own("Press:\n\n{{< confirm_url >}}")
    assert (
        str(caught.value)
        == "content/x/welcome.md:7:1: 'confirm_url' is not known in 'welcome'.\n  It is known in confirm."
    )


def test_words_that_all_entries_share_cannot_point_into_one_of_them() -> None:
    with pytest.raises(ProblemsFound, match="cannot stand in words that all entries share"):
        own("![A lamp](lamp.jpg)")


def test_gated_words_for_a_page_say_all_that_the_build_knows_and_keep_secrets_as_slots() -> None:
    body, _ = parse(GATE, path="x")
    assert body.gate is not None
    fragment = gate_page(body.gate, lambda call, way: f"<{call.name}>")
    assert fill.fill(fragment["html"], {"secret.door_code": "<1>"}) == (
        "<p>The door code is <strong>&lt;1&gt;</strong>; doors <date>, <price>.</p>\n"
    )
    assert "code is <1>; doors <date>" in fill.fill(fragment["text"], {"secret.door_code": "<1>"}, part="text")


# ---- where words come from


def find(name: str = "welcome", lang: str = "en", kind: str = "event", **shelves: Any) -> str | None:
    files = shelves.pop(
        "theme", ("emails/words/en/welcome.event.md", "emails/words/en/welcome.md", "emails/words/pt/welcome.md")
    )
    return find_words(
        name, kind=kind, lang=lang, default="en", own=shelves.pop("own", {}), section=shelves.pop("section", {}),
        theme=lambda path: f"themes/base/{path}" if path in files else None, **shelves,
    )  # fmt: skip


def test_the_nearest_words_win() -> None:
    own_words = {("welcome", ""): "content/events/salon/welcome.md"}
    section = {("welcome", ""): "content/events/_emails/welcome.md"}
    assert find(own=own_words, section=section) == "content/events/salon/welcome.md"
    assert find(section=section) == "content/events/_emails/welcome.md"
    assert find() == "themes/base/emails/words/en/welcome.event.md"
    assert find(kind="page") == "themes/base/emails/words/en/welcome.md"


def test_words_in_the_readers_language_win_over_nearer_ones() -> None:
    own_words = {("welcome", ""): "content/events/salon/welcome.md"}
    assert find(lang="pt", own=own_words) == "themes/base/emails/words/pt/welcome.md"
    both = {**own_words, ("welcome", "pt"): "content/events/salon/welcome.pt.md"}
    assert find(lang="pt", own=both) == "content/events/salon/welcome.pt.md"
    assert find(lang="pt-BR") == "themes/base/emails/words/pt/welcome.md"
    assert find(lang="de", own=own_words) == "content/events/salon/welcome.md"


def test_no_words_at_all_are_none() -> None:
    assert find("changed") is None


WRONG = {
    "no front matter": ("Hello.", "x.md:1: There is no subject.\n  Write `subject: …` between two lines of ---."),
    "no subject": (
        "---\npreheader: x\n---\nHello.",
        "x.md:1: There is no subject.\n  Write `subject: …` between two lines of ---.",
    ),
    "a misspelt key": (
        "---\nsubject: x\npreheder: y\n---\n",
        (
            "x.md:3:1: 'preheder' means nothing here.\n    preheder: y\n    ^^^^^^^^\n"
            "  Did you mean 'preheader'? An e-mail has subject and preheader."
        ),
    ),
    "a number for a subject": (
        "---\nsubject: 2026\n---\n",
        "x.md:2:10: The subject is no text.\n    subject: 2026\n             ^^^^\n  Put it in quotes.",
    ),
    "a link in the subject": (
        '---\nsubject: "Hello {{< page_url >}}"\n---\n',
        (
            "x.md:2:10: 'page_url' cannot stand in the subject.\n    subject: \"Hello {{< page_url >}}\"\n"
            "             ^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "  Known there: title, summary, when, date, time, where, price, stock, first_name."
        ),
    ),
    "a gate": (
        "---\nsubject: x\n---\n::: gate\ncode\n:::\n",
        (
            "x.md:4:1: The words of an e-mail have no gate.\n    ::: gate\n    ^^^\n"
            "  Put the gate into the entry; the welcome mail brings what stands in it."
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_words_that_cannot_be_used_say_where_and_what_to_do(name: str) -> None:
    text, expected = WRONG[name]
    words, problems = read_words(text.encode(), path="x.md", name="welcome")
    assert words is None
    assert str(problems[0]) == expected


def test_another_unknown_key_is_a_warning() -> None:
    words, problems = read_words(b"---\nsubject: x\nmood: blue\n---\nHello.", path="x.md", name="welcome")
    assert words is not None
    assert [problem.level for problem in problems] == ["warning"]


# ---- layouts that are wrong


def theme_with(folder: Path, **files: str) -> Theme:
    """A theme that extends base and has these files below emails/."""
    (folder / "dusk" / "emails").mkdir(parents=True)
    (folder / "dusk" / "theme.yaml").write_text("name: dusk\nversion: 0.1.0\nextends: base\n")
    for name, text in files.items():
        (folder / "dusk" / "emails" / name.replace("__", ".")).write_text(text)
    return load_theme("dusk", search=[folder, ROOT / "themes"])


BLOCK = '{{% extends "base:emails/reminder.mjml" %}}\n{{% block kicker %}}{}{{% endblock %}}\n'


def test_a_theme_changes_one_block_and_keeps_the_rest(tmp_path: Path) -> None:
    theme = theme_with(tmp_path, reminder__mjml=BLOCK.format("Dusk falls: {% slot date %}"))
    program = compose(
        layout_of("reminder", theme=theme), theme_words("reminder", "event", "en"), t=words_of_theme("en")
    )
    mail = filled(program)
    assert "Dusk falls: Friday, 4 December 2026" in mail.html
    assert f"{HOME}/api/unsubscribe/" in mail.html


def test_a_themes_own_words_are_escaped_in_html_and_plain_in_text(tmp_path: Path) -> None:
    (tmp_path / "dusk" / "i18n").mkdir(parents=True)
    (tmp_path / "dusk" / "i18n" / "en.yaml").write_text('email: { reason: "It\'s {title} & <{site}>." }\n')
    made_of = layout_of("reminder", theme=theme_with(tmp_path))
    program = compose(made_of, theme_words("reminder", "event", "en"), t=words_of_theme("en"))
    mail = filled(program, {**EVENT, "title": "A & B"})
    assert "It's A & B & <Casa Lume>." in mail.text
    assert "It's A & B & <Casa Lume>." in read_html(mail.html).text


@pytest.mark.parametrize(
    ("kicker", "expected"),
    [
        ("{% slot titel %}", "Nothing fills the slot 'titel' of 'reminder'."),
        ("{% slot confirm_url %}", "Nothing fills the slot 'confirm_url' of 'reminder'."),
        ("{% fragment gate %}", "There is no fragment 'gate' for 'reminder'."),
        ('<a style="color:{% slot title %}">x</a>', "A slot cannot stand in style."),
        ("<mj-txt>x</mj-txt>", "<mj-txt> is not known to mail programs."),
    ],
)
def test_a_layout_that_asks_for_the_impossible_is_told_so(tmp_path: Path, kicker: str, expected: str) -> None:
    theme = theme_with(tmp_path, reminder__mjml=BLOCK.format(kicker))
    with pytest.raises(ProblemsFound) as caught:
        layout_of("reminder", theme=theme)
    problem = caught.value.problems[0]
    assert problem.what == expected
    assert problem.path.startswith("themes/dusk/emails/reminder.mjml")
    assert problem.fix


def test_a_problem_of_mjml_names_the_line_of_the_file_that_has_it(tmp_path: Path) -> None:
    block = '{% block after %}\n<mj-text colour="#112233">x</mj-text>\n{% endblock %}\n'
    text = '{% extends "base:emails/reminder.mjml" %}\n' + block
    with pytest.raises(ProblemsFound) as caught:
        layout_of("reminder", theme=theme_with(tmp_path, reminder__mjml=text))
    assert str(caught.value) == (
        "themes/dusk/emails/reminder.mjml:3:10: <mj-text> has no attribute colour.\n"
        '    <mj-text colour="#112233">x</mj-text>\n             ^^^^^^\n  Did you mean color?'
    )


def test_a_layout_without_a_place_for_the_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="The layout has no place for the words"):
        layout_of("reminder", theme=theme_with(tmp_path, reminder__txt="Hello.\n"))


def test_a_letter_may_ask_for_the_name_and_the_ways_out_and_for_nothing_of_an_entry() -> None:
    asked = {name for name in SEND_VALUES if emails.may_ask(name, "letter")}
    assert asked == {"first_name", "unsubscribe_url", "preferences_url"}


def test_a_button_leads_to_a_full_address_in_words_that_all_share() -> None:
    source = b'---\nsubject: x\n---\n{{< button "All <of> it" "https://casalume.example/?a=1&b=2" >}}\n'
    words, problems = read_words(source, path="welcome.md", name="welcome")
    assert words is not None
    assert not problems
    program = compose(layout("welcome"), words, t=words_of_theme("en")).program
    html = "".join(part for part in program["html"] if isinstance(part, str))
    assert 'href="https://casalume.example/?a=1&amp;b=2">All &lt;of&gt; it</a>' in html
    assert "https://casalume.example/?a=1&b=2" in json.dumps(program["text"])
