"""Jinja as handbill runs it: what a template may touch is closed, and what a page asks for most costs least.

A page asks for some three hundred fields and includes a dozen parts. Jinja looks each field up by a call, and makes
each part a context as for a page of its own: a third of a page's time. Here a field is asked for by Python's own dot,
so all that is handed to a template answers to one: Views do; maps must be `named`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from keyword import iskeyword
from types import CodeType
from typing import Any

import jinja2
from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context
from markupsafe import escape

from handbill.near import nearest
from handbill.render.templates.facts import forbidden
from handbill.render.templates.turns import counter

OURS = frozenset({"t", "asset", "token"})
"""The functions that every template has. They want nothing of Jinja's, so they are called as they are."""

_ASKS_IF_THERE = frozenset({"defined", "undefined", "default", "d"})
"""Tests and filters that may be asked of what is not there."""


class Undefined(StrictUndefined):
    """An undefined name: an error as soon as it is used, which says what there is instead.

    Whether a map (`params`) has a key may be asked with `if`, as people do.
    """

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]
        if not isinstance(self._undefined_obj, Mapping):
            self._fail_with_undefined_error()
        return False

    @property
    def _undefined_message(self) -> str:
        name, obj = self._undefined_name, self._undefined_obj
        if self._undefined_hint or not isinstance(name, str):
            return str(self._undefined_hint or f"There is nothing at {name!r}.")
        if obj is jinja2.utils.missing:
            return f"'{name}' is not defined."
        return lacking(obj, name)


def lacking(obj: Any, name: str) -> str:
    """What is wrong where a template asked `obj` for a field that it has not."""
    if obj is None:
        return f"There is no '{name}' here, since what should have it is none. Test it with {{% if %}} before."
    if hasattr(type(obj), "__dataclass_fields__"):
        near = nearest(name, type(obj).__dataclass_fields__)
        guess = f" Did you mean '{near}'?" if near else ""
        return f"{type(obj).__name__} has no field '{name}'.{guess}"
    return f"There is no '{name}' here."


class _Named(dict[str, Any]):
    """See `named`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            if name.startswith("__"):  # Python and Jinja ask what it can do
                raise AttributeError(name) from None
            return Undefined(obj=self, name=name)


def named(value: Any) -> Any:
    """The same, with every map in it one whose keys a template can ask for by a dot."""
    if isinstance(value, Mapping):
        return _Named((key, named(each)) for key, each in value.items())
    if type(value) in (list, tuple):
        return type(value)(named(each) for each in value)
    return value


class Environment(jinja2.Environment):
    """Looks up what a template asks for, with the names closed that `facts` could not see."""

    secret: str
    mode: str
    """How it reads files: as a page, a program or a text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.globals["dict"] = _Named
        self._loaded: dict[str, jinja2.Template] = {}
        self.counted, self.count_anew = counter()

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:
        """Each is loaded once; to look it up in Jinja's own cache costs a page a twentieth of its time."""
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = super().get_template(name, parent, globals)
        return found

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`x[name]`. Mappings have keys of any name; of anything else, only what a dot could ask for as well."""
        if isinstance(argument, str) and not isinstance(obj, Mapping) and forbidden(argument):
            raise TemplateRuntimeError(f"'{argument}' is closed to templates.")
        return super().getitem(obj, argument)


class Loader(jinja2.BaseLoader):
    """Gives each Environment its templates from code that all of them share."""

    def __init__(self, code: Callable[[Any, str], CodeType]) -> None:
        self.code = code

    def load(self, environment: jinja2.Environment, name: str, globals: Any = None) -> jinja2.Template:
        code = self.code(environment, name)
        # Its globals are the environment's and no more, so a plain dict will do: Jinja's ChainMap is slow to copy.
        template = environment.template_class.from_code(environment, code, environment.globals, None)
        called = template.root_render_func.__globals__
        called["escape"] = _escape  # a sixth of the time saved
        called["named"] = named
        called["counted"] = environment.counted  # type: ignore[attr-defined]
        return template


class _Context(Context):
    def include(self, name: str, names: dict[str, Any]) -> str:
        """The text of the template `name`, which sees what is seen here, and `names` before it."""
        template = self.environment.get_template(name)
        inner = _Context.__new__(_Context)
        inner.parent = {**self.parent, **self.vars, **names} if self.vars or names else self.parent
        inner.vars, inner.exported_vars = {}, set()
        inner.environment, inner.eval_ctx, inner.globals_keys = self.environment, self.eval_ctx, self.globals_keys
        inner.name = name
        inner.blocks = {block: [render] for block, render in template.blocks.items()}
        return self.environment.concat(template.root_render_func(inner))


class _Generator(CodeGenerator):
    """Writes functions that gather their text and give it whole, and that ask for fields and parts without ado.

    Jinja's own hand on each stretch by itself, through every file that extends or includes another.
    """

    _asks_if_there = False
    _looped: nodes.Node | None = None
    """What the `for` that is being written goes over: its turns are counted."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        self._looped = node.iter
        super().visit_For(node, frame)

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if node is not self._looped:
            return super().visit(node, *args, **kwargs)
        self._looped = None
        self.write("counted(")
        super().visit(node, *args, **kwargs)
        self.write(")")
        return None

    def enter_frame(self, frame: Frame) -> None:
        super().enter_frame(frame)
        if frame.rootlevel or frame.block_frame:
            self.buffer(frame)

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:
        super().leave_frame(frame, with_python_scope)
        if frame.rootlevel or frame.block_frame:
            self.writeline(f"yield concat({frame.buffer})")

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        self.write("named(")
        super().visit_Dict(node, frame)
        self.write(")")

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        if isinstance(node.value, (dict, list, tuple)):
            self.write(f"named({node.value!r})")
        else:
            super().visit_Const(node, frame)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        plain = node.attr.isascii() and node.attr.isidentifier() and not iskeyword(node.attr)
        dotted = isinstance(node.node, (nodes.Getattr, nodes.Call)) or (
            isinstance(node.node, nodes.Name) and node.node.name != "self"
        )
        if self._asks_if_there or not (plain and dotted):
            super().visit_Getattr(node, frame)
        else:
            self.visit(node.node, frame)
            self.write(f".{node.attr}")

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        with self._asking(node):
            super().visit_Test(node, frame)

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        with self._asking(node):
            super().visit_Filter(node, frame)

    @contextmanager
    def _asking(self, node: nodes.Test | nodes.Filter) -> Iterator[None]:
        before, self._asks_if_there = self._asks_if_there, self._asks_if_there or node.name in _ASKS_IF_THERE
        yield
        self._asks_if_there = before

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802  # Jinja's name
        named = isinstance(node.node, nodes.Name) and node.node.name in OURS
        if (
            not named
            or forward_caller
            or node.dyn_args
            or node.dyn_kwargs
            or any(iskeyword(k.key) for k in node.kwargs)
        ):
            if forward_caller:
                super().visit_Call(node, frame, forward_caller=True)
            else:
                super().visit_Call(node, frame)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        for keyword in node.kwargs:
            self.write(f"{keyword.key}=")
            self.visit(keyword.value, frame)
            self.write(", ")
        self.write(")")

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        if not isinstance(node.template, nodes.Const) or not node.with_context or node.ignore_missing:
            super().visit_Include(node, frame)
            return
        self.start_write(frame, node)
        self.write(f"context.include({node.template.value!r}, {self.dump_local_context(frame)})")
        self.end_write(frame)


Environment.code_generator_class = _Generator
Environment.context_class = _Context

_needs_escaping = re.compile("[&<>\"']").search


def _escape(value: Any) -> str:
    """markupsafe.escape for what is printed at once: most texts have nothing to escape, and then need no Markup."""
    if type(value) is str and not _needs_escaping(value):
        return value
    return escape(value)
