"""The rules for a finished e-mail: each with something that passes and everything that does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from handbill.check.email import RULES, Meta, check_email
from handbill.check.mail_styles import read_html, texts
from handbill.colour import contrast, text_of
from handbill_functions.catalog import Attachment

LEAVE = "https://casalume.example/api/leave/3f2a"

HTML = """<!doctype html><html lang="en" dir="ltr"><head><title>Salon to Stream</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<style>.ink { color: #1b1a18; } .pre { color: #ffffff; }
@media (max-width: 479px) { .ink { color: #ffffff !important; } }
@media (prefers-color-scheme: dark) {
.panel { background: #211f1d !important; } .ink, .ink a { color: #f1ede6 !important; }
}
</style>
<!--[if mso]><style>td { color: red }</style><![endif]--></head>
<body lang="en">
<div class="pre" style="display:none;mso-hide:all">The date, the place, and all you need on the day.</div>
<!--[if mso | IE]><table role="presentation"><tr><td><![endif]-->
<table role="presentation" class="panel" style="background:#ffffff"><tr><td class="ink" style="font-size:16px">
<img src="https://casalume.example/media/bench.jpg" alt="A bench with three paper lamps" width="600" height="338">
<h1>Salon to Stream</h1>
<p>Hello Ana, thank you for confirming. Here is all you need for the evening; keep this e-mail, since it stays true
until we write again. Come as you are. We start with a bare bulb and a sheet of paper, and we end with a lamp each.</p>
<table><tr><th scope="row">When</th><td>Friday, 4 December 2026, 19:00</td></tr></table>
<p><a href="https://casalume.example/events/salon/">See the page</a></p>
<p>Casa Lume, Rua da Luz 7, 1200-001 Lisboa, Portugal<br>
<a href="https://casalume.example/api/leave/3f2a">Unsubscribe</a></p></td></tr></table>
<!--[if mso | IE]></td></tr></table><![endif]--></body></html>
"""

TEXT = """Casa Lume

Salon to Stream
===============

Hello Ana, thank you for confirming. Here is all you need for the
evening; keep this e-mail, since it stays true until we write again.
Come as you are. We start with a bare bulb and a sheet of paper, and we
end with a lamp each.

When: Friday, 4 December 2026, 19:00

See the page:
https://casalume.example/events/salon/

Casa Lume, Rua da Luz 7, 1200-001 Lisboa, Portugal

Unsubscribe:
https://casalume.example/api/leave/3f2a
"""

ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:PUBLISH\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Lisbon\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:salon@casalume.example\r\nDTSTAMP:20260901T120000Z\r\n"
    "DTSTART;TZID=Europe/Lisbon:20261204T190000\r\nSUMMARY:Salon to Stream\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)

HEADERS = (
    ("From", "Casa Lume <hello@casalume.example>"),
    ("Subject", "You are on the list"),
    ("List-Unsubscribe", f"<{LEAVE}>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)


def calendar(content: str = ICS, method: str = "PUBLISH") -> Attachment:
    return Attachment(name="salon.ics", type=f"text/calendar; charset=utf-8; method={method}", content=content)


@dataclass(frozen=True)
class Mail:
    subject: str = "You are on the list: Salon to Stream"
    preheader: str = "The date, the place, and all you need on the day."
    html: str = HTML
    text: str = TEXT
    attachments: tuple[Attachment, ...] = field(default_factory=lambda: (calendar(),))


META = Meta(
    path="content/events/salon.md",
    name="welcome",
    lang="en",
    hosts=frozenset({"casalume.example"}),
    sender_name="Casa Lume",
    sender_email="hello@casalume.example",
    sender_address="Rua da Luz 7, 1200-001 Lisboa, Portugal",
    unsubscribe_url=LEAVE,
    values={"title": "Salon to Stream"},
)

MARKETING = replace(META, name="offer", headers=HEADERS)


def html(old: str, new: str) -> Mail:
    assert old in HTML, old
    return Mail(html=HTML.replace(old, new))


def body(added: str) -> Mail:
    """The good e-mail with something more in it."""
    return html("<h1>Salon to Stream</h1>", f"<h1>Salon to Stream</h1>{added}")


def link(href: str, words: str = "See the programme") -> Mail:
    return Mail(html=body(f'<p><a href="{href}">{words}</a></p>').html, text=f"{TEXT}\n{href}\n")


def image(attributes: str) -> Mail:
    return body(f"<img {attributes}>")


def ics(old: str, new: str, method: str = "PUBLISH") -> Mail:
    assert old in ICS, old
    return Mail(attachments=(calendar(ICS.replace(old, new), method),))


def ld(json: str) -> Mail:
    return body(f'<script type="application/ld+json">{json}</script>')


RESERVATION = (
    '{"@type": "EventReservation", "reservationNumber": "1", "reservationStatus": "Confirmed", '
    '"underName": {"name": "A"}, '
    '"reservationFor": {"name": "Salon", "startDate": "2026-12-04T19:00+00:00", "location": {"name": "Casa Lume"}}}'
)


def told(mail: Mail, meta: Meta = META) -> list[str]:
    return [f"{p.level} {p.what}" for p in check_email(mail, meta)]


# ---- what passes


def test_a_good_service_e_mail_passes_every_rule() -> None:
    assert told(Mail()) == []


def test_a_good_marketing_e_mail_passes_every_rule() -> None:
    assert told(Mail(), MARKETING) == []


GOOD: dict[str, tuple[int, Mail, Meta]] = {
    "80,000 bytes of HTML": (1, html("<h1>", f"<!-- {'x' * 78_000} --><h1>"), META),
    "links in both parts": (2, link("https://casalume.example/programme/"), META),
    "a text part that says less than the HTML, but most of it": (2, body("<p>Bring a friend if you like.</p>"), META),
    "Arabic from right to left": (3, html('lang="en" dir="ltr"', 'lang="ar" dir="rtl"'), META),
    "capitals in a short name": (4, Mail(subject="On now: ZINE"), META),
    "a subject in a script without capitals": (4, Mail(subject="東京の夜へようこそ、皆様"), META),
    "large bold text at 3 to 1": (
        5,
        body('<div style="background:#ffffff"><p style="font-size:19px;font-weight:700;color:#8c8c8c">Big</p></div>'),
        META,
    ),
    "decoration without words": (6, image('src="https://casalume.example/r.png" alt="" width="600"'), META),
    "a link by mail": (7, link("mailto:hello@casalume.example", "Write to us"), META),
    "an address shown as it is": (7, link("https://www.casalume.example/a", "casalume.example/a"), META),
    "a local address while trying things out": (7, link("http://localhost:8080/x/"), META),
    "code that shows a template": (8, Mail(html=body("<p>Write <code>{{ name }}</code>.</p>").html), META),
    "a title with braces in it": (
        8,
        body("<p>Mustache {{ night }}</p>"),
        replace(META, values={"title": "Mustache {{ night }}"}),
    ),
    "a sentence that begins with None": (8, body("<p>None of us knew.</p>"), META),
    "a confirm mail without a link to leave": (
        9,
        Mail(
            html=HTML.replace(LEAVE, "https://casalume.example/privacy/").replace("Unsubscribe", "Privacy"),
            text=TEXT.replace(LEAVE, "https://casalume.example/privacy/"),
        ),
        replace(META, name="confirm"),
    ),
    "a no-reply address that can be answered": (
        10,
        Mail(),
        replace(META, sender_email="noreply@casalume.example", headers=(("Reply-To", "a@casalume.example"),)),
    ),
    "a calendar file in UTC": (11, ics("DTSTART;TZID=Europe/Lisbon:20261204T190000", "DTSTART:20261204T190000Z"), META),
    "a cancellation": (11, ics("METHOD:PUBLISH", "METHOD:CANCEL", "CANCEL"), META),
    "a whole day": (11, ics("DTSTART;TZID=Europe/Lisbon:20261204T190000", "DTSTART;VALUE=DATE:20261204"), META),
    "a reservation with all it needs": (12, ld(RESERVATION), META),
}


@pytest.mark.parametrize("name", GOOD)
def test_it_lets_pass(name: str) -> None:
    number, mail, meta = GOOD[name]
    rule = next(rule for rule in RULES if rule.number == number)
    assert [p.what for p in check_email(mail, meta, [rule])] == []


# ---- what does not

BAD: dict[str, tuple[int, Mail, Meta, str]] = {
    # 1
    "more HTML than Gmail shows": (1, html("<h1>", f"<!-- {'x' * 102_400} --><h1>"), META, "error the HTML has 104,"),
    "nearly more HTML than Gmail shows": (
        1,
        html("<h1>", f"<!-- {'x' * 82_000} --><h1>"),
        META,
        "warning the HTML has 83,",
    ),
    "a style sheet that Gmail drops": (
        1,
        html(".pre {", f"/* {'x' * 16_384} */ .pre {{"),
        META,
        "error a style block has 16,",
    ),
    # 2
    "no text part": (2, Mail(text=" \n"), META, "error there is no text part"),
    "a text part of fourteen words": (
        2,
        Mail(text="one two three four five six seven eight nine ten eleven twelve thirteen fourteen " + LEAVE),
        META,
        "error the text part has 14 words; 15",
    ),
    "half of the words": (
        2,
        Mail(text="\n".join(["a word"] * 16) + f"\n{LEAVE}\nhttps://casalume.example/events/salon/"),
        META,
        "less than half",
    ),
    "three quarters of the words": (2, body("<p>" + "more " * 26 + "</p>"), META, "warning the text part has"),
    "none of the links": (
        2,
        Mail(text=TEXT.replace("https://casalume", "xxx")),
        META,
        "error the text part has none of the HTML's links",
    ),
    "one link less": (
        2,
        body('<p><a href="https://casalume.example/programme/">See the programme</a></p>'),
        META,
        "warning the text part lacks the link https://casalume.example/programme/",
    ),
    "a tag in the text part": (
        2,
        Mail(text=TEXT.replace("bare", "<b>bare</b>")),
        META,
        "error the text part has HTML in it: <b>",
    ),
    "an entity in the text part": (
        2,
        Mail(text=TEXT.replace("bare", "bare&nbsp;")),
        META,
        "error the text part has HTML in it: &nbsp;",
    ),
    # 3
    "no language": (3, html('<html lang="en"', "<html"), META, "error the HTML does not say its language"),
    "an undetermined language": (
        3,
        html('<html lang="en"', '<html lang="und"'),
        META,
        "error the HTML does not say its language",
    ),
    "Persian from left to right": (
        3,
        html('lang="en" dir="ltr"', 'lang="fa"'),
        META,
        "error fa is written from right to left",
    ),
    "no title": (3, html("<title>Salon to Stream</title>", "<title> </title>"), META, "error the title is empty"),
    "no charset": (3, html("charset=UTF-8", ""), META, "error no charset"),
    "no viewport": (3, html('name="viewport"', 'name="v"'), META, "error no viewport"),
    "no preheader": (3, Mail(preheader=""), META, "error there is no preheader"),
    "a preheader that is not in the HTML": (
        3,
        html("display:none;mso-hide:all", "color:#1b1a18"),
        META,
        "error there is no preheader",
    ),
    "a preheader of ten characters": (3, Mail(preheader="Ten chars."), META, "warning the preheader has 10 characters"),
    "a preheader of 141 characters": (3, Mail(preheader="x" * 141), META, "warning the preheader has 141 characters"),
    "a preheader that repeats the subject": (
        3,
        Mail(preheader="You are on the list: Salon to Stream"),
        META,
        "warning the preheader repeats",
    ),
    # 4
    "no subject": (4, Mail(subject=" "), META, "error the subject is empty"),
    "a subject of two lines": (4, Mail(subject="You are\non the list"), META, "error the subject has a line break"),
    "a subject of 71 characters": (4, Mail(subject="x" * 71), META, "warning the subject has 71 characters"),
    "a subject that shouts": (4, Mail(subject="YOU ARE ON THE LIST"), META, "error the subject is all capitals"),
    "a subject that pretends to be an answer": (4, Mail(subject="Re: your seat"), META, "error the subject pretends"),
    "a forgotten slot in the subject": (
        4,
        Mail(subject="Hello {{ first_name }}"),
        META,
        "error the subject has an unfilled {{ first_name }}",
    ),
    # 5
    "grey on white": (
        5,
        html("color: #1b1a18", "color: #8c8c8c"),
        META,
        "error in light mode, 'Hello Ana, thank you for confirming. He…' is #8c8c8c on #ffffff: contrast 3.36, 4.5",
    ),
    "ink that stays dark on dark": (
        5,
        html(".ink, .ink a { color: #f1ede6 !important; }", ""),
        META,
        "error in dark mode",
    ),
    "a link that nobody coloured for the dark": (
        5,
        Mail(html=HTML.replace(", .ink a {", " {").replace("<p><a href", '<p><a style="color:#2a3fb0" href')),
        META,
        "error in dark mode, 'See the page' is #2a3fb0 on #211f1d",
    ),
    "text of nine pixels": (5, body('<p style="font-size:9px">Tiny</p>'), META, "error 'Tiny' is 9 px high"),
    "text of eleven pixels": (5, body('<p style="font-size:11px">Small</p>'), META, "warning 'Small' is 11 px high"),
    # 6
    "a picture without alt": (
        6,
        image('src="https://casalume.example/a.jpg" width="9"'),
        META,
        "error the picture 'a.jpg' has no alt",
    ),
    "a linked picture without words": (
        6,
        body('<a href="https://casalume.example/"><img src="https://casalume.example/a.jpg" alt="" width="9"></a>'),
        META,
        "error the picture 'a.jpg' is a link and has no words",
    ),
    "a picture by http": (
        6,
        image('src="http://casalume.example/a.jpg" alt="a" width="9"'),
        META,
        "error the picture 'a.jpg' does not come by https",
    ),
    "a picture written into the mail": (
        6,
        image('src="data:image/png;base64,AAAA" alt="a" width="9"'),
        META,
        "error a picture is written into the mail as data:",
    ),
    "a picture in WebP": (
        6,
        image('src="https://casalume.example/a.webp" alt="a" width="9"'),
        META,
        "of a kind that many mail programs do not show",
    ),
    "a picture as wide as it likes": (
        6,
        image('src="https://casalume.example/a.jpg" alt="a" width="100%"'),
        META,
        "error the picture 'a.jpg' has no width in numbers",
    ),
    "a picture from somebody else": (
        6,
        image('src="https://cdn.example/a.jpg" alt="a" width="9"'),
        META,
        "error the picture 'a.jpg' comes from cdn.example",
    ),
    "a tracking pixel": (
        6,
        image('src="https://casalume.example/a.gif" alt="" width="1" height="1"'),
        META,
        "a tracking pixel",
    ),
    "a picture and hardly any text": (
        6,
        Mail(html=re.sub(r"<p>Hello.*?</p>", "", HTML, flags=re.DOTALL)),
        META,
        "characters of text",
    ),
    # 7
    "a link by http": (
        7,
        link("http://casalume.example/"),
        META,
        "error the link 'See the programme' goes to http://casalume.example/",
    ),
    "a link into this page": (7, link("#"), META, "error the link 'See the programme' leads nowhere"),
    "a link with nothing": (7, link(""), META, "leads nowhere"),
    "a link within the site": (7, link("/events/"), META, "goes to /events/"),
    "a link to a script": (7, link("javascript:alert(1)"), META, "goes to javascript:alert(1)"),
    "a link to a number": (
        7,
        link("https://192.0.2.7/a"),
        META,
        "error the link 'See the programme' goes to the number 192.0.2.7",
    ),
    "a link through a shortener": (
        7,
        link("https://bit.ly/3xyz"),
        META,
        "error the link 'See the programme' goes through bit.ly",
    ),
    "a link with user info": (
        7,
        link("https://casalume.example@evil.example/"),
        META,
        "error the link 'See the programme' has user info",
    ),
    "a link called here": (
        7,
        link("https://casalume.example/a", "Here"),
        META,
        "error the link 'Here' does not say where it goes",
    ),
    "a link called clique aqui": (
        7,
        link("https://casalume.example/a", "Clique aqui →"),
        META,
        "does not say where it goes",
    ),
    "a link that shows another host": (
        7,
        link("https://evil.example/a", "https://bank.example/a"),
        META,
        "error the link shows bank.example and goes to evil.example",
    ),
    "a link without words": (
        7,
        link("https://casalume.example/a", ""),
        META,
        "error the link to https://casalume.example/a has no words",
    ),
    "a link that tells on the reader": (
        7,
        link("https://casalume.example/a?utm_source=x"),
        META,
        "warning the link 'See the programme' carries utm_",
    ),
    # 8
    "a layout table that does not say so": (
        8,
        body("<table><tr><td>x</td></tr></table>"),
        META,
        "error a table neither is data",
    ),
    "a conditional that is never closed": (
        8,
        html("<!--[if mso | IE]></td></tr></table><![endif]-->", "<!--[if mso | IE]></td></tr></table>"),
        META,
        "error a conditional comment is never closed",
    ),
    "a conditional in another": (
        8,
        html("<td><![endif]-->", "<td>"),
        META,
        "error a conditional comment stands in another",
    ),
    "the end of a conditional alone": (
        8,
        body("<![endif]-->"),
        META,
        "error a conditional comment ends that never began",
    ),
    "a table only Outlook opens": (
        8,
        html("<!--[if mso | IE]></td></tr></table><![endif]-->", ""),
        META,
        "error Outlook's part opens 1 <table> and closes 0",
    ),
    "an id twice": (8, body('<p id="a">x</p><p id="a">y</p>'), META, "error the id 'a' stands 2 times"),
    "a form": (8, body("<form></form>"), META, "error <form> is dropped"),
    "a script": (8, body("<script>x()</script>"), META, "error <script> is dropped"),
    "a handler": (8, body('<p onclick="x()">x</p>'), META, "error onclick= on <p> is a script"),
    "a forgotten slot": (8, body("<p>Hello {{ name }}</p>"), META, "error the HTML has an unfilled {{ name }}"),
    "a forgotten slot in the text": (
        8,
        Mail(text=TEXT.replace("Ana", "{{first_name}}")),
        META,
        "error the text part has an unfilled {{first_name}}",
    ),
    "another sender's tag": (8, body("<p>Hello *|FNAME|*</p>"), META, "unfilled *|FNAME|*"),
    "None for a value": (
        8,
        html("Friday, 4 December 2026, 19:00", "None"),
        META,
        "error None stands where a value should be",
    ),
    "undefined in an address": (
        8,
        link("https://casalume.example/undefined/"),
        META,
        "error a link or picture goes to https://casalume.example/undefined/",
    ),
    "an escape of the compiler": (
        8,
        image(r'src="https://casalume.example/a.jpg" alt="a\u{a0}b" width="9"'),
        META,
        r"error alt= on <img> has a literal \u{a0}",
    ),
    # 9
    "marketing that cannot be left": (
        9,
        Mail(html=HTML.replace(LEAVE, "https://casalume.example/x")),
        MARKETING,
        "error there is no visible link to leave",
    ),
    "marketing that can be left in the HTML only": (
        9,
        Mail(text=TEXT.replace(LEAVE, "")),
        MARKETING,
        "error the text part has no link to leave",
    ),
    "marketing without the postal address": (
        9,
        Mail(text=TEXT.replace("Rua da Luz 7", "")),
        MARKETING,
        "error the postal address is not in both parts",
    ),
    "marketing of somebody without an address": (
        9,
        Mail(),
        replace(MARKETING, sender_address=""),
        "error no postal address is known",
    ),
    "marketing without the header": (
        9,
        Mail(),
        replace(MARKETING, headers=HEADERS[:2]),
        "error there is no List-Unsubscribe header",
    ),
    "marketing with the header by mail only": (
        9,
        Mail(),
        replace(MARKETING, headers=(("List-Unsubscribe", "<mailto:a@b.example>"), HEADERS[3])),
        "error there is no List-Unsubscribe header with an https address",
    ),
    "one-click spelt in another way": (
        9,
        Mail(),
        replace(MARKETING, headers=(HEADERS[2], ("List-Unsubscribe-Post", "one-click"))),
        "error List-Unsubscribe-Post is not",
    ),
    "a reminder that cannot be stopped": (
        9,
        Mail(html=HTML.replace(LEAVE, "https://casalume.example/x")),
        replace(META, name="reminder"),
        "error there is no visible link to leave",
    ),
    "a confirm mail that can be left": (
        9,
        Mail(),
        replace(META, name="confirm"),
        "error a mail to an address not yet confirmed has a link to leave",
    ),
    "a promotion in a service e-mail": (
        9,
        body('<div class="promotion">Buy two</div>'),
        META,
        "error a service e-mail carries a promotion",
    ),
    # 10
    "a sender at a freemail provider": (
        10,
        Mail(),
        replace(META, sender_email="casalume@gmail.com"),
        "error it comes from an address at gmail.com",
    ),
    "an address for a name": (
        10,
        Mail(),
        replace(META, sender_name="hello@casalume.example"),
        "error the sender's name has an address in it",
    ),
    "a sender whom nobody can answer": (
        10,
        Mail(),
        replace(META, sender_email="no-reply@casalume.example"),
        "warning nobody can answer",
    ),
    "two subjects": (
        10,
        Mail(),
        replace(META, headers=(*HEADERS, ("subject", "x"))),
        "error the header Subject stands 2 times",
    ),
    "an encoded List-Unsubscribe": (
        10,
        Mail(),
        replace(META, headers=(("List-Unsubscribe", "=?utf-8?q?=3Chttps?="),)),
        "error the header List-Unsubscribe is an encoded-word",
    ),
    "a header that is not ASCII": (
        10,
        Mail(),
        replace(META, headers=(("Subject", "Olá"),)),
        "error the header Subject has bytes that are not ASCII",
    ),
    "a header of a thousand characters": (
        10,
        Mail(),
        replace(META, headers=(("X-A", "x" * 1000),)),
        "error the header X-A has a line over 998",
    ),
    # 11
    "lines that end in LF": (11, ics("\r\n", "\n"), META, "error salon.ics: its lines do not end in CRLF"),
    "a line of 76 octets": (
        11,
        ics("SUMMARY:Salon to Stream", "SUMMARY:" + "é" * 34),
        META,
        "error salon.ics: a line is longer than 75 octets",
    ),
    "a METHOD that the type does not name": (
        11,
        ics("METHOD:PUBLISH", "METHOD:CANCEL"),
        META,
        "error salon.ics: its METHOD is CANCEL, the MIME type says PUBLISH",
    ),
    "no METHOD": (11, ics("METHOD:PUBLISH\r\n", ""), META, "error salon.ics: it has no METHOD"),
    "a REQUEST of nobody": (
        11,
        ics("METHOD:PUBLISH", "METHOD:REQUEST", "REQUEST"),
        META,
        "error salon.ics: a REQUEST asks nobody",
    ),
    "PUBLISH to somebody": (
        11,
        ics("SUMMARY:", "ATTENDEE:mailto:a@b.example\r\nSUMMARY:"),
        META,
        "error salon.ics: PUBLISH has an ATTENDEE",
    ),
    "no UID": (11, ics("UID:salon@casalume.example\r\n", ""), META, "error salon.ics: it has no UID"),
    "no DTSTAMP": (11, ics("DTSTAMP:20260901T120000Z\r\n", ""), META, "error salon.ics: it has no DTSTAMP"),
    "no DTSTART": (
        11,
        Mail(attachments=(calendar(re.sub(r"DTSTART.*?\r\n", "", ICS)),)),
        META,
        "error salon.ics: it has no DTSTART",
    ),
    "a zone that is not there": (
        11,
        ics("TZID:Europe/Lisbon", "TZID:Europe/Porto"),
        META,
        "error salon.ics: DTSTART is in Europe/Lisbon, and there is no VTIMEZONE",
    ),
    "a floating time": (
        11,
        ics("DTSTART;TZID=Europe/Lisbon:", "DTSTART:"),
        META,
        "warning salon.ics: DTSTART 20261204T190000 floats",
    ),
    # 12
    "JSON-LD that does not parse": (12, ld('{"@type": "Order",}'), META, "error the JSON-LD does not parse"),
    "a reservation without a number": (
        12,
        ld(RESERVATION.replace('"reservationNumber": "1", ', "")),
        META,
        "error the JSON-LD EventReservation has no reservationNumber",
    ),
    "a reservation without a place": (
        12,
        ld(RESERVATION.replace('"location"', '"place"')),
        META,
        "error the JSON-LD EventReservation has no reservationFor.location",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_it_tells_of(name: str) -> None:
    number, mail, meta, expected = BAD[name]
    level, _, what = expected.partition(" ") if expected.startswith(("error ", "warning ")) else ("", "", expected)
    found = check_email(mail, meta)
    hits = [p for p in found if f"rule {number}: " in p.what and what in p.what.partition(": ")[2]]
    assert hits, [p.what for p in found]
    assert all(p.fix for p in hits)
    assert not level or hits[0].level == level


def test_every_rule_has_an_example_of_both_kinds() -> None:
    numbers = {rule.number for rule in RULES}
    assert numbers == set(range(1, 13))
    assert {case[0] for case in BAD.values()} == numbers
    assert {case[0] for case in GOOD.values()} == numbers


def test_a_problem_names_the_file_the_e_mail_the_language_and_the_rule() -> None:
    (problem,) = check_email(Mail(subject="x" * 71), META)
    assert str(problem) == (
        "content/events/salon.md: warning: The e-mail 'welcome' (en), rule 4: the subject has 71 characters.\n"
        "  Stay below 70: phones cut it off."
    )


# ---- how colours are found


def colours(style: str, body: str, scheme: Any = "light") -> dict[str, tuple[str, str, float, bool]]:
    root = read_html(f"<html><head><style>{style}</style></head><body>{body}</body></html>")
    return {t.words: (text_of(t.colour), text_of(t.background), t.size, t.bold) for t in texts(root, scheme)}


def test_styles_cascade_as_in_a_browser() -> None:
    css = """
      p { color: #111111 } .a { color: #222222 } p.a { color: #333333 } #x { color: #444444 }
      .b p { color: #555555 } .c > p { color: #666666 } .d { color: #777777 !important } [data-x] .e { color: #888888 }
    """
    seen = colours(
        css,
        '<p>1</p><p class="a">2</p><p class="a" id="x">3</p><div class="b"><div><p>4</p></div></div>'
        '<div class="c"><p>5</p><div><p>6</p></div></div><p class="d" style="color:#999999">7</p>'
        '<p class="e" style="color:#999999">8</p><p class="a"><b>9</b></p>',
    )
    assert {words: look[0] for words, look in seen.items()} == {
        "1": "#111111", "2": "#333333", "3": "#444444", "4": "#555555", "5": "#666666", "6": "#111111", "7": "#777777",
        "8": "#999999", "9": "#333333",
    }  # fmt: skip


def test_dark_rules_hold_in_the_dark_alone_and_narrow_ones_never() -> None:
    css = (
        "@media (prefers-color-scheme: dark) { p { color: #eeeeee } } "
        "@media (max-width: 400px) { p { color: #ff0000 } } "
        "@media only screen and (min-width:480px) { p { font-size: 18px } }"
    )
    assert colours(css, "<p>x</p>")["x"] == ("#000000", "#ffffff", 18.0, False)
    assert colours(css, "<p>x</p>", "dark")["x"][0] == "#eeeeee"


def test_size_weight_and_ground_are_inherited() -> None:
    seen = colours(
        "",
        '<table bgcolor="#123456"><tr><th style="font-size:20px"><i style="font-size:0.5em">x</i></th></tr></table>',
    )
    assert seen["x"] == ("#000000", "#123456", 10.0, True)


def test_what_is_hidden_is_not_looked_at() -> None:
    assert colours("", '<div style="display:none">x</div><p style="font-size:0px">y</p>') == {}


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast((0, 0, 0), (255, 255, 255)), 2) == 21.0
