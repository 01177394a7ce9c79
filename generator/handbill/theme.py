"""A theme: folders looked through in order, so that a site changes one file and keeps the rest.

    themes/lantern/theme.yaml      name, version, extends, requires, licence, styles, settings
                   tokens.json     colours, type, spaces             (laid over the parent's, token by token)
                   i18n/pt.yaml    the theme's own words             (laid over the parent's, key by key)
                   samples.yaml    made-up values for previews       (laid over the parent's, value by value)
                   pages/ parts/ emails/                             (file by file: the nearest wins)
                   assets/         pictures, fonts, CSS              (file by file; CSS is joined, parent first)
                   ejected/        originals of files taken from a parent: see `handbill.ejected`

There is one way to change a theme: another that `extends` it. Every theme but `base` does, and `base` is what it
extends where it says nothing. A theme holds no code that runs outside its templates, so one may come from anywhere.

All files are read once, when the theme is loaded. What follows is pure, and a file saved half-written in the middle of
a build changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from handbill import __version__, ejected, samples
from handbill import settings as theme_settings
from handbill import strings as theme_strings
from handbill.css import Style, stylesheet
from handbill.digest import digest
from handbill.ejected import Original
from handbill.errors import MachineError, Problem, ProblemsFound
from handbill.model import Source
from handbill.near import did_you_mean, nearest
from handbill.samples import Samples, read_samples
from handbill.settings import Setting
from handbill.strings import Forms, Plural, Strings
from handbill.textfile import text_of
from handbill.tokens import Tokens, load_tokens
from handbill.yaml import Document, read

ROOT = "base"
"""The theme that all others extend, in the end."""
FOLDERS = ("pages", "parts", "emails", "assets", "i18n")
FILES = ("theme.yaml", "tokens.json", samples.FILE)
BIGGEST = 5_000_000
"""Bytes of one file."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""What a theme may be called: it becomes a folder, and a word in templates (`base:pages/event.html`)."""
KEYS: Mapping[str, str] = {
    "name": "The name of its folder.",
    "version": "Its version. A theme that took files from it names it when they change.",
    "extends": "The theme that has whatever this one lacks. Without it, base.",
    "requires": "The versions of handbill that it works with: `>=0.1, <2`.",
    "description": "A sentence for `handbill theme list`.",
    "author": "Who made it.",
    "licence": "Its licence; `license` means the same.",
    "styles": "Its CSS files, in the order in which they are joined, behind the parent's.",
    "settings": "What the site's owner may choose.",
}
"""What a theme.yaml may say."""
_LITTER = re.compile(r"\..*|.*~|.*\.(?:swp|tmp|bak|orig)|__pycache__|Thumbs\.db")
_REQUIRES = re.compile(r"(>=|<=|==|>|<)\s*([0-9]+(?:\.[0-9]+)*)")


class File(NamedTuple):
    """One file of a theme, as it was read."""

    path: str
    """Within the theme, with forward slashes: `parts/form.html`."""
    theme: str
    """Name of the theme whose file it is."""
    disk: Path
    """Where it lies."""
    data: bytes

    @property
    def shown(self) -> str:
        """As messages name it: `themes/lantern/parts/form.html`."""
        return f"themes/{self.theme}/{self.path}"

    @property
    def text(self) -> str:
        """Its text, without a byte order mark. Loading made sure that it is UTF-8 where it must be."""
        return self.data.decode("utf-8-sig")


@dataclass(frozen=True, slots=True)
class Link:
    """One theme of a chain: what its own folder says."""

    name: str
    root: Path
    files: Mapping[str, File]
    manifest: Document
    originals: Mapping[str, Original] = field(default_factory=dict)
    """Path → what a parent had there when this theme took it."""

    @property
    def version(self) -> str:
        return str(self.manifest.values.get("version", ""))


@dataclass(frozen=True)
class Theme:
    """A theme with all it extends. Made by `load_theme`; nothing in it changes."""

    chain: tuple[Link, ...]
    """The theme itself first, `base` last."""
    tokens: Tokens
    settings: Mapping[str, Setting]
    words: Mapping[str, Mapping[str, Forms]]
    """Language → key → words, merged along the chain."""
    styles: tuple[File, ...]
    """CSS files in the order in which they are joined."""
    samples: Samples = field(default_factory=Samples)
    """Made-up values for the slots of its e-mails and answers."""
    warnings: tuple[Problem, ...] = ()
    """What loading found that stops nothing: warnings and advice."""
    _found: Mapping[str, File] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.chain[0].name

    @property
    def version(self) -> str:
        return self.chain[0].version

    def find(self, path: str, start: str = "") -> File | None:
        """The file that wins: of the nearest theme that has `path`, or None. Looks from the theme `start` on, if given.

        Raises KeyError where `start` is not in the chain.
        """
        if not start:
            return self._found.get(path)
        names = [link.name for link in self.chain]
        if start not in names:
            raise KeyError(start)
        return next((link.files[path] for link in self.chain[names.index(start) :] if path in link.files), None)

    def which(self, path: str) -> tuple[tuple[str, bool], ...]:
        """(theme, whether it has `path`), nearest first: the first True wins."""
        return tuple((link.name, path in link.files) for link in self.chain)

    def files(self, folder: str = "", suffix: str = "") -> list[File]:
        """Every file that wins, by path, below `folder` and with `suffix` where they are given."""
        prefix = f"{folder}/" if folder else ""
        return [self._found[p] for p in sorted(self._found) if p.startswith(prefix) and p.endswith(suffix)]

    @cached_property
    def digest(self) -> str:
        """Stands for every file of every theme in the chain."""
        parts: list[bytes | str] = []
        for link in self.chain:
            for path in sorted(link.files):
                parts += [link.name, path, link.files[path].data]
            for path in sorted(link.originals):
                parts += [link.name, link.originals[path].record, link.originals[path].data]
        return digest(*parts)

    def languages(self) -> tuple[str, ...]:
        """The languages that the theme has words in."""
        return tuple(sorted(self.words))

    def strings(self, lang: str, default: str, plural: Plural) -> Strings:
        """The words of `lang`, holes filled from the site's `default` language, then from English.

        `plural` is `handbill.render.words.plural`, which knows the languages' rules.
        """
        return theme_strings.choose(self.words, lang, default, plural)

    def borrowed(self, strings: Strings) -> list[Problem]:
        """One warning that names the words which another language had to lend."""
        if not strings.borrowed:
            return []
        keys = sorted(strings.borrowed)
        some = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
        lent = ", ".join(sorted(set(strings.borrowed.values())))
        what = f"The theme has no words in '{strings.lang}' for {some}: '{lent}' is shown instead."
        path = f"themes/{self.name}/i18n/{strings.lang}.yaml"
        strays = [
            key for key in strings.words if not any(key in self.words[code] for code in strings.borrowed.values())
        ]
        slips = [f"'{stray}' there may be '{key}'. " for stray in strays if (key := nearest(stray, keys))]
        fix = f"{''.join(slips)}Add them to this file, in a theme of your own if need be."
        return [Problem(path, 0, 0, what, fix, "warning")]

    def choose(
        self, values: Mapping[str, Any], problem: Callable[[str, str, str], Problem]
    ) -> tuple[dict[str, Any], list[Problem]]:
        """(the value of every setting, what is wrong with `values`). See `handbill.settings.choose`."""
        return theme_settings.choose(self.settings, values, problem)

    def stylesheet(self, base_path: str, problems: list[Problem]) -> Style:
        """The one style sheet of the site. `base_path` goes before the URLs of its files: empty, or `/sub`."""
        sheets = [(file.shown, file.text) for file in self.styles]
        return stylesheet(sheets, self.tokens, lambda path: self.asset_url(path, base_path), problems)

    def asset(self, path: str) -> tuple[str, bytes] | None:
        """(path below the public root, bytes) of a file below assets/, its name carrying its hash; None where missing.

        `icon.svg` becomes `assets/icon-3f2a91c0.svg`, so that it may be kept for ever by whoever fetched it.
        """
        file = self._found.get(f"assets/{path}")
        if file is None:
            return None
        name = PurePosixPath(path)
        return f"assets/{name.with_name(f'{name.stem}-{digest(file.data)[:8]}{name.suffix}')}", file.data

    def asset_url(self, path: str, base_path: str = "") -> str | None:
        """The root-relative URL of a file below assets/, or None where there is none."""
        if path not in self._asset_paths:
            found = self.asset(path)
            self._asset_paths[path] = found[0] if found else None
        name = self._asset_paths[path]
        return None if name is None else f"{base_path}/{name}"

    @cached_property
    def _asset_paths(self) -> dict[str, str | None]:
        """What `asset` said of each path: every page asks again."""
        return {}


def load_theme(name: str, *, search: Sequence[Path], asked: Callable[[str, str], Problem] | None = None) -> Theme:
    """The theme `name` with all it extends, looked for in the folders `search`, first come first.

    `asked(what, fix)` makes the problem that there is none of that name, where somebody asked for it.
    Reads every file of the chain once. Raises ProblemsFound with everything that is wrong in its theme.yaml,
    tokens.json, samples.yaml and i18n files; templates and CSS are looked at by `handbill.check.theme`. Raises
    MachineError where a file is there and cannot be read.
    """
    problems: list[Problem] = []
    chain = _chain(name, search, problems, asked or partial(Problem, "content/site.yaml", 0, 0))
    if any(problem.level == "error" for problem in problems):
        raise ProblemsFound(problems)
    found = {path: file for link in reversed(chain) for path, file in link.files.items()}
    upward = chain[::-1]
    tokens = load_tokens(
        [
            (link.files["tokens.json"].shown, link.files["tokens.json"].text)
            for link in upward
            if "tokens.json" in link.files
        ],
        problems,
    )
    settings = theme_settings.merge([link.manifest for link in upward], problems)
    problems += ejected.moved(chain)
    theme = Theme(
        chain=chain,
        tokens=tokens,
        settings=settings,
        words=_words(upward, problems),
        styles=_styles(upward, found, problems),
        samples=read_samples(
            [read(file.text, file.shown) for link in upward if (file := link.files.get(samples.FILE))], problems
        ),
        warnings=tuple(problem for problem in problems if problem.level != "error"),
        _found=found,
    )
    if len(theme.warnings) < len(problems):
        raise ProblemsFound(problems)
    return theme


def _chain(
    name: str, search: Sequence[Path], problems: list[Problem], asked: Callable[[str, str], Problem]
) -> tuple[Link, ...]:
    chain: list[Link] = []
    wanted: str | None = name
    while wanted is not None:
        root = _folder(wanted, search)
        if root is None:
            problems.append(asked(*_missing(wanted, search)))
            break
        link = _read_link(wanted, root, problems)
        chain.append(link)
        extends = link.manifest.values.get("extends", None if wanted == ROOT else ROOT)
        names = [each.name for each in chain]
        if not isinstance(extends, (str, type(None))):
            problems.append(
                link.manifest.problem(("extends",), "'extends' is no name.", "Write the name of one theme.")
            )
            break
        if extends in names:
            loop = " → ".join([*names[names.index(extends) :], extends])
            fix = "Let one of them extend base, or nothing."
            problems.append(link.manifest.problem(("extends",), f"Themes extend each other in a circle: {loop}.", fix))
            break
        wanted, asked = extends, partial(link.manifest.problem, ("extends",))
    return tuple(chain)


def _folder(name: str, search: Sequence[Path]) -> Path | None:
    if not NAME.fullmatch(name):
        return None
    return next((folder / name for folder in search if (folder / name / "theme.yaml").is_file()), None)


def names(search: Sequence[Path]) -> list[str]:
    """The themes that are to be found in the folders `search`, sorted."""
    return sorted({path.parent.name for folder in search for path in folder.glob("*/theme.yaml")})


def _missing(name: str, search: Sequence[Path]) -> tuple[str, str]:
    """(what is wrong, how to mend it) where a theme is not there."""
    there = names(search)
    fix = f"{did_you_mean(name, there)}There are: {', '.join(there) or 'none'}."
    what = f"There is no theme '{name}'."
    if NAME.fullmatch(name) and any((folder / name).is_dir() for folder in search):
        what = f"The folder themes/{name} has no theme.yaml, so it is no theme."
        fix = f"Write themes/{name}/theme.yaml; one line will do: extends: {ROOT}"
    return what, fix


def _read_link(name: str, root: Path, problems: list[Problem]) -> Link:
    files, originals = _read_files(name, root, problems)
    manifest = (
        read(files["theme.yaml"].text, files["theme.yaml"].shown) if "theme.yaml" in files else Document("", "", 1)
    )
    problems += manifest.problems
    values = manifest.values
    for key in values:
        if key not in KEYS and key != "license":
            fix = f"{did_you_mean(key, KEYS)}Known: {', '.join(KEYS)}."
            problems.append(manifest.problem((key,), f"theme.yaml has no '{key}'.", fix, on="key"))
    if values.get("name", name) != name:
        what = f"The theme calls itself '{values['name']}', and its folder '{name}'."
        problems.append(manifest.problem(("name",), what, "Give both the same name."))
    if (requires := values.get("requires")) and not _enough(str(requires), __version__):
        what = f"The theme needs handbill {requires}; this is {__version__}."
        problems.append(manifest.problem(("requires",), what, "Install that version, or a theme made for this one."))
    return Link(name, root, files, manifest, originals)


def _enough(requires: str, version: str) -> bool:
    """True when `version` meets `>=0.1, <2`. A condition that cannot be read is not met."""
    have = tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])
    for condition in requires.split(","):
        found = _REQUIRES.fullmatch(condition.strip())
        if not found:
            return False
        want = tuple(int(part) for part in found[2].split("."))
        length = max(len(have), len(want))
        a, b = have + (0,) * (length - len(have)), want + (0,) * (length - len(want))
        if not {">=": a >= b, "<=": a <= b, "==": a == b, ">": a > b, "<": a < b}[found[1]]:
            return False
    return True


def _read_files(name: str, root: Path, problems: list[Problem]) -> tuple[dict[str, File], dict[str, Original]]:
    """(the files of a theme, the originals of those it took from others), by path."""
    out: dict[str, File] = {}
    originals: dict[str, Original] = {}
    home = root.resolve()
    waiting = [root / top for top in (*FILES, *FOLDERS, ejected.FOLDER)]
    try:
        while waiting:
            disk = waiting.pop()
            path = disk.relative_to(root).as_posix()
            shown = f"themes/{name}/{path}"
            if disk.is_symlink() and not disk.resolve().is_relative_to(home):
                what = "A link leads out of the theme."
                problems.append(Problem(shown, 0, 0, what, "Copy the file into the theme: a theme is whole by itself."))
            elif disk.is_dir() and not disk.is_symlink():
                waiting += [inner for inner in sorted(disk.iterdir()) if not _LITTER.fullmatch(inner.name)]
            elif disk.is_file():
                file = File(path, name, disk, disk.read_bytes())
                if path.startswith(f"{ejected.FOLDER}/"):
                    if original := ejected.read_original(path, file.data):
                        originals[original.path] = original
                elif _readable(file, problems):
                    out[path] = file
    except OSError as error:
        message = f"Cannot read {error.filename or root}: {error.strerror}. Mend its rights, then run again."
        raise MachineError(message) from error
    return out, originals


def _readable(file: File, problems: list[Problem]) -> bool:
    """Whether a file is what its place asks for: no more than BIGGEST bytes, and text but for pictures and fonts."""
    if len(file.data) > BIGGEST:
        problems.append(Problem(file.shown, 0, 0, f"The file has more than {BIGGEST:,} bytes.", "Make it smaller."))
        return False
    if file.path.startswith("assets/") and not file.path.endswith((".css", ".svg")):
        return True
    return text_of(Source(file.shown, file.data, ""), problems) is not None


def _words(upward: Sequence[Link], problems: list[Problem]) -> dict[str, dict[str, Forms]]:
    out: dict[str, dict[str, Forms]] = {}
    documents: dict[tuple[str, str], Document] = {}
    for link in upward:
        for path, file in link.files.items():
            folder, _, name = path.rpartition("/")
            if folder != "i18n" or not name.endswith(".yaml"):
                continue
            lang = name.removesuffix(".yaml")
            document = read(file.text, file.shown)
            for key, forms in theme_strings.read_words(document, problems).items():
                out.setdefault(lang, {})[key] = forms
                documents[lang, key] = document
    for lang, key, place in theme_strings.strange_places(out):
        what = (
            f"The words for '{key}' have a place {{{place}}} that the English words do not have: nothing will fill it."
        )
        fix = "Use the names of the English words."
        problems.append(documents[lang, key].problem(tuple(key.split(".")), what, fix))
    return out


def _styles(upward: Sequence[Link], found: Mapping[str, File], problems: list[Problem]) -> tuple[File, ...]:
    order: dict[str, File] = {}
    for link in upward:
        listed = link.manifest.values.get("styles", [])
        if not isinstance(listed, list) or not all(isinstance(path, str) for path in listed):
            problems.append(link.manifest.problem(("styles",), "'styles' is no list.", "Write one path a line."))
            continue
        for number, path in enumerate(listed):
            if path in found:
                order.setdefault(path, found[path])
            else:
                sheets = [each for each in found if each.endswith(".css")]
                fix = f"{did_you_mean(path, sheets)}Write its path in the theme, such as assets/css/base.css."
                problems.append(link.manifest.problem(("styles", number), f"There is no file '{path}'.", fix))
    for path, file in found.items():
        if path.endswith(".css") and path not in order:
            fix = "List it in theme.yaml, below styles, or remove it."
            problems.append(
                Problem(file.shown, 0, 0, "The file is in no page: no theme.yaml lists it.", fix, "warning")
            )
    return tuple(order.values())
