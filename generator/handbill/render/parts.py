"""Texts with holes: finished stretches, and the shortcodes still to be said between them.

Light on purpose: a build that finds every body in its cache imports this and never the Markdown parser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from handbill.model import Body, Call, Part, Words


def fill_parts(parts: Iterable[Part], fill: Callable[[Call], str]) -> str:
    """The whole text: every Call replaced by what `fill` says for it, in order.

    Nothing is escaped here: `fill` knows whether it speaks HTML or plain text, and that `href` and `href_of` stand
    inside a double-quoted attribute.
    """
    return "".join([part if isinstance(part, str) else fill(part) for part in parts])


def merge(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same parts, neighbouring texts joined and empty ones left out."""
    out: list[Part] = []
    for part in parts:
        if isinstance(part, str):
            if not part:
                continue
            if out and isinstance(out[-1], str):
                out[-1] += part
                continue
        out.append(part)
    return tuple(out)


def to_plain(body: Body) -> tuple[Any, ...]:
    """`body` as nested tuples of str and int, fit for `marshal`. `from_plain` gives it back."""
    return _pack(body.public), None if body.gate is None else _pack(body.gate)


def from_plain(plain: tuple[Any, ...]) -> Body:
    """The Body that `to_plain` packed. It trusts its input: it is for what we wrote ourselves."""
    public, gate = plain
    return Body(_unpack(public), None if gate is None else _unpack(gate))


def _pack(words: Words) -> tuple[Any, ...]:
    return (
        _pack_parts(words.html),
        _pack_parts(words.mail),
        _pack_parts(words.text),
        words.headings,
        words.links,
        words.images,
        words.excerpt,
    )


def _unpack(plain: tuple[Any, ...]) -> Words:
    html, mail, text, headings, links, images, excerpt = plain
    return Words(_unpack_parts(html), _unpack_parts(mail), _unpack_parts(text), headings, links, images, excerpt)


def _pack_parts(parts: tuple[Part, ...]) -> tuple[Any, ...]:
    return tuple(
        [
            part if isinstance(part, str) else (part.name, part.args, part.options, part.line, part.column)
            for part in parts
        ]
    )


def _unpack_parts(plain: tuple[Any, ...]) -> tuple[Part, ...]:
    return tuple([part if isinstance(part, str) else Call(*part) for part in plain])
