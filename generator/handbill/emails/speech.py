"""Shortcodes in e-mails: each becomes slots for the place where it stands, in HTML, in text, in a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Literal

from handbill.emails.values import BUILD_VALUES, SEND_VALUES, may_ask
from handbill.errors import Problem
from handbill.model import Call, Part
from handbill.render.shortcodes import SHORTCODES
from handbill.slugs import slugify

Nodes = list[Any]
Way = Literal["mail", "text"]

NO_NAME_IN_CONFIRM = "The address may be somebody else's until it is confirmed: no word of the sender's may reach it."

Say = Callable[[Call, Way], str]
"""What one shortcode says that no value stands for: `href`, `link`, `figure`, `image`. HTML for "mail", escaped; `href`
says an absolute URL, as it stands in an attribute for "mail"."""

_ADDRESSES: Mapping[str, str] = {"page_url": "url", "signup": "url", "calendar": "calendar_url"}
"""Shortcode that is an address → the value that holds it, where their names differ."""


class Speaker:
    """Turns the parts of a text into nodes for one context, and keeps which facts must be asked of an entry."""

    def __init__(self, name: str, t: Callable[[str], str], say: Say | None, path: str) -> None:
        self.name, self.t, self._say, self.path = name, t, say, path
        self.asks: dict[str, Call] = {}
        self.problems: list[Problem] = []

    def line(self, parts: Sequence[Part]) -> Nodes:
        return self._join(parts, lambda call, _: self._fact(call, "header"))

    def html(self, parts: Sequence[Part], styles: Mapping[str, str]) -> Nodes:
        if styles:
            dress = _dresser(tuple(styles.items()))
            parts = [dress(part) if isinstance(part, str) else part for part in parts]
        return self._join(parts, lambda call, block: self._html(call, block, styles))

    def text(self, parts: Sequence[Part]) -> Nodes:
        return self._join(parts, lambda call, _: self._text(call))

    def _join(self, parts: Sequence[Part], nodes: Callable[[Call, bool], Nodes]) -> Nodes:
        out: Nodes = []
        for number, part in enumerate(parts):
            if isinstance(part, str):
                _append(out, part)
                continue
            before = parts[number - 1] if number else "\n"
            after = parts[number + 1] if number + 1 < len(parts) else "\n"
            block = isinstance(before, str) and before.endswith("\n") and isinstance(after, str) and after[:1] == "\n"
            for node in nodes(part, block):
                _append(out, node)
        return out

    # ---- facts, the same everywhere

    def _fact(self, call: Call, context: str) -> Nodes:
        name = call.name
        if name == "first_name":
            self._sending(call, "first_name")
            return [[context, "first_name", call.args[0]]]
        if name == "secret":
            self._sending(call, f"secret.{call.args[0]}")
            return [[context, f"secret.{call.args[0]}"]]
        if name == "title":
            return [[context, "title"]]
        if name == "where":
            return [[context, "where", ""], ["if", "where_address", [", ", [context, "where_address"]], []]]
        if call.args and name in ("price", "stock"):
            slot = f"{name}.{_slot_part(call.args[0])}"
            self.asks[slot] = call
            return [[context, slot, ""]]
        return [[context, name, ""]]

    def _sending(self, call: Call, value: str) -> None:
        if not may_ask(value, self.name):
            where = SEND_VALUES.get(value, ("any other",))
            fix = NO_NAME_IN_CONFIRM if self.name == "confirm" else f"It is known in {', '.join(where)}."
            self.problems.append(
                Problem(self.path, call.line, call.column, f"'{call.name}' is not known in '{self.name}'.", fix)
            )

    def _address(self, call: Call, name: str, context: str) -> Nodes:
        """The address that the shortcode `name` stands for."""
        value = _ADDRESSES.get(name, name)
        if value not in BUILD_VALUES:
            self._sending(call, value)
        return [[context, value], "#signup"] if name == "signup" else [[context, value]]

    def _target(self, call: Call, target: str, way: Way) -> Nodes:
        """Where a button leads: an address shortcode, or a link as written."""
        if target in SHORTCODES:
            return self._address(call, target, "url" if way == "mail" else "plain")
        if target.startswith(("https://", "mailto:")):
            return [escape(target) if way == "mail" else target]
        return [self.say(Call("href", (target,), (), call.line, call.column), way)]

    def say(self, call: Call, way: Way) -> str:
        if self._say is None:
            self.problems.append(
                Problem(
                    self.path, call.line, call.column, f"'{call.name}' cannot stand in words that all entries share.",
                    "Write full https addresses, or use button with page_url.",
                )
            )  # fmt: skip
            return ""
        return self._say(call, way)

    # ---- HTML and text

    def _html(self, call: Call, block: bool, styles: Mapping[str, str]) -> Nodes:
        name = call.name
        if name == "href_of":
            return self._address(call, call.args[0], "url")
        if name in ("href", "link", "figure", "image"):
            return [self.say(call, "mail")]
        if name == "button":
            return self._link(self._target(call, call.args[1], "mail"), call.args[0], block, styles, "a.button")
        if name == "calendar":
            link = self._link(self._address(call, name, "url"), self.t("calendar.add"), block, styles)
            return [["if", "calendar_url", link, []]]
        if name == "signup":
            words = call.args[0] if call.args else self.t("form.button.default")
            return self._link(self._address(call, name, "url"), words, block, styles)
        if name in SHORTCODES and SHORTCODES[name].url:
            address = self._address(call, name, "url")
            return self._link(address, self._address(call, name, "text"), block, styles)
        return self._fact(call, "text")

    def _link(
        self, target: Nodes, words: str | Nodes, block: bool, styles: Mapping[str, str], look: str = "a"
    ) -> Nodes:
        style = f' style="{escape(styles[look])}"' if look in styles else ""
        kind = ' class="button"' if look == "a.button" else ""
        said = [escape(words)] if isinstance(words, str) else words
        paragraph = f' style="{escape(styles["p"])}"' if "p" in styles else ""
        open_, close = (f"<p{paragraph}>", "</p>") if block else ("", "")
        return [f'{open_}<a{kind}{style} href="', *target, '">', *said, f"</a>{close}"]

    def _text(self, call: Call) -> Nodes:
        name = call.name
        if name == "href_of":
            return self._address(call, call.args[0], "plain")
        if name in ("href", "link", "figure", "image"):
            return [self.say(call, "text")]
        if name == "button":
            return [f"{call.args[0]}:\n", *self._target(call, call.args[1], "text")]
        if name == "calendar":
            return [["if", "calendar_url", [f"{self.t('calendar.add')}:\n", ["plain", "calendar_url"]], []]]
        if name == "signup":
            words = call.args[0] if call.args else self.t("form.button.default")
            return [f"{words}:\n", *self._address(call, name, "plain")]
        if name in SHORTCODES and SHORTCODES[name].url:
            return self._address(call, name, "plain")
        return self._fact(call, "plain")


def _append(out: Nodes, node: Any) -> None:
    if isinstance(node, str) and out and isinstance(out[-1], str):
        out[-1] += node
    elif node:
        out.append(node)


def _slot_part(name: str) -> str:
    """A product's name as the last part of a slot's: `Early bird` is early-bird. Beyond ASCII by codes."""
    slug = slugify(name) or "x"
    return re.sub(r"[^a-z0-9_-]", lambda found: f"u{ord(found[0]):x}", slug)


def _dresser(styles: tuple[tuple[str, str], ...]) -> Callable[[str], str]:
    """Writes each style into the tags it is for: some mail programs keep no style sheet."""
    by_tag = {tag: f' style="{escape(style)}"' for tag, style in styles}
    tags = "|".join(sorted((tag for tag in by_tag if "." not in tag), key=len, reverse=True))
    pattern = re.compile(rf"<({tags})(?=[\s/>])(?![^<>]*\sstyle=)") if tags else re.compile(r"(?!)")
    return lambda text: pattern.sub(lambda found: found[0] + by_tag[found[1]], text)
