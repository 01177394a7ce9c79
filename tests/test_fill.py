"""A program is filled as it says, and no value ever leaves the place it was given."""

import json
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markupsafe import Markup

from handbill_functions.errors import BadProgram, FillError, MissingValue, UnsafeValue
from handbill_functions.fill import check, fill, fill_answer, fill_email, slots

# Values that are dangerous somewhere, beside any text at all.
nasty = st.text() | st.sampled_from(
    [
        "</p><script>alert(1)</script>",
        '" onmouseover="alert(1)',
        "' x='",
        "javascript:alert(1)",
        "a@b\r\nBcc: victim@example.org",
        "--><!--",
        "]]>",
        "&lt;script&gt;",
        "{{ 7*7 }}",
        "{{>gate}}",
        "\u2028\u2029\x85",
    ]
)


class Shape(HTMLParser):
    """What a page is made of: elements and the names of their attributes. Texts and values apart."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts = [], {}, []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes.update(attrs)

    def handle_endtag(self, tag):
        self.tags.append(("/" + tag,))

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.tags.append(("comment",))

    def handle_decl(self, decl):
        self.tags.append(("decl",))

    unknown_decl = handle_pi = handle_decl


# What a program does


def test_literals_stand_as_they_are():
    assert fill(["<p>", "{{ title }} & {% raw %}", "</p>"], {}) == "<p>{{ title }} & {% raw %}</p>"


def test_a_slot_takes_its_value():
    assert fill(["<p>", ["text", "title"], "</p>"], {"title": "Salon"}) == "<p>Salon</p>"


def test_a_whole_number_is_a_value_too():
    assert fill([["text", "count"]], {"count": 12}) == "12"


def test_what_is_sent_now_wins_over_what_the_build_knew():
    program = [["text", "title"], " ", ["text", "place"]]
    assert fill(program, {"title": "New"}, stored={"title": "Old", "place": "Lisbon"}) == "New Lisbon"


@pytest.mark.parametrize(
    ("values", "text"), [({}, "friend"), ({"first_name": ""}, "friend"), ({"first_name": "Ana"}, "Ana")]
)
def test_a_fallback_stands_in_for_what_is_missing_or_empty(values, text):
    assert fill([["text", "first_name", "friend"]], values) == text
    assert fill([["plain", "first_name", "friend"]], values, part="text") == text
    assert fill([["header", "first_name", "friend"]], values, part="header") == text


def test_a_fallback_is_escaped_as_a_value_is():
    assert fill([["text", "name", "you & <me>"]], {}) == "you &amp; &lt;me&gt;"


def test_a_missing_value_is_an_error_and_not_an_empty_text():
    with pytest.raises(MissingValue, match="confirm_url") as missing:
        fill([["url", "confirm_url"]], {})
    assert missing.value.slot == "confirm_url"


def test_an_empty_value_is_no_missing_value():
    assert fill(["<i>", ["text", "note"], "</i>"], {"note": ""}) == "<i></i>"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "no"),
        ({"place": ""}, "no"),
        ({"place": 0}, "no"),
        ({"place": False}, "no"),
        ({"place": []}, "no"),
        ({"place": "Lisbon"}, "yes"),
        ({"place": 3}, "yes"),
        ({"place": True}, "yes"),
        ({"place": [{}]}, "yes"),
    ],
)
def test_if_asks_whether_something_is_there_and_not_empty(values, text):
    assert fill([["if", "place", ["yes"], ["no"]]], values) == text


def test_if_knows_what_the_build_knew_and_the_fragments():
    program = [["if", "gate", ["yes"], ["no"]]]
    assert fill(program, {}, stored={"gate": "x"}) == "yes"
    assert fill(program, {}, fragments={"gate": {"html": ["code"], "text": []}}) == "yes"
    assert fill(program, {}, fragments={"gate": {"html": ["code"], "text": []}}, part="text") == "no"


def test_each_stands_once_for_every_item():
    program = ["<ul>", ["each", "lines", ["<li>", ["text", "name"], " ", ["text", "price", "free"], "</li>"]], "</ul>"]
    lines = [{"name": "Seat", "price": "€25.00"}, {"name": "Stream"}]
    assert fill(program, {"lines": lines}) == "<ul><li>Seat €25.00</li><li>Stream free</li></ul>"
    assert fill(program, {"lines": ()}) == "<ul></ul>"


def test_inside_each_the_item_comes_first_and_then_what_is_around():
    program = [["each", "rooms", [["each", "beds", [["text", "name"], "/", ["text", "house"], ";"]]]], ["text", "name"]]
    values = {
        "name": "outer",
        "house": "Lume",
        "rooms": [{"name": "attic", "beds": [{"name": "left"}, {}]}, {"house": "Sol", "beds": [{}]}],
    }
    assert fill(program, values) == "left/Lume;attic/Lume;outer/Sol;outer"


def test_a_fragment_stands_in_the_part_that_is_filled_and_has_slots_of_its_own():
    fragments = {"body": {"html": ["<p>Hi ", ["text", "name"], "</p>"], "text": ["Hi ", ["plain", "name"]]}}
    program = ["[", ["fragment", "body"], "]"]
    assert fill(program, {"name": "A<b"}, fragments=fragments) == "[<p>Hi A&lt;b</p>]"
    assert fill(program, {"name": "A<b"}, fragments=fragments, part="text") == "[Hi A<b]"


def test_a_fragment_may_hold_another_one_and_stand_twice():
    fragments = {"a": {"html": ["(", ["fragment", "b"], ")"], "text": []}, "b": {"html": ["b"], "text": []}}
    assert fill([["fragment", "a"], ["fragment", "a"], ["fragment", "b"]], {}, fragments=fragments) == "(b)(b)b"


def test_a_fragment_that_holds_itself_is_an_error():
    fragments = {"a": {"html": [["fragment", "b"]], "text": []}, "b": {"html": [["fragment", "a"]], "text": []}}
    with pytest.raises(BadProgram, match="holds itself"):
        fill([["fragment", "a"]], {}, fragments=fragments)


def test_a_value_is_never_a_fragment():
    with pytest.raises(MissingValue, match="gate"):
        fill([["fragment", "gate"]], {"gate": {"html": ["<script>"], "text": []}}, fragments={})


@pytest.mark.parametrize("values", [{"gate": "x"}, {"lines": [{"gate": "x"}]}])
def test_a_value_may_not_bear_the_name_of_a_fragment(values):
    with pytest.raises(UnsafeValue, match="gate"):
        fill([["each", "lines", []]], values, fragments={"gate": {"html": [], "text": []}})


# What each context lets through


@pytest.mark.parametrize(
    ("node", "value", "written"),
    [
        ("text", "<b>&\"'", "&lt;b&gt;&amp;\"'"),
        ("text", "two\nlines\tand", "two\nlines\tand"),
        ("attr", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"),
        ("attr", "two\nlines\tand", "two&#10;lines&#9;and"),
        ("url", "https://casalume.example/c?a=1&b=2#x", "https://casalume.example/c?a=1&amp;b=2#x"),
        ("url", "https://casalume.example", "https://casalume.example"),
        ("url", "https://casalume.example/東京/", "https://casalume.example/東京/"),
        ("url", "mailto:hello@casalume.example?subject=Hi", "mailto:hello@casalume.example?subject=Hi"),
        ("url", "/", "/"),
        ("url", "/api/confirm?t=abc", "/api/confirm?t=abc"),
        ("url", "http://localhost:1414/c", "http://localhost:1414/c"),
        ("url", "http://127.0.0.1", "http://127.0.0.1"),
        ("json", '</script>&"\\\n\u2028é', '\\u003c/script\\u003e\\u0026\\"\\\\\\n\\u2028\\u00e9'),
        ("text", "👩\u200d🎤 \u200fשלום", "👩\u200d🎤 \u200fשלום"),
    ],
)
def test_a_value_is_written_for_its_place(node, value, written):
    assert fill([[node, "slot"]], {"slot": value}) == written


def test_plain_text_is_not_escaped():
    assert fill([["plain", "note"]], {"note": "<b> & \"\n\t'"}, part="text") == "<b> & \"\n\t'"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " https://a.example",
        "https://a.example/a b",
        "https://a.example/\u00a0",
        "https://a.example/\u202egpj",
        'https://a.example/"',
        "https://a.example/'",
        "https://a.example/<b>",
        "https://a.example\\b",
        "https://",
        "https:///path",
        "https://good.example@evil.example/",
        "http://a.example/",
        "http://localhost.evil.example/",
        "http://localhost:80@evil.example/",
        "http://127.0.0.1.evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "data:text/html,x",
        "mailto:",
        "page.html",
        "#top",
        "{{ url }}",
        12,
    ],
)
def test_a_url_is_https_or_mailto_or_a_path_and_nothing_else(url):
    with pytest.raises(UnsafeValue, match="must be"):
        fill([["url", "link"]], {"link": url})


CONTROLS = [chr(c) for c in [*range(0x20), *range(0x7F, 0xA0)]]


@pytest.mark.parametrize("c", [*CONTROLS, "\u2028", "\u2029", "\ud800"])
def test_one_line_holds_no_break_and_no_control(c):
    for node in ("header", "plain"):
        with pytest.raises(UnsafeValue, match="may not hold"):
            fill([[node, "title"]], {"title": f"Salon{c}Bcc: x@example.org"}, part="header")


@pytest.mark.parametrize("c", [*(c for c in CONTROLS if c not in "\n\t"), "\udfff"])
@pytest.mark.parametrize(("node", "part"), [("text", "html"), ("attr", "html"), ("plain", "text")])
def test_a_document_holds_no_control_but_tab_and_newline(c, node, part):
    with pytest.raises(UnsafeValue, match="may not hold"):
        fill([[node, "note"]], {"note": f"a{c}b"}, part=part)


@pytest.mark.parametrize("value", [None, 1.5, True, b"x", ["x"], {"a": "b"}])
def test_only_text_and_whole_numbers_are_values(value):
    with pytest.raises(UnsafeValue, match="must be text or a whole number"):
        fill([["text", "x"]], {"x": value})


@pytest.mark.parametrize("value", [None, 1.5, {"a": "b"}])
def test_if_refuses_what_can_be_no_value(value):
    with pytest.raises(UnsafeValue):
        fill([["if", "x", [], []]], {"x": value})


@pytest.mark.parametrize("value", ["text", {"a": "b"}, [1], ["x"], 3])
def test_each_takes_a_list_of_mappings(value):
    with pytest.raises(UnsafeValue, match="list of mappings"):
        fill([["each", "x", []]], {"x": value})


def test_text_that_calls_itself_safe_is_escaped_all_the_same():
    assert fill([["text", "x"], ["attr", "x"]], {"x": Markup("<b>&amp;")}) == "&lt;b&gt;&amp;amp;" * 2


@pytest.mark.parametrize(
    ("kind", "part"),
    [("plain", "html"), ("header", "html"), ("text", "text"), ("url", "text"), ("text", "header"), ("raw", "html")],
)
def test_a_context_of_another_part_is_refused(kind, part):
    with pytest.raises(BadProgram):
        fill([[kind, "x"]], {"x": "https://a.example"}, part=part)
    with pytest.raises(BadProgram):
        check([[kind, "x"]], part=part)


# Laws

PAGE = [
    '<!doctype html><html lang="en"><head><title>',
    ["text", "title"],
    '</title><script type="application/ld+json">{"name":"',
    ["json", "title"],
    '"}</script></head><body><p class="a" title="',
    ["attr", "title"],
    '">',
    ["text", "title"],
    "</p>",
    ["each", "lines", ['<img alt="', ["attr", "name"], '"><br>', ["text", "name", "none"]]],
    ["if", "title", ["<hr>"], ["<hr>"]],
    "</body></html>",
]


def filled(program, values):
    try:
        return fill(program, values)
    except UnsafeValue:
        return None


@given(nasty, nasty)
def test_no_value_adds_an_element_or_an_attribute(title, name):
    page = filled(PAGE, {"title": title, "lines": [{"name": name}]})
    assume(page is not None)
    tame = Shape(fill(PAGE, {"title": "x", "lines": [{"name": "y"}]}))
    seen = Shape(page)
    assert seen.tags == tame.tags
    assert seen.attributes["title"] == title
    assert seen.attributes["alt"] == name
    assert title == "" or title in seen.texts
    assert json.loads(page.split('ld+json">')[1].split("</script>")[0]) == {"name": title}


urls = st.one_of(
    nasty,
    st.from_regex(r"(https?|mailto|javascript|data)?:?/{0,3}[a-z.@:/\\ \"'<>?#\t]*", fullmatch=True),
    st.from_regex(r"(https://a\.example/|mailto:|/|http://localhost)[a-z0-9&?#=%./:]*", fullmatch=True),
    st.builds("{}{}".format, st.sampled_from(["https://a.example/", "/", "mailto:", "http://127.0.0.1/"]), nasty),
)


@given(urls)
def test_no_url_adds_an_attribute_or_leaves_the_list(url):
    page = filled(['<a href="', ["url", "url"], '">x</a>'], {"url": url})
    if page is None:
        return
    shape = Shape(page)
    assert shape.tags == [("a", ("href",)), ("/a",)]
    assert shape.attributes["href"] == url
    assert url.startswith(("https://", "mailto:", "/", "http://localhost", "http://127.0.0.1"))
    assert not url.startswith("//")
    assert "\\" not in url


@given(nasty)
def test_a_header_is_always_one_line(title):
    try:
        line = fill(["New: ", ["header", "title"]], {"title": title}, part="header")
    except UnsafeValue:
        line = "New: x"
    assert len(line.splitlines()) == 1


names = st.sampled_from(["a", "b.c", "lines", "deep"])
SECRET = "s3cr3t-value"
values = st.recursive(
    st.just(SECRET) | st.sampled_from([SECRET + "\n<", SECRET + "\x00", "", 7, True, None, 1.5]),
    lambda inner: st.lists(st.dictionaries(names, inner, max_size=3), max_size=3),
    max_leaves=8,
)


def programs(texts, lists, words):
    """Programs that use these names for texts, for lists and for fragments."""
    return st.lists(
        st.recursive(
            st.text(max_size=8)
            | st.tuples(st.sampled_from(["text", "attr", "url", "json"]), texts).map(list)
            | st.tuples(st.sampled_from(["text", "attr"]), texts, st.sampled_from(["", "you", "<b>"])).map(list)
            | st.tuples(st.just("fragment"), words).map(list),
            lambda inner: (
                st.tuples(st.just("each"), lists, st.lists(inner, max_size=3)).map(list)
                | st.tuples(st.just("if"), texts | lists | words, st.lists(inner, max_size=3), st.lists(inner)).map(
                    list
                )
            ),
            max_leaves=12,
        ),
        max_size=5,
    )


def outcome(program, known):
    try:
        return fill(program, known, fragments={"f": {"html": ["f"], "text": []}})
    except FillError as error:
        return f"{type(error).__name__}: {error}"


@given(programs(names, names, names), st.dictionaries(names, values, max_size=4))
def test_any_program_fills_the_same_way_twice_or_fails_without_telling_a_value(program, known):
    check(program)
    first = outcome(program, known)
    assert outcome(json.loads(json.dumps(program)), known) == first
    if first.startswith(("MissingValue: ", "UnsafeValue: ", "BadProgram: ")):
        assert SECRET not in first


def supply(needed, prefix=""):
    """One value for each name that is asked for: a URL (good in any context), or a list of one item."""
    known = {}
    for name, contexts in needed.items():
        inner = name.removeprefix(prefix)
        if name.startswith(prefix) and "/" not in inner and "fragment" not in contexts:
            known[inner] = [supply(needed, f"{name}/")] if "each" in contexts else "https://a.example/"
    return known


@given(programs(st.sampled_from(["a", "b.c"]), st.sampled_from(["lines", "deep"]), st.just("words")))
def test_what_slots_asks_for_is_enough(program):
    words = {"words": {"html": ["words"], "text": []}}
    assert isinstance(fill(program, supply(slots(program, required=True)), fragments=words), str)


# An e-mail and an answer

LAYOUT = {
    "subject": [["header", "title"], ", ", ["header", "first_name", "friend"]],
    "preheader": ["See you ", ["header", "when"]],
    "html": [
        "<div>",
        ["text", "preheader"],
        "</div>",
        ["fragment", "body"],
        '<a href="',
        ["url", "page_url"],
        '">x</a>',
    ],
    "text": [["plain", "preheader"], "\n", ["fragment", "body"], "\n", ["plain", "page_url"], "\n"],
}
EMAIL = {
    "name": "welcome",
    "entry": "events/salon",
    "lang": "en",
    "dir": "ltr",
    "stream": "service",
    "program": "0" * 32,
    "values": {"title": "Salon & Stream", "when": "on Friday"},
    "fragments": {
        "body": {"html": ["<p>Code ", ["text", "secret.door"], "</p>"], "text": ["Code ", ["plain", "secret.door"]]}
    },
    "attachments": [{"name": "salon.ics", "type": "text/calendar", "content": "BEGIN:VCALENDAR\r\n"}],
}


def test_an_email_is_filled_whole():
    email = fill_email(
        EMAIL, LAYOUT, {"first_name": "Ana", "secret.door": "12&34", "page_url": "https://a.example/?a&b"}
    )
    assert email.subject == "Salon & Stream, Ana"
    assert email.preheader == "See you on Friday"
    assert email.html == '<div>See you on Friday</div><p>Code 12&amp;34</p><a href="https://a.example/?a&amp;b">x</a>'
    assert email.text == "See you on Friday\nCode 12&34\nhttps://a.example/?a&b\n"
    assert [attachment["name"] for attachment in email.attachments] == ["salon.ics"]


def test_filling_an_email_changes_nothing_that_it_was_given():
    values = {"secret.door": "1", "page_url": "https://a.example/"}
    before = json.dumps([EMAIL, LAYOUT, values])
    assert fill_email(EMAIL, LAYOUT, values) == fill_email(EMAIL, LAYOUT, values)
    assert json.dumps([EMAIL, LAYOUT, values]) == before


def test_a_break_in_the_words_of_a_subject_is_found_too():
    with pytest.raises(BadProgram, match="subject"):
        fill_email(EMAIL, {**LAYOUT, "subject": ["Salon\nBcc: x@example.org"]}, {})


def test_an_answer_is_filled_and_may_hold_the_gated_words():
    answer = {
        "name": "gate",
        "lang": "en",
        "dir": "ltr",
        "html": ["<h1>", ["text", "title"], "</h1>", ["fragment", "gate"]],
    }
    gate = {"entry": "events/salon", "lang": "en", "html": ["<p>18:55</p>"], "text": ["18:55"]}
    assert fill_answer(answer, {"title": "A<B"}, fragments={"gate": gate}) == "<h1>A&lt;B</h1><p>18:55</p>"


# Looking at a program


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("text", "is not in a list"),
        ([3], "without a kind and a name"),
        ([[]], "without a kind and a name"),
        ([["text"]], "without a kind and a name"),
        ([["text", 3]], "without a kind and a name"),
        ([[["text"], "x"]], "without a kind and a name"),
        ([{"text": "x"}], "without a kind and a name"),
        ([["script", "x"]], "does not have"),
        ([["text", "First name"]], "is not a name"),
        ([["text", "a.B"]], "is not a name"),
        ([["text", "x\n"]], "is not a name"),
        ([["text", "_x"]], "is not a name"),
        ([["text", "x", "y", "z"]], "well-formed 'text'"),
        ([["text", "x", 3]], "well-formed 'text'"),
        ([["url", "x", "https://a.example"]], "well-formed 'url'"),
        ([["fragment", "x", []]], "well-formed 'fragment'"),
        ([["text", "x", "a\x00"]], "has a fallback that may not hold"),
        ([["each", "x"]], "well-formed 'each'"),
        ([["each", "x", "abc"]], "well-formed 'each'"),
        ([["if", "x", []]], "well-formed 'if'"),
        ([["if", "x", [], [["each", "y", [["raw", "z"]]]]]], "does not have"),
    ],
)
def test_a_program_of_another_shape_is_refused(program, reason):
    with pytest.raises(BadProgram, match=reason):
        check(program)


def test_a_line_has_no_fragments_and_no_breaks():
    for program in ([["fragment", "body"]], ["a\nb"], [["if", "x", ["\u2028"], []]]):
        with pytest.raises(BadProgram):
            check(program, part="header")


@pytest.mark.parametrize(
    ("program", "part"), [(PAGE, "html"), *((LAYOUT[p], "header") for p in ("subject", "preheader"))]
)
def test_a_good_program_passes(program, part):
    check(program, part=part)


def test_slots_tells_names_and_contexts():
    assert slots(PAGE) == {
        "lines": {"each"},
        "lines/name": {"attr", "text"},
        "title": {"attr", "if", "json", "text"},
    }


def test_slots_tells_what_must_be_supplied():
    program = [
        ["text", "first_name", "friend"],
        ["if", "doors", [["text", "doors"], ["text", "time"]], [["text", "doors.closed"]]],
        ["if", "gate", [["fragment", "gate"]], []],
        ["url", "confirm_url"],
    ]
    assert slots(program, required=True) == {"confirm_url": {"url"}, "doors.closed": {"text"}, "time": {"text"}}


# What it costs


def test_importing_the_filler_imports_nothing_heavy():
    code = "import sys; before = set(sys.modules); import handbill_functions.fill; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    heavy = {"dataclasses", "json", "decimal", "email", "html", "inspect", "pathlib", "hashlib", "handbill", "jinja2"}
    assert not heavy & set(run.stdout.split())
