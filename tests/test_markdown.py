"""What Markdown becomes: the page, the e-mail, the gate, and what is said about mistakes.

Most of it stands in tests/markdown/*.txt: a title, what somebody writes, what comes out. Anybody can add a case.
Words in square brackets at the end of a title set the scene: `[html]` a site that allows author HTML, `[email]` the
words of an e-mail. A shortcode that is still to be filled is shown as ⟦name arguments key=value⟧.
"""

from __future__ import annotations

import itertools
import json
import marshal
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace

from handbill.errors import Problem
from handbill.model import Body, Call, Part, Words
from handbill.render import authorhtml, plainblocks, prose
from handbill.render.commonmark import Reader
from handbill.render.markdown import PARSER_VERSION, fill_parts, from_plain, parse, to_plain
from handbill.render.plaintext import tidy
from handbill.render.prose import escape
from handbill.render.shortcodes import Where

HERE = Path(__file__).parent / "markdown"


# ---- the fixtures


def spell(call: Call) -> str:
    """A Call as the fixtures show it."""
    return f"⟦{' '.join([call.name, *call.args, *(f'{key}={value}' for key, value in call.options)])}⟧"


def shown(parts: tuple[Part, ...]) -> str:
    return fill_parts(parts, spell).rstrip("\n")


def render_case(name: str, title: str, source: str) -> str:
    """What a fixture file of that name expects to see of a case."""
    body, problems = parse(source, path="a.md", html="[html]" in title, where="email" if "[email]" in title else "page")
    if name == "problems":
        return "\n\n".join(str(problem) for problem in problems)
    assert not [problem for problem in problems if problem.level == "error"], problems
    if name == "gate":
        return f"{shown(body.public.html)}\n--- gate\n{shown(body.gate.html) if body.gate else '(none)'}"
    if name == "mail":
        return shown(body.public.mail)
    if name == "text":
        return shown(body.public.text)
    return shown(body.public.html)


def cases() -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(HERE.glob("*.txt")):
        pieces = re.split(r"^\.\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for title, source, expected in zip(pieces[0::3], pieces[1::3], pieces[2::3], strict=False):
            yield path.stem, title.strip().splitlines()[-1], source.removesuffix("\n"), expected.removesuffix("\n")


@pytest.mark.parametrize(
    ("name", "title", "source", "expected"), [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in cases()]
)
def test_markdown_becomes_what_the_fixture_says(name: str, title: str, source: str, expected: str) -> None:
    assert render_case(name, title, source) == expected


# ---- CommonMark, and markdown-it as it comes

LINKS = MarkdownIt("commonmark")


def plainly(call: Call, end: str) -> str:
    """What markdown-it would have written where we left a Call; `end` closes a void element."""
    if call.name == "href":
        return escape(call.args[0])
    options = dict(call.options)
    title = options.get("title") or options.get("caption")
    extra = f' title="{escape(title)}"' if title else ""
    image = f'<img src="{escape(LINKS.normalizeLink(options["src"]))}" alt="{escape(options["alt"])}"{extra}{end}>'
    return f"<p>{image}</p>" if call.name == "figure" else image


@pytest.fixture
def _untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Author HTML as it is before it is cleaned: CommonMark says what Markdown makes of it, not what is safe."""
    monkeypatch.setattr(authorhtml, "clean", lambda html, lead, xhtml: html)


EXAMPLES = json.loads((HERE / "commonmark" / "examples-0.31.2.json").read_text(encoding="utf-8"))

REFUSED = {
    **dict.fromkeys((200, 485, 486, 487, 567), "This link leads nowhere."),
    598: "A link cannot lead to 'a+b+c:'.",
    599: "A link cannot lead to 'made-up-scheme:'.",
    601: "A link cannot lead to 'localhost:'.",
}
"""Examples that we read as CommonMark says, and then refuse."""

SAID_OTHERWISE = {501: "a link within the page is no link in an e-mail"}


@pytest.mark.usefixtures("_untouched")
def test_every_commonmark_example_comes_out_as_the_specification_says() -> None:
    wrong = []
    for case in EXAMPLES:
        body, problems = parse(case["markdown"], path="a.md", html=True)
        errors = [problem.what for problem in problems if problem.level == "error"]
        if case["number"] in REFUSED:
            assert REFUSED[case["number"]] in errors
        elif case["number"] not in SAID_OTHERWISE:
            html = fill_parts(body.public.mail, lambda call: plainly(call, " /"))
            if html.replace("<blockquote></blockquote>", "<blockquote>\n</blockquote>") != case["html"] or errors:
                wrong.append(case["number"])
    assert wrong == []
    assert len(EXAMPLES) == 652


PIECES = [
    *"abé漢\u00a0“!'\"0.\n\n\n\t*_~`[]()<>&|#-=:\\",
    *(
        "a b c",
        "\n\n",
        "    ",
        "- ",
        "* ",
        "1. ",
        "2) ",
        "> ",
        "## ",
        "***",
        "---",
        "===",
        "**",
        "~~",
        "```",
        "```py\n",
    ),
    *(
        "[a]",
        "[a](b)",
        '[a](/b "t")',
        "![a](b.png)",
        "![",
        "](",
        "[x]: /y\n",
        "[a]: <z> 't'\n",
        "<b>",
        "</b>",
        "<!-- x -->",
    ),
    *(
        "<div>",
        "</div>\n",
        "<https://e.com/x>",
        "<a@b.co>",
        "&amp;",
        "&copy;",
        "&#35;",
        "\\*",
        "\\\n",
        "| a | b |\n",
        "|---|:-:|\n",
    ),
    *("a | b\n-|-\n", "\\|", "`|`", "\n  ", "\n    ", "\n> ", "\n- ", "\n1. ", "  \n", "https://e.com/"),
]
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)

STOCK = {
    html: MarkdownIt("commonmark", {"html": html, "xhtmlOut": False}).enable(["table", "strikethrough"])
    for html in (False, True)
}


def one_line_descriptions(html: str) -> str:
    return re.sub(r'alt="([^"]*)"', lambda match: f'alt="{tidy(match[1])}"', html)


@settings(max_examples=600, deadline=None)
@given(source=soup, html=st.booleans())
@example(source="- a\n  ## b\n", html=False)
@example(source="> a\n===\n", html=False)
def test_asking_only_the_rules_that_can_match_changes_nothing(source: str, html: bool) -> None:
    """Our page is markdown-it's own, but for anchors, `scope`, alignment by class, and one-line descriptions."""
    assume(":::" not in source)  # ours alone
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authorhtml, "clean", lambda html, lead, xhtml: html)
        body, problems = parse(source, path="a.md", html=html)
    if any("A link cannot" in problem.what or "how to get there" in problem.what for problem in problems):
        return
    ours = fill_parts(body.public.html, lambda call: plainly(call, ""))
    ours = re.sub(r'(<h[1-6]) id="[^"]*"', r"\1", ours).replace(' scope="col"', "")
    ours = re.sub(r' class="align-(\w+)"', r' style="text-align:\1"', ours)
    assert one_line_descriptions(ours) == one_line_descriptions(STOCK[html].render(source))


@settings(max_examples=250, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"aB09-._~/?#=&;,+@:%ü []()!$", "http://", "https://", "mailto:", "xn--", "a.example"])
    ).map("".join)
)
def test_a_link_target_is_normalised_as_markdown_it_does(url: str) -> None:
    ours = Reader("")._md
    assert ours.normalizeLink(url) == LINKS.normalizeLink(url)
    assert ours.normalizeLinkText(url) == LINKS.normalizeLinkText(url)


SPANS = [
    *"aé漢1 .\n*_`~[](){}!^&<>\"'\\-:€\u00a0",
    *("**b**", "*c d*", "_e_", "`f`", "[g](h)", "[i j](https://e.com/k?l#m)", "[n](#o)", "[p](//q)", "[r](s&amp;t)"),
    *(
        "**u",
        "v**",
        "*w",
        "x*",
        "_y",
        "z_",
        "`",
        "[^1]",
        "^[a]",
        "![b](c.png)",
        "[d](e){.f}",
        "`g`{.h}",
        "{{< when >}}",
    ),
    *(
        "\n\n",
        "## ",
        "- ",
        "> ",
        "[x]: /y\n",
        "  \n",
        "&copy;",
        "<b>",
        "<https://e.com>",
        "https://e.com",
        "{{< when >}}",
    ),
]


@settings(max_examples=1000, deadline=None)
@given(source=st.lists(st.sampled_from(SPANS), max_size=24).map("".join), html=st.booleans())
@example(source="*a*b**c**", html=False)
@example(source="*a**b*", html=False)
@example(source="[a](https://e.com) *b*", html=False)
@example(source="[a](https://e.com)", html=False)
@example(source="€_a_ _b_€", html=False)
def test_plain_spans_come_out_as_the_parser_has_them(source: str, html: bool) -> None:
    ours = parse(source, path="a.md", html=html)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prose, "_NO_SPAN", re.compile(""))
        assert parse(source, path="a.md", html=html) == ours


LINES = [
    *(
        "[a](b) words",
        "[a]: (b) words",
        "[^1](b) words",
        '[a](b "c',
        "words",
        "*more* words",
        "**b** [l](m)",
        "–",
        "trailing  ",
        "\\- a",
        "a\u00a0b",
        "\u00a0c",
        "café.",
        "“q”",
        "a | b",
        "(a)",
    ),
    *(
        "- a",
        "- b | c",
        "-  d",
        "- 1. e",
        "- `f`",
        "* g",
        "+ h",
        "1. a",
        "2. b",
        "1.  c",
        "10) d",
        "1. - e",
        "> a",
        ">b",
        "> > c",
    ),
    *(
        "## a",
        "#b",
        "## c #",
        "## d {#e}",
        "# *f*",
        "| a | b |",
        "|---|--:|",
        "| :-: | - |",
        "| c |",
        "| d\\| | e |",
        "| ::: gate | 1:2 |",
        "-|-",
    ),
    *(
        "---",
        "===",
        "```",
        "{.a}",
        "[x]: /y",
        "::: gate",
        ":::",
        "[^1]: n",
        "w[^1]",
        "<div>",
        "{{< when >}}",
        "![a](b.png)",
    ),
    *(
        "",
        "",
        "",
        "",
        "",
        "  ",
        "\t",
        "  indented",
        "    code",
        "\x0c",
        "a\x0b",
        "***",
        "a ::: gate",
        "b::c",
        "_a_",
        "~~~",
    ),
]


@settings(max_examples=1000, deadline=None)
@given(source=st.lists(st.sampled_from(LINES), max_size=14).map("\n".join), html=st.booleans())
@example(source="## a | b\n-|-\n", html=False)
@example(source="- a\n\n- b", html=False)
@example(source="{.a}\n| a | b |\n|---|--:|\n| c | d |", html=False)
def test_plain_blocks_come_out_as_the_parser_has_them(source: str, html: bool) -> None:
    ours = parse(source, path="a.md", html=html)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plainblocks, "_PLAIN", re.compile(r"(?!)"))
        assert parse(source, path="a.md", html=html) == ours


def test_what_is_a_letter_or_a_digit_to_a_pattern_is_never_space_or_punctuation_to_markdown() -> None:
    letters = re.findall(prose._LETTER, "".join(map(chr, [*range(0xD800), *range(0xE000, sys.maxunicode + 1)])))
    assert len(letters) > 100_000
    assert not [c for c in letters if isPunctChar(c) or isMdAsciiPunct(ord(c)) or isWhiteSpace(ord(c))]


@settings(max_examples=200, deadline=None)
@given(source=soup)
def test_a_page_is_the_same_whether_its_words_are_wanted_as_plain_text_or_not(source: str) -> None:
    (page, problems), (both, same) = parse(source, path="a.md", plain=False), parse(source, path="a.md")
    assert (replace(page.public, text=both.public.text), page.gate, problems) == (both.public, both.gate, same)


# ---- the gate

CANARY = "CANARY"
"""Stands in gates only."""

SECRETS = [
    CANARY,
    f"## {CANARY} {{#{CANARY}}}",
    f"[map]: https://e.example/{CANARY} '{CANARY}'\n\n[map]",
    f"[^1]: {CANARY}\n\nNote[^1] and ^[{CANARY}]",
    f"[{CANARY}](/{CANARY} '{CANARY}'){{.{CANARY}}}",
    f"![{CANARY}]({CANARY}.jpg '{CANARY}')",
    f"- {CANARY}\n  - {CANARY}\n\n> {CANARY}",
    f"```{CANARY}\n{CANARY}\n```",
    f"~~~\n:::\n{CANARY}\n~~~",
    f"    {CANARY}",
    f"| {CANARY} | b |\n|---|---|\n| {CANARY} | b |",
    f"{{{{< secret {CANARY.lower()} >}}}} {{{{< link {CANARY} >}}}}",
    f'{{{{< figure src="{CANARY}.jpg"\n   alt="{CANARY}" >}}}}',
    f"<b title='{CANARY}'>{CANARY}</b>\n\n<div>\n{CANARY}\n</div>",
    f"{CANARY}\n===",
    f"`{CANARY}\n{CANARY}`",
]
OPEN_WORDS = [
    "Come as you are.",
    "## Doors",
    "[map] and [^1] and [the map][map]",
    "[^1]: A public note.",
    "- a\n- b\n\n  c",
    "> a\n> b",
    "```py\nx\n```",
    "~~~\n~~~",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "![a](b.jpg)",
    "{{< when >}} at {{< where >}}",
    "<b>c</b>",
    "<div>\nd\n</div>",
    "Text *with* `code`\nand a second line",
]


def indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line for line in lines[1:])])


gates = st.lists(st.sampled_from(SECRETS), min_size=1, max_size=3).map(
    lambda secrets: "::: gate\n" + "\n\n".join(secrets) + "\n:::"
)
blocks = st.recursive(
    st.sampled_from(OPEN_WORDS) | gates,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        .map("\n\n".join)
        .flatmap(
            lambda text: st.sampled_from(
                [indented(text, "- ", "  "), indented(text, "10. ", "    "), indented(text, "> ", "> "), text]
            )
        )
    ),
    max_leaves=6,
)
documents = st.lists(blocks, min_size=1, max_size=5).map("\n\n".join)


@settings(max_examples=250, deadline=None)
@given(source=documents, html=st.booleans())
def test_what_stands_in_a_gate_is_nowhere_in_the_public_words(source: str, html: bool) -> None:
    body, problems = parse(source, path="a.md", html=html)
    assert CANARY.lower() not in repr(body.public).lower()
    assert (CANARY.lower() in repr(body.gate).lower()) == (CANARY in source)
    assert not [problem for problem in problems if ":::" in problem.what or "gate" in problem.what]


@settings(max_examples=300, deadline=None)
@given(source=documents, html=st.booleans(), data=st.data())
def test_no_single_slip_prints_what_was_to_be_gated(source: str, html: bool, data: st.DataObject) -> None:
    """One character lost, one too many, or one wrong, anywhere: it stays hidden, if need be with everything else."""
    at = data.draw(st.integers(0, len(source)))
    new = data.draw(st.sampled_from(["", *" \n\t:`~>-#*<|[]{}\\1x"]))
    lost = data.draw(st.integers(0, 1))
    body, _ = parse(source[:at] + new + source[at + lost :], path="a.md", html=html)
    assert CANARY.lower() not in repr(body.public).lower()


def test_a_gate_that_became_part_of_a_code_block_is_not_printed() -> None:
    body, problems = parse("\t10. > ::: gate\n\t    > CANARY\n\t    > :::", path="a.md")
    assert body.public == Words()
    assert {problem.what for problem in problems} == {"This ::: stands too far to the right to be a gate."}


def test_a_lost_line_break_between_gate_and_words_hides_all_of_it() -> None:
    body, problems = parse("Words\n\n::: gateCANARY\n:::\n\nmore", path="a.md")
    assert body.public == Words()
    assert [problem.level for problem in problems] == ["error"]


# ---- author HTML

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//e.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<img src=`javascript:alert(1)`>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object><embed src=//e.example>",
    "<base href=https://e.example/>",
    "<link rel=stylesheet href=//e.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import '//e.example/x.css';</style>",
    '<div style="background:url(//e.example/x)">x</div>',
    "<table background=//e.example/x><tr><td background=//e.example/y>z</table>",
    "<video poster=//e.example/x src=//e.example/y autoplay></video>",
    "<audio src=//e.example></audio><source srcset='//e.example 2x'>",
    "<form action=//e.example><input name=x autofocus onfocus=alert(1)><button formaction=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=JaVaScRiPt:alert(1)>x</a>",
    "<a href='&#106;avascript&colon;alert(1)'>x</a>",
    "<a href=data:text/html,<script>alert(1)</script>>x</a>",
    "<a href=vbscript:x>y</a> <a href=//e.example/x>y</a>",
    "<a href=https://e.example ping=//e.example/p onclick=alert(1)>x</a>",
    "<b onmouseover = alert(1)>x</b>",
    "<p/onclick=alert(1)>x</p>",
    "<details ontoggle=alert(1) open>x</details>",
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><%= 1 %>",
    "<p title='{{< when >}}\" onclick=\"alert(1)'>x</p>",
    "[a](javascript:alert(1)) [b](<java&#10;script:x>) <javascript:x> [c]\n\n[c]: data:text/html,x",
    "![a](javascript:x) ![b](https://e.example/x.png) ![c](//e.example/y)",
    '[a](/x "" onclick=alert(1)) `<script>` [b](</x" onclick="alert(1)>)',
    '[x](y){onclick="alert(1)" style=a .b"c} {{< link "\\"><script>" >}}',
]
HARMLESS = authorhtml._TAGS | {"sup", "section", "pre"}
ATTRIBUTES = {name for names in authorhtml._ATTRIBUTES.values() for name in names}


VOID = ("br", "hr", "col", "wbr")


class Tags(HTMLParser):
    """Every tag of a rendering, as a browser's tokenizer sees it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack, f"</{tag}> closes nothing"
            assert self.stack.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def assert_harmless(words: Words) -> None:
    """Only tags and attributes of the list, links to where links may lead, everything closed."""
    for parts in (words.html, words.mail):
        tags = Tags(fill_parts(parts, lambda call: "/filled"))
        assert not tags.stack
        for tag, attributes in tags.found:
            assert tag in HARMLESS, tag
            for name, value in attributes.items():
                assert name in ATTRIBUTES or name.startswith("aria-"), name
                if name == "href":
                    assert re.match(r"(?:https?|mailto|tel):|#|/filled\Z|\Z", value or ""), value


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_known_attack_comes_through(attack: str, html: bool) -> None:
    for source in (
        attack,
        f"words {attack} words",
        f"<div>\n{attack}\n</div>",
        f"- {attack}\n- {attack}",
        f"# {attack}",
    ):
        body, _ = parse(source, path="a.md", html=html)
        assert_harmless(body.public)


everything = st.lists(
    st.sampled_from(
        [
            *PIECES,
            *ATTACKS,
            *(
                "{{< when >}}",
                "{{< calendar >}}",
                "({{< calendar >}})",
                "{{<",
                ">}}",
                "{{< nope >}}",
                "{{< secret x >}}",
                "{{</* x */>}}",
            ),
            *(
                "::: gate\n",
                ":::\n",
                "{.a}",
                "{#b}\n",
                "[w]{lang=fr}",
                "[^1]",
                "[^1]: n\n",
                "^[m]",
                "\x91",
                "\x920",
                "{{ x }}",
                "\\{{<",
            ),
        ]
    ),
    max_size=24,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(source=everything, html=st.booleans(), where=st.sampled_from(["page", "email"]))
def test_whatever_is_written_the_outcome_is_harmless_and_whole(source: str, html: bool, where: Where) -> None:
    body, problems = parse(source, path="a.md", html=html, where=where)
    assert problems == sorted(set(problems))
    for words in filter(None, (body.public, body.gate)):
        assert_harmless(words)
        for parts in (words.html, words.mail, words.text):
            assert not any(re.search("[\x91-\x94]", part) for part in parts if isinstance(part, str))
            assert not any(isinstance(a, str) and isinstance(b, str) for a, b in itertools.pairwise(parts))
    if where == "page":
        assert "secret" not in {part.name for part in body.public.html + body.public.text if isinstance(part, Call)}
    assert from_plain(marshal.loads(marshal.dumps(to_plain(body)))) == body


# ---- the rest of what parse gives


def public(source: str, **more: object) -> Words:
    body, problems = parse(source, path="a.md", **more)  # type: ignore[arg-type]
    assert not problems
    return body.public


def test_headings_are_listed_with_their_level_and_anchor_and_chosen_names_with_level_0() -> None:
    words = public("## One *two*\n\n{#here}\nwords\n\n### Three {#three}")
    assert words.headings == ((2, "one-two", "One two"), (0, "here", ""), (3, "three", "Three"))


def test_links_are_listed_in_order_with_their_lines() -> None:
    words = public("[a](/b) and\n[c](d.md)\n\n> <https://e.example>\n\n| [x](#y) |\n|---|\n| [z][r] |\n\n[r]: /r")
    assert words.links == (("/b", 1), ("d.md", 2), ("https://e.example", 4), ("#y", 6), ("/r", 8))


def test_links_of_footnotes_are_not_the_authors() -> None:
    assert public("a[^1] <b>c</b>\n\n[^1]: d", html=True).links == ()


def test_pictures_are_listed_with_their_path_and_description() -> None:
    words = public('![a *b*](c%20d.jpg)\n\nx\n![e](f.png) {{< link hosts/g >}}\n\n{{< figure src="h i.jpg" alt="" >}}')
    assert words.images == (("c d.jpg", "a b", 1), ("f.png", "e", 4), ("h i.jpg", "", 6))
    assert words.links == (("hosts/g", 4),)


def test_calls_know_where_they_stand_in_the_file() -> None:
    body, _ = parse("a\n\n> b {{< when >}}\n\n::: gate\n- {{< where >}}\n:::", path="a.md", line=10)
    assert [part for part in body.public.html if isinstance(part, Call)] == [Call("when", (), (), 12, 5)]
    assert body.gate is not None
    assert [part for part in body.gate.text if isinstance(part, Call)] == [Call("where", (), (), 15, 3)]


def test_problems_are_counted_from_the_first_line_of_the_text() -> None:
    _, problems = parse("a\n\n{{< nope >}}", path="content/a.md", line=8)
    assert [(problem.path, problem.line, problem.column, problem.excerpt) for problem in problems] == [
        ("content/a.md", 10, 1, "{{< nope >}}")
    ]


def test_problems_in_a_gate_are_found_in_the_file() -> None:
    _, problems = parse("a\n\n::: gate\nb\n:::\n\nc\n\n::: gate\nd\n\n[e](x:y)\n:::", path="a.md")
    assert [(problem.line, problem.column) for problem in problems] == [(12, 5)]


def test_the_excerpt_is_the_first_paragraph_without_shortcodes() -> None:
    assert (
        public("## Title\n\n- item\n\n{{< when >}} at {{< where >}}\n\nCome *as* you\nare[^1].\n\nb\n\n[^1]: c").excerpt
        == "Come as you are."
    )


def test_a_long_excerpt_is_cut_between_words() -> None:
    found = public("Ninety minutes of lamp-making, by hand. " * 9).excerpt
    assert len(found) <= 200
    assert found.endswith("lamp-making, by hand…")


def test_without_differences_page_and_mail_are_one_object() -> None:
    words = public("Come *as* you are.")
    assert words.mail is words.html


def test_an_empty_text_is_no_words() -> None:
    assert parse("", path="a.md") == (Body(Words()), [])
    assert parse(" \n\n", path="a.md") == (Body(Words()), [])


def test_line_ends_of_any_kind_are_line_ends() -> None:
    assert public("one\r\ntwo\r\rthree").html == ("<p>one\ntwo</p>\n<p>three</p>\n",)


def test_quotation_marks_of_a_windows_text_are_what_they_were_there() -> None:
    assert public("\x93Come\x94 \x91now\x92").html == ("<p>“Come” ‘now’</p>\n",)


def test_other_shortcodes_can_be_known() -> None:
    body, problems = parse("{{< when >}}", path="a.md", shortcodes={})
    assert body.public.html == ("<p>{{&lt; when &gt;}}</p>\n",)
    assert [problem.what for problem in problems] == ["'when' is not a shortcode."]


def test_problems_carry_the_whole_story() -> None:
    _, problems = parse("x {{< prise >}}", path="a.md")
    assert problems == [
        Problem(
            "a.md",
            1,
            3,
            "'prise' is not a shortcode.",
            "Did you mean 'price'? To print it as it stands, write {{</* prise */>}}.",
            "error",
            "x {{< prise >}}",
            13,
        )
    ]


@pytest.mark.parametrize(
    "piece", ["[", "[a](", "![", "*a_ ", "`a``", "{{< ", "::: gate\n", ">", "<!-- ", "<a ", "^[", "[^a", "{.a "]
)
def test_nothing_takes_longer_than_its_length_warrants(piece: str) -> None:
    """Not timed: each of these would not come back within the hour if its time grew with the square."""
    parse(piece * 20_000, path="a.md", html=True)


def test_the_version_names_the_libraries_that_decide() -> None:
    from importlib.metadata import version

    assert all(version(name) in PARSER_VERSION for name in ("markdown-it-py", "mdit-py-plugins", "nh3"))
