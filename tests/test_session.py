"""Builds in one session give what builds in processes of their own give, whatever was edited between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from handbill.build import build
from handbill.cache import load_manifest
from handbill.errors import ProblemsFound
from handbill.session import Session
from helpers import EVENT, SITE, Site, difference, make_site, picture

SALON, BALL = "content/events/salon.md", "content/events/ball.md"
HOST = "---\ntitle: Casa\nsummary: A house.\naddress: { city: Lisboa }\n---\nA house.\n"
THEME = "name: own\nversion: 1.0.0\nextends: base\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    files: dict[str, str | bytes] = {
        SALON: EVENT,
        BALL: EVENT.replace("Salon", "Ball").replace("venue: Town Hall", "host: casa\nimages: [/lamp.jpg]"),
        "content/hosts/casa.md": HOST,
        "content/events/_emails/welcome.md": "---\nsubject: Hello\n---\nHello.\n",
        "content/static/lamp.jpg": picture("navy", (1300, 700)),
        "themes/own/theme.yaml": THEME,
        "themes/own/parts/header.html": "<header><p>Ours</p></header>\n",
        "themes/own/tokens.json": '{"color": {"light": {"accent": {"$type": "color", "$value": "#7a1f4d"}}}}',
        "themes/own/i18n/en.yaml": "page:\n  skip: Skip all this\n",
    }
    return make_site(tmp_path / "site", files, site=f"{SITE}theme: own\n")


def a_text(site: Site) -> list[str]:
    site.edit(SALON, "Come as you are.", "Come as you like.")
    return [SALON]


def a_title(site: Site) -> list[str]:
    site.edit(SALON, "title: Salon", "title: Soirée")
    return [SALON]


def a_host_that_others_name(site: Site) -> list[str]:
    site.edit("content/hosts/casa.md", "title: Casa", "title: Casa Nova")
    return ["content/hosts/casa.md"]


def a_part(site: Site) -> list[str]:
    site.edit("themes/own/parts/header.html", "Ours", "Theirs")
    return ["themes/own/parts/header.html"]


def a_token(site: Site) -> list[str]:
    site.edit("themes/own/tokens.json", "#7a1f4d", "#4d1f7a")
    return ["themes/own/tokens.json"]


def words_of_the_theme(site: Site) -> list[str]:
    site.edit("themes/own/i18n/en.yaml", "Skip all this", "To the words")
    return ["themes/own/i18n/en.yaml"]


def words_of_an_email(site: Site) -> list[str]:
    site.edit("content/events/_emails/welcome.md", "Hello.", "Good evening.")
    return ["content/events/_emails/welcome.md"]


def the_site(site: Site) -> list[str]:
    site.edit("content/site.yaml", "Casa Lume\n", "Casa Luz\n")
    return ["content/site.yaml"]


def a_picture(site: Site) -> list[str]:
    site.write({"content/static/lamp.jpg": picture("teal", (1300, 700))})
    return ["content/static/lamp.jpg"]


def a_new_entry(site: Site) -> list[str]:
    site.write({"content/events/third.md": EVENT.replace("Salon", "Third")})
    return ["content/events/third.md"]


def an_entry_gone(site: Site) -> list[str]:
    site.remove(BALL)
    return [BALL]


def a_folder_moved(site: Site) -> list[str]:
    (site.root / "content/hosts").rename(site.root / "content/pages")
    site.edit(BALL, "host: casa", "venue: Elsewhere")
    site.edit("content/pages/casa.md", "address: { city: Lisboa }\n", "")
    return ["content/hosts/", "content/pages/", BALL]


def another_theme(site: Site) -> list[str]:
    site.edit("content/site.yaml", "theme: own", "theme: base")
    return ["content/site.yaml"]


EDITS = [
    a_text, a_title, a_host_that_others_name, a_part, a_token, words_of_the_theme, words_of_an_email, the_site,
    a_picture, a_new_entry, an_entry_gone, a_folder_moved, another_theme,
]  # fmt: skip


def equals_a_clean_build(site: Site, tmp_path: Path) -> None:
    clean = Site(site.root, tmp_path / "clean" / "public", tmp_path / "clean" / "private")
    shutil.rmtree(tmp_path / "clean", ignore_errors=True)
    clean.build(clean=True)
    (public, private), (clean_public, clean_private) = site.outputs(), clean.outputs()
    assert not difference(public, clean_public)
    kept = (
        "- emails/",
        "- programs/",
        "- answers/",
        "- wordings/",
        "- gates/",
    )  # named by their hash, and never removed
    assert not [line for line in difference(private, clean_private) if not line.startswith(kept)]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_build_in_a_session_equals_a_clean_one(edit: Callable[[Site], list[str]], site: Site, tmp_path: Path) -> None:
    session = Session(lasting=True)
    build(site.options(), session=session)
    site.settle()
    build(site.options(), session=session, changed=edit(site))
    equals_a_clean_build(site, tmp_path)


def test_after_a_whole_history_too(site: Site, tmp_path: Path) -> None:
    session = Session(lasting=True)
    build(site.options(), session=session)
    for edit in EDITS[:-2]:
        build(site.options(), session=session, changed=edit(site))
    build(site.options(), session=session)
    equals_a_clean_build(site, tmp_path)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("themes/own/parts/header.html", "Ours", "{{ nonsense }}"),
        ("themes/own/theme.yaml", "extends: base", "extends: own"),
        ("content/site.yaml", "name: Casa", "nmae: Casa"),
        (SALON, "19:00", "25:00"),
    ],
)
def test_what_is_wrong_stays_wrong_until_it_is_mended(
    path: str, old: str, new: str, site: Site, tmp_path: Path
) -> None:
    session = Session(lasting=True)
    build(site.options(), session=session)
    site.settle()
    site.edit(path, old, new)
    for changed in ([path], [], None):
        with pytest.raises(ProblemsFound):
            build(site.options(), session=session, changed=changed)
        site.settle()
    site.edit(path, new, old)
    a_title(site)
    build(site.options(), session=session, changed=[path, SALON])
    equals_a_clean_build(site, tmp_path)


def test_a_file_saved_twice_within_a_tick_is_read_again(site: Site, tmp_path: Path) -> None:
    session = Session(lasting=True)
    build(site.options(), session=session)
    for number in range(20):
        site.edit("themes/own/parts/header.html", "Ours" if not number else f"Ours {number - 1}", f"Ours {number}")
        build(site.options(), session=session, changed=["themes/own/parts/header.html"])
    assert "Ours 19" in site.page("/events/salon/")


def test_the_manifest_is_written_when_asked_for_and_then_holds_for_others(site: Site) -> None:
    session = Session(lasting=True)
    options = site.options()
    site.settle()
    build(options, session=session)
    assert load_manifest(options.manifest) is None
    session.flush()
    assert build(options).unchanged


def test_a_session_sees_that_somebody_else_built_meanwhile(site: Site, tmp_path: Path) -> None:
    session = Session(lasting=True)
    build(site.options(), session=session)
    session.flush()
    a_title(site)
    site.build()
    a_text(site)
    build(site.options(), session=session)
    equals_a_clean_build(site, tmp_path)


def test_the_moment_moves_in_a_session(site: Site, tmp_path: Path) -> None:
    session = Session(lasting=True)
    for days in (0, 11, 0, 400):
        build(replace(site.options(), at=site.options().at + days * 86_400), session=session)
    later = Site(site.root, tmp_path / "later" / "public", tmp_path / "later" / "private")
    later.build(at=site.options().at + 400 * 86_400, clean=True)
    assert not difference(site.outputs()[0], later.outputs()[0])
