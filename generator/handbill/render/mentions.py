"""What a text points to: shortcodes, links and pictures. Each becomes a Call where only the build knows what to say.

    Call("href", (target,))     inside href="…": a path of the site or a file, as its author wrote it, percent-encoded
    Call("href_of", (name,))    inside href="…": the address that the shortcode `name` stands for
    Call("figure", …)           a picture that is a block: options src, alt, caption, class
    Call("image", …)            a picture among words: options src, alt, title, class

Every other Call is a shortcode as its author wrote it. In plain text the same Calls stand where the URL, or a word for
the picture, belongs.

Until a rendering is finished a Call is a mark in a string (see shortcodes), so that strings can be joined, wrapped and
cleaned; `cut` puts the Calls in their places. It lets nothing through that was not asked about before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import unquote

from handbill.model import Call, Part
from handbill.render.authorhtml import SCHEMES
from handbill.render.parts import merge
from handbill.render.proof import Proof
from handbill.render.shortcodes import CLOSE, MARK, OPEN, Found, Spec, Where, fault


class Lead(NamedTuple):
    """Where a link leads, not escaped; None where it is no link."""

    page: str | None
    mail: str | None
    text: str | None


NOWHERE = Lead(None, None, None)

DECORATION = "decoration"
"""The class of a picture that shows nothing: it needs no description."""

_ONLY_MARKS = re.compile(rf"\s*(?:{MARK.pattern}\s*)+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_OUTSIDE = (
    "A picture cannot come from elsewhere: each reader's visit would be told to that place.",
    "Save it beside this file and write its name.",
)
_SILENT_PICTURE = "This picture says nothing to those who cannot see it."


class Mentions:
    """Everything one stream of words points to. What is wrong goes to `proof`."""

    def __init__(self, found: list[Found], known: Mapping[str, Spec], where: Where, proof: Proof) -> None:
        """`found` are the shortcodes by the numbers of their marks; the Calls made here are added to it."""
        self.links: list[tuple[str, int]] = []
        """(target, line in the file) of every link that leads somewhere."""
        self.images: list[tuple[str, str, int]] = []
        """(path, description, line in the file) of every picture that can be one."""
        self._found = found
        self._known = known
        self._where = where
        self._proof = proof
        self._leads: dict[str, Lead] = {}
        self._right: set[Found] = set()
        """Shortcodes that are right, and right where they stand."""
        self._addresses: set[Found] = set()
        """Shortcodes that became the target of a link."""

    # ---- shortcodes

    def settle(self, text: str) -> str:
        """`text` with the marks of shortcodes that may stand among words; others as they were typed, and reported."""
        return MARK.sub(self._settle_one, text)

    def _settle_one(self, match: re.Match[str]) -> str:
        one = self._found[int(match.group(1))]
        if one.call is None:
            if one.what:
                self._refuse(one, one.what, one.fix)
            return one.literal or one.raw
        if not self._fits(one.call, one):
            return one.raw
        if not self._known[one.call.name].inline:
            self._refuse(one, f"'{one.call.name}' cannot stand among words.", "Give it a paragraph of its own.")
            return one.raw
        self._take(one.call, one)
        return match.group()

    def blocks(self, content: str) -> list[str] | None:
        """What a paragraph holds, if it is nothing but shortcodes that are blocks: their marks, one by one.

        One that is wrong is there as it was typed, and reported. None where the paragraph holds anything else.
        """
        if _ONLY_MARKS.fullmatch(content) is None:
            return None
        found = [(match.group(), self._found[int(match.group(1))]) for match in MARK.finditer(content)]
        for _, one in found:
            spec = self._known.get(one.call.name) if one.call is not None else None
            if spec is None or not spec.block:
                return None
        out = []
        for mark, one in found:
            assert one.call is not None
            if self._fits(one.call, one):
                self._take(one.call, one)
                out.append(mark)
            else:
                out.append(one.raw)
        return out

    def _fits(self, call: Call, one: Found) -> bool:
        what, fix = fault(call, self._where, self._known)
        if what:
            self._refuse(one, what, fix)
        return not what

    def _take(self, call: Call, one: Found) -> None:
        """Takes down a shortcode that is right, and what it brings along: its picture, its link."""
        self._right.add(one)
        if call.name == "figure":
            options = dict(call.options)
            if _is_outside(options["src"]):
                self._refuse(one, *_OUTSIDE)
                return
            self.images.append((options["src"], options.get("alt", ""), one.line))
            if "alt" not in options:
                fix = 'Write what it shows as alt="…", or alt="" where it shows nothing.'
                self._refuse(one, _SILENT_PICTURE, fix, level="warning")
        elif call.name == "link":
            self.links.append((call.args[0], one.line))
        elif call.name == "button" and call.args[1] not in self._known:
            self.links.append((call.args[1], one.line))

    def as_typed(self, text: str, place: str = "") -> str:
        """`text` with every shortcode as its author typed it; reported where `place` names where none can stand."""
        if OPEN not in text:
            return text
        if place:
            for number in MARK.findall(text):
                fix = "Write the words themselves."
                self._refuse(self._found[int(number)], f"A shortcode cannot stand in {place}.", fix)
        return MARK.sub(lambda match: self._found[int(match.group(1))].raw, text)

    def width(self, number: int) -> int:
        """How many columns the Call of that number may fill in plain text."""
        call = self._found[number].call
        spec = self._known.get(call.name) if call is not None else None
        return spec.width if spec is not None else 40

    def lost(self, before: str, after: str) -> None:
        """Reports the shortcodes whose marks stood in `before` and are gone from `after`."""
        kept = set(MARK.findall(after))
        for number in MARK.findall(before):
            one = self._found[int(number)]
            if number not in kept and one.raw and one not in self._addresses:
                self._refuse(one, "A shortcode cannot stand inside an HTML tag.", "Put it between tags.")

    def cut(self, text: str) -> tuple[Part, ...]:
        """`text` in parts: the Calls in the places of their marks."""
        if OPEN not in text:
            return (text,) if text else ()
        pieces = MARK.split(text)
        parts: list[Part] = list(pieces)
        for i in range(1, len(pieces), 2):
            one = self._found[int(pieces[i])]
            if one.call is not None and (not one.raw or one in self._right):
                parts[i] = one.call
            else:  # it got past every question above, so nobody knows that it may stand here
                parts[i] = ""
                self._refuse(one, "A shortcode cannot stand here.", "Put it among words, or in a paragraph of its own.")
        return merge(parts)

    # ---- links

    def lead(self, target: str, line: int) -> Lead:
        """Where a link to `target` leads, which stands at `line`."""
        answer = self._leads.get(target)
        if answer is None:
            answer = self._lead_by_call(target) if OPEN in target else self._lead(target, line)
            self._leads[target] = answer
        if answer.page and OPEN not in target:
            self.links.append((target, self._proof.line(line)))
        return answer

    def lead_again(self, target: str) -> Lead:
        """The same for an href met while HTML is cleaned: ours, or one that was asked about before."""
        if target[:1] == "#":
            return Lead(target, None, None)
        return self._leads.get(target) or self.lead(target, 0)

    def _lead(self, target: str, line: int) -> Lead:
        if not target:
            self._proof.report(line, "This link leads nowhere.", "Write where it goes between the round brackets.")
            return Lead(target, None, None)
        if target[0] == "#":
            return Lead(target, None, None)  # neither an e-mail nor a text has anything to jump to
        scheme = _SCHEME.match(target)
        if scheme is not None:
            name = scheme.group(1).lower()
            if name in SCHEMES:
                return Lead(target, target, target[7:] if name == "mailto" else target)
            what, fix = f"A link cannot lead to '{name}:'.", "Write an https address or a path of this site."
        elif target.startswith("//"):
            what, fix = f"'{target}' does not say how to get there.", f"Write https:{target}."
        else:
            mark = self._add(Call("href", (target,), (), self._proof.line(line)))
            return Lead(mark, mark, mark)
        self._proof.report(line, what, fix, needle=target)
        return NOWHERE

    def _lead_by_call(self, target: str) -> Lead:
        """`[words]({{< confirm_url >}})`: an address shortcode as the whole target."""
        whole = MARK.fullmatch(target)
        first = whole or MARK.search(target)
        assert first is not None
        one = self._found[int(first.group(1))]
        call = one.call
        if whole is not None and not one.raw:
            return Lead(target, target, target)  # a Call of ours
        if call is None:
            self._refuse(one, one.what or "An escaped shortcode is no address.", one.fix)
            return NOWHERE
        if not self._fits(call, one):
            return NOWHERE
        if whole is None:
            self._refuse(one, "A shortcode must be the whole target of a link.", f"Write [words]({one.raw}).")
            return NOWHERE
        if not self._known[call.name].url or call.args:
            names = [spec.name for spec in self._known.values() if spec.url and self._where in spec.where]
            self._refuse(one, f"{one.raw} is not an address.", f"Addresses are {', '.join(names)}.")
            return NOWHERE
        self._addresses.add(one)
        mark = self._add(Call("href_of", (call.name,), (), one.line, one.column))
        return Lead(mark, mark, mark)

    # ---- pictures

    def picture(self, source: str, alt: str, caption: str, classes: str, line: int, *, block: bool) -> str:
        """The mark of a picture. `source` is percent-encoded, as Markdown has it; in the Call it is a path."""
        source = unquote(self.as_typed(source, "the file name of a picture"))
        alt = self.as_typed(alt, "the description of a picture")
        caption = self.as_typed(caption, "the caption of a picture")
        if _is_outside(source):
            self._proof.report(line, *_OUTSIDE, needle=source)
        elif not source:
            self._proof.report(line, "This picture has no file.", "Write its name between the round brackets.")
        else:
            self.images.append((source, alt, self._proof.line(line)))
        if not alt and DECORATION not in classes.split():
            fix = (
                f"Write what it shows between the square brackets, or {{.{DECORATION}}} behind it if it shows nothing."
            )
            self._proof.report(line, _SILENT_PICTURE, fix, needle=source, level="warning")
        options = [("src", source), ("alt", alt)]
        if caption:
            options.append(("caption" if block else "title", caption))
        if classes:
            options.append(("class", classes))
        return self._add(Call("figure" if block else "image", (), tuple(options), self._proof.line(line)))

    # ---- inside

    def _add(self, call: Call) -> str:
        self._found.append(Found("", call, call.line, call.column))
        return f"{OPEN}{len(self._found) - 1}{CLOSE}"

    def _refuse(self, one: Found, what: str, fix: str, level: Literal["error", "warning"] = "error") -> None:
        self._proof.report_at(one.line, one.column, what, fix, width=len(one.raw.partition("\n")[0]), level=level)


def _is_outside(source: str) -> bool:
    return _SCHEME.match(source) is not None or source.startswith("//")
