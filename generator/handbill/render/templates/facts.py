"""What a template file asks for, read from its syntax tree without running it; and what no template may do.

A theme may come from anywhere, so a template must not reach Python behind the values it is given. Jinja's sandbox
answers that at each attribute, which made pages 2.7 times slower to render; the attribute's name stands in the source,
so we ask once, when the file is read, and pay nothing after. The few names that come about only while rendering
(`x[name]`, `map(attribute=name)`) are asked for in `Environment.getitem`.

An expression of a few letters must not fill the memory either, least of all while Jinja folds constants: powers, and
numbers and repeated texts beyond MOST, are refused here; loops are counted while a page is rendered (`TURNS`). What is
left to a hostile theme is to waste time in macros that call themselves twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jinja2 import nodes

from handbill.errors import Problem
from handbill.theme import File

_REACH = re.compile(r"_.*|(?:gi|cr|ag|f|tb|co|func)_.*|mro|format|format_map")
"""Names that lead from a value to the interpreter (`{0.__class__}`.format does too)."""
_CHANGE = frozenset(
    {
        "add", "append", "clear", "difference_update", "discard", "extend", "insert", "intersection_update", "pop",
        "popitem", "remove", "reverse", "setdefault", "sort", "symmetric_difference_update", "update",
    }
)  # fmt: skip
"""Methods that change a value, which the next page would see changed."""

MOST = 100_000
"""The largest number in a template: what Jinja's own range() grants."""
_WIDE = re.compile(r"%[^%A-Za-z]*[0-9]{6}")
"""A `%` format that pads beyond MOST."""


def forbidden(name: str) -> bool:
    """True when no template may ask a value for `name`."""
    return name in _CHANGE or bool(_REACH.fullmatch(name))


@dataclass(frozen=True, slots=True)
class Reference:
    """One `extends`, `include` or `import`."""

    name: str
    """As it is written: `parts/form.html`, `base:pages/event.html`."""
    line: int
    optional: bool
    """True with `ignore missing`, and for the members of a list."""
    extends: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of t(), asset() or token()."""

    what: str
    """Key, path, or the constant beginning of it."""
    line: int
    whole: bool
    """False where only the beginning is known: t("state." ~ state.name)."""
    given: frozenset[str] | None = None
    """Names of the values handed to t(); None where some come from **."""


@dataclass(slots=True, eq=False)
class Facts:
    """What one file asks for."""

    file: File
    tree: nodes.Template
    references: list[Reference] = field(default_factory=list)
    words: list[Asked] = field(default_factory=list)
    assets: list[Asked] = field(default_factory=list)
    tokens: list[Asked] = field(default_factory=list)
    blocks: list[nodes.Block] = field(default_factory=list)
    guarded: set[str] = field(default_factory=set)
    """Names that it asks about, with `is defined` or `default`, and so may not be there."""
    unescaped: list[int] = field(default_factory=list)
    """Lines that print HTML as it is: `| safe`, `autoescape false`."""
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, word: str, what: str, fix: str) -> Problem:
        """A problem of this file, its caret under `word` where the line has it."""
        return problem_at(self.file, line, word, what, fix)


def problem_at(file: File, line: int, word: str, what: str, fix: str) -> Problem:
    """A problem in `line` of `file`, its caret under `word` where the line has it. Jinja knows lines only."""
    lines = file.text.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    column = 0
    if word:
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) or re.search(re.escape(word), text)
        column = found.start() + 1 if found else 0
    return Problem(file.shown, line, column, what, fix, excerpt=text.replace("\t", " "), width=max(1, len(word)))


def read_facts(file: File, tree: nodes.Template, *, program: bool) -> Facts:
    """The facts of `file`, whose syntax tree is `tree`. `program`: whether it may hold slots."""
    facts = Facts(file, tree)
    for node in _walk(tree):
        if isinstance(node, (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            _reference(facts, node)
        elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
            _call(facts, node, node.node.name)
        elif isinstance(node, nodes.Getattr):
            _guard(facts, node.attr, node.lineno)
        elif isinstance(node, nodes.Name) and node.name.startswith("__"):
            _guard(facts, node.name, node.lineno)
        elif isinstance(node, nodes.Filter):
            _filter(facts, node)
        elif isinstance(node, nodes.Test):
            if node.name in ("defined", "undefined") and isinstance(node.node, nodes.Name):
                facts.guarded.add(node.node.name)
        elif isinstance(node, nodes.Pow):
            what, fix = "Templates have no powers: one could be too large for any page.", "Write the number itself."
            facts.problems.append(facts.problem(node.lineno, "**", what, fix))
        elif isinstance(node, nodes.Mul) and _size(node) > MOST:
            what = f"What is multiplied here grows too large for a template; {MOST:,} is the most."
            facts.problems.append(facts.problem(node.lineno, "*", what, "Multiply by less."))
        elif isinstance(node, nodes.Mod) and _WIDE.search(str(getattr(node.left, "value", ""))):
            what = "This would be padded to more than any page holds."
            facts.problems.append(facts.problem(node.lineno, "%", what, f"Pad to less than {MOST:,}."))
        elif isinstance(node, nodes.Const) and isinstance(node.value, (int, float)) and abs(node.value) > MOST:
            what = f"{node.value:,} is too large a number for a template; {MOST:,} is the most."
            facts.problems.append(facts.problem(node.lineno, "", what, "Write a smaller one, or the digits as a text."))
        elif isinstance(node, nodes.Block):
            facts.blocks.append(node)
        elif isinstance(node, nodes.ScopedEvalContextModifier):
            facts.unescaped.append(node.lineno)
        elif program and isinstance(node, nodes.Const) and isinstance(node.value, str) and "{{" in node.value:
            what = f"'{node.value}' would be printed as it stands: braces in a value mean nothing."
            fix = 'For a slot as a value write slot("name"), as in t("key", title=slot("title")).'
            facts.problems.append(facts.problem(node.lineno, "", what, fix))
    return facts


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        yield child
        yield from _walk(child)


def _guard(facts: Facts, name: str, line: int) -> None:
    if name in _CHANGE:
        fix = f'Read only: make a new list instead. A key of that name is read as ["{name}"].'
        facts.problems.append(facts.problem(line, name, f"'{name}' would change a value for all other pages.", fix))
    elif forbidden(name):
        fix = "Templates see the documented fields alone: handbill reference lists them."
        facts.problems.append(facts.problem(line, name, f"'{name}' is closed to templates.", fix))


def _size(node: nodes.Node) -> float:
    """How large a constant expression is: a number's value, a text's length; 1 for what is not known."""
    if isinstance(node, nodes.Const) and isinstance(node.value, (int, float, str)):
        return len(node.value) if isinstance(node.value, str) else abs(node.value)
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return len(node.items)
    if isinstance(node, nodes.Mul):
        return max(1, _size(node.left)) * max(1, _size(node.right))
    if isinstance(node, (nodes.Add, nodes.Sub)):
        return _size(node.left) + _size(node.right)
    return 1


def _filter(facts: Facts, node: nodes.Filter) -> None:
    if node.name == "attr":
        what = "The filter 'attr' is closed to templates."
        facts.problems.append(facts.problem(node.lineno, "attr", what, "Write the field with a dot: entry.title."))
    elif node.name == "safe":
        facts.unescaped.append(node.lineno)
    elif node.name == "format" and isinstance(node.node, nodes.Const) and _WIDE.search(str(node.node.value)):
        what = "This would be padded to more than any page holds."
        facts.problems.append(facts.problem(node.lineno, "format", what, f"Pad to less than {MOST:,}."))
    elif node.name in ("default", "d") and isinstance(node.node, nodes.Name):
        facts.guarded.add(node.node.name)


def _reference(facts: Facts, node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport) -> None:
    target, optional = node.template, isinstance(node, nodes.Include) and node.ignore_missing
    items: Iterable[nodes.Node] = (target,)
    if isinstance(target, (nodes.Tuple, nodes.List)):
        items, optional = target.items, True
    for item in items:
        if isinstance(item, nodes.Const) and isinstance(item.value, str):
            extends = isinstance(node, nodes.Extends)
            facts.references.append(Reference(item.value, node.lineno, optional, extends))
        elif isinstance(item, nodes.Const) and isinstance(item.value, (tuple, list)):
            names = [str(name) for name in item.value]
            facts.references += [Reference(name, node.lineno, True, False) for name in names]
        else:
            verb = type(node).__name__.lower().replace("fromimport", "import")
            what = f"This {verb} names no file, but a value: what the page is made of could not be known before."
            fix = "Write the file's name in quotes; choose between several with {% if %}."
            facts.problems.append(facts.problem(node.lineno, verb, what, fix))


def _call(facts: Facts, node: nodes.Call, name: str) -> None:
    lists = {"t": facts.words, "asset": facts.assets, "token": facts.tokens}
    if name not in lists:
        return
    if not node.args or node.dyn_args is not None:
        what, fix = f"{name}() has nothing to look up.", f'Write {name}("…").'
        facts.problems.append(facts.problem(node.lineno, name, what, fix))
        return
    for beginning, whole in _constants(node.args[0]):
        if not whole and name != "t":
            what = f"{name}() names no file or token, but a value: what is needed could not be known before."
            fix = f'Write {name}("…") with the name in quotes; choose between several with {{% if %}}.'
            facts.problems.append(facts.problem(node.lineno, name, what, fix))
            continue
        given = None if node.dyn_kwargs is not None else frozenset(keyword.key for keyword in node.kwargs)
        lists[name].append(Asked(beginning, node.lineno, whole, given))


def _constants(node: nodes.Expr) -> Iterator[tuple[str, bool]]:
    """(constant text, whether it is the whole) of an argument; both ways of an `a if b else c`."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value, True
    elif isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        yield from _constants(node.expr1)
        yield from _constants(node.expr2)
    elif isinstance(node, nodes.Concat) and node.nodes:
        beginning, whole = next(iter(_constants(node.nodes[0])))
        yield beginning if whole else "", False
    else:
        yield "", False
