"""`handbill theme eject FILE` and `handbill theme diff FILE`: a parent's file made one's own, and kept up to date.

See `handbill.ejected` for what is remembered of an original.
"""

from __future__ import annotations

from pathlib import Path

from handbill import ejected
from handbill.ejected import Original
from handbill.errors import MachineError, UsageError
from handbill.theme import Theme, names
from handbill.toolkit.looking import joined
from handbill.toolkit.place import Place, inner_path


def eject(place: Place, name: str | None, file: str, *, keep: bool = False) -> list[str]:
    """Copies the file that wins among the parents into the theme, and records the original; gives the lines to tell.

    With `keep`, the theme's own file stays as it is, and the original as it is now is recorded: what it changed is
    taken over, or known and left. Never overwrites a file of the theme; calling twice with `keep` is safe.
    Raises UsageError where the theme is not the designer's own, has the file already, or no parent has it.
    """
    theme = place.load(name)
    mine = theme.chain[0]
    _refuse_foreign(place, theme)
    path = inner_path(theme, file)
    shown = place.shown(mine.root / path)
    if path in mine.files and not keep:
        moved = "".join(f" {p.fix}" for p in theme.warnings if p.path == f"themes/{mine.name}/{path}")
        raise UsageError(f"{shown} is already there. Nothing was written.{moved}")
    if joined(path):
        raise UsageError(f"{path} is laid over the parent's key by key: write {shown} with only what differs.")
    now = ejected.now_of(theme.chain[1:], path)
    if now is None:
        raise UsageError(f"No theme that {mine.name} extends has {path}: it has no original.")
    if keep and path not in mine.files:
        raise UsageError(f"There is no {shown} to keep. Without --keep it is made.")
    _record(mine.root, now)
    if keep:
        return [f"{shown} stays as it is, and is up to date with {now.label}."]
    _write(mine.root / path, now.data, "xb")
    return [
        f"{shown}, from {now.label}. It is yours: change what you like.",
        f"A build will warn when {now.theme} has another {path}.",
    ]


def diff(place: Place, name: str | None, file: str) -> list[str]:
    """What changed in the original of an ejected file since it was ejected, as a unified diff, or a sentence.

    Raises UsageError for a file that was not ejected.
    """
    theme = place.load(name)
    mine = theme.chain[0]
    path = inner_path(theme, file)
    original = mine.originals.get(path)
    if original is None:
        taken = ", ".join(sorted(mine.originals)) or "nothing"
        raise UsageError(f"{mine.name} did not eject {path}, so there is nothing to compare. It ejected: {taken}.")
    now = ejected.now_of(theme.chain[1:], path)
    if now is None:
        return [f"The original is gone: {original.label} had it, and no theme that {mine.name} extends has it now."]
    if ejected.same(now.data, original.data):
        return [f"Nothing has changed: {path} of {now.theme} is as it was when it was ejected ({original.label})."]
    return ejected.difference(original, now)


def _refuse_foreign(place: Place, theme: Theme) -> None:
    if not place.owns(theme.chain[0]):
        foreign = f"{theme.name} comes with handbill and is not yours to change."
        if own := names(place.search[:1]):
            raise UsageError(f"{foreign} Name one of yours, --theme {own[0]}, or write theme: {own[0]} in site.yaml.")
        raise UsageError(
            f"{foreign} Make a theme of your own first:\n"
            f"  handbill theme new mine --from {theme.name}\n"
            "  then write theme: mine in content/site.yaml"
        )


def _record(root: Path, original: Original) -> None:
    """Writes the record of an original into the theme at `root`, in place of an older one."""
    kept = root / original.record
    _write(kept, original.data, "wb")
    for folder in (root / ejected.FOLDER).iterdir():
        old = folder / original.path
        if old != kept and old.is_file():
            try:
                old.unlink()
                while not any(old.parent.iterdir()):
                    old = old.parent
                    old.rmdir()
            except OSError as error:
                raise MachineError(f"Cannot remove {old}: {error.strerror}.") from error


def _write(path: Path, data: bytes, how: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(how) as file:
            file.write(data)
    except OSError as error:
        raise MachineError(f"Cannot write {path}: {error.strerror}.") from error
