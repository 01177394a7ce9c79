"""How shortcodes are read, and where each may stand. What becomes of them in a text: test_markdown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.model import Call
from handbill.render.markdown import parse
from handbill.render.shortcodes import MARK, SHORTCODES, Spec, Where, fault, scan


def read(text: str) -> Call:
    """The one shortcode of a text."""
    (found,) = scan(text).found
    assert found.call is not None, found
    return found.call


def wrong(text: str) -> str:
    """What is wrong with the one shortcode of a text."""
    (found,) = scan(text).found
    assert found.call is None
    return found.what


@pytest.mark.parametrize(
    ("text", "name", "args", "options"),
    [
        ("{{< when >}}", "when", (), ()),
        ("{{<when>}}", "when", (), ()),
        ("{{<   price\tSeat   >}}", "price", ("Seat",), ()),
        ('{{< price "Early bird" >}}', "price", ("Early bird",), ()),
        ('{{< price "The \\"best\\" \\\\ one" >}}', "price", ('The "best" \\ one',), ()),
        ('{{< price `as "is" \\` >}}', "price", ('as "is" \\',), ()),
        ("{{< price L'été >}}", "price", ("L'été",), ()),
        ("{{< price 東京 >}}", "price", ("東京",), ()),
        ('{{< first_name "" >}}', "first_name", ("",), ()),
        ("{{< link ../hosts/casa-lume.md#rooms >}}", "link", ("../hosts/casa-lume.md#rooms",), ()),
        ('{{< figure src="a b.jpg" alt=lamp >}}', "figure", (), (("src", "a b.jpg"), ("alt", "lamp"))),
        ("{{< figure src = a.jpg />}}", "figure", (), (("src", "a.jpg"),)),
        ('{{< figure\n  src="a.jpg"\n  alt="b" >}}', "figure", (), (("src", "a.jpg"), ("alt", "b"))),
        ('{{< button "Yes >}} no" confirm_url >}}', "button", ("Yes >}} no", "confirm_url"), ()),
        ('{{< mixed one key="two" three >}}', "mixed", ("one", "three"), (("key", "two"),)),
    ],
)
def test_a_shortcode_is_read(text: str, name: str, args: tuple[str, ...], options: tuple[tuple[str, str], ...]) -> None:
    assert read(text) == Call(name, args, options, 1, 1)


def test_a_mark_stands_where_the_shortcode_stood() -> None:
    scanned = scan("a {{< when >}} b {{< price Seat >}}{{< where >}}")
    assert MARK.split(scanned.text) == ["a ", "0", " b ", "1", "", "2", ""]
    assert [found.call.name for found in scanned.found if found.call] == ["when", "price", "where"]


def test_lines_and_columns_are_those_of_the_file() -> None:
    scanned = scan("one\n  {{< when >}} {{< date >}}\n\n{{< where >}}", line=7)
    assert [(found.line, found.column) for found in scanned.found] == [(8, 3), (8, 16), (10, 1)]


def test_lines_lost_to_shortcodes_over_several_lines_are_counted() -> None:
    scanned = scan('a\n{{< figure\nsrc=b >}}\nc {{< price\n"d"\n>}} e\nf {{< when >}}')
    assert scanned.text.count("\n") == 3
    assert scanned.shifts == ((2, 1), (3, 3))
    assert [found.line for found in scanned.found] == [2, 4, 7]


def test_an_escaped_shortcode_is_printed_without_its_escape() -> None:
    (found,) = scan('{{</* figure src="a" */>}}').found
    assert (found.literal, found.call) == ('{{< figure src="a" >}}', None)


def test_a_backslash_escapes_too() -> None:
    assert scan("\\{{< when >}}").found == []
    assert len(scan("\\\\{{< when >}}").found) == 1


def test_text_without_braces_is_left_as_it_is() -> None:
    text = "{{ x }} {% y %} { { < z > } } }}"
    assert scan(text) == (text, [], ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{{< when", "'{{< when' is never closed."),
        ("{{<", "'{{<' is never closed."),
        ("{{< when\n\n>}}", "'{{< when' is never closed."),
        ("{{</* when >}}", "'{{</*' is never closed."),
        ("{{< /when >}}", "'{{< /when >}}' closes nothing."),
        ("{{< >}}", "This shortcode has no name."),
        ('{{< "when" >}}', "This shortcode has no name."),
        ("{{< price “Seat” >}}", "These quotes are curly."),
        ("{{< figure src=“a” >}}", "These quotes are curly."),
        ("{{< price 'Seat' >}}", "A single quote opens nothing here."),
        ('{{< price "Seat >}}', "This quote is never closed on its line."),
        ("{{< price `Seat >}}", "This backquote is never closed."),
        ("{{< figure src= >}}", "There is nothing behind this '='."),
        ('{{< link "a""b" >}}', "There is no space before '\"b\"'."),
        ("{{< figure src=a src=b >}}", "'src' is given twice."),
        ("{{< price <b> >}}", "'<' cannot stand here."),
        ("{{% when %}}", "'{{%' does not open a shortcode here."),
    ],
)
def test_what_cannot_be_read_says_why(text: str, what: str) -> None:
    assert wrong(text) == what


def test_one_that_never_closes_hides_nothing_behind_it() -> None:
    scanned = scan("{{< when and {{< where >}}")
    assert [(found.raw, found.what) for found in scanned.found] == [
        ("{{<", "'{{< when' is never closed."),
        ("{{< where >}}", ""),
    ]


def test_double_braces_of_another_tool_are_only_questioned_where_they_name_one_of_ours() -> None:
    assert [found.what for found in scan("{{% notice %}} {{% figure %}}").found] == [
        "",
        "'{{%' does not open a shortcode here.",
    ]


@pytest.mark.parametrize("spec", SHORTCODES.values(), ids=lambda spec: spec.name)
def test_the_example_of_every_shortcode_is_right_where_it_may_stand(spec: Spec) -> None:
    call = read(spec.example)
    assert call.name == spec.name
    assert spec.where
    for where in spec.where:
        assert fault(call, where) == ("", "")
    assert spec.doc.endswith(".")


@pytest.mark.parametrize("where", ["page", "gate", "email"])
@pytest.mark.parametrize("spec", SHORTCODES.values(), ids=lambda spec: spec.name)
def test_every_shortcode_is_refused_where_it_may_not_stand_and_printed_as_typed(spec: Spec, where: Where) -> None:
    source = f"a\n\n{spec.example}\n\nb" if where != "gate" else f"::: gate\n{spec.example}\n:::"
    body, problems = parse(source, path="a.md", where="page" if where == "gate" else where)
    words = body.gate if where == "gate" else body.public
    assert words is not None
    names = {part.name for parts in (words.html, words.mail, words.text) for part in parts if isinstance(part, Call)}
    errors = [problem for problem in problems if problem.level == "error"]
    assert (spec.name in names) == (where in spec.where)
    assert bool(errors) == (where not in spec.where)


def test_a_secret_never_stands_in_public_words() -> None:
    for source in (
        "{{< secret a >}}",
        "[b]({{< secret a >}})",
        "| {{< secret a >}} |\n|-|",
        "# {{< secret a >}}",
        "x[^1]\n\n[^1]: {{< secret a >}}",
    ):
        body, problems = parse(source, path="a.md")
        assert not any(isinstance(part, Call) for part in body.public.html + body.public.mail + body.public.text)
        assert any(problem.level == "error" for problem in problems)


@pytest.mark.parametrize("target", ["confirm_url", "page_url", "https://e.example/x", "/", "../hosts/a.md"])
def test_a_button_leads_to_an_address(target: str) -> None:
    assert fault(read(f'{{{{< button "Go" {target} >}}}}'), "email") == ("", "")


@pytest.mark.parametrize("target", ["when", "javascript:x", "http://e.example", "//e.example"])
def test_a_button_leads_nowhere_else(target: str) -> None:
    assert fault(read(f'{{{{< button "Go" "{target}" >}}}}'), "email")[0] == f"'{target}' is not an address."


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@settings(max_examples=200, deadline=None)
@given(
    args=st.lists(words, max_size=3), options=st.dictionaries(st.sampled_from(["a", "b_c", "d-e"]), words, max_size=3)
)
def test_what_is_quoted_comes_out_as_it_was(args: list[str], options: dict[str, str]) -> None:
    pieces = [*map(quoted, args), *(f"{key}={quoted(value)}" for key, value in options.items())]
    call = read(" ".join(["{{< price", *pieces, ">}}"]))
    assert (call.args, dict(call.options)) == (tuple(args), options)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "{{<",
                ">}}",
                "{{</*",
                "*/>}}",
                "{{%",
                "%}}",
                "when",
                "key=",
                '"',
                "`",
                " ",
                "\n",
                "\n\n",
                "\\",
                "/",
                "=",
                "é",
            ]
        )
    ).map("".join)
)
def test_marks_put_back_give_the_text_back(text: str) -> None:
    scanned = scan(text)
    assert MARK.sub(lambda match: scanned.found[int(match[1])].raw, scanned.text) == text
    for found in scanned.found:
        lines = text.split("\n")
        assert "\n".join(lines[found.line - 1 :])[found.column - 1 :].startswith(found.raw)
