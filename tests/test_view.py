"""The promise to themes: what is handed to a template is what view.py documents, no more and no less."""

from __future__ import annotations

import dataclasses
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest

from handbill import view
from handbill.reference import reference
from handbill.view import CONTEXTS

VIEWS = [
    thing
    for thing in vars(view).values()
    if isinstance(thing, type) and dataclasses.is_dataclass(thing) and thing.__module__ == view.__name__
]


@pytest.mark.parametrize("of", VIEWS, ids=lambda of: of.__name__)
def test_every_field_has_its_sentence(of: type) -> None:
    for name, hint in get_type_hints(of, include_extras=True).items():
        assert get_origin(hint) is Annotated, f"{of.__name__}.{name} is not documented"
        assert str(get_args(hint)[1]).strip().endswith((".", ":`.")), f"{of.__name__}.{name} has no full sentence"


@pytest.mark.parametrize("of", VIEWS, ids=lambda of: of.__name__)
def test_every_field_is_in_the_printed_reference(of: type) -> None:
    text = reference("templates")
    assert f"## {of.__name__}" in text
    block = text.partition(f"## {of.__name__}\n")[2].partition("\n## ")[0]
    for field in dataclasses.fields(of):
        assert f"| `{field.name}` |" in block


def test_every_page_of_the_base_theme_has_a_context() -> None:
    from handbill.options import shipped

    pages = {path.name for path in (shipped("themes") / "base" / "pages").glob("[!_]*.html")}
    assert pages == {name.partition("/")[2] for name in CONTEXTS if name.startswith("pages/") and name.count("/") == 1}
