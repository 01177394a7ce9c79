"""Files that a theme took from its parents to change them, and what became of the originals since.

`handbill theme eject parts/form.html` copies the file into the theme, and keeps it once more as it was:

    themes/mine/parts/form.html                          the theme's own from now on
    themes/mine/ejected/base@0.1.0/parts/form.html       the original: whose, which version, its bytes

The second copy is the whole record. It serves every type of file, those without comments too; it goes where the theme
goes; and when the parent is a newer one some day, it alone can tell what the parent changed from what the theme did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from handbill.errors import Problem

FOLDER = "ejected"
_STRANGE = re.compile(r"[^A-Za-z0-9.+_-]")
"""What a version may hold and a folder's name must not."""
UNVERSIONED = "0"
"""Stands for the version of a theme that names none."""


class File(Protocol):
    """A file of a theme: `handbill.theme.File` is one."""

    @property
    def theme(self) -> str: ...
    @property
    def data(self) -> bytes: ...


class Link(Protocol):
    """One theme of a chain: `handbill.theme.Link` is one."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def files(self) -> Mapping[str, File]: ...
    @property
    def originals(self) -> Mapping[str, Original]: ...


class Original(NamedTuple):
    """A file of a parent, as it was when a theme took it."""

    path: str
    """In either theme: `parts/form.html`."""
    theme: str
    version: str
    data: bytes

    @property
    def record(self) -> str:
        """Where it lies in the theme that took it."""
        return f"{FOLDER}/{self.theme}@{self.version}/{self.path}"

    @property
    def label(self) -> str:
        """Whose, and of which version: `base 0.1.0`."""
        return f"{self.theme} {self.version}"


def read_original(path: str, data: bytes) -> Original | None:
    """The original that lies at `path` of a theme, or None where the path is not that of one."""
    folder, _, rest = path.partition("/")
    head, _, inner = rest.partition("/")
    theme, at, version = head.partition("@")
    return Original(inner, theme, version, data) if folder == FOLDER and at and inner else None


def moved(chain: Sequence[Link]) -> Iterator[Problem]:
    """A warning for each original of a chain that is another file by now, or gone; advice for a record of no use."""
    for number, link in enumerate(chain):
        other = f" --theme {link.name}" if number else ""
        for path, original in sorted(link.originals.items()):
            shown = f"themes/{link.name}/{path}"
            if path not in link.files:
                what = f"This is the record of {path}, which the theme does not have any more."
                yield Problem(f"themes/{link.name}/{original.record}", 0, 0, what, "Remove it.", "advice")
                continue
            now = now_of(chain[number + 1 :], path)
            if now is None:
                what = f"The original of this file is gone: {original.label} had it, and no theme above has it now."
                fix = f"Keep it where your templates name it, and remove themes/{link.name}/{original.record}."
                yield Problem(shown, 0, 0, what, fix, "warning")
            elif not same(now.data, original.data):
                since = now.label if now.label == original.label else f"{original.label} then, {now.label} now"
                what = f"The original of this file has changed since it was ejected ({since})."
                fix = (
                    f"See what changed: handbill theme diff {path}{other}. Take over what you want, "
                    f"then say so: handbill theme eject {path} --keep{other}."
                )
                yield Problem(shown, 0, 0, what, fix, "warning")


def now_of(parents: Sequence[Link], path: str) -> Original | None:
    """The file that wins among the parents today; None where none of them has it."""
    for link in parents:
        if path in link.files:
            version = _STRANGE.sub("-", link.version)[:40] or UNVERSIONED
            return Original(path, link.name, version, link.files[path].data)
    return None


def same(one: bytes, other: bytes) -> bool:
    """Whether two files are the same but for the ends of their lines, which git may change on the way."""
    return one == other or one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def difference(original: Original, now: Original) -> list[str]:
    """What changed from one to the other, as a unified diff; one line where they are no text."""
    try:
        before, after = original.data.decode("utf-8-sig").splitlines(), now.data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        sizes = f"{len(original.data):,} bytes then, {len(now.data):,} now"
        return [f"{original.path} is no text, and another file than it was: {sizes}."]
    import difflib  # only for those who ask

    lines = list(difflib.unified_diff(before, after, original.label, now.label, lineterm=""))
    return lines or [f"No line of {original.path} has changed, only how the file begins or ends."]
