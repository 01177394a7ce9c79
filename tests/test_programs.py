"""Programs: a page with markers becomes literals and slots, each with the context of the place where it stands."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mjml import mjml2html

from handbill.model import Call
from handbill.render.programs import ProgramError, compile_html, compile_text, marker, parts_to_program, splice
from handbill_functions.fill import check, fill

LD = '<script type="application/ld+json">'

# ---- where a slot may stand, and what it becomes there


@pytest.mark.parametrize(
    ("html", "program"),
    [
        ("<p>{{a}}</p>", ["<p>", ["text", "a"], "</p>"]),
        ("{{a}}{{b}}", [["text", "a"], ["text", "b"]]),
        ('{{a|"b"}}', [["text", "a", "b"]]),
        ("{{a|&quot;&lt;&#34;&#233;&quot;}}", [["text", "a", '<"é']]),
        ('{{a|""}}', [["text", "a", ""]]),
        ("{{secret.door-code}}", [["text", "secret.door-code"]]),
        ('<p title="{{a}}">', ['<p title="', ["attr", "a"], '">']),
        ('<p title="x {{a}} y">', ['<p title="x ', ["attr", "a"], ' y">']),
        ('<p title = "{{a|"b"}}">', ['<p title = "', ["attr", "a", "b"], '">']),
        ('<a HREF="{{a}}">', ['<a HREF="', ["url", "a"], '">']),
        ('<a href="{{a}}#x">', ['<a href="', ["url", "a"], '#x">']),
        ('<form action="{{a}}"><b src="{{b}}">', ['<form action="', ["url", "a"], '"><b src="', ["url", "b"], '">']),
        ("<title>{{a}}</title>", ["<title>", ["text", "a"], "</title>"]),
        ("<textarea><b {{a}}</textarea>", ["<textarea><b ", ["text", "a"], "</textarea>"]),
        ("<p>{{>body}}</p>", ["<p>", ["fragment", "body"], "</p>"]),
        (
            LD + '{"a": "b {{c}}", "d": "\\"{{e}}"}</script>',
            [LD + '{"a": "b ', ["json", "c"], '", "d": "\\"', ["json", "e"], '"}</script>'],
        ),
        ("{{#each a}}<li>{{b}}</li>{{/each}}", [["each", "a", ["<li>", ["text", "b"], "</li>"]]]),
        ("{{#if a}}x{{/if}}", [["if", "a", ["x"], []]]),
        ("{{#if a}}{{a}}{{else}}y{{/if}}", [["if", "a", [["text", "a"]], ["y"]]]),
        ("{{#if a}}{{#if b}}x{{/if}}{{/if}}", [["if", "a", [["if", "b", ["x"], []]], []]]),
        ("<input {{#if a}}checked{{/if}}>", ["<input ", ["if", "a", ["checked"], []], ">"]),
        (
            '<p {{#if a}}id="{{a}}"{{else}}hidden{{/if}} b>',
            ["<p ", ["if", "a", ['id="', ["attr", "a"], '"'], ["hidden"]], " b>"],
        ),
        ('<p class="x {{#if a}}y{{/if}}">', ['<p class="x ', ["if", "a", ["y"], []], '">']),
        ('<p class="{{#each a}}{{b}} {{/each}}">', ['<p class="', ["each", "a", [["attr", "b"], " "]], '">']),
        (
            '<a href="{{#if a}}{{a}}{{else}}{{b}}{{/if}}">',
            ['<a href="', ["if", "a", [["url", "a"]], [["url", "b"]]], '">'],
        ),
        (
            '<!--[if mso]><v:rect href="{{a}}">{{b}}</v:rect><![endif]-->',
            ['<!--[if mso]><v:rect href="', ["url", "a"], '">', ["text", "b"], "</v:rect><![endif]-->"],
        ),
        ("<!--[if !mso]><!--><i>{{a}}</i><!--<![endif]-->",
         ["<!--[if !mso]><!--><i>", ["text", "a"], "</i><!--<![endif]-->"]),
        ("<p>1 < 2 & {{a}}</p>", ["<p>1 < 2 & ", ["text", "a"], "</p>"]),
        ("<!doctype html><!-- x --><br/>{{a}}", ["<!doctype html><!-- x --><br/>", ["text", "a"]]),
        ("<style>a{b:c}</style><p>{{a}}", ["<style>a{b:c}</style><p>", ["text", "a"]]),
        ("no markers { } }}", ["no markers { } }}"]),
        ("", []),
    ],
)  # fmt: skip
def test_a_slot_gets_the_context_of_its_place(html: str, program: list[Any]) -> None:
    assert compile_html(html) == program
    check(program)


@pytest.mark.parametrize(
    ("html", "at", "said"),
    [
        ('<p style="{{a}}">', 10, "The slot 'a' stands in the attribute style."),
        ('<p onclick="{{a}}">', 12, "The slot 'a' stands in the attribute onclick."),
        ('<img srcset="{{a}}">', 13, "The slot 'a' stands in the attribute srcset."),
        ('<iframe srcdoc="{{a}}">', 16, "The slot 'a' stands in the attribute srcdoc."),
        ('<p style="{{#if a}}x{{/if}}">', 10, "The block of 'a' stands in the attribute style."),
        ("<p title={{a}}>", 9, "The slot 'a' stands in an unquoted attribute."),
        ("<p title=x{{a}}>", 10, "The slot 'a' stands in an unquoted attribute."),
        ("<p title='{{a}}'>", 10, "The slot 'a' stands in a single-quoted attribute."),
        ("<{{a}}>", 1, "The slot 'a' stands in the name of a tag."),
        ("<b{{a}}>", 2, "The slot 'a' stands among attributes."),
        ("</{{a}}>", 2, "The slot 'a' stands in an end tag or a declaration."),
        ("</b {{a}}>", 4, "The slot 'a' stands in an end tag or a declaration."),
        ("<!doctype {{a}}>", 10, "The slot 'a' stands in an end tag or a declaration."),
        ("<p {{a}}>", 3, "The slot 'a' stands among attributes."),
        ('<p {{a}}="x">', 3, "The slot 'a' stands among attributes."),
        ("<style>{{a}}</style>", 7, "The slot 'a' stands in <style>."),
        ("<script>{{a}}</script>", 8, "The slot 'a' stands in <script>."),
        ('<script type="module">{{a}}</script>', 22, "The slot 'a' stands in <script>."),
        ("<xmp>{{a}}</xmp>", 5, "The slot 'a' stands in <xmp>."),
        ("<!-- {{a}} -->", 5, "The slot 'a' stands in a comment."),
        ('<a href="/x/{{a}}">', 12, "The slot 'a' stands inside the address of href."),
        ('<a href="javascript:{{a}}">', 20, "The slot 'a' stands inside the address of href."),
        ('<a href="{{a}}{{b}}">', 14, "The slot 'b' stands inside the address of href."),
        ('<a href="{{#if a}}x{{/if}}{{b}}">', 26, "The slot 'b' stands inside the address of href."),
        ('<a href="{{(}}{{b}}">', 14, "The slot 'b' stands inside the address of href."),
        ('<a href="{{a|"b"}}">', 9, "The slot 'a' is the address of href, and has a fallback."),
        ('<a href="{{#each a}}{{b}}{{/each}}">', 9, "The block of 'a' stands inside a tag."),
        ('<meta http-equiv="x" content="0;{{a}}">', 0, "The slot 'a' stands in a meta element that gives an order."),
        ('<p title="{{>a}}">', 10, "The fragment 'a' stands in the attribute title."),
        ("<title>{{>a}}</title>", 7, "The fragment 'a' stands where only words may."),
        ("<!--[if mso]>{{>a}}<![endif]-->", 13, "The fragment 'a' stands in a conditional comment."),
        (LD + '{"a": {{b}}}</script>', 41, "The slot 'b' stands in JSON, but in no string."),
        (LD + '"\\{{b}}"</script>', 37, "The slot 'b' stands in JSON, but in no string."),
        (LD + '"{{b|"c"}}"</script>', 36, "The slot 'b' stands in JSON, and has a fallback."),
        ("{{a b}}", 0, "'{{a b}}' is no slot."),
        ("{{A}}", 0, "'{{A}}' is no slot."),
        ("{{{a}}}", 0, "'{{{a}}}' is no slot."),
        ("{{a", 0, "'{{a' is no slot."),
        ("{{#if a}}", 0, "The block of 'a' is never closed."),
        ("{{/if}}", 0, "{{/if}} closes nothing."),
        ("{{else}}", 0, "{{else}} closes nothing."),
        ("{{#if a}}{{/each}}", 9, "{{/each}} closes nothing."),
        ("{{#each a}}{{else}}{{/each}}", 11, "{{else}} closes nothing."),
        ("{{#if a}}{{else}}{{else}}{{/if}}", 17, "{{else}} stands twice in one block."),
        ('{{#if a}}<p class="{{/if}}">', 19, "The block of 'a' begins in one place of the HTML and ends in another."),
        ('<p class="{{#if a}}"{{/if}}>', 20, "The block of 'a' begins in one place of the HTML and ends in another."),
        ("{{#if a}}<p {{/if}}>", 12, "The block of 'a' begins in one place of the HTML and ends in another."),
        ("{{#if a}}<!--[if mso]>{{/if}}<![endif]-->", 22,
         "The block of 'a' begins in one place of the HTML and ends in another."),
        ("<p{{#if a}} b{{/if}}>", 2, "The block of 'a' touches what stands before it in a tag."),
        ("<p a{{#if a}}b{{/if}}>", 4, "The block of 'a' touches what stands before it in a tag."),
        ('<p {{#if a}}hre{{/if}}f="x">', 22, "{{/if}} touches what follows in a tag."),
        ('<p {{#if a}}href{{/if}}="{{b}}">', 23, "{{/if}} touches what follows in a tag."),
        ('<p {{#if a}}href{{else}}="{{b}}"{{/if}}>', 24, "<p> cannot be read at '=\"{{b}}\"{{/if}}>'."),
        ("<p {{#each a}}b{{/each}}>", 3, "The block of 'a' stands inside a tag."),
        ("<!--[if mso]><p>", 0, "A conditional comment is never closed."),
        ("<p><![endif]-->", 3, "<![endif]--> closes no conditional comment."),
        ("<!--[if mso]><!--[if ie]><![endif]-->", 13, "A conditional comment stands in another."),
        ("<!-- x", 0, "A comment is never closed."),
        ('<p title="x>', 9, "The attribute title has no end."),
        ("<p title", 0, "The tag <p> is never closed."),
    ],
)  # fmt: skip
def test_a_marker_is_refused_where_no_value_is_safe(html: str, at: int, said: str) -> None:
    with pytest.raises(ProgramError) as caught:
        compile_html(html)
    assert (caught.value.offset, caught.value.what) == (at, said)


def test_a_refusal_is_a_problem_with_line_and_caret() -> None:
    source = "<p>\n  <b title={{a}}>"
    with pytest.raises(ProgramError) as caught:
        compile_html(source)
    assert str(caught.value.problem("emails/x.mjml", source)) == (
        "emails/x.mjml:2:12: The slot 'a' stands in an unquoted attribute.\n"
        "      <b title={{a}}>\n"
        "               ^\n"
        "  Move it into text, or into a double-quoted attribute."
    )


# ---- braces that came with a value


def test_the_marker_of_a_brace_is_a_brace_anywhere() -> None:
    for html in (
        "<p>{{(}}{{(}}a}}</p>", '<p title="{{(}}{{(}}a}}">', "<style>{{(}}{{(}}a}}</style>", "<!-- {{(}}{{(}}a}} -->",
        "<p title='{{(}}{{(}}a}}'>", "<title>{{(}}{{(}}a}}</title>", '<a href="{{(}}{{(}}a}}">',
    ):  # fmt: skip
        assert compile_html(html) == [html.replace("{{(}}", "{")]
    assert compile_text("{{(}}{{(}}a}}") == ["{{a}}"]


# ---- texts


def test_a_text_has_plain_slots_and_a_header_header_slots() -> None:
    assert compile_text('Hi {{a|"you"}}:\n{{#each b}}- {{c}}\n{{/each}}{{>body}}') == [
        "Hi ", ["plain", "a", "you"], ":\n", ["each", "b", ["- ", ["plain", "c"], "\n"]], ["fragment", "body"],
    ]  # fmt: skip
    assert compile_text("About {{title}}", "header") == ["About ", ["header", "title"]]


@pytest.mark.parametrize("text", ["{{>body}}", "{{a", "{{#if a}}", "{{/if}}", "{{a|b}}"])
def test_a_header_holds_slots_and_nothing_that_is_broken(text: str) -> None:
    with pytest.raises(ProgramError):
        compile_text(text, "header")


# ---- markers, parts, splicing


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("\n\t")))
def test_a_marker_carries_any_fallback_through_html_and_text(fallback: str) -> None:
    written = marker("name", fallback)
    assert written.isascii()
    assert not set(written) & set("<>\\'")
    assert compile_html(f"<p>{written}</p>")[1] == ["text", "name", fallback]
    assert compile_html(f'<p title="{written}">')[1] == ["attr", "name", fallback]
    assert compile_text(written) == [["plain", "name", fallback]]


@pytest.mark.parametrize("name", ["", "A", "a b", "a..b", "1a", "a{", "a}}", "a|b"])
def test_a_marker_has_a_name_that_is_one(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        marker(name)


@pytest.mark.parametrize("char", ["\0", "\r", "\x1b", "\x7f", "\x91"])
def test_a_fallback_holds_no_control_characters(char: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        marker("name", char)


def test_a_row_of_words_is_literal_but_for_its_calls() -> None:
    parts = ("<p>{{a}} ", Call("price", ("Seat",)), "", Call("when"), "</p>")
    nodes: dict[str, list[Any]] = {"price": [["text", "price.seat"]], "when": ["on ", "Friday"]}
    assert parts_to_program(parts, lambda call: nodes[call.name]) == [
        "<p>{{a}} ", ["text", "price.seat"], "on Friday</p>",
    ]  # fmt: skip


def test_splicing_fills_a_slot_everywhere_and_decides_the_ifs_that_ask_for_it() -> None:
    program = [
        "a",
        ["fragment", "x"],
        "b",
        ["if", "x", ["c", ["text", "x"]], ["d"]],
        ["each", "y", ["e", ["text", "x"]]],
    ]
    assert splice(program, "x", ["1", ["text", "z"]]) == [
        "a1", ["text", "z"], "bc1", ["text", "z"], ["each", "y", ["e1", ["text", "z"]]],
    ]  # fmt: skip
    assert splice(program, "x", []) == ["abd", ["each", "y", ["e"]]]


def test_splicing_leaves_the_program_it_was_given() -> None:
    program = ["a", ["text", "x"], ["each", "y", [["text", "x"]]]]
    before = json.dumps(program)
    splice(program, "x", ["!"])[0] += "!"
    assert json.dumps(program) == before


# ---- laws

VALUES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)
JINJA = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
NODES: st.SearchStrategy[list[Any]] = st.deferred(
    lambda: st.lists(
        st.one_of(
            st.sampled_from(["<p>", "</p>", "<br/>", " text ", "&amp;", "<b class='x'>", "<!-- c -->", "<hr id=a>"]),
            st.sampled_from([("text", "a"), ("text", "b")]),
            st.tuples(st.just("attr"), st.sampled_from("ab")),
            st.tuples(st.just("if"), st.sampled_from(["a", "none"]), NODES, NODES),
            st.tuples(st.just("each"), NODES),
        ),
        max_size=4,
    )
)


def written(nodes: list[Any]) -> str:
    """The template with its markers."""
    out = []
    for node in nodes:
        match node:
            case str():
                out.append(node)
            case ("text", name):
                out.append(f"{{{{{name}}}}}")
            case ("attr", name):
                out.append(f'<i title="x {{{{{name}}}}}" {{{{#if a}}}}lang="en"{{{{/if}}}}>')
            case ("if", name, yes, no):
                out.append(f"{{{{#if {name}}}}}{written(yes)}{{{{else}}}}{written(no)}{{{{/if}}}}")
            case ("each", inner):
                out.append(f"{{{{#each items}}}}{written(inner)}{{{{/each}}}}")
    return "".join(out)


def rendered(nodes: list[Any]) -> str:
    """The same template in Jinja, with autoescape."""
    out = []
    for node in nodes:
        match node:
            case str():
                out.append(node)
            case ("text", name):
                out.append(f"{{{{ {name} }}}}")
            case ("attr", name):
                out.append(f'<i title="x {{{{ {name} }}}}" {{% if a %}}lang="en"{{% endif %}}>')
            case ("if", name, yes, no):
                test = f"{name} is defined and {name}"
                out.append(f"{{% if {test} %}}{rendered(yes)}{{% else %}}{rendered(no)}{{% endif %}}")
            case ("each", inner):
                out.append(
                    f"{{% for item in items %}}{{% with a = item.a %}}{rendered(inner)}{{% endwith %}}{{% endfor %}}"
                )
    return "".join(out)


class Events(HTMLParser):
    """What a browser would see: tags with attributes, and text; not how characters are escaped."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        if self.seen and isinstance(self.seen[-1], list):
            self.seen[-1][0] += data
        else:
            self.seen.append([data])


@settings(deadline=None, max_examples=60)
@given(NODES, VALUES, VALUES, st.lists(VALUES, max_size=2))
def test_filling_a_program_shows_what_rendering_at_once_would_show(
    nodes: list[Any], a: str, b: str, items: list[str]
) -> None:
    values = {"a": a, "b": b, "items": [{"a": item} for item in items]}
    program = compile_html(written(nodes))
    check(program)
    assert json.loads(json.dumps(program)) == program
    expected = JINJA.from_string(rendered(nodes)).render(values)
    assert Events(fill(program, values)).seen == Events(expected).seen


@settings(deadline=None)
@given(VALUES, VALUES)
def test_no_value_ever_makes_an_element_or_an_attribute(a: str, b: str) -> None:
    program = compile_html('<p title="{{a}}">{{b}}</p><textarea>{{a}}</textarea>')
    seen = [event for event in Events(fill(program, {"a": a, "b": b})).seen if not isinstance(event, list)]
    assert seen == [("p", [("title", a)]), "p", ("textarea", []), "textarea"]


@settings(deadline=None)
@given(st.text(alphabet="<>{}\"'=/!-[]# abif(|", max_size=60))
def test_any_text_compiles_to_a_sound_program_or_is_refused(text: str) -> None:
    try:
        program = compile_html(text)
    except ProgramError as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017
    else:
        check(program)
        if "{{" not in text:
            assert program == ([text] if text else [])


@settings(deadline=None)
@given(st.text(alphabet='{}()|#/> abeflsi"', max_size=40))
def test_text_without_markers_is_itself(text: str) -> None:
    try:
        program = compile_text(text)
    except ProgramError:
        assert "{{" in text
    else:
        check(program, part="text")


def test_markers_pass_through_the_mjml_compiler_byte_for_byte() -> None:
    mjml = (
        '<mjml lang="en" dir="ltr"><mj-head><mj-title>{{title}}</mj-title></mj-head><mj-body><mj-section><mj-column>'
        f"<mj-text>{marker('a', 'Zoë & <b>')} {{{{>body}}}} {{{{(}}}}</mj-text>"
        f'<mj-button href="{{{{url}}}}">{{{{#if a}}}}{{{{a}}}}{{{{else}}}}b{{{{/if}}}}</mj-button>'
        f'<mj-image src="{{{{url}}}}" alt="{marker("alt", "Zoë")}" width="20px" />'
        "<mj-raw>{{#each lines}}<tr><td>{{text}}</td></tr>{{/each}}</mj-raw>"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    program = compile_html(mjml2html(mjml, fonts={}))
    check(program)
    values = {"title": 'A "T"', "url": "https://x.example/?a&b", "lines": [{"text": "<i>"}]}
    html = fill(program, values, fragments={"body": {"html": ["<p>{{x}}</p>"], "text": []}})
    assert "Zoë &amp; &lt;b&gt; <p>{{x}}</p> {" in html
    assert 'alt="Zoë"' in html
    assert 'href="https://x.example/?a&amp;b"' in html
    assert "<td>&lt;i&gt;</td>" in html
    assert 'aria-label="A &quot;T&quot;"' in html
