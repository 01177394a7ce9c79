"""The tags that write slots: `slot`, `fragment`, `each`, `when`. Only templates that become programs know them.

    {% slot name %}   {% slot name "fallback" %}   {% fragment name %}
    {% each name %}…{% endeach %}   {% when name %}…{% otherwise %}…{% endwhen %}

They print markers (see `handbill.render.programs`). A marker must come from the theme and from nobody else, so while
Jinja works, markers open with a secret of this process; `reveal` then takes the power from every `{{` that some value
brought along, and gives the secret ones their braces. `slot("name")` is the same slot as a value, for `t()`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.lexer import Token
from markupsafe import Markup

from handbill.render.programs import marker
from handbill_functions.fill import NAME

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.parser import Parser


class Slots(Extension):
    """Expects `environment.secret`, a text that no value can hold."""

    tags = {"slot", "fragment", "each", "when"}  # noqa: RUF012  # as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        tag = next(parser.stream)
        name = self._name(parser, tag)
        if tag.value == "slot":
            fallback = next(parser.stream).value if parser.stream.current.type == "string" else None
            try:
                return self._mark(marker(name, fallback)[2:], tag)
            except ValueError as error:
                parser.fail(str(error), tag.lineno)
        if tag.value == "fragment":
            return self._mark(f">{name}}}}}", tag)
        if tag.value == "each":
            body = parser.parse_statements(("name:endeach",), drop_needle=True)
            return [self._mark(f"#each {name}}}}}", tag), *body, self._mark("/each}}", tag)]
        body = parser.parse_statements(("name:otherwise", "name:endwhen"))
        out: list[nodes.Node] = [self._mark(f"#if {name}}}}}", tag), *body]
        if next(parser.stream).value == "otherwise":
            rest = parser.parse_statements(("name:endwhen",), drop_needle=True)
            out += [self._mark("else}}", tag), *rest]
        return [*out, self._mark("/if}}", tag)]

    def _name(self, parser: Parser, tag: Token) -> str:
        """`first_name`, `secret.door_code`: tokens until something else comes."""
        parts: list[str] = []
        while parser.stream.current.type in ("name", "integer", "dot", "sub"):
            parts.append(str(next(parser.stream).value))
        name = "".join(parts)
        if not NAME.fullmatch(name):
            shown = name or parser.stream.current.value
            parser.fail(f"'{shown}' is no name for a {tag.value}: small letters, digits and underscores.", tag.lineno)
        return name

    def _mark(self, rest: str, tag: Token) -> nodes.Output:
        secret: str = self.environment.secret  # type: ignore[attr-defined]
        return nodes.Output([nodes.TemplateData(secret + rest)], lineno=tag.lineno)


def slot_value(environment: Environment) -> Callable[[str, str | None], Markup]:
    """The function `slot("name", "fallback")`: a slot as a value."""
    secret: str = environment.secret  # type: ignore[attr-defined]

    def slot(name: str, fallback: str | None = None) -> Markup:
        return Markup(secret + marker(name, fallback)[2:])  # noqa: S704  # a marker holds nothing that needs escaping

    return slot


def reveal(text: str, secret: str) -> str:
    """`text` with its secret markers as real ones, and every other `{{` without power."""
    text = re.sub(rf"\{{\{{+|\{{(?={secret})", lambda found: "{{(}}" * len(found[0]), text)
    return text.replace(secret, "{{")
