"""What holds for the sample site in every theme that comes with handbill."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import SAMPLE_AT, THEMES, Site
from handbill.checkup import check_site
from handbill.options import Options
from theme_folders import told


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
