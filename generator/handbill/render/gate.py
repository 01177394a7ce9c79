"""The gate: words that only confirmed subscribers read.

    ::: gate
    The door code is **{{< secret door_code >}}**.
    :::

It is a block rule of Markdown, so Markdown itself says what is inside: within a list, within a quotation, or literal in
a code block. The rule makes no token. It sets the lines aside as text, which is parsed on its own afterwards: no
footnote, link definition or heading in it can reach the public words, since whoever wrote those never read it.

A creator's slip must never print a door code. So what looks like a gate and is none (misspelled, unclosed, closed
twice, too far to the right, swallowed by HTML or by a code block that does not say it shows Markdown) is an error,
and with an error about the gate *no* word of the text is public.

Chosen: setting raw lines aside. Refused: parsing once and sorting tokens, where footnotes, link definitions and heading
numbers are shared before anything can be sorted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from handbill.render.proof import Proof


class BlockState(Protocol):
    """What the rule reads of markdown-it's state: for each line where it begins, ends, and how far it is indented."""

    src: str
    bMarks: list[int]  # noqa: N815 - theirs
    eMarks: list[int]  # noqa: N815
    tShift: list[int]  # noqa: N815
    sCount: list[int]  # noqa: N815
    blkIndent: int  # noqa: N815
    line: int
    env: Any

    def is_code_block(self, line: int) -> bool: ...
    def getLines(self, begin: int, end: int, indent: int, keepLastLF: bool) -> str: ...  # noqa: N802, N803


class BlockToken(Protocol):
    """What is read of a token."""

    type: str
    map: list[int] | None
    content: str
    info: str


class Fault(NamedTuple):
    """Something wrong about a gate."""

    line: int
    what: str
    fix: str
    needle: str


def misplaced(line: int) -> Fault:
    """A gate at `line` of a text that can have none."""
    fix = "Put the gate into the entry; the welcome mail brings what stands in it."
    return Fault(line, "The words of an e-mail have no gate.", fix, ":::")


_FENCE = re.compile(r"(?:[ \t>]|[-+*][ \t]|[0-9]{1,9}[.)][ \t])*(`{3,}|~{3,})(.*)$")


def rule(state: BlockState, start: int, end: int, silent: bool) -> bool:
    """The block rule. Leaves (first line, text) of each gate in env["gates"], a Fault in env["gate_faults"]."""
    src = state.src
    pos = state.bMarks[start] + state.tShift[start]
    if not src.startswith(":::", pos) or state.is_code_block(start):
        return False
    if silent:
        return True
    opened = src[pos : state.eMarks[start]]
    name = opened.strip(" \t").strip(":").strip(" \t")
    faults: list[Fault] = state.env.setdefault("gate_faults", [])
    if name.lower() != "gate":
        escape = "write \\::: for three colons."
        if name:
            faults.append(Fault(start, f"'{name}' is not known after :::.", f"Write ::: gate; {escape}", name))
            state.env["gate_unknown"] = state.env.get("gate_unknown", 0) + 1
        elif state.env.get("gate_unknown"):
            state.env["gate_unknown"] -= 1  # it closes what was not known, and that is said already
        else:
            faults.append(Fault(start, "This ::: closes nothing.", f"A gate opens with ::: gate; {escape}", ":::"))
        state.line = start + 1
        return True
    line, closed = _find_end(state, start, end, faults)
    if not closed:
        faults.append(
            Fault(start, "This gate is never closed.", "Write ::: on a line of its own below it.", opened.strip())
        )
    text = state.getLines(start + 1, line, state.sCount[start], False)
    state.env.setdefault("gates", []).append((start + 1, text))
    state.line = line + 1 if closed else line
    return True


def _find_end(state: BlockState, start: int, end: int, faults: list[Fault]) -> tuple[int, bool]:
    """The line that closes the gate opened at `start`, and True; or where what holds it ends, and False.

    A code block inside is passed over whole, for `:::` in it is its author's.
    """
    fence = ""
    deep = 0
    line = start
    while (line := line + 1) < end:
        at, stop = state.bMarks[line] + state.tShift[line], state.eMarks[line]
        if at < stop and state.sCount[line] < state.blkIndent:
            break  # the list or quotation around it ends here
        shown = state.src[at:stop]
        fenced = _FENCE.match(shown) if "```" in shown or "~~~" in shown else None
        if fenced:
            marks, rest = fenced.groups()
            if fence:
                if marks.startswith(fence) and not rest.strip():
                    fence = ""
            elif marks[0] == "~" or "`" not in rest:
                fence = marks
            continue
        if fence or not shown.startswith(":::") or state.is_code_block(line):
            continue
        name = shown.strip(": \t")
        if not name:
            if not deep:
                return line, True
            deep -= 1
        elif name.lower() == "gate":
            deep += 1
            fix = "Close the first with ::: before it, or leave this one out."
            faults.append(Fault(line, "A gate cannot stand in a gate.", fix, shown.strip()))
        else:
            fix = "Write ::: alone on its line."
            faults.append(Fault(line, "This ::: does not close the gate.", fix, shown.strip()))
    return line, False


_HOLDING = r"^(?:[ \t>]|[-+*][ \t]|[0-9]{1,9}[.)][ \t])*"
"""What may stand before a gate on its line: the marks of lists and quotations."""
_ANY_COLONS = re.compile(_HOLDING + r"(:{3,}|::(?=[ \t]*gate[ \t]*$))", re.MULTILINE | re.IGNORECASE)
_GATE_LINE = re.compile(_HOLDING + r"(:{3,})[ \t]*(?:(gate)\b.*|:*[ \t]*)$", re.MULTILINE | re.IGNORECASE)
_TOO_FAR = ("This ::: stands too far to the right to be a gate.", "Move it to the left margin.")
_STRAYS = {
    "inline": (_ANY_COLONS, *_TOO_FAR),
    "code_block": (_ANY_COLONS, *_TOO_FAR),
    "html_block": (_ANY_COLONS, "This ::: is read as HTML.", "Leave an empty line before it."),
    "fence": (
        _GATE_LINE,
        "This ::: stands in a code block, where everybody could read what it was to hide.",
        "Close the code block above it; a sample of a gate belongs between ```markdown and ```.",
    ),
}
"""Type of token → what in it was meant for a gate, what is wrong, how to mend it."""


def strays(tokens: Iterable[BlockToken]) -> list[Fault]:
    """Lines that their author must have taken for a gate and that Markdown reads as words, code or HTML."""
    found = []
    for token in tokens:
        if "::" not in token.content or token.type not in _STRAYS:
            continue
        if token.type == "fence" and _is_sample(token):
            continue
        pattern, what, fix = _STRAYS[token.type]
        first = (token.map[0] if token.map else 0) + (token.type == "fence")
        for match in pattern.finditer(token.content):
            line = first + token.content.count("\n", 0, match.start())
            if len(match.group(1)) < 3:
                what, fix = "A gate has three colons.", "Write ::: gate."
            found.append(Fault(line, what, fix, match.group(1)))
    return found


def _is_sample(fence: BlockToken) -> bool:
    """Whether a code block says that it shows Markdown, is closed, and shows whole gates: it is meant to be read."""
    lines = fence.map[1] - fence.map[0] if fence.map else 0
    closed = fence.content.count("\n") == lines - 2
    if not closed or fence.info.strip().split(" ")[0].lower() not in ("markdown", "md"):
        return False
    is_open = False
    for match in _GATE_LINE.finditer(fence.content):
        if is_open == bool(match.group(2)):
            return False
        is_open = not is_open
    return not is_open


def together(env: Mapping[str, Any], proof: Proof) -> tuple[str, Proof]:
    """Everything that the rule set aside, as one text, and a Proof that knows where each of its lines came from."""
    stretches, starts, line = [], [], 0
    for start, stretch in env["gates"]:
        starts.append((line, start - line))
        stretches.append(stretch + "\n")
        line += stretch.count("\n") + 2
    return "\n".join(stretches), proof.of_stretches(starts)
