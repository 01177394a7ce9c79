"""A finished page: nothing from outside, nothing the policy refuses, a form that keeps its contract, names for all."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from handbill.check.html import check_page
from handbill.view import ConsentView, FieldView, FormView
from theme_folders import told

STYLE = "a{color:red}"
CSP = f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
FORM = """<form id="signup" method="post" action="/api/signup" aria-labelledby="heading">
<h2 id="heading">Come</h2>
<label for="email">Address</label> <input id="email" name="email" type="email" autocomplete="email" required>
<label>First name <input name="first_name" autocomplete="given-name"></label>
<input id="box" name="consent_marketing" type="checkbox" value="yes"> <label for="box">Write to me.</label>
<input type="hidden" name="form" value="events/salon">
<p aria-hidden="true"><label for="trap">Leave empty</label><input id="trap" name="website" tabindex="-1"></p>
<button>Send me the door code</button>
<a href="/privacy/">Privacy</a>
</form>"""
VIEW = FormView(
    id="signup", action="/api/signup", heading="Come", email_name="email", email_label="Address",
    fields=(FieldView("first_name", "First name", "text", False, "given-name", (), ""),),
    consents=(ConsentView("consent_marketing", "Write to me.", False),), hidden=(("form", "events/salon"),),
    honeypot="website", honeypot_label="Leave empty", button="Send me the door code", note="", privacy_label="Privacy",
    works=True,
)  # fmt: skip


def page(body: str = "", head: str = "", html: str = 'lang="en" dir="ltr"', h1: str = "<h1>Salon</h1>") -> str:
    return (
        f"<!doctype html>\n<html {html}>\n<head>\n<title>Salon</title>\n"
        f'<link rel="canonical" href="https://site.example/salon/">\n{head}\n</head>\n<body>\n{h1}\n{body}\n</body></html>\n'
    )


def said(html: str, **more: Any) -> list[str]:
    return [line.removeprefix("x:") for line in told(check_page("x", html, base_url="https://site.example", **more))]


def in_body(body: str, **more: Any) -> list[str]:
    """What is said of a page with this body, without lines."""
    return [text.partition(": ")[2] for text in said(page(body), **more)]


def in_head(head: str, **more: Any) -> list[str]:
    return [text.partition(": ")[2] for text in said(page(head=head), **more)]


def test_a_good_page_has_nothing_said_about_it() -> None:
    whole = page(
        '<a href="/events/?a=b#c">x</a> <a href="#signup">y</a> <a href="mailto:a@b.example">z</a>'
        '<a href="https://elsewhere.example/">w</a><img src="/a.jpg" alt="" width="3" height="4">'
        f'<h2>Part</h2><h3>Piece</h3>{FORM}<script type="application/ld+json">{{"a": 1}}</script>',
        f'<link rel="icon" href="/i.svg"><link rel="alternate" hreflang="pt" href="https://site.example/pt/">'
        f"<style>{STYLE}</style>",
    )
    assert said(whole, csp=CSP, allowed_actions=(), exists=lambda url: True, form=VIEW, privacy="/privacy/") == []


# ---- nothing from outside, nothing that the policy refuses


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://x.example/a.png" alt="" width="1" height="1">',
        '<img src="//x.example/a.png" alt="" width="1" height="1">',
        '<img src="/a.png" srcset="/a.png 1x, https://x.example/b.png 2x" alt="" width="1" height="1">',
        '<picture><source srcset="HTTPS://x.example/b.png 2x"></picture>',
        '<video src="/a.mp4" poster="https://x.example/a.png"></video>', '<audio src="https://x.example/a.mp3"></audio>',
        '<svg><image href="https://x.example/a.png"/><title>t</title></svg>',
        '<svg><use xlink:href="https://x.example/a.svg#b"></use></svg>',
        '<input type="image" src="https://x.example/a.png" alt="y">',
        '<img src="ftp://x.example/a.png" alt="" width="1" height="1">',
        '<img src="http://[" alt="" width="1" height="1">',
    ],
)  # fmt: skip
def test_a_thing_that_a_browser_would_fetch_from_elsewhere_is_told(html: str) -> None:
    (what,) = in_body(html)
    assert what.startswith("The page would load '")


@pytest.mark.parametrize("rel", ["stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "icon", "manifest"])
def test_a_link_element_that_fetches_stays_at_home_and_others_may_point_away(rel: str) -> None:
    assert in_head(f'<link rel="{rel}" href="https://x.example/a">') == [
        "The page would load 'https://x.example/a' from another origin."
    ]
    assert in_head(f'<link rel="{rel}" href="/a"><link rel="me" href="https://x.example/a">') == []


def test_pictures_of_the_site_itself_and_inline_ones_are_no_outside_request() -> None:
    for src in ("/a.png", "https://site.example/a.png", "data:image/gif;base64,AA=="):
        assert in_body(f'<img src="{src}" alt="" width="1" height="1">') == []


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<script>x()</script>", "The page has a <script>."),
        ('<script src="/a.js" defer></script>', "The page has a <script>."),
        ('<script type="application/ld+json">{,}</script>', "The JSON-LD cannot be read: "),
        ('<p style="color:red">x</p>', "<p> has a style attribute."),
        ('<p onclick="x()">x</p>', "<p> has an onclick attribute, which is a script."),
        ('<iframe src="/a"></iframe>', "<iframe> is not allowed: it loads, or changes, what the page is."),
        ('<object data="/a"></object>', "<object> is not allowed: it loads, or changes, what the page is."),
        ('<base href="/x/">', "<base> is not allowed: it loads, or changes, what the page is."),
        ('<meta http-equiv="Refresh" content="0;/x">', "The page sends its reader elsewhere by itself."),
        ("<style>@import 'a.css'</style>", "The CSS imports another file."),
        (
            "<style>a{b:url(https://x.example/a)}</style>",
            "The CSS would load 'https://x.example/a' from another origin.",
        ),
        ('<a href="/x" ping="/y">x</a>', "A link tells somebody that it was followed (ping)."),
        ('<a href="javascript:x()">x</a>', "The link to 'javascript:x()' is not followed but run, or unknown."),
        ('<p title="x>y</p>', "A tag cannot be read: a quotation mark or its > is missing."),
    ],
)
def test_what_the_policy_refuses_is_told(html: str, what: str) -> None:
    found = in_body(html)
    assert any(each.startswith(what) for each in found), found


def test_a_style_must_be_the_one_whose_hash_the_policy_has() -> None:
    assert in_head(f"<style>{STYLE}</style>", csp=CSP) == []
    for other in (f"<style> {STYLE}</style>", f"<style>{STYLE}\n</style>", "<style>b{c:d}</style>"):
        assert in_head(other, csp=CSP) == ["The policy has no hash for this style: browsers would ignore it."]


# ---- names for what people must find


@pytest.mark.parametrize(
    ("html", "what"),
    [
        (page(html='dir="ltr"'), "The page does not say its language."),
        (page(html='lang="" dir="ltr"'), "The page does not say its language."),
        (page(html='lang="en"'), "The page does not say its direction."),
        (page(html='lang="en" dir="auto"'), "The page does not say its direction."),
        (page().replace("<title>Salon</title>", ""), "The page has no title."),
        (page().replace("<title>Salon</title>", "<title> </title>"), "The page has no title."),
        (page(head="<title>More</title>"), "The page has two titles."),
        (page().replace("canonical", "next"), "The page has no canonical URL."),
        (page(head='<link rel="canonical" href="/y">'), "The page has two canonical URLs."),
        (page(h1=""), "The page has no h1."),
        (page(h1="<h1>a</h1><h1>b</h1>"), "The page has 2 h1."),
        (page(h1="<h1> </h1>"), "A heading h1 is empty."),
        (page("<h3>x</h3>"), "warning: After h1 comes h3: a level is left out."),
        (page('<img src="/a" width="1" height="1">'), "The picture '/a' has no alt."),
        (page('<img src="/a" alt="" width="1">'),
         "The picture '/a' has no width and height: the page jumps when it arrives."),
        (page('<img src="/a" alt="" width="1" height="auto">'),
         "The picture '/a' has no width and height: the page jumps when it arrives."),
        (page('<b id="a"></b><b id="a"></b>'), "The id 'a' is given twice, first in line 10."),
        (page('<p aria-describedby="a b">x</p><b id="a"></b>'),
         "aria-describedby names 'b', which no element has for its id."),
        (page('<label for="a">x</label>'), "A label is for 'a', which no element has for its id."),
        (page('<a href="/x"></a>'), "The link to '/x' has no words."),
        (page('<a href="/x"><img src="/a" alt="" width="1" height="1"></a>'), "The link to '/x' has no words."),
    ],
)  # fmt: skip
def test_what_people_and_their_tools_need_is_told_when_it_is_missing(html: str, what: str) -> None:
    assert [text.partition(": ")[2] for text in said(html)] == [what]


def test_pages_that_are_not_for_search_engines_need_no_canonical() -> None:
    assert said(page(head='<meta name="robots" content="noindex">').replace("canonical", "next")) == []


def test_words_of_a_link_may_be_a_pictures_alt_or_a_label() -> None:
    assert (
        in_body('<a href="/x"><img src="/a" alt="Home" width="1" height="1"></a><a href="/x" aria-label="Up"></a>')
        == []
    )


def test_a_title_inside_a_drawing_is_not_the_pages() -> None:
    assert in_body("<svg><title>Lamp</title></svg>") == []


# ---- links


@pytest.mark.parametrize(
    ("href", "what"),
    [
        ("", "A link leads nowhere: its address is empty or broken."),
        ("#none", "The link to '#none' leads nowhere: no element has this id."),
        ("lamp/", "The link to 'lamp/' is relative to the page."),
        ("/gone/", "The link to '/gone/' leads nowhere."),
        ("/gone/?a=b", "The link to '/gone/?a=b' leads nowhere."),
        ("https://site.example/gone/", "The link to 'https://site.example/gone/' leads nowhere."),
        ("/there/#gone", "The link to '/there/#gone' leads nowhere."),
    ],
)
def test_a_link_that_leads_nowhere_is_told(href: str, what: str) -> None:
    assert in_body(f'<a href="{href}">x</a>', exists=lambda url: url in ("/there/", "/salon/")) == [what]


def test_links_that_lead_somewhere_or_away_are_let_be() -> None:
    asked = []

    def exists(url: str) -> bool:
        asked.append(url)
        return True

    links = [
        "/there/?a=b#c",
        "https://site.example/",
        "https://x.example/",
        "mailto:a@b.example",
        "tel:+1",
        "geo:1,2",
        "#top",
    ]
    assert in_body("".join(f'<a href="{link}">x</a>' for link in links), exists=exists) == []
    assert asked == ["/there/#c", "/", "/salon/"]


# ---- the form contract


def changed(old: str, new: str, **more: Any) -> list[str]:
    assert FORM.replace(old, new) != FORM
    return in_body(FORM.replace(old, new), **{"form": VIEW, "allowed_actions": (), "privacy": "/privacy/", **more})


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('method="post"', "", ["The form does not post: addresses would stand in URLs."]),
        ('method="post"', 'method="GET"', ["The form does not post: addresses would stand in URLs."]),
        ("/api/signup", "https://x.example/", [
            "The form posts to 'https://x.example/', which the policy does not allow.",
            "The form does not post to '/api/signup'."]),
        ("/api/signup", "/elsewhere", ["The form does not post to '/api/signup'."]),
        ('<label for="email">Address</label>', "", ["The field 'email' has no label that people can see."]),
        (">Address<", "><", ["The field 'email' has no label that people can see."]),
        ('autocomplete="email"', "", ["Browsers cannot fill the address in."]),
        ('autocomplete="email"', 'autocomplete="off"', ["Browsers cannot fill the address in."]),
        ('type="email"', "", ["The address field is no e-mail field."]),
        ("First name <input", "<input", ["The field 'first_name' has no label that people can see."]),
        ('name="first_name"', 'name="firstname"', ["The field 'first_name' is missing."]),
        ('type="checkbox"', 'type="checkbox" checked',
         ["The box 'consent_marketing' is ticked already: that is no consent (GDPR, recital 32)."]),
        ("consent_marketing", "consent", ["There is no box for 'consent_marketing'."]),
        ("Write to me.", "News!", ["The label of 'consent_marketing' does not say what is agreed to."]),
        ('type="checkbox"', 'type="hidden"', ["There is no box for 'consent_marketing'."]),
        ("events/salon", "events/other", ["The form does not post 'form' as it was handed."]),
        ('type="hidden" name="form"', 'type="hidden" name="from"', ["The form does not post 'form' as it was handed."]),
        ('tabindex="-1"', "", ["People could reach the field 'website', which is for robots."]),
        ('aria-hidden="true"', 'class="away"', ["People could reach the field 'website', which is for robots."]),
        ('name="website"', 'name="other"', ["The field 'website' for robots is missing."]),
        ('<a href="/privacy/">Privacy</a>', "", ["The form does not link to the privacy notice."]),
        ('href="/privacy/"', 'href="/terms/"', ["The form does not link to the privacy notice."]),
        ("<button>Send me the door code</button>", "", ["The form has no button with words."]),
        ("Send me the door code", "", ["The form has no button with words.", f"No button says '{VIEW.button}'."]),
        ("Send me the door code", "Submit", [
            f"No button says '{VIEW.button}'.", "warning: The button says 'Submit', not what will happen."]),
        ('<button>', '<button type="button">', ["The form has no button with words."]),
    ],
)  # fmt: skip
def test_each_clause_of_the_form_contract_is_looked_at(old: str, new: str, what: list[str]) -> None:
    found = changed(old, new)
    assert [each for each in found if each in what] == what
    assert all(each in what or "no element has for its id" in each for each in found), found


def test_a_page_whose_entry_has_a_form_must_show_it() -> None:
    assert in_body("", form=VIEW) == ["The page has no sign-up form, though its entry has one."]


def test_a_form_may_post_to_the_site_and_to_the_origins_that_are_allowed() -> None:
    for action in ("https://site.example/api", "https://sender.example/subscribe/1"):
        assert in_body(FORM.replace("/api/signup", action), allowed_actions=["https://sender.example/x"]) == []


def test_a_form_that_does_not_work_yet_has_no_action() -> None:
    from dataclasses import replace

    assert in_body(FORM.replace(' action="/api/signup"', ""), form=replace(VIEW, works=False), allowed_actions=()) == []


def test_fields_outside_any_form_need_labels_too() -> None:
    assert in_body('<input name="q">') == ["The field 'q' has no label that people can see."]
    assert in_body('<input name="q" aria-labelledby="l"><b id="l">Find</b>') == []


# ---- how it is said


def test_a_problem_names_the_line_of_the_page_and_the_files_of_the_theme() -> None:
    (problem,) = check_page(
        "public/salon/index.html",
        page(FORM.replace('autocomplete="email"', "")),
        base_url="https://site.example",
        template="pages/event.html",
    )
    assert str(problem) == (
        "public/salon/index.html:12: Browsers cannot fill the address in.\n"
        '    <label for="email">Address</label> <input id="email" name="email" type="email"  required>\n'
        '  Write autocomplete="email". Look in pages/event.html and parts/form.html.'
    )


def test_problems_come_in_the_order_of_lines() -> None:
    lines = [
        p.line for p in check_page("x", page("<iframe></iframe>\n<h4>x</h4>", html=""), base_url="https://a.example")
    ]
    assert lines == sorted(lines)
    assert len(lines) == 4
