"""Which themes are at hand: those of the site, those that come with handbill; or, without a site, those around."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from handbill.config import SiteConfig
from handbill.errors import UsageError
from handbill.near import did_you_mean
from handbill.options import shipped
from handbill.project import in_site, read_config, theme_folders
from handbill.theme import Link, Theme, load_theme, names


@dataclass(frozen=True, slots=True)
class Place:
    """Where a designer stands. Made by `find_place`; it reads nothing but site.yaml."""

    root: Path
    search: tuple[Path, ...]
    """Folders of themes, the nearest first."""
    config: SiteConfig | None
    """Of the site in `root`; None where there is none."""
    used: str
    """The theme that the site uses; without a site, the theme whose folder this is, or empty."""

    def choose(self, name: str | None) -> str:
        """The theme that is meant: `name`, else the one in use. Raises UsageError where there is no such theme."""
        there = names(self.search)
        if not name and not self.used:
            raise UsageError(f"Which theme? There is no content/site.yaml in {self.root}. Name one: {', '.join(there)}")
        if name and name not in there:
            raise UsageError(f"There is no theme '{name}'. {did_you_mean(name, there)}There are: {', '.join(there)}.")
        return name or self.used

    def load(self, name: str | None) -> Theme:
        """The theme that is meant, with all it extends. Raises UsageError, or ProblemsFound where it is wrong."""
        asked = in_site(self.root, ("theme",)) if self.config and not name else None
        return load_theme(self.choose(name), search=self.search, asked=asked)

    def owns(self, link: Link) -> bool:
        """True for a theme that is this designer's to change, and not one that came with handbill."""
        return link.root.parent == self.search[0]

    def shown(self, disk: Path) -> str:
        """A path as people read it: from here where it lies below, else whole."""
        return (disk.relative_to(self.root) if disk.is_relative_to(self.root) else disk).as_posix()


def find_place(root: Path, environ: Iterable[tuple[str, str]] = ()) -> Place:
    """The place of a site, of a folder with a `themes/` in it, or of a theme's own folder.

    `environ` are the HANDBILL_* variables, which site.yaml gives way to. Raises ProblemsFound where site.yaml is wrong.
    """
    if (root / "content" / "site.yaml").is_file():
        config, _ = read_config(root, tuple(environ))
        return Place(root, tuple(theme_folders(root)), config, config.theme)
    if (root / "theme.yaml").is_file():
        return Place(root, (root.parent, shipped("themes")), None, root.name)
    return Place(root, tuple(theme_folders(root)), None, "")


def inner_path(theme: Theme, file: str) -> str:
    """The path within a theme that a person means by `file`: `parts/form.html`, `themes/base/parts/form.html`,
    `base:parts/form.html`, or `form.html` alone where one file is called so.

    Raises UsageError with a near guess where no theme of the chain has it.
    """
    path = file.replace("\\", "/").removeprefix("./")
    for link in theme.chain:
        path = path.removeprefix(f"themes/{link.name}/").removeprefix(f"{link.name}:")
    known = sorted({path for link in theme.chain for path in link.files})
    if path in known:
        return path
    ends = [each for each in known if each.endswith(f"/{path}")]
    if len(ends) == 1:
        return ends[0]
    guess = f"Did you mean {' or '.join(ends)}? " if ends else did_you_mean(path, known)
    chain = " → ".join(link.name for link in theme.chain)
    raise UsageError(f"No theme of {chain} has a file '{path}'. {guess}".rstrip())
