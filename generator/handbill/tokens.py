"""Design tokens: a theme's colours, type and spaces, written once for page and e-mail.

The format is DTCG 2025.10 (https://www.designtokens.org/tr/2025.10/format/), so that design tools can write it. It
knows no dark mode and no inheritance; both are ours:

* A group named `light` or `dark` is a mode. `color.light.ink` and `color.dark.ink` are one CSS custom property
  `--color-ink` with two values. Anything outside such a group holds in both modes.
* A theme's tokens.json is laid over its parent's, token by token.

    {
      "color": {
        "$type": "color",
        "light": { "ink": { "$value": "#1d2521", "$description": "Text." } },
        "dark":  { "ink": { "$value": "#eef3f0" } }
      },
      "space": { "$type": "dimension", "3": { "$value": { "value": 1.5, "unit": "rem" } } },
      "font":  { "body": { "$type": "fontFamily", "$value": ["system-ui", "sans-serif"] } }
    }

Types: color, dimension, fontFamily, fontWeight, number, duration, cubicBezier. A value may be an alias:
`{color.light.ink}`. A page gets custom properties, printed with their values (an alias costs a browser work and us
nothing). An e-mail gets `literal()`: mail clients know neither var() nor rem.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handbill import colour, located_json
from handbill.colour import Colour
from handbill.errors import Problem
from handbill.near import did_you_mean

MODES = ("light", "dark")
TYPES = ("color", "cubicBezier", "dimension", "duration", "fontFamily", "fontWeight", "number")

TEXT, EDGE = 4.5, 3.0
"""WCAG 2.2, 1.4.3 for text of any size and 1.4.11 for what shows where a control is."""

PAIRS: tuple[tuple[str, str, float], ...] = (
    ("ink", "paper", TEXT),
    ("ink", "panel", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "panel", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "panel", TEXT),
    ("on-accent", "accent", TEXT),
    ("notice", "paper", TEXT),
    ("notice", "panel", TEXT),
    ("danger", "paper", TEXT),
    ("danger", "panel", TEXT),
    ("edge", "paper", EDGE),
    ("edge", "panel", EDGE),
    ("focus", "paper", EDGE),
    ("focus", "panel", EDGE),
)
"""(what stands in front, what it stands on, least contrast): the colours every theme has, and what they promise."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_ALIAS = re.compile(r"\{([^{}]+)\}")
_DIMENSION = re.compile(r"(-?[0-9]*\.?[0-9]+)(px|rem)")
_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(ms|s)")
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_GENERIC = re.compile(r"-?[A-Za-z][A-Za-z0-9-]*")
_FAMILY = re.compile(r"[^\"'\\<>{};\x00-\x1f]+")
_WEIGHTS = {
    "thin": 100, "hairline": 100, "extra-light": 200, "ultra-light": 200, "light": 300, "normal": 400, "regular": 400,
    "book": 400, "medium": 500, "semi-bold": 600, "demi-bold": 600, "bold": 700, "extra-bold": 800, "ultra-bold": 800,
    "black": 900, "heavy": 900, "extra-black": 950, "ultra-black": 950,
}  # fmt: skip
_ROOT_PX = 16
"""What a rem is in an e-mail, where the reader's own size is not known."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token, resolved."""

    path: str
    """`color.light.ink`."""
    type: str
    """One of TYPES."""
    css: str
    """Its value for a page: `#1d2521`, `1.5rem`, `system-ui, sans-serif`."""
    mail: str
    """Its value for an e-mail: the same, but px for rem."""
    file: str
    """The file that wins: `themes/lantern/tokens.json`."""
    line: int
    column: int
    first: str
    """The file that wrote a token of this path first: a child that gives another value does not add a token."""
    alias: str = ""
    """The path it names, where its value is an alias."""

    @property
    def mode(self) -> str:
        """`light`, `dark`, or empty where it holds in both."""
        return next((part for part in self.path.split(".") if part in MODES), "")

    @property
    def property(self) -> str:
        """Its CSS custom property: `--color-ink`."""
        return property_of(self.path)

    def problem(self, what: str, fix: str) -> Problem:
        """A problem at the place of the token."""
        return Problem(self.file, self.line, self.column, what, fix)


def property_of(path: str) -> str:
    """`color.light.on_accent` is `--color-on-accent`."""
    return "--" + "-".join(part.replace("_", "-") for part in path.split(".") if part not in MODES)


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of a theme, its parents' among them."""

    by_path: Mapping[str, Token] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """The files they came from, parent before child."""

    def literal(self, path: str) -> str:
        """The value for an e-mail or a meta element: `#1d2521`, `24px`. Raises KeyError for an unknown path."""
        return self.by_path[path].mail

    def colour(self, mode: str, name: str) -> Colour | None:
        """The colour that pages show for `--color-NAME` in that mode; None where there is none or it is see-through."""
        token = self._shown(mode, f"--color-{name}")
        return colour.parse(token.css) if token else None

    def properties(self) -> frozenset[str]:
        """Every custom property there is."""
        return frozenset(token.property for token in self.by_path.values())

    def css(self, used: Collection[str]) -> str:
        """`:root` rules for the properties in `used`: light in front, dark where the reader's device asks for it."""
        light: dict[str, str] = {}
        dark: dict[str, str] = {}
        for token in self.by_path.values():
            if token.property in used:
                (dark if token.mode == "dark" else light)[token.property] = token.css
        changed = {name: value for name, value in dark.items() if light.get(name) != value}
        modes = {token.mode for token in self.by_path.values()}
        out = ":root{" + "".join(f"{name}:{light[name]};" for name in sorted(light))
        out += "color-scheme:light dark}" if "dark" in modes else "}"
        if changed:
            body = ";".join(f"{name}:{changed[name]}" for name in sorted(changed))
            out += "@media (prefers-color-scheme:dark){:root{" + body + "}}"
        return out

    def unused(self, properties: Iterable[str], paths: Iterable[str], file: str) -> list[Problem]:
        """Tokens that `file` is the first to write and nothing asks for: no var() in the CSS, no token() in a template.

        A value for a token of a parent adds none, so a child may give whatever its parent has another value.
        """
        properties, wanted = set(properties), set(paths)
        wanted.update(path for path, token in self.by_path.items() if token.property in properties)
        for path in list(wanted):
            while (token := self.by_path.get(path)) and token.alias and token.alias not in wanted:
                wanted.add(path := token.alias)
        return [
            token.problem(
                f"The token '{path}' is not used.",
                f"{did_you_mean(path, wanted)}"
                f"Use it, as var({token.property}) in CSS or token('{path}') in a template, or remove it.",
            )
            for path, token in self.by_path.items()
            if path not in wanted and token.first == file
        ]

    def low_contrast(self) -> list[Problem]:
        """Every pair of PAIRS that people could not tell apart, in either mode, each with a colour that would pass."""
        problems = []
        modes = MODES if any(token.mode == "dark" for token in self.by_path.values()) else MODES[:1]
        for mode in modes:
            for front, back, least in PAIRS:
                problem = self._pair(mode, front, back, least)
                if problem and problem not in problems:
                    problems.append(problem)
        return problems

    def _shown(self, mode: str, name: str) -> Token | None:
        found = None
        for token in self.by_path.values():
            if token.property == name:
                if token.mode == mode:
                    return token
                if (
                    token.mode != "dark"
                ):  # what the light set says holds in the dark too, unless the dark says otherwise
                    found = token
        return found

    def _pair(self, mode: str, front: str, back: str, least: float) -> Problem | None:
        tokens = self._shown(mode, f"--color-{front}"), self._shown(mode, f"--color-{back}")
        for name, token in zip((front, back), tokens, strict=True):
            if token is None:
                return Problem(
                    path=self.files[-1] if self.files else "tokens.json",
                    line=0,
                    column=0,
                    what=f"The colour '{name}' is missing.",
                    fix=f'Add "{name}" to the groups light and dark of "color".',
                )
            if colour.parse(token.css) is None:
                what = f"'{token.path}' must be an opaque colour, since text stands on it or in it."
                return token.problem(what, "Write six digits, such as #1d2521.")
        one, other = tokens
        assert one
        assert other
        a, b = colour.parse(one.css), colour.parse(other.css)
        assert a
        assert b
        if (ratio := colour.contrast(a, b)) >= least:
            return None
        at = other if self.files.index(other.file) > self.files.index(one.file) else one
        return at.problem(
            f"'{front}' {colour.text_of(a)} on '{back}' {colour.text_of(b)} has a contrast of {_down(ratio)} "
            f"in the {mode} set; {least:g} is needed.",
            self._advice(mode, front, a, b, least),
        )

    def _advice(self, mode: str, front: str, a: Colour, b: Colour, least: float) -> str:
        bound = []
        for one, other, need in PAIRS:
            if front in (one, other) and (shown := self.colour(mode, other if one == front else one)):
                bound.append((shown, need))
        better = colour.nearest_passing(a, bound) or colour.nearest_passing(a, [(b, least)])
        if better is None:
            return "Move the two further apart."
        reached = _down(colour.contrast(better, b))
        return f"Write {colour.text_of(better)} for '{front}' ({reached}), or move the two apart."


def load_tokens(files: Sequence[tuple[str, str]], problems: list[Problem]) -> Tokens:
    """The tokens of (shown path, text) files, parent before child, each laid over those before it.

    What is wrong is added to `problems`; a token that is wrong is left out.
    """
    raw: dict[str, _Raw] = {}
    names = []
    for shown, text in files:
        names.append(shown)
        try:
            value, places = located_json.read(text.removeprefix("\ufeff"))
        except located_json.JSONError as error:
            fix = "Mend the JSON; an editor shows the place."
            problems.append(Problem(shown, error.line, error.column, error.what, fix).with_excerpt(text))
            continue
        _Gatherer(shown, text, places, raw, problems).group(value, (), "")
    resolver = _Resolver(raw, problems)
    by_path = {path: token for path in raw if (token := resolver.token(path))}
    for path, token in by_path.items():
        twin = ".".join("light" if part == "dark" else part for part in path.split("."))
        if token.mode == "dark" and twin not in raw:
            what = f"'{path}' has no counterpart '{twin}'."
            group, _, last = path.rpartition(".")
            others = (other.rpartition(".") for other in raw if other != path)
            guess = did_you_mean(last, (name for beside, _, name in others if beside == group))
            problems.append(raw[path].problem(what, f"{guess}Write its light value too."))
    problems += _twice(by_path, raw, names)
    return Tokens(by_path, tuple(names))


def _twice(by_path: Mapping[str, Token], raw: Mapping[str, _Raw], names: Sequence[str]) -> list[Problem]:
    """Tokens that would be one property in CSS with two values in one mode, told of the file that came last."""
    problems = []
    first: dict[tuple[str, str], Token] = {}
    for token in sorted(by_path.values(), key=lambda token: names.index(token.file)):
        for mode in (token.mode,) if token.mode else MODES:
            other = first.setdefault((token.property, mode), token)
            if other is not token:
                what = f"'{token.path}' and '{other.path}' are both {token.property} in the {mode} set."
                problems.append(raw[token.path].problem(what, f"Give '{other.path}' another value instead."))
                break
    return problems


@dataclass(slots=True)
class _Raw:
    """A token as it is written."""

    value: Any
    type: str
    file: str
    line: int
    column: int
    excerpt: str
    first: str

    def problem(self, what: str, fix: str) -> Problem:
        return Problem(self.file, self.line, self.column, what, fix, excerpt=self.excerpt)


class _Gatherer:
    """Walks one file's groups and puts its tokens over those already there."""

    def __init__(
        self,
        shown: str,
        text: str,
        places: Mapping[located_json.Path, located_json.Place],
        raw: dict[str, _Raw],
        problems: list[Problem],
    ) -> None:
        self.shown, self.lines, self.places, self.raw, self.problems = shown, text.splitlines(), places, raw, problems

    def bad(self, keys: tuple[str, ...], what: str, fix: str) -> None:
        line, column = self.places.get(keys, (0, 0))
        excerpt = self.lines[line - 1].replace("\t", " ") if line else ""
        self.problems.append(Problem(self.shown, line, column, what, fix, excerpt=excerpt))

    def group(self, value: Any, keys: tuple[str, ...], kind: str) -> None:
        if not isinstance(value, dict):
            if keys:
                self.bad(keys, f"'{'.'.join(keys)}' is neither a group nor a token.", 'Write { "$value": … }.')
            else:
                self.problems.append(Problem(self.shown, 0, 0, "The file holds no JSON object.", "Write { … }."))
            return
        for key in ("$extends", "$ref", "$root"):
            if key in value:
                self.bad(
                    (*keys, key), f"{key} is not supported.", "Write the tokens out, or use an alias {group.name}."
                )
        if "$type" in value:
            kind = value["$type"]
            if kind not in TYPES:
                guess = did_you_mean(str(kind), TYPES)
                self.bad((*keys, "$type"), f"'{kind}' is not a type we know.", f"{guess}Known: {', '.join(TYPES)}.")
                return
        if "$value" in value:
            self.token(value["$value"], keys, kind)
            return
        for key, inner in value.items():
            if key.startswith("$"):
                continue
            if not _NAME.fullmatch(key):
                fix = "Use small letters, digits, hyphens and underscores: it becomes a name in CSS."
                self.bad((*keys, key), f"'{key}' cannot be the name of a group or token.", fix)
                continue
            self.group(inner, (*keys, key), kind)

    def token(self, value: Any, keys: tuple[str, ...], kind: str) -> None:
        path = ".".join(keys)
        line, column = self.places.get(keys, (0, 0))
        before = self.raw.get(path)
        excerpt = self.lines[line - 1].replace("\t", " ") if line else ""
        self.raw[path] = _Raw(
            value,
            kind or (before.type if before else ""),
            self.shown,
            line,
            column,
            excerpt,
            before.first if before else self.shown,
        )


class _Resolver:
    """Follows aliases and prints values. Each token is resolved once; what is wrong is said once."""

    def __init__(self, raw: Mapping[str, _Raw], problems: list[Problem]) -> None:
        self.raw, self.problems = raw, problems
        self.done: dict[str, Token | None] = {}
        self.open: list[str] = []

    def token(self, path: str) -> Token | None:
        if path in self.done:
            return self.done[path]
        self.open.append(path)
        self.done[path] = self._token(path, self.raw[path])
        self.open.pop()
        return self.done[path]

    def _token(self, path: str, raw: _Raw) -> Token | None:
        if isinstance(raw.value, str) and (found := _ALIAS.fullmatch(raw.value)):
            return self._alias(path, raw, found[1])
        if not raw.type:
            fix = f'Add "$type" to it or to its group: {", ".join(TYPES)}.'
            self.problems.append(raw.problem(f"The token '{path}' has no type.", fix))
            return None
        printed = _PRINTERS[raw.type](raw.value)
        if printed is None:
            what = f"The value of '{path}' is not a {raw.type}."
            self.problems.append(raw.problem(what, f"Write {EXAMPLES[raw.type]}."))
            return None
        css, mail = printed
        return Token(path, raw.type, css, mail, raw.file, raw.line, raw.column, raw.first)

    def _alias(self, path: str, raw: _Raw, target: str) -> Token | None:
        if target in self.open:
            loop = " → ".join([*self.open[self.open.index(target) :], target])
            self.problems.append(
                raw.problem(f"Aliases run in a circle: {loop}.", "Give one of them a value of its own.")
            )
            return None
        if target not in self.raw:
            guess = did_you_mean(target, self.raw)
            self.problems.append(
                raw.problem(f"There is no token '{target}'.", f"{guess}Name a token by its whole path.")
            )
            return None
        found = self.token(target)
        if found is None:
            return None
        return Token(path, found.type, found.css, found.mail, raw.file, raw.line, raw.column, raw.first, target)


def _number(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e9:
        return None
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _short(printed: str) -> str:
    """Without the zero before a point: bytes that every page would carry."""
    return printed.replace("0.", ".", 1) if printed.startswith(("0.", "-0.")) else printed


def _plain_number(value: Any) -> tuple[str, str] | None:
    printed = _number(value)
    return (printed, printed) if printed is not None else None


def _measured(value: Any, written: re.Pattern[str], units: tuple[str, ...]) -> tuple[float, str] | None:
    if isinstance(value, str) and (found := written.fullmatch(value)):
        return float(found[1]), found[2]
    if isinstance(value, dict) and value.keys() == {"value", "unit"} and value["unit"] in units:
        return (float(value["value"]), str(value["unit"])) if _number(value["value"]) else None
    return None


def _dimension(value: Any) -> tuple[str, str] | None:
    if (found := _measured(value, _DIMENSION, ("px", "rem"))) is None:
        return None
    size, unit = found
    return _short(f"{_number(size)}{unit}"), f"{_number(size * _ROOT_PX if unit == 'rem' else size)}px"


def _duration(value: Any) -> tuple[str, str] | None:
    if (found := _measured(value, _DURATION, ("ms", "s"))) is None:
        return None
    return (printed := f"{_number(found[0])}{found[1]}", printed)


def _color(value: Any) -> tuple[str, str] | None:
    alpha: Any = 1
    if isinstance(value, dict):
        alpha = value.get("alpha", 1)
        parts = value.get("components")
        if value.get("colorSpace") == "srgb" and isinstance(parts, list) and len(parts) == 3:
            parts = [0 if part == "none" else part for part in parts]
            if not all(_number(part) is not None and 0 <= part <= 1 for part in parts):
                return None
            value = colour.text_of((round(parts[0] * 255), round(parts[1] * 255), round(parts[2] * 255)))
        else:
            value = value.get("hex")
        if _number(alpha) is None or not 0 <= alpha <= 1:
            return None
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        return None
    value = value.lower() if len(value) > 4 else "#" + "".join(c + c for c in value[1:].lower())
    if alpha != 1 and len(value) == 7:
        value += f"{round(alpha * 255):02x}"
    twice = len(value) == 7 and value[1::2] == value[2::2]
    return "#" + value[1::2] if twice else value, value


def _font_family(value: Any) -> tuple[str, str] | None:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names:
        return None
    if not all(isinstance(name, str) and _FAMILY.fullmatch(name) for name in names):
        return None
    # single quotes, since an e-mail's attributes stand in double ones
    quoted = [name if _GENERIC.fullmatch(name) else f"'{name}'" for name in names]
    return ",".join(quoted), ", ".join(quoted)


def _font_weight(value: Any) -> tuple[str, str] | None:
    value = _WEIGHTS.get(value, value) if isinstance(value, str) else value
    return _plain_number(value) if _number(value) is not None and 1 <= value <= 1000 else None


def _cubic_bezier(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, list) or len(value) != 4 or any(_number(part) is None for part in value):
        return None
    if not (0 <= value[0] <= 1 and 0 <= value[2] <= 1):
        return None
    printed = f"cubic-bezier({','.join(str(_number(part)) for part in value)})"
    return printed, printed


_PRINTERS = {
    "color": _color,
    "cubicBezier": _cubic_bezier,
    "dimension": _dimension,
    "duration": _duration,
    "fontFamily": _font_family,
    "fontWeight": _font_weight,
    "number": _plain_number,
}
EXAMPLES = {
    "color": '"#1d2521", or { "colorSpace": "srgb", "components": [0.1, 0.2, 0.3] }',
    "cubicBezier": "four numbers: [0.5, 0, 1, 1]",
    "dimension": '{ "value": 1.5, "unit": "rem" }, in px or rem',
    "duration": '{ "value": 150, "unit": "ms" }, in ms or s',
    "fontFamily": '["Georgia", "serif"]',
    "fontWeight": "a number from 1 to 1000, or a name such as semi-bold",
    "number": "a number without quotes",
}
"""Type → how its values are written."""


def _down(ratio: float) -> str:
    """Rounded down, so that 4.499 does not read 4.50."""
    return f"{int(ratio * 100) / 100:.2f}"
