"""Opens a preview of a project on disk: its theme, and the e-mails of the last build that went well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from handbill.cache import Row
from handbill.config import SiteConfig
from handbill.errors import Problem, ProblemsFound
from handbill.options import Options, shipped
from handbill.preview.letters import Letters
from handbill.preview.mail import Mailbag
from handbill.preview.mail_pages import Tests
from handbill.preview.preview import Preview
from handbill.project import read_config
from handbill.site import Moment, Site, link
from handbill.theme import ROOT, load_theme
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.errors import CatalogError


def open_preview(
    options: Options, *, tests: Tests | None = None, before: Preview | None = None,
    rows: Mapping[str, Row] | None = None,
) -> Preview:  # fmt: skip
    """The preview of the project in `options.root` at `options.at`, with the e-mails that lie in `options.private`, and
    its letters. `rows` are those of the last build, where they are at hand: what letters link to is looked up there.

    Content may be broken or missing. With a site.yaml that cannot be read, the theme is base, and the index says why.
    Raises ProblemsFound where the theme does not open.
    """
    problems: list[Problem] = []
    config: SiteConfig | None = None
    try:
        config, problems = read_config(options.root, options.environ)
    except ProblemsFound as found:
        problems = found.problems
    except OSError as error:
        problems = [Problem("content/site.yaml", 0, 0, f"The file cannot be read: {error.strerror}.", "Write it.")]
    theme = load_theme(config.theme if config else ROOT, search=[options.root / "themes", shipped("themes")])
    at = datetime.fromtimestamp(options.at, UTC)
    site = letters = None
    if config is not None:
        letters = Letters(options, config, theme.samples, at=at, site=_linked(options, rows) if rows else None)
        catalog = Catalog(FolderReader(options.private))
        try:
            catalog.index()
        except CatalogError:
            pass  # not built yet: the index of the preview says so
        else:
            site = Mailbag(catalog, entries_of(options.private), config, theme.samples, at=at)
    settings = config.settings if config else None
    return Preview(
        theme, at, settings=settings, site=site, letters=letters, problems=problems, tests=tests, before=before,
    )  # fmt: skip


def _linked(options: Options, rows: Mapping[str, Row]) -> Callable[[], Site]:
    moment = Moment(options.at, options.drafts, options.future, options.expired)
    return lambda: link(rows.values(), moment)


def entries_of(private: Path) -> tuple[str, ...]:
    """The ids of a catalog's entries, the site first."""
    folder = private / "entries"
    ids = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.json"))
    return tuple(sorted(ids, key=lambda id: id != "site"))
