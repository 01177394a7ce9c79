"""A theme: which file wins, what it extends, what it lets its user choose, and what is said when it is wrong."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.errors import MachineError, Problem, ProblemsFound
from handbill.settings import Setting, choose
from handbill.theme import _enough, load_theme
from theme_folders import SHIPPED, child, make, refused, told, write

THREE: dict[str, str | bytes] = {
    "base/theme.yaml": "name: base\nversion: 1.0.0\n",
    "base/parts/form.html": "base's form",
    "base/parts/card.html": "base's card",
    "lantern/theme.yaml": "name: lantern\nextends: base\nversion: 2.0.0\n",
    "lantern/parts/form.html": "lantern's form",
    "mine/theme.yaml": "name: mine\nextends: lantern\n",
    "mine/parts/card.html": "mine's card",
}


def problems_of(root: Path, files: dict[str, str | bytes], name: str = "base") -> list[str]:
    with pytest.raises(ProblemsFound) as caught:
        make(root, files, name)
    return refused(caught.value)


# ---- which file wins


def test_the_nearest_theme_that_has_a_file_wins(tmp_path: Path) -> None:
    theme = make(tmp_path, THREE, "mine")
    assert [link.name for link in theme.chain] == ["mine", "lantern", "base"]
    found = {path: file.text for path in ("parts/form.html", "parts/card.html") if (file := theme.find(path))}
    assert found == {"parts/form.html": "lantern's form", "parts/card.html": "mine's card"}
    assert theme.find("parts/none.html") is None


def test_a_look_up_can_begin_at_a_theme_further_on(tmp_path: Path) -> None:
    theme = make(tmp_path, THREE, "mine")
    card, form = theme.find("parts/card.html", "lantern"), theme.find("parts/form.html", "base")
    assert card
    assert form
    assert (card.shown, form.text) == ("themes/base/parts/card.html", "base's form")
    with pytest.raises(KeyError):
        theme.find("parts/card.html", "broadside")


def test_which_tells_every_theme_of_the_chain_whether_it_has_the_file(tmp_path: Path) -> None:
    theme = make(tmp_path, THREE, "mine")
    assert theme.which("parts/form.html") == (("mine", False), ("lantern", True), ("base", True))


def test_a_theme_that_extends_nothing_extends_base(tmp_path: Path) -> None:
    theme = make(tmp_path, {"mine/theme.yaml": "name: mine\n"}, "mine")
    assert [link.name for link in theme.chain] == ["mine", "base"]


def test_a_project_comes_before_the_shipped_themes(tmp_path: Path) -> None:
    here, shipped = (
        write(tmp_path / "a", {"base/theme.yaml": "version: 9\n"}),
        write(tmp_path / "b", {"base/theme.yaml": "version: 1\n", "other/theme.yaml": ""}),
    )
    assert load_theme("base", search=[here, shipped]).version == "9"
    assert load_theme("other", search=[here, shipped]).chain[1].version == "9"


def test_files_lists_the_winners_below_a_folder(tmp_path: Path) -> None:
    theme = make(tmp_path, THREE, "mine")
    assert [file.shown for file in theme.files("parts", ".html")] == [
        "themes/mine/parts/card.html",
        "themes/lantern/parts/form.html",
    ]


def test_litter_of_editors_and_unknown_folders_are_no_part_of_a_theme(tmp_path: Path) -> None:
    litter: dict[str, str | bytes] = {
        "base/parts/.form.html.swp": "x", "base/parts/form.html~": "x", "base/parts/.DS_Store": b"\xff",
        "base/node_modules/a.js": "x", "base/README.md": "x", "base/parts/form.html": "x",
    }  # fmt: skip
    assert [file.path for file in make(tmp_path, litter).files()] == ["parts/form.html", "theme.yaml"]


# ---- its digest


def test_the_digest_changes_with_any_byte_of_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    first = make(tmp_path / "a", THREE, "mine").digest
    assert make(tmp_path / "b", THREE, "mine").digest == first
    assert make(tmp_path / "c", {**THREE, "base/parts/card.html": "base's card!"}, "mine").digest != first
    assert make(tmp_path / "d", {**THREE, "mine/parts/new.html": ""}, "mine").digest != first


def test_what_was_loaded_stays_when_a_file_changes_afterwards(tmp_path: Path) -> None:
    theme = make(tmp_path, THREE, "mine")
    digest = theme.digest
    (tmp_path / "lantern/parts/form.html").write_text("half-writ")
    found = theme.find("parts/form.html")
    assert found
    assert (found.text, theme.digest) == ("lantern's form", digest)


# ---- assets


def test_an_asset_is_named_by_its_bytes(tmp_path: Path) -> None:
    theme = make(tmp_path, {"base/assets/icons/a.b.svg": "<svg/>"})
    found = theme.asset("icons/a.b.svg")
    assert found
    name, data = found
    assert name.startswith("assets/icons/a.b-")
    assert name.endswith(".svg")
    assert len(name) == len("assets/icons/a.b-.svg") + 8
    assert data == b"<svg/>"
    assert theme.asset_url("icons/a.b.svg", "/sub") == f"/sub/{name}"
    changed = make(tmp_path, {"base/assets/icons/a.b.svg": "<svg />"}).asset("icons/a.b.svg")
    assert changed
    assert changed[0] != name
    assert theme.asset("none.svg") is None


# ---- what is said when it is wrong


def test_a_missing_theme_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    write(tmp_path, {"lantern/theme.yaml": "", "base/theme.yaml": ""})
    with pytest.raises(ProblemsFound) as caught:
        load_theme("lanterne", search=[tmp_path])
    assert str(caught.value) == (
        "content/site.yaml: There is no theme 'lanterne'.\n  Did you mean 'lantern'? There are: base, lantern."
    )


@pytest.mark.parametrize("name", ["../secret", "/etc", "a/b", "", "..", "Base"])
def test_a_name_that_is_no_plain_name_finds_nothing(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"secret/theme.yaml": "", "in/base/theme.yaml": ""})
    with pytest.raises(ProblemsFound):
        load_theme(name, search=[tmp_path / "in"])


def test_a_missing_parent_is_shown_where_it_is_named(tmp_path: Path) -> None:
    assert problems_of(tmp_path, {"mine/theme.yaml": "name: mine\nextends: bass\n"}, "mine") == [
        "themes/mine/theme.yaml:2:10: There is no theme 'bass'."
    ]


def test_a_loop_of_extends_is_told_whole(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a/theme.yaml": "extends: b\n", "b/theme.yaml": "extends: c\n"}
    assert problems_of(tmp_path, {**files, "c/theme.yaml": "extends: b\n"}, "a") == [
        "themes/c/theme.yaml:1:10: Themes extend each other in a circle: b → c → b."
    ]
    assert problems_of(tmp_path, {"a/theme.yaml": "extends: a\n"}, "a") == [
        "themes/a/theme.yaml:1:10: Themes extend each other in a circle: a → a."
    ]


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("extend: base\n", "themes/mine/theme.yaml:1:1: theme.yaml has no 'extend'."),
        ("name: yours\n", "themes/mine/theme.yaml:1:7: The theme calls itself 'yours', and its folder 'mine'."),
        ("extends: [base]\n", "themes/mine/theme.yaml:1:10: 'extends' is no name."),
        ("requires: '>=9'\n", "themes/mine/theme.yaml:1:11: The theme needs handbill >=9; this is 0.1.0."),
        ("styles: a.css\n", "themes/mine/theme.yaml:1:9: 'styles' is no list."),
        ("styles:\n  - assets/css/bas.css\n", "themes/mine/theme.yaml:2:5: There is no file 'assets/css/bas.css'."),
        ("settings: 3\n", "themes/mine/theme.yaml:1:11: 'settings' is no map."),
        ("settings:\n  a: 3\n", "themes/mine/theme.yaml:2:3: The setting 'a' is no map."),
        ("settings:\n  a: {type: text, label: A}\n", "themes/mine/theme.yaml:2:3: The setting 'a' has no default."),
        (
            "settings:\n  a: {type: txt, default: x, label: A}\n",
            "themes/mine/theme.yaml:2:13: 'txt' is no type of setting.",
        ),
        (
            "settings:\n  a: {type: number, default: 9, max: 3, label: A}\n",
            "themes/mine/theme.yaml:2:30: The default of 'a' does not fit.",
        ),
        (
            "settings:\n  a: {type: text, defalt: x, default: x, label: A}\n",
            "themes/mine/theme.yaml:2:27: A setting has no 'defalt'.",
        ),
    ],
)
def test_a_wrong_theme_yaml_is_shown_with_its_place(tmp_path: Path, yaml: str, said: str) -> None:
    files: dict[str, str | bytes] = {"mine/theme.yaml": yaml, "base/assets/css/base.css": ""}
    files["base/theme.yaml"] = "styles: [assets/css/base.css]\n"
    assert problems_of(tmp_path, files, "mine") == [said]


def test_all_that_a_setting_lacks_is_told_at_once(tmp_path: Path) -> None:
    assert problems_of(tmp_path, {"mine/theme.yaml": "settings:\n  a: {type: txt}\n"}, "mine") == [
        "themes/mine/theme.yaml:2:3: The setting 'a' has no default.",
        "themes/mine/theme.yaml:2:3: The setting 'a' has no label.",
        "themes/mine/theme.yaml:2:13: 'txt' is no type of setting.",
    ]


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "base/i18n/en.yaml": "a: 3\n",
        "base/tokens.json": '{"color": {"light": {"ink": {"$type": "color", "$value": "blue"}}}}',
        "mine/theme.yaml": "styles: [a.css]\n",
    }
    assert problems_of(tmp_path, files, "mine") == [
        "themes/base/i18n/en.yaml:1:4: 'a' is no text.",
        "themes/base/tokens.json:1:22: The value of 'color.light.ink' is not a color.",
        "themes/mine/theme.yaml:1:10: There is no file 'a.css'.",
    ]


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    assert problems_of(tmp_path, {"base/parts/a.html": b"a\n\xff\n"}) == [
        "themes/base/parts/a.html:2:1: The file is not UTF-8: byte 0xFF in this line is none of its signs."
    ]
    make(tmp_path / "pictures", {"base/assets/a.png": b"\xff"})


def test_a_file_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, {"base/assets/a.png": b"x" * 5_000_001}) == [
        "themes/base/assets/a.png: The file has more than 5,000,000 bytes."
    ]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_a_link_out_of_the_theme_is_refused_and_one_inside_is_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"secret.html": "secret", "base/theme.yaml": "", "base/parts/a.html": "a"})
    (tmp_path / "base/parts/b.html").symlink_to(tmp_path / "base/parts/a.html")
    theme = load_theme("base", search=[tmp_path])
    assert [file.text for file in theme.files("parts")] == ["a", "a"]
    (tmp_path / "base/parts/c.html").symlink_to(tmp_path / "secret.html")
    with pytest.raises(ProblemsFound) as caught:
        load_theme("base", search=[tmp_path])
    assert refused(caught.value) == ["themes/base/parts/c.html: A link leads out of the theme."]


def test_a_css_file_that_no_theme_lists_is_a_warning(tmp_path: Path) -> None:
    theme = make(tmp_path, {"base/assets/css/old.css": ""})
    assert told(list(theme.warnings)) == [
        "themes/base/assets/css/old.css: warning: The file is in no page: no theme.yaml lists it."
    ]


@pytest.mark.skipif(os.name == "nt", reason="rights are another thing there")
def test_a_file_that_may_not_be_read_is_the_machines_fault() -> None:
    with somebody_whom_rights_stop(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, {"base/theme.yaml": "", "base/parts/a.html": "a"})
        load_theme("base", search=[folder])
        (folder / "base/parts/a.html").chmod(0)
        with pytest.raises(MachineError, match=r"a\.html"):
            load_theme("base", search=[folder])


@contextlib.contextmanager
def somebody_whom_rights_stop() -> Iterator[None]:
    """Rights do not stop root: as root, be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    load_theme("base", search=[SHIPPED])  # whatever is imported on the way, root must import
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("requires", "met"),
    [
        (">=0.1", True), (">=0.1.0", True), ("==0.1", True), (">=0.1, <2", True), ("<0.1", False), (">0.1", False),
        ("<=0.1", True), (">=0.1.1", False), ("0.1", False), ("", False), ("~=0.1", False),
    ],
)  # fmt: skip
def test_requires_is_met_or_not(requires: str, met: bool) -> None:
    assert _enough(requires, "0.1.0") is met


# ---- settings

SETTINGS = {
    setting.key: setting
    for setting in (
        Setting("columns", "number", 2, "Columns", least=1, most=3, was="cols"),
        Setting("accent", "color", "#2a3fb0", "Accent"),
        Setting("look", "choice", "rows", "Look", choices=("rows", "grid")),
        Setting("past", "boolean", True, "Past"),
        Setting("note", "text", "", "Note", most=10),
    )
}


def chosen(values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    place = lambda key, what, fix: Problem("site.yaml", 1, 0, f"{what} {fix}")  # noqa: E731
    out, problems = choose(SETTINGS, values, place)
    return {key: out[key] for key in out if out[key] != SETTINGS[key].default}, [p.what for p in problems]


def test_what_is_not_set_has_its_default() -> None:
    assert chosen({}) == ({}, [])


def test_what_is_set_counts_also_by_its_older_name() -> None:
    assert chosen({"columns": 3, "accent": "#000000", "past": False}) == (
        {"columns": 3, "accent": "#000000", "past": False},
        [],
    )
    assert chosen({"cols": 1}) == ({"columns": 1}, [])
    assert chosen({"cols": 1, "columns": 3}) == ({"columns": 3}, [])


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("columns", 9, "9 is no value for 'columns' (Columns). Write a number from 1 to 3."),
        ("columns", True, "true is no value for 'columns' (Columns). Write a number from 1 to 3."),
        ("columns", "2", "'2' is no value for 'columns' (Columns). Write a number from 1 to 3."),
        ("accent", "#fff", "'#fff' is no value for 'accent' (Accent). Write six digits in quotes, such as '#1d2521'."),
        ("look", "gird", "'gird' is no value for 'look' (Look). Write one of: rows, grid."),
        ("past", "no", "'no' is no value for 'past' (Past). Write true or false."),
        ("note", "x" * 11, f"'{'x' * 11}' is no value for 'note' (Note). Write at most 10 characters."),
        (
            "colums",
            1,
            "The theme has no setting 'colums'. Did you mean 'columns'? It has: columns, accent, look, past, note.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_write(key: str, value: Any, said: str) -> None:
    assert chosen({key: value}) == ({}, [said])


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=12), st.sampled_from(["grid", "#123456"])
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*SETTINGS, "cols", "other"]), VALUES))
def test_whatever_is_written_every_setting_ends_with_a_value_that_fits(values: dict[str, Any]) -> None:
    out, _ = choose(SETTINGS, values, lambda key, what, fix: Problem("site.yaml", 1, 0, what, fix))
    assert out.keys() == SETTINGS.keys()
    assert all(SETTINGS[key].wrong(value) == "" for key, value in out.items())


def test_a_child_has_its_parents_settings_and_may_change_a_default(tmp_path: Path) -> None:
    one = "{type: text, default: %s, label: L}"
    files: dict[str, str | bytes] = {
        "base/theme.yaml": f"settings:\n a: {one % 'x'}\n b: {one % 'x'}\n",
        "mine/theme.yaml": f"settings:\n b: {one % 'y'}\n c: {{type: number, default: 0.5, label: L}}\n",
    }
    theme = make(tmp_path, files, "mine")
    assert {key: setting.default for key, setting in theme.settings.items()} == {"a": "x", "b": "y", "c": 0.5}


def test_more_settings_than_anybody_surveys_are_refused(tmp_path: Path) -> None:
    many = "".join(f"  s{number}: {{type: boolean, default: true, label: S}}\n" for number in range(21))
    assert problems_of(tmp_path, {"base/theme.yaml": f"settings:\n{many}"}) == [
        "themes/base/theme.yaml:1:1: The theme has 21 settings; 20 are the most."
    ]


def test_settings_are_counted_over_all_that_a_theme_extends(tmp_path: Path) -> None:
    def many(first: int, last: int) -> str:
        rows = (f"  s{n}: {{type: boolean, default: true, label: S}}\n" for n in range(first, last))
        return "settings:\n" + "".join(rows)

    files: dict[str, str | bytes] = {"base/theme.yaml": many(0, 15), "mine/theme.yaml": many(10, 20)}
    assert len(make(tmp_path / "a", files, "mine").settings) == 20
    files["mine/theme.yaml"] = many(10, 21)
    assert problems_of(tmp_path / "b", files, "mine") == [
        "themes/mine/theme.yaml:1:1: The theme has 21 settings, those of its parents among them; 20 are the most."
    ]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("{type: boolean, default: true, label: A, max: 3}", "'max' means nothing for a setting of type boolean."),
        ("{type: text, default: x, label: A, choices: [x]}", "'choices' means nothing for a setting of type text."),
        ("{type: choice, default: x, label: A}", "The setting 'a' has no choices."),
        ("{type: number, default: 1, label: A, min: 3, max: 1}", "'min' is more than 'max'."),
        ("{type: number, default: 1, label: A, was: b}", "'b' cannot be what 'a' was: it is a setting itself."),
        ("{type: number, default: 1, label: A, was: c}", "'c' cannot be what 'a' was: it is also what 'b' was."),
    ],
)  # fmt: skip
def test_a_setting_whose_words_contradict_each_other_is_refused(tmp_path: Path, setting: str, said: str) -> None:
    other = "  b: {type: number, default: 1, label: B}\n"
    if "was: c" in setting:
        other = other.replace("label: B", "label: B, was: c")
    found = problems_of(tmp_path, {"base/theme.yaml": f"settings:\n  a: {setting}\n{other}"})
    assert found[0].startswith("themes/base/theme.yaml:2:")
    assert found[0].endswith(f": {said}")


# ---- the shipped base


def test_the_shipped_base_loads_without_a_word() -> None:
    theme = load_theme("base", search=[SHIPPED])
    assert theme.warnings == ()
    assert {"en", "pt"} <= set(theme.languages())


def test_a_theme_of_one_line_is_base_under_another_name(tmp_path: Path) -> None:
    theme = child(tmp_path, {})
    base = load_theme("base", search=[SHIPPED])
    assert [file.shown for file in theme.files("pages")] == [file.shown for file in base.files("pages")]
    assert theme.stylesheet("", []) == base.stylesheet("", [])
