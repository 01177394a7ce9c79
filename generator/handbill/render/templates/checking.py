"""Finds undefined names before any page is rendered, in branches that no page takes today too.

It walks a template's syntax tree with the Views' own types: `entry.when.txt` is known to be wrong, since WhenView has
no such field, and so is `card.titel` in a loop over `list.current`. A part is checked where it is included, with the
names that are there. What cannot be known (`params`, the result of most filters) is let pass: a false alarm would be
worse than a late one, and rendering still stops at every undefined name.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any

from jinja2 import nodes
from jinja2.runtime import LoopContext
from markupsafe import Markup

from handbill.errors import Problem
from handbill.near import did_you_mean, nearest
from handbill.render.templates.facts import Facts

ANYTHING = object
"""The type of what could be anything."""


@dataclass(frozen=True, slots=True)
class Many:
    """The type of a list whose members are alike."""

    item: Any


@dataclass(frozen=True, slots=True)
class Row:
    """The type of a tuple whose members are each of their own."""

    items: tuple[Any, ...]


Scope = dict[str, Any]
"""Name → type: a View, Many, Row, str, int, bool, Markup, or ANYTHING."""

_NUMBERS = frozenset({"abs", "count", "float", "int", "length", "round", "sum", "wordcount"})
_SAME = frozenset({"default", "d", "sort", "reverse", "unique", "list", "select", "reject", "selectattr", "rejectattr"})
_MEMBER = frozenset({"first", "last", "min", "max", "random"})
_BY_ATTRIBUTE = {"selectattr": 0, "rejectattr": 0, "groupby": 0}


@lru_cache
def view_fields(view: type) -> Mapping[str, Any]:
    """The fields of a View with their types."""
    hints = typing.get_type_hints(view)
    return {item.name: _type_of(hints[item.name]) for item in fields(view)}


def _type_of(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        members = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return _type_of(members[0]) if len(members) == 1 else ANYTHING
    if origin is tuple:
        args = typing.get_args(hint)
        if len(args) == 2 and args[1] is Ellipsis:
            return Many(_type_of(args[0]))
        return Row(tuple(_type_of(arg) for arg in args))
    if isinstance(hint, type) and (is_dataclass(hint) or hint in (str, int, bool, Markup)):
        return hint
    return ANYTHING


class Checker:
    """Checks templates against what they are handed, and gathers problems."""

    def __init__(
        self, look_up: Callable[[str], Facts | None], known: Iterable[str], settings: Iterable[str] = ()
    ) -> None:
        """`look_up(name)` gives the facts of the file that a name means; `known`: the names that are always there;
        `settings`: what `site.settings` has."""
        self.look_up, self.settings = look_up, frozenset(settings)
        self.globals = frozenset({*known, "self"})
        self.problems: dict[Problem, None] = {}
        self._seen: set[tuple[Any, ...]] = set()

    def check(self, facts: Facts, handed: Mapping[str, type]) -> None:
        """Checks one template, with all it extends and includes."""
        self.template(facts, dict(handed), included=False)

    def template(self, facts: Facts, scope: Scope, *, included: bool) -> None:
        key = (facts.file.shown, included, tuple(sorted(scope.items(), key=lambda item: item[0])))
        if key in self._seen:
            return
        self._seen.add(key)
        line: list[Facts] = [facts]
        while (parent := self._parent(line[-1])) and parent not in line:
            line.append(parent)
        if any(each.extends for each in line[-1].references):
            return  # a parent that is missing or cannot be read is told by who reads; what it sets is not known
        blocks: dict[str, list[tuple[Facts, nodes.Block]]] = {}
        for each in line:
            for block in each.blocks:
                blocks.setdefault(block.name, []).append((each, block))
        if included and line[-1].blocks:
            block = line[-1].blocks[0]
            what = f"The block '{block.name}' stands in a file that is included: no theme could fill it."
            fix = "Remove the block's tags; a theme replaces a part whole."
            self.add(line[-1].problem(block.lineno, block.name, what, fix))
        self._strays(line)
        # What any file of the line sets at its top is there when blocks are rendered.
        shared = dict(scope)
        for each in line:
            walker = _Walker(self, each, {})
            for node in each.tree.body:
                if not isinstance(node, (nodes.Output, nodes.Block, nodes.Extends)):
                    walker.quiet(node, shared)
        running = dict(scope)
        for each in line:
            _Walker(self, each, blocks).body(each.tree.body, running, top=each is not line[-1])
        for found in blocks.values():
            for each, block in found:
                if not block.scoped:
                    _Walker(self, each, blocks).body(block.body, shared | {"super": ANYTHING})

    def add(self, problem: Problem) -> None:
        self.problems[problem] = None

    def _parent(self, facts: Facts) -> Facts | None:
        reference = next((each for each in facts.references if each.extends), None)
        return self.look_up(reference.name) if reference else None

    def _strays(self, line: list[Facts]) -> None:
        """Blocks of a child that no parent has: nothing would show them."""
        for number, each in enumerate(line[:-1]):
            known = {block.name for parent in line[number + 1 :] for block in parent.blocks}
            for node in each.tree.body:
                if isinstance(node, nodes.Block) and node.name not in known:
                    what = f"No parent has a block '{node.name}': nothing would show it."
                    fix = f"{did_you_mean(node.name, known)}It has: {', '.join(sorted(known)) or 'none'}."
                    self.add(each.problem(node.lineno, node.name, what, fix))


class _Walker:
    """Walks the statements of one file."""

    def __init__(
        self,
        checker: Checker,
        facts: Facts,
        blocks: Mapping[str, list[tuple[Facts, nodes.Block]]],
    ) -> None:
        self.checker, self.facts, self.blocks = checker, facts, blocks
        self.silent = False

    def bad(self, line: int, word: str, what: str, fix: str) -> None:
        if not self.silent:
            self.checker.add(self.facts.problem(line, word, what, fix))

    def quiet(self, node: nodes.Node, scope: Scope) -> None:
        """Learns what a statement sets, without a word about what is wrong in it."""
        self.silent = True
        self.statement(node, scope)
        self.silent = False

    def body(self, body: Iterable[nodes.Node], scope: Scope, *, top: bool = False) -> None:
        """`top`: the top of a child, where only what is set counts and text goes nowhere."""
        for node in body:
            if not (top and isinstance(node, nodes.Output)):
                self.statement(node, scope)

    def statement(self, node: nodes.Node, scope: Scope) -> None:
        method = getattr(self, f"on_{type(node).__name__.lower()}", None)
        if method:
            method(node, scope)
        else:
            for child in node.iter_child_nodes():
                if isinstance(child, nodes.Expr):
                    self.expr(child, scope)
                else:
                    self.statement(child, scope)

    # statements

    def on_output(self, node: nodes.Output, scope: Scope) -> None:
        for child in node.nodes:
            self.expr(child, scope)

    def on_block(self, node: nodes.Block, scope: Scope) -> None:
        if node.scoped and not self.silent:  # others are walked from Checker.template, with what all blocks share
            for each, block in self.blocks.get(node.name, ()):
                inner = dict(scope) | {"super": ANYTHING}
                _Walker(self.checker, each, self.blocks).body(block.body, inner)

    def on_extends(self, node: nodes.Extends, scope: Scope) -> None:
        pass

    def on_if(self, node: nodes.If, scope: Scope) -> None:
        self.expr(node.test, scope)
        branches: list[Sequence[nodes.Node]] = [node.body, *([each] for each in node.elif_), node.else_]
        ends = []
        for branch in branches:
            inner = dict(scope)
            self.body(branch, inner)
            ends.append(inner)
        for name in {name for end in ends for name in end}:
            kinds = {end[name] for end in ends if name in end}
            scope[name] = kinds.pop() if len(kinds) == 1 else ANYTHING

    def on_for(self, node: nodes.For, scope: Scope) -> None:
        kind = self.expr(node.iter, scope)
        if _is_view(kind) or kind in (int, bool):
            name = _written(node.iter)
            self.bad(
                node.lineno, name.rpartition(".")[2], f"'{name}' is no list.", "Print it, or test it with {% if %}."
            )
            kind = ANYTHING
        item = kind.item if isinstance(kind, Many) else str if kind in (str, Markup) else ANYTHING
        inner = dict(scope)
        self.assign(node.target, item, inner)
        if node.test is not None:
            self.expr(node.test, inner)
        self.body(node.body, inner | {"loop": LoopContext})
        self.body(node.else_, dict(scope))

    def on_with(self, node: nodes.With, scope: Scope) -> None:
        inner = dict(scope)
        for target, value in zip(node.targets, node.values, strict=True):
            self.assign(target, self.expr(value, scope), inner)
        self.body(node.body, inner)

    def on_assign(self, node: nodes.Assign, scope: Scope) -> None:
        self.assign(node.target, self.expr(node.node, scope), scope)

    def on_assignblock(self, node: nodes.AssignBlock, scope: Scope) -> None:
        self.body(node.body, dict(scope))
        self.assign(node.target, Markup, scope)

    def on_macro(self, node: nodes.Macro, scope: Scope) -> None:
        scope[node.name] = ANYTHING
        self._callable(node, scope)

    def on_callblock(self, node: nodes.CallBlock, scope: Scope) -> None:
        self.expr(node.call, scope)
        self._callable(node, scope)

    def _callable(self, node: nodes.Macro | nodes.CallBlock, scope: Scope) -> None:
        inner = dict(scope) | dict.fromkeys(("caller", "varargs", "kwargs"), ANYTHING)
        for default in node.defaults:
            self.expr(default, scope)
        inner |= {arg.name: ANYTHING for arg in node.args}
        self.body(node.body, inner)

    def on_filterblock(self, node: nodes.FilterBlock, scope: Scope) -> None:
        self.body(node.body, dict(scope))

    def on_scope(self, node: nodes.Scope, scope: Scope) -> None:
        self.body(node.body, dict(scope))

    def on_include(self, node: nodes.Include, scope: Scope) -> None:
        if self.silent:
            return
        for reference in self.facts.references:
            if reference.line == node.lineno and reference.name in _names(node.template):
                found = self.checker.look_up(reference.name)
                if found:
                    handed = {k: v for k, v in scope.items() if k not in ("super", "loop")}  # Jinja keeps these back
                    self.checker.template(found, handed if node.with_context else {}, included=True)

    def on_import(self, node: nodes.Import, scope: Scope) -> None:
        self._import(node, scope)
        scope[node.target] = ANYTHING

    def on_fromimport(self, node: nodes.FromImport, scope: Scope) -> None:
        self._import(node, scope)
        for name in node.names:
            scope[name if isinstance(name, str) else name[1]] = ANYTHING

    def _import(self, node: nodes.Import | nodes.FromImport, scope: Scope) -> None:
        if not self.silent:
            for name in _names(node.template):
                found = self.checker.look_up(name)
                if found:
                    self.checker.template(found, dict(scope) if node.with_context else {}, included=True)

    def assign(self, target: nodes.Node, kind: Any, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = kind
        elif isinstance(target, (nodes.Tuple, nodes.List)):
            parts = kind.items if isinstance(kind, Row) else ()
            if parts and len(parts) != len(target.items):
                what = f"Each member has {len(parts)} parts, and {len(target.items)} names wait for them."
                self.bad(target.lineno, "", what, f"Write {len(parts)} names, with commas between.")
            elif _is_view(kind) or kind in (int, bool):
                what = f"{_called(kind)} does not fall into {len(target.items)} parts."
                self.bad(target.lineno, "", what, "Write one name, and ask it for its fields.")
            for number, item in enumerate(target.items):
                self.assign(item, parts[number] if number < len(parts) else ANYTHING, scope)

    # expressions

    def expr(self, node: nodes.Node, scope: Scope) -> Any:
        """The type of an expression. Says what is undefined in it."""
        method = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if method:
            return method(node, scope)
        for child in node.iter_child_nodes():
            self.expr(child, scope)
        return ANYTHING

    def of_const(self, node: nodes.Const, scope: Scope) -> Any:
        return type(node.value) if isinstance(node.value, (str, bool, int)) else ANYTHING

    def of_templatedata(self, node: nodes.TemplateData, scope: Scope) -> Any:
        return Markup

    def of_name(self, node: nodes.Name, scope: Scope) -> Any:
        if node.name in scope:
            return scope[node.name]
        if node.name not in self.checker.globals and node.name not in self.facts.guarded:
            known = [name for name in (*scope, *self.checker.globals) if name != "super"]
            there = ", ".join(sorted(name for name in scope if name != "super")) or "nothing"
            fix = f"{did_you_mean(node.name, known)}Here are: {there}."
            self.bad(node.lineno, node.name, f"'{node.name}' is not defined.", fix)
        return ANYTHING

    def of_getattr(self, node: nodes.Getattr, scope: Scope) -> Any:
        if _written(node.node) == "site.settings" and node.attr not in self.checker.settings:
            known = self.checker.settings
            fix = (
                f"{did_you_mean(node.attr, known)}Its theme.yaml and those it extends have: {', '.join(sorted(known))}."
            )
            self.bad(node.lineno, node.attr, f"The theme has no setting '{node.attr}'.", fix)
        return self.attribute(self.expr(node.node, scope), node.attr, node)

    def attribute(self, kind: Any, name: str, node: nodes.Expr) -> Any:
        if _is_view(kind):
            known = view_fields(kind)
            if name in known:
                return known[name]
            near = nearest(name, known)
            fix = f"Did you mean '{near}'?" if near else f"It has: {', '.join(known)}."
            self.bad(node.lineno, name, f"{_called(kind)} has no field '{name}'.", fix)
        elif isinstance(kind, (Many, Row)):
            if not hasattr(tuple, name):
                whole = _written(node.node) if isinstance(node, nodes.Getattr) else "It"
                self.bad(
                    node.lineno, name, f"'{whole}' is a list and has no field '{name}'.", "Loop over it, or take [0]."
                )
        elif kind is LoopContext:
            if not hasattr(LoopContext, name) and name != "depth0":
                near = did_you_mean(name, [each for each in dir(LoopContext) if each[0] != "_"])
                self.bad(node.lineno, name, f"'loop' has no field '{name}'.", f"{near}Jinja's manual lists them.")
        elif kind in (str, int, bool, Markup) and not hasattr(kind, name):
            whole = _written(node.node) if isinstance(node, nodes.Getattr) else "It"
            noun = {int: "a number", bool: "true or false"}.get(kind, "a text")
            self.bad(node.lineno, name, f"'{whole}' is {noun} and has no field '{name}'.", "Print it as it is.")
        return ANYTHING

    def of_getitem(self, node: nodes.Getitem, scope: Scope) -> Any:
        kind, arg = self.expr(node.node, scope), node.arg
        self.expr(arg, scope)
        if isinstance(kind, Many):
            return kind if isinstance(arg, nodes.Slice) else kind.item
        if isinstance(arg, nodes.Const) and isinstance(kind, Row) and isinstance(arg.value, int):
            return kind.items[arg.value] if -len(kind.items) <= arg.value < len(kind.items) else ANYTHING
        if isinstance(arg, nodes.Const) and isinstance(arg.value, str) and _is_view(kind):
            return self.attribute(kind, arg.value, node)
        return str if kind in (str, Markup) else ANYTHING

    def of_test(self, node: nodes.Test, scope: Scope) -> Any:
        if not (node.name in ("defined", "undefined") and isinstance(node.node, nodes.Name)):
            self.expr(node.node, scope)
        self._rest(node, scope)
        return bool

    def of_filter(self, node: nodes.Filter, scope: Scope) -> Any:
        kind = self.expr(node.node, scope) if node.node is not None else ANYTHING
        self._rest(node, scope)
        if isinstance(kind, Many) and (name := _attribute_named(node)):
            self.attribute(kind.item, name.split(".")[0], node)
        if node.name in _NUMBERS:
            return int
        if node.name in _SAME:
            return kind
        if node.name in _MEMBER and isinstance(kind, Many):
            return kind.item
        return ANYTHING

    def _rest(self, node: nodes.Test | nodes.Filter, scope: Scope) -> None:
        for child in (*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs):
            if child is not None:
                self.expr(child, scope)

    def of_concat(self, node: nodes.Concat, scope: Scope) -> Any:
        for child in node.nodes:
            self.expr(child, scope)
        return str

    def of_condexpr(self, node: nodes.CondExpr, scope: Scope) -> Any:
        self.expr(node.test, scope)
        one = self.expr(node.expr1, scope)
        other = self.expr(node.expr2, scope) if node.expr2 is not None else one
        return one if one == other else ANYTHING

    def of_compare(self, node: nodes.Compare, scope: Scope) -> Any:
        for child in node.iter_child_nodes():
            self.expr(child, scope)
        return bool

    def of_list(self, node: nodes.List, scope: Scope) -> Any:
        kinds = [self.expr(item, scope) for item in node.items]
        return Many(kinds[0]) if kinds and all(kind == kinds[0] for kind in kinds) else ANYTHING

    def of_tuple(self, node: nodes.Tuple, scope: Scope) -> Any:
        return Row(tuple(self.expr(item, scope) for item in node.items))


def _is_view(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _attribute_named(node: nodes.Filter) -> str:
    """The field that a filter asks each member for: map(attribute="title"), selectattr("kind", …)."""
    for keyword in node.kwargs:
        if keyword.key == "attribute" and isinstance(keyword.value, nodes.Const):
            return str(keyword.value.value)
    at = _BY_ATTRIBUTE.get(node.name)
    if at is not None and len(node.args) > at and isinstance(node.args[at], nodes.Const):
        return str(node.args[at].as_const())
    return ""


def _names(node: nodes.Node) -> list[str]:
    if isinstance(node, nodes.Const):
        return [node.value] if isinstance(node.value, str) else [str(each) for each in node.value]
    return [name for item in getattr(node, "items", ()) for name in _names(item)]


def _written(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_written(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{_written(node.node)}[…]"
    return "It"


def _called(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))
