"""Which files there are, and which of them make one entry: told by names alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill.content.gather import EMAIL_NAMES, Content, scan, sort_out
from handbill.errors import Problem
from handbill.kinds import KINDS
from helpers import make_site

SECTIONS = [kind.section for kind in KINDS]


def sorted_out(*paths: str, languages: tuple[str, ...] = ("en", "pt")) -> Content:
    return sort_out([f"content/{path}" for path in paths], sections=SECTIONS, languages=languages)


def told(content: Content) -> list[str]:
    return [f"{problem.path}: {problem.what}" for problem in content.problems]


# ---- units


def test_a_file_is_an_entry_and_its_name_the_slug() -> None:
    unit = sorted_out("events/salon.md").units["content/events/salon.md"]
    assert (unit.section, unit.slug, unit.folder, unit.bundle) == ("events", "salon", "content/events", False)


def test_a_folder_with_an_index_is_an_entry_and_its_name_the_slug() -> None:
    unit = sorted_out("events/salon/index.md").units["content/events/salon/index.md"]
    assert (unit.slug, unit.folder, unit.bundle) == ("salon", "content/events/salon", True)


def test_an_entry_may_lie_deeper() -> None:
    units = sorted_out("events/2026/salon.md", "events/2026/supper/index.md").units
    assert [unit.slug for unit in units.values()] == ["salon", "supper"]


def test_index_md_at_the_top_of_a_section_is_an_entry_named_index() -> None:
    assert sorted_out("pages/index.md").units["content/pages/index.md"].slug == "index"


def test_a_translation_belongs_to_the_entry_beside_it() -> None:
    content = sorted_out("events/salon.md", "events/salon.pt.md", "events/deep/index.md", "events/deep/index.pt.md")
    assert [unit.translations for unit in content.units.values()] == [
        {"pt": "content/events/salon.pt.md"},
        {"pt": "content/events/deep/index.pt.md"},
    ]


def test_a_translation_is_found_whatever_the_order_of_names() -> None:
    paths = ["content/events/salon.pt.md", "content/events/salon.md"]
    content = sort_out(paths, sections=SECTIONS, languages=("en", "pt"))
    assert content.units["content/events/salon.md"].translations == {"pt": "content/events/salon.pt.md"}


def test_a_dot_in_a_name_is_a_language_only_where_the_site_has_it() -> None:
    content = sorted_out("events/v1.2.md", "events/salon.night.md")
    assert [unit.slug for unit in content.units.values()] == ["v1.2", "salon.night"]
    assert told(content) == []


def test_a_language_that_the_site_has_not_is_told() -> None:
    assert told(sorted_out("events/salon.md", "events/salon.de.md")) == [
        "content/events/salon.de.md: 'de' is not one of the site's languages (en, pt)."
    ]


def test_the_first_language_needs_no_suffix() -> None:
    content = sorted_out("events/salon.en.md")
    assert told(content) == ["content/events/salon.en.md: 'en' is the site's first language, which needs no suffix."]


def test_a_translation_without_its_entry_is_told() -> None:
    assert told(sorted_out("events/salon.pt.md")) == [
        "content/events/salon.pt.md: This translation has no entry to belong to."
    ]


# ---- words


@pytest.mark.parametrize("name", EMAIL_NAMES)
def test_words_of_an_email_belong_to_the_entry_in_whose_folder_they_lie(name: str) -> None:
    content = sorted_out("events/salon/index.md", f"events/salon/{name}.md", f"events/salon/{name}.pt.md")
    assert content.units["content/events/salon/index.md"].words == {
        (name, ""): f"content/events/salon/{name}.md",
        (name, "pt"): f"content/events/salon/{name}.pt.md",
    }


def test_words_of_an_email_may_belong_to_a_whole_section() -> None:
    content = sorted_out("events/_emails/welcome.md", "events/_emails/welcome.pt.md")
    assert content.section_words == {
        ("events", "welcome", ""): "content/events/_emails/welcome.md",
        ("events", "welcome", "pt"): "content/events/_emails/welcome.pt.md",
    }


def test_words_of_an_email_that_does_not_exist_are_told() -> None:
    assert told(sorted_out("events/_emails/welcom.md")) == [
        "content/events/_emails/welcom.md: There is no e-mail named 'welcom'."
    ]


def test_an_entry_beside_others_may_be_named_like_an_email() -> None:
    assert sorted_out("pages/welcome.md").units["content/pages/welcome.md"].slug == "welcome"


def test_another_text_in_an_entrys_folder_is_told_and_made_no_entry() -> None:
    content = sorted_out("events/salon/index.md", "events/salon/notes.md")
    assert list(content.units) == ["content/events/salon/index.md"]
    assert [problem.path for problem in content.problems] == ["content/events/salon/notes.md"]


def test_words_above_a_list_are_no_entry_and_take_no_defaults() -> None:
    content = sorted_out("events/_index.md", "events/_index.pt.md", "events/_defaults.yaml")
    assert content.units == {}
    index = content.indexes["events"]
    assert index.translations == {"pt": "content/events/_index.pt.md"}
    assert index.defaults == ()


# ---- defaults


def test_defaults_apply_from_the_nearest_folder_upward() -> None:
    content = sorted_out(
        "_defaults.yaml", "events/_defaults.yaml", "events/2026/_defaults.yaml", "drops/_defaults.yaml",
        "events/2026/salon/index.md", "events/supper.md", "hosts/casa.md",
    )  # fmt: skip
    assert [unit.defaults for unit in content.units.values()] == [
        ("content/events/2026/_defaults.yaml", "content/events/_defaults.yaml", "content/_defaults.yaml"),
        ("content/events/_defaults.yaml", "content/_defaults.yaml"),
        ("content/_defaults.yaml",),
    ]


def test_every_text_that_an_entry_is_made_from_is_among_its_sources() -> None:
    content = sorted_out(
        "_defaults.yaml", "events/salon/index.md", "events/salon/index.pt.md", "events/salon/welcome.md",
        "events/salon/bench.jpg",
    )  # fmt: skip
    assert content.units["content/events/salon/index.md"].sources() == [
        "content/events/salon/index.md", "content/events/salon/index.pt.md", "content/events/salon/welcome.md",
        "content/_defaults.yaml",
    ]  # fmt: skip


# ---- the rest


def test_what_lies_in_static_is_copied_whatever_it_is() -> None:
    content = sorted_out("static/robots.md", "static/deep/a.txt", "static/_defaults.yaml")
    assert content.units == {}
    assert content.static == {
        "robots.md": "content/static/robots.md",
        "deep/a.txt": "content/static/deep/a.txt",
        "_defaults.yaml": "content/static/_defaults.yaml",
    }


def test_pictures_and_other_files_are_kept_for_whoever_names_them() -> None:
    assert sorted_out("events/salon/bench.jpg", "events/map.pdf").assets == {
        "content/events/salon/bench.jpg", "content/events/map.pdf",
    }  # fmt: skip


def test_what_nothing_reads_is_told_once_a_folder() -> None:
    content = sorted_out("event/salon.md", "event/supper.md", "notes.txt")
    assert told(content) == ["content/event: Nothing reads this.", "content/notes.txt: Nothing reads this."]
    assert {problem.level for problem in content.problems} == {"warning"}


def test_letters_and_sequences_are_left_for_sending() -> None:
    content = sorted_out("letters/2026-12.md", "sequences/after/1.md")
    assert (content.units, told(content)) == ({}, [])


PART = st.sampled_from(["salon", "index", "_index", "_emails", "welcome", "2026", "v1.2", "salon.pt", "static", "x"])
NAME = st.builds(
    lambda stem, suffix: stem + suffix, PART, st.sampled_from([".md", ".pt.md", ".jpg", ".yaml", ".markdown", ""])
)
PATH = st.builds(
    lambda top, folders, name: "/".join([top, *folders, name]),
    st.sampled_from([*SECTIONS, "static", "letters", "other"]), st.lists(PART, max_size=3), NAME,
)  # fmt: skip


@given(st.lists(PATH, max_size=8, unique=True))
def test_every_file_has_one_place_or_is_told(paths: list[str]) -> None:
    content = sorted_out(*sorted(paths))
    places: list[str] = [*content.static.values(), *content.assets, *content.section_words.values()]
    for unit in (*content.units.values(), *content.indexes.values()):
        places += [unit.path, *unit.translations.values(), *unit.words.values()]
    reported = {problem.path for problem in content.problems}
    for path in paths:
        whole = f"content/{path}"
        somewhere = places.count(whole)
        left = path.startswith("letters/") or any(whole == told or whole.startswith(f"{told}/") for told in reported)
        assert somewhere == 1 or (somewhere == 0 and left), path


# ---- scanning


def found(root: Path) -> tuple[list[str], list[Problem]]:
    problems: list[Problem] = []
    return list(scan(root, "content", problems)), problems


def test_scanning_passes_over_hidden_files_and_what_editors_leave(tmp_path: Path) -> None:
    names = [".hidden", ".git/config", "a.md~", "#a.md#", ".a.md.swp", "a.md.bak", "a.tmp", "Thumbs.db", "a.md"]
    make_site(tmp_path, {f"content/{name}": "x" for name in names})
    assert found(tmp_path / "content")[0] == ["content/a.md", "content/site.yaml"]


def test_scanning_gives_the_files_in_one_order(tmp_path: Path) -> None:
    names = ["b.md", "a/c.md", "a.md", "Z.md", "é.md", "a/b/d.md"]
    make_site(tmp_path, {f"content/{name}": "x" for name in names})
    paths, _ = found(tmp_path / "content")
    assert paths == sorted(paths)
    assert len(paths) == 7


def test_scanning_a_folder_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") == ([], [])


def test_a_stat_moves_when_a_file_is_edited_replaced_or_has_its_time_set_back(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("one")
    os.utime(file, ns=(10**18, 10**18))
    seen = [scan(tmp_path, "c")["c/a.md"]]
    for change in (
        lambda: file.write_text("two"),
        lambda: os.utime(file, ns=(10**18, 10**18)),
        lambda: (tmp_path / "b").write_text("two") and (tmp_path / "b").replace(file),
    ):
        time.sleep(0.02)
        change()
        seen.append(scan(tmp_path, "c")["c/a.md"])
    assert len(set(seen)) == len(seen)


def test_a_pipe_among_the_files_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert found(tmp_path) == ([], [])
