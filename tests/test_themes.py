"""What holds for the sample site in every theme that comes with handbill."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import REPOSITORY, SAMPLE_AT, THEMES, Site
from handbill.checkup import check_site
from handbill.options import Options
from handbill.theme import load_theme
from theme_folders import SHIPPED, told


@pytest.mark.parametrize("theme", THEMES)
def test_there_is_nothing_to_mend_in_its_pages_and_e_mails_as_they_go_out(
    theme: str, themed_site: Callable[[str], Site]
) -> None:
    """Every rule of `handbill check`: dead links, the form, each rule for e-mails, contrast in light and dark."""
    site = themed_site(theme)
    options = Options(
        root=site.root, public=site.public, private=site.private, at=SAMPLE_AT.timestamp(),
        environ=(("HANDBILL_THEME", theme),),
    )  # fmt: skip
    assert told(check_site(options)) == []


@pytest.mark.parametrize("theme", THEMES)
def test_its_picture_is_in_the_readme_and_small_and_in_no_site(theme: str, themed_site: Callable[[str], Site]) -> None:
    """`make screenshots` takes it. Less than 150 kB, as WebP."""
    picture = REPOSITORY / "themes" / theme / "screenshot.webp"
    data = picture.read_bytes()
    assert data[8:12] == b"WEBP"
    assert len(data) < 150_000
    assert f"(themes/{theme}/screenshot.webp)" in (REPOSITORY / "README.md").read_text("utf-8")
    assert "screenshot.webp" not in {file.path for file in load_theme(theme, search=[SHIPPED]).files()}
    assert not [*themed_site(theme).public.rglob("screenshot*")]
