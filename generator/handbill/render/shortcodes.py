"""Shortcodes: the few words in double braces that stand for a fact which is written elsewhere.

    {{< when >}} at {{< where >}}, {{< price Seat >}}.
    {{< figure src="bench.jpg" alt="Three lamps" caption="March" >}}

The notation is Hugo's, since people know it: bare or quoted arguments, then `key=value`. Quotes are straight and
double, with `\\"` for a quote inside; a stretch between backquotes is taken as it is. A shortcode may run over
several lines, but not over an empty one. `{{</* when */>}}` prints `{{< when >}}`, and so does `\\{{< when >}}`.

`scan` takes them out of a text *before* Markdown reads it, and leaves a mark where each one stood. So nothing inside
the braces is ever taken for Markdown, a shortcode can be the target of a link, its place is known to the character,
and what somebody else reads as code can be given back as it was typed: in code nothing is a shortcode. (Hugo does the
same, but fills shortcodes in code too; whoever writes about shortcodes then needs the escape. Here code is code.)

A mark is a number between two characters that no text can hold: U+0091 and U+0092, which HTML and CommonMark never
yield from `&#145;` and which `scan`'s caller has taken out of the text. Whether a shortcode is right is only told where
it is used (`Found.what`), for a wrong one inside code is no fault.

SHORTCODES is the one place to add one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from handbill.model import Call
from handbill.near import did_you_mean

Where = Literal["page", "gate", "email"]
"""What a text is for: everybody, confirmed subscribers, or the words of an e-mail."""

OPEN, CLOSE = "\x91", "\x92"
"""What stands around the number of a mark."""

MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")


@dataclass(frozen=True, slots=True)
class Spec:
    """One shortcode: what it takes and where it may stand."""

    name: str
    doc: str
    """What it says, as one sentence for the reference."""
    example: str
    min_args: int = 0
    max_args: int = 0
    options: tuple[str, ...] = ()
    """Names of the `key=value` it knows."""
    required: tuple[str, ...] = ()
    """Those of them that cannot be left out."""
    where: frozenset[Where] = frozenset(("page", "gate", "email"))
    block: bool = False
    """Alone in its paragraph it is a block of its own: no `<p>` around it."""
    inline: bool = True
    """It may stand among words."""
    url: bool = False
    """It is an address: it may be the whole target of a link, `[words]({{< confirm_url >}})`."""
    width: int = 20
    """Characters it usually fills, so that plain text is wrapped about right before anybody knows."""


_EMAIL: frozenset[Where] = frozenset(("email",))
_CLOSED: frozenset[Where] = frozenset(("gate", "email"))

SHORTCODES: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec("title", "The entry's title.", "{{< title >}}", width=24),
        Spec("summary", "The one-line promise below the title.", "{{< summary >}}", width=60),
        Spec("when", "Date and time, with the time zone.", "{{< when >}}", width=52),
        Spec("date", "The day alone.", "{{< date >}}", width=24),
        Spec("time", "The time alone, with the time zone.", "{{< time >}}", width=28),
        Spec("where", "The place, in one line.", "{{< where >}}", width=32),
        Spec(
            "price",
            "The price of a product, by its name or id; of the first that has one where none is named.",
            '{{< price "Early bird" >}}',
            max_args=1,
            width=7,
        ),
        Spec("stock", "How many are left, where the facts say so.", "{{< stock Lamp >}}", max_args=1, width=18),
        Spec(
            "figure",
            'A picture with words below it, the same as ![alt](src "caption") in a paragraph of its own.',
            '{{< figure src="bench.jpg" alt="Three lamps" caption="March" >}}',
            options=("src", "alt", "caption", "class"),
            required=("src",),
            block=True,
            inline=False,
            width=40,
        ),
        Spec(
            "calendar",
            "A link that adds the event to a calendar; as a link's target, its address.",
            "{{< calendar >}}",
            block=True,
            url=True,
        ),
        Spec(
            "signup",
            "A link to the sign-up form, in your words if you give some; as a link's target, its address.",
            '{{< signup "Send me the door code" >}}',
            max_args=1,
            block=True,
            url=True,
            width=24,
        ),
        Spec(
            "link",
            "A link to another entry by its id, under its own title or in your words.",
            '{{< link hosts/casa-lume "the house" >}}',
            min_args=1,
            max_args=2,
            width=24,
        ),
        Spec(
            "secret",
            "Something kept in the functions' settings, put in when the message is sent.",
            "{{< secret door_code >}}",
            min_args=1,
            max_args=1,
            where=_CLOSED,
            width=8,
        ),
        Spec(
            "first_name",
            "The reader's first name, or the words given for those who gave none.",
            '{{< first_name "friend" >}}',
            min_args=1,
            max_args=1,
            where=_EMAIL,
            width=8,
        ),
        Spec(
            "button",
            "A button: its words, and an address shortcode or a link target.",
            '{{< button "Yes, it was me" confirm_url >}}',
            min_args=2,
            max_args=2,
            where=_EMAIL,
            block=True,
            inline=False,
            width=40,
        ),
        Spec("page_url", "The address of the entry's page.", "{{< page_url >}}", where=_EMAIL, url=True, width=50),
        Spec("confirm_url", "Where a sign-up is confirmed.", "{{< confirm_url >}}", where=_EMAIL, url=True, width=70),
        Spec("gate_url", "Where the gated words can be read.", "{{< gate_url >}}", where=_EMAIL, url=True, width=70),
        Spec(
            "preferences_url",
            "Where the reader chooses what to get.",
            "{{< preferences_url >}}",
            where=_EMAIL,
            url=True,
            width=70,
        ),
        Spec(
            "unsubscribe_url",
            "Where the reader can leave.",
            "{{< unsubscribe_url >}}",
            where=_EMAIL,
            url=True,
            width=70,
        ),
    )
}
"""Every shortcode by its name. Beside them the parser itself makes Calls named `image`, `href` and `href_of`."""


class Found(NamedTuple):
    """One thing in double braces, as it was found."""

    raw: str
    """As it was typed."""
    call: Call | None
    """The shortcode, where it could be read."""
    line: int
    column: int
    literal: str = ""
    """What to print where this is an escaped shortcode."""
    what: str = ""
    """What is wrong, or empty. Matters only where it is used as a shortcode."""
    fix: str = ""


class Scanned(NamedTuple):
    """A text without its shortcodes."""

    text: str
    """The text, a mark for each of `found`."""
    found: list[Found]
    shifts: tuple[tuple[int, int], ...]
    """(line in `text` from 0, lines lost up to here) after each shortcode that ran over several lines."""


_START = re.compile(r"\{\{[<%]")
_PLAIN = re.compile(r"\{\{<[ \t]*([a-z_]+)((?:[ \t]+[\w.:/#-]+(?=[ \t]))*)[ \t]*>\}\}")
"""The common case, read in one go: bare arguments, no options."""
_PIECE = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<end>/?>\}\})
    | (?P<key>[A-Za-z_][\w-]*)\s*=\s*(?=["`\w./#:-])
    | "(?P<quoted>(?:[^"\\\n]|\\.)*)"
    | `(?P<raw>[^`]{0,2000})`
    | (?P<bare>(?!/>\}\})[^\s"`=<>{}“”„«»'’‘](?:(?!/>\}\})[^\s"`=<>{}])*)
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"\s*(/?)\s*([A-Za-z_][\w-]*)?")
_FAR = 2000
"""How far we look for the end of what opened."""
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")


def scan(text: str, *, line: int = 1) -> Scanned:
    """Every shortcode of `text` (whose first line is `line` of its file), and the text with marks in their places.

    `text` must be free of U+0091 and U+0092 and have `\\n` for line ends. Never raises; linear in the text.
    """
    match = _START.search(text)
    if match is None:
        return Scanned(text, [], ())
    out: list[str] = []
    found: list[Found] = []
    shifts: list[tuple[int, int]] = []
    done = lost = counted = index = 0
    while match is not None:
        start = match.start()
        if _is_escaped(text, start):
            match = _START.search(text, start + 2)
            continue
        index += text.count("\n", counted, start)
        counted = start
        end, one = _read(text, start, line + index, start - text.rfind("\n", 0, start))
        out.append(text[done:start])
        out.append(f"{OPEN}{len(found)}{CLOSE}")
        found.append(one)
        if "\n" in one.raw:
            here = index - lost  # the line of the mark, counted in the new text
            lost += one.raw.count("\n")
            shifts.append((here + 1, lost))
        done = end
        match = _START.search(text, end)
    out.append(text[done:])
    return Scanned("".join(out), found, tuple(shifts))


def _is_escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before `at`: for Markdown, what follows is then a character."""
    start = at
    while start and text[start - 1] == "\\":
        start -= 1
    return (at - start) % 2 == 1


def _read(text: str, start: int, line: int, column: int) -> tuple[int, Found]:
    """What opens at `start`, and where it ends. What cannot be read is its opening braces alone, with a reason."""
    plain = _PLAIN.match(text, start)
    if plain is not None:
        raw = plain.group()
        return plain.end(), Found(
            raw, Call(plain.group(1), tuple(plain.group(2).split()), (), line, column), line, column
        )

    def wrong(what: str, fix: str, end: int = start + 3) -> tuple[int, Found]:
        return end, Found(text[start:end], None, line, column, "", what, fix)

    if text.startswith("{{%", start):
        inner = text[start + 3 : start + _FAR].partition("%}}")[0].strip()
        if inner.partition(" ")[0].strip("/") in SHORTCODES:
            return wrong("'{{%' does not open a shortcode here.", f"Write {{{{< {inner} >}}}}.")
        return start + 3, Found("{{%", None, line, column, literal="{{%")
    if text.startswith("/*", start + 3):
        close = text.find("*/>}}", start, start + _FAR)
        if close < 0 or _EMPTY_LINE.search(text, start, close):
            return wrong("'{{</*' is never closed.", "Close it with */>}}.")
        end = close + 5
        return end, Found(text[start:end], None, line, column, literal="{{<" + text[start + 5 : close] + ">}}")
    return _read_long(text, start, line, column)


def _read_long(text: str, start: int, line: int, column: int) -> tuple[int, Found]:
    """A shortcode with quotes, options or line breaks, or one that is wrong."""
    opening = _NAME.match(text, start + 3)
    assert opening is not None  # it can match nothing at all
    ends, name = opening.group(1), opening.group(2) or ""
    pos = opening.end()
    args: list[str] = []
    options: list[tuple[str, str]] = []
    key = ""
    what = fix = ""
    spaced = True
    while True:
        piece = _PIECE.match(text, pos)
        kind = piece.lastgroup if piece else None
        if piece is None or (kind == "space" and _EMPTY_LINE.search(piece.group())):
            following = text.find("{{<", pos)  # the end must come before the next one opens
            close = text.find(">}}", pos, following if following >= 0 else len(text))
            if close < 0 or _EMPTY_LINE.search(text, pos, close):
                # Only the braces are taken: the rest stays Markdown, so that one slip hides nothing else.
                what = f"'{{{{<{' ' + name if name else ''}' is never closed."
                return start + 3, Found("{{<", None, line, column, "", what, "Close it with >}} in the same paragraph.")
            if not what:
                what, fix = _misread(text[pos : close + 3])
            pos = close + 3
            break
        pos = piece.end()
        if kind == "end":
            break
        if kind == "space":
            spaced = True
            continue
        if not spaced and not what:
            what, fix = f"There is no space before {piece.group()!r}.", "Put a space between two arguments."
        value = piece.group(kind) if kind else ""
        spaced = False
        if kind == "key":
            key, spaced = value, True
            continue
        if kind == "quoted":
            value = re.sub(r"\\(.)", r"\1", value)
        if key:
            if any(known == key for known, _ in options) and not what:
                what, fix = f"'{key}' is given twice.", "Leave one of them out."
            options.append((key, value))
            key = ""
        else:
            args.append(value)
    raw = text[start:pos]
    if not what and ends:
        what, fix = f"'{raw}' closes nothing.", "Shortcodes here have no end; leave it out."
    elif not what and not name:
        what, fix = (
            "This shortcode has no name.",
            f"Known are {', '.join(SHORTCODES)}. To print it, write {_escaped(raw)}.",
        )
    if what:
        return pos, Found(raw, None, line, column, "", what, fix)
    return pos, Found(raw, Call(name, tuple(args), tuple(options), line, column), line, column)


def _misread(rest: str) -> tuple[str, str]:
    """What is wrong with an argument that cannot be read."""
    if rest[0] == "=" and rest[1:2] not in "“”„«»'’‘":
        return "There is nothing behind this '='.", 'Write key="value".'
    rest = rest.lstrip("=")
    if rest[0] in "“”„«»":
        return "These quotes are curly.", 'Use straight ones: "…".'
    if rest[0] in "'’‘":
        return "A single quote opens nothing here.", 'Use double quotes: "…".'
    if rest[0] == '"':
        return "This quote is never closed on its line.", 'Close it with ", and write \\" for a quote inside.'
    if rest[0] == "`":
        return "This backquote is never closed.", "Close it with another one."
    return f"{rest[0]!r} cannot stand here.", 'Arguments are words, "words in quotes" or key="value".'


def _escaped(raw: str) -> str:
    return "{{</*" + raw[3:-3] + "*/>}}"


def fault(call: Call, where: Where, known: Mapping[str, Spec] = SHORTCODES) -> tuple[str, str]:
    """What is wrong with `call` in a text for `where`, and how to mend it; two empty texts where all is well."""
    spec = known.get(call.name)
    if spec is None:
        here = [name for name, one in known.items() if where in one.where]
        guess = did_you_mean(call.name, here) or f"Known here are {', '.join(here)}. "
        return (
            f"'{call.name}' is not a shortcode.",
            f"{guess}To print it as it stands, write {{{{</* {call.name} */>}}}}.",
        )
    if where not in spec.where:
        return _misplaced(spec, where)
    count = len(call.args)
    for name, _ in call.options:
        if name not in spec.options:
            most = f"It takes {_list(spec.options)}." if spec.options else "It takes none."
            return f"'{call.name}' has no option '{name}'.", did_you_mean(name, spec.options) + most
    if not spec.min_args <= count <= spec.max_args:
        return f"'{call.name}' takes {_count(spec)}, not {count}.", f"For example: {spec.example}"
    given = dict(call.options)
    for name in spec.required:
        if not given.get(name):
            return f"'{call.name}' needs {name}=\"…\".", f"For example: {spec.example}"
    if call.name == "button" and not _is_target(call.args[1], known):
        return (
            f"'{call.args[1]}' is not an address.",
            did_you_mean(call.args[1], (n for n, s in known.items() if s.url))
            + f"Write one of {', '.join(n for n, s in known.items() if s.url)}, an https address, or a path such as /.",
        )
    if call.name == "secret" and not re.fullmatch(r"[a-z][a-z0-9_]*", call.args[0]):
        return (
            f"'{call.args[0]}' is not the name of a secret.",
            "Use lower-case letters, digits and _, such as door_code.",
        )
    return "", ""


def _is_target(word: str, known: Mapping[str, Spec]) -> bool:
    spec = known.get(word)
    if spec is not None:
        return spec.url
    return word.startswith(("https://", "mailto:", "/", "../", "./")) and not word.startswith("//")


def _misplaced(spec: Spec, where: Where) -> tuple[str, str]:
    if spec.name == "secret":
        return "A secret here would be public.", "Move it between ::: gate and :::, or into the words of an e-mail."
    if spec.where == _EMAIL:
        place = "in a gate" if where == "gate" else "on a page"
        return (
            f"'{spec.name}' cannot be known {place}.",
            "It works in the words of an e-mail only; leave it out here.",
        )
    return f"'{spec.name}' cannot stand here.", f"It works in {_list(tuple(sorted(spec.where)))}."


def _count(spec: Spec) -> str:
    low, high = spec.min_args, spec.max_args
    if high == 0:
        return "no arguments"
    if low == high:
        return f"{low} argument{'s' if low > 1 else ''}"
    return f"{low} to {high} arguments" if low else f"at most {high} argument{'s' if high > 1 else ''}"


def _list(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
