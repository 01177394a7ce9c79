"""What a designer types: a theme made, listed, looked through, its files taken, compared and checked.

The command runs in a process of its own, on real folders; what it prints is what a person reads.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import THEMES
from handbill.build import build
from handbill.errors import MachineError, Problem, ProblemsFound, UsageError
from handbill.theme import load_theme
from handbill.toolkit.checking import check
from handbill.toolkit.listing import list_themes
from handbill.toolkit.looking import which
from handbill.toolkit.making import new_theme
from handbill.toolkit.place import Place, find_place
from handbill.toolkit.taking import diff, eject
from helpers import NOW, SITE, Site, handbill, make_site
from theme_folders import SHIPPED, told, write

ENGLISH = SITE.replace("[en, pt]", "[en]").replace("{ en: Yes., pt: Sim. }", "Yes.")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site", site=ENGLISH)


@pytest.fixture
def own(site: Site) -> Site:
    """A site with a theme of its own, as it is made."""
    new_theme(find_place(site.root), "mine", "base")
    site.write({"content/site.yaml": site_yaml(site) + "theme: mine\n"})
    return site


def site_yaml(site: Site) -> str:
    return (site.root / "content/site.yaml").read_text("utf-8")


def place(site: Site) -> Place:
    return find_place(site.root)


def run(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    return handbill("theme", *words, cwd=site.root)


def refused(site: Site, *words: str) -> str:
    """What the command says that refuses."""
    done = run(site, *words)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.strip()


def worse(problems: list[Problem]) -> list[str]:
    """What is told, without advice."""
    return told([problem for problem in problems if problem.level != "advice"])


# ---- theme new


@pytest.mark.parametrize("parent", THEMES)
def test_a_new_theme_is_whole_and_changes_nothing_yet(site: Site, parent: str) -> None:
    done = run(site, "new", "mine", "--from", parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"Made themes/mine, which extends {parent}."
    theme, before = load_theme("mine", search=[site.root / "themes", SHIPPED]), load_theme(parent, search=[SHIPPED])
    assert {path: token.mail for path, token in theme.tokens.by_path.items()} == {
        path: token.mail for path, token in before.tokens.by_path.items()
    }
    assert theme.stylesheet("", []).css == before.stylesheet("", []).css
    assert worse(check(place(site), "mine")) == []


def test_its_colours_are_there_to_be_changed_in_page_and_e_mail(own: Site) -> None:
    own.build()
    before = own.page("/events/salon/")
    mails = {path.name for path in own.private.glob("programs/*")}
    own.edit("themes/mine/tokens.json", "#2a3fb0", "#8a2d5c")
    own.build()
    assert "--color-accent:#8a2d5c" in own.page("/events/salon/")
    assert "--color-accent:#8a2d5c" not in before
    new = {path.name for path in own.private.glob("programs/*")} - mails
    assert new
    assert all("#8a2d5c" in (own.private / "programs" / name).read_text("utf-8") for name in new)


def test_it_extends_the_theme_in_use_where_none_is_named(own: Site) -> None:
    assert new_theme(place(own), "ours", None)[0] == "Made themes/ours, which extends mine."
    assert [link.name for link in load_theme("ours", search=place(own).search).chain] == ["ours", "mine", "base"]


@pytest.mark.parametrize("name", ["1984", "true", "null", "a", "x" * 64])
def test_a_name_that_yaml_would_take_for_something_else_is_a_name_all_the_same(site: Site, name: str) -> None:
    new_theme(place(site), name, None)
    new_theme(place(site), "child", name)
    assert [link.name for link in load_theme("child", search=place(site).search).chain] == ["child", name, "base"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("My One",), "'My One' is no name for a theme: small letters, digits and hyphens. Did you mean 'my-one'?"),
        (("../up",), "'../up' is no name for a theme: small letters, digits and hyphens. Did you mean 'up'?"),
        (("base",), "'base' is a theme that comes with handbill. Choose another name."),
        (("there",), "themes/there is already there. Nothing was written; choose another name."),
        (("x", "--from", "bse"), "There is no theme 'bse'. Did you mean 'base'? There are: "),
    ],
)  # fmt: skip
def test_what_cannot_become_a_theme_is_refused_and_nothing_is_written(
    site: Site, words: tuple[str, ...], said: str
) -> None:
    site.write({"themes/there/note.txt": "mine"})
    assert refused(site, "new", *words).startswith(said)
    assert sorted(path.name for path in site.root.glob("themes/**/*")) == ["note.txt", "there"]


def test_a_theme_belongs_to_a_site(tmp_path: Path) -> None:
    done = handbill("theme", "new", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "There is no content/site.yaml" in done.stderr


# ---- theme list


def test_the_list_tells_what_each_theme_extends_and_which_one_is_used(own: Site) -> None:
    rows = {row["name"]: row for row in json.loads(run(own, "list", "--json").stdout)}
    assert rows.keys() == {*THEMES, "mine"}
    assert rows["mine"] == {
        "name": "mine", "version": "0.1.0", "description": "base, made our own.", "extends": ["base"],
        "path": "themes/mine", "own": True, "used": True, "problem": "",
    }  # fmt: skip
    for name in THEMES:
        assert not rows[name]["own"]
        assert not rows[name]["used"]
        assert rows[name]["version"], f"{name} has no version"
        assert rows[name]["description"], f"{name} does not say what it is"
        assert rows[name]["extends"][-1:] == ([] if name == "base" else ["base"])
    lines = run(own, "list").stdout.splitlines()
    assert lines[lines.index("    base, made our own.") - 1] == "* mine → base  0.1.0  themes/mine"


def test_a_broken_theme_is_listed_with_what_is_wrong(own: Site) -> None:
    own.write({"themes/mine/tokens.json": '{"color":'})
    row = next(row for row in list_themes(place(own)) if row.name == "mine")
    assert row.problem.startswith("themes/mine/tokens.json:1:")
    assert (row.own, row.used, row.path) == (True, True, "themes/mine")


def test_without_a_site_the_shipped_themes_are_there(tmp_path: Path) -> None:
    assert [row.name for row in list_themes(find_place(tmp_path))] == THEMES
    write(tmp_path, {"mine/theme.yaml": "extends: base\n"})
    rows = list_themes(find_place(tmp_path / "mine"))
    assert [row.name for row in rows if row.used] == ["mine"]


# ---- theme which


def test_the_nearest_file_wins_and_the_others_are_shadowed(own: Site) -> None:
    own.write({"themes/mine/parts/card.html": "x"})
    said = run(own, "which", "parts/card.html").stdout.splitlines()
    shipped = (SHIPPED / "base/parts/card.html").as_posix()
    version = load_theme("base", search=[SHIPPED]).version
    assert said == [
        "wins      themes/mine/parts/card.html  (mine 0.1.0)",
        f"shadowed  {shipped}  (base {version})",
    ]
    found: dict[str, Any] = json.loads(run(own, "which", "card.html", "--json").stdout)
    assert found["file"] == "parts/card.html"
    assert [(row["path"], row["state"]) for row in found["candidates"]] == [
        ("themes/mine/parts/card.html", "wins"), (shipped, "shadowed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "states"),
    [
        ("pages/event.html", ["wins", "extended"]),
        ("tokens.json", ["joined", "joined"]),
        ("i18n/pt.yaml", ["joined"]),
        ("parts/form.html", ["wins"]),
    ],
)
def test_a_file_may_build_on_the_one_it_shadows_or_be_joined_with_it(own: Site, file: str, states: list[str]) -> None:
    own.write({"themes/mine/pages/event.html": '{% extends "base:pages/event.html" %}'})
    assert [each.state for each in which(place(own), None, file)[1]] == states


@pytest.mark.parametrize(
    "file", ["parts/card.html", "themes/base/parts/card.html", "base:parts/card.html", "parts\\card.html", "card.html"]
)
def test_a_file_may_be_named_as_messages_and_templates_name_it(own: Site, file: str) -> None:
    assert which(place(own), None, file)[0] == "parts/card.html"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("parts/crad.html", "No theme of mine → base has a file 'parts/crad.html'. Did you mean 'parts/card.html'?"),
        ("form.html", "Did you mean pages/answers/form.html or parts/form.html?"),
        ("zzz", "No theme of mine → base has a file 'zzz'."),
        ("../../etc/passwd", "No theme of mine → base has a file '../../etc/passwd'."),
    ],
)
def test_an_unknown_file_is_refused_with_a_near_guess(own: Site, file: str, said: str) -> None:
    assert refused(own, "which", file).endswith(said)


@pytest.mark.parametrize("name", THEMES)
def test_every_file_of_every_shipped_theme_is_found_and_one_wins(tmp_path: Path, name: str) -> None:
    theme = load_theme(name, search=[SHIPPED])
    here = find_place(tmp_path)
    for file in theme.files():
        path, found = which(here, name, file.path)
        assert path == file.path
        assert Path(found[0].path) == file.disk
        assert [each.state for each in found].count("wins") == (found[0].state == "wins")


# ---- theme eject


def test_an_ejected_file_is_the_parents_byte_for_byte_and_its_original_is_kept(own: Site) -> None:
    files = ("parts/footer.html", "emails/words/en/welcome.md", "assets/icon.svg", "emails/confirm.txt")
    version = load_theme("base", search=[SHIPPED]).version
    for file in files:
        said = eject(place(own), None, file)
        assert said[0] == f"themes/mine/{file}, from base {version}. It is yours: change what you like."
        assert (own.root / "themes/mine" / file).read_bytes() == (SHIPPED / "base" / file).read_bytes()
    originals = load_theme("mine", search=place(own).search).chain[0].originals
    assert {file: originals[file].data for file in files} == {
        file: (SHIPPED / "base" / file).read_bytes() for file in files
    }
    assert {original.label for original in originals.values()} == {f"base {version}"}
    assert check(place(own), None) == []


@pytest.mark.parametrize("name", THEMES)
def test_a_site_takes_any_template_of_any_shipped_theme_and_is_as_before(site: Site, name: str) -> None:
    new_theme(place(site), "mine", name)
    site.write({"content/site.yaml": site_yaml(site) + "theme: mine\n"})
    site.build()
    before = site.page("/events/salon/")
    for file in ("parts/footer.html", "parts/form.html", "pages/event.html", "emails/_layout.mjml"):
        eject(place(site), None, file)
    site.build()
    assert site.page("/events/salon/") == before
    assert site.build().warnings == []


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("parts/foter.html", "Did you mean 'parts/footer.html'?"),
        ("theme.yaml", "themes/mine/theme.yaml is already there. Nothing was written."),
        ("tokens.json", "themes/mine/tokens.json is already there. Nothing was written."),
        ("i18n/en.yaml", "laid over the parent's key by key: write themes/mine/i18n/en.yaml with only what differs."),
    ],
)  # fmt: skip
def test_what_need_not_or_cannot_be_taken_is_refused(own: Site, file: str, said: str) -> None:
    assert refused(own, "eject", file).endswith(said)


def test_a_file_of_the_theme_is_never_overwritten(own: Site) -> None:
    own.write({"themes/mine/parts/footer.html": "mine"})
    assert (
        refused(own, "eject", "parts/footer.html")
        == "themes/mine/parts/footer.html is already there. Nothing was written."
    )
    assert (own.root / "themes/mine/parts/footer.html").read_text() == "mine"
    assert not (own.root / "themes/mine/ejected").exists()


def test_a_shipped_theme_is_left_alone_and_the_way_is_told(site: Site) -> None:
    assert refused(site, "eject", "parts/footer.html") == (
        "base comes with handbill and is not yours to change. Make a theme of your own first:\n"
        "  handbill theme new mine --from base\n"
        "  then write theme: mine in content/site.yaml"
    )
    assert not (site.root / "themes").exists()


def test_whoever_has_a_theme_already_is_not_told_to_make_one(own: Site) -> None:
    with pytest.raises(UsageError, match=r"is not yours to change\. Name one of yours, --theme mine, or write"):
        eject(place(own), "base", "parts/footer.html")


def test_a_disk_that_refuses_is_the_machines_fault(own: Site) -> None:
    own.write({"themes/mine/ejected": "a file where a folder should be"})
    with pytest.raises(MachineError, match="Cannot write"):
        eject(place(own), None, "parts/footer.html")
    assert not (own.root / "themes/mine/parts").exists()


# ---- when the original moves on


@pytest.fixture
def moving(site: Site) -> Site:
    """A site whose theme extends another of its own, `house`, from which it took a file."""
    site.write(
        {
            "content/site.yaml": site_yaml(site) + "theme: mine\n",
            "themes/house/theme.yaml": "name: house\nversion: 1.0\n",
            "themes/house/parts/footer.html": "<footer>\n<p>House</p>\n</footer>\n",
            "themes/mine/theme.yaml": "name: mine\nversion: 1\nextends: house\n",
        }
    )
    eject(place(site), None, "parts/footer.html")
    site.edit("themes/mine/parts/footer.html", "House", "Mine")
    return site


CHANGED = "themes/mine/parts/footer.html: warning: The original of this file has changed since it was ejected "
FIX = (
    "See what changed: handbill theme diff parts/footer.html. Take over what you want, "
    "then say so: handbill theme eject parts/footer.html --keep."
)


def test_a_build_warns_when_the_original_moved_until_it_is_told_that_this_is_known(moving: Site) -> None:
    assert moving.build().warnings == []
    moving.settle()
    moving.edit("themes/house/parts/footer.html", "House", "Our house")
    moving.edit("themes/house/theme.yaml", "1.0", "1.1")
    (warning,) = moving.build().warnings
    assert told([warning]) == [f"{CHANGED}(house 1.0 then, house 1.1 now)."]
    assert warning.fix == FIX
    assert moving.build().warnings == [warning], "and again, in a build with nothing to do"
    assert worse(check(place(moving), None)) == told([warning])
    done = run(moving, "eject", "parts/footer.html", "--keep")
    assert done.stdout == "themes/mine/parts/footer.html stays as it is, and is up to date with house 1.1.\n"
    assert "Mine" in (moving.root / "themes/mine/parts/footer.html").read_text()
    assert moving.build().warnings == []
    assert [path.parent.name for path in moving.root.glob("themes/mine/ejected/*/parts")] == ["house@1.1"]


def test_the_difference_is_what_the_parent_changed_and_not_what_the_theme_did(moving: Site) -> None:
    said = "Nothing has changed: parts/footer.html of house is as it was when it was ejected (house 1.0).\n"
    assert run(moving, "diff", "parts/footer.html").stdout == said
    moving.edit("themes/house/parts/footer.html", "</footer>", "<p>New</p>\n</footer>")
    assert run(moving, "diff", "parts/footer.html").stdout.splitlines() == [
        "--- house 1.0", "+++ house 1.0", "@@ -1,3 +1,4 @@", " <footer>", " <p>House</p>", "+<p>New</p>", " </footer>",
    ]  # fmt: skip
    (warning,) = moving.build().warnings
    assert told([warning]) == [f"{CHANGED}(house 1.0)."]


def test_ends_of_lines_that_git_changed_are_no_change(moving: Site) -> None:
    file = moving.root / "themes/house/parts/footer.html"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert moving.build().warnings == []


def test_a_version_cannot_lead_out_of_the_theme(moving: Site) -> None:
    moving.edit("themes/house/theme.yaml", "1.0", '"../../../../x"')
    eject(place(moving), None, "parts/footer.html", keep=True)
    (folder,) = (moving.root / "themes/mine/ejected").iterdir()
    assert folder.name == "house@..-..-..-..-x"
    assert moving.build().warnings == []


def test_only_the_records_in_its_own_folder_are_originals(own: Site) -> None:
    own.write({"themes/mine/parts/ejected/base@1/x.html": "a part", "themes/mine/ejected/note.txt": b"\xff"})
    link = load_theme("mine", search=place(own).search).chain[0]
    assert "parts/ejected/base@1/x.html" in link.files
    assert (list(link.originals), [path for path in link.files if path.startswith("ejected/")]) == ([], [])


def test_a_change_that_no_line_shows_is_told_in_words(moving: Site) -> None:
    moving.write({"themes/house/parts/footer.html": "<footer>\n<p>House</p>\n</footer>"})
    (line,) = diff(place(moving), None, "parts/footer.html")
    assert line == "No line of parts/footer.html has changed, only how the file begins or ends."


def test_an_original_that_is_gone_is_told(moving: Site) -> None:
    moving.write({"themes/house/parts/own.html": "<p>x</p>"})
    eject(place(moving), None, "parts/own.html")
    moving.remove("themes/house/parts/own.html")
    unused, gone = told(moving.build().warnings)
    assert unused == "themes/mine/parts/own.html: warning: Nothing uses this file."
    assert gone == (
        "themes/mine/parts/own.html: warning: The original of this file is gone: house 1.0 had it, "
        "and no theme above has it now."
    )
    assert diff(place(moving), None, "parts/own.html")[0].startswith("The original is gone: house 1.0 had it")


def test_another_parent_has_another_original(moving: Site) -> None:
    moving.edit("themes/mine/theme.yaml", "extends: house", "extends: base")
    version = load_theme("base", search=[SHIPPED]).version
    assert told(moving.build().warnings) == [f"{CHANGED}(house 1.0 then, base {version} now)."]


def test_a_theme_further_up_is_named_in_what_to_type(moving: Site) -> None:
    moving.write({"themes/child/theme.yaml": "name: child\nextends: mine\n"})
    moving.edit("content/site.yaml", "theme: mine", "theme: child")
    moving.edit("themes/house/parts/footer.html", "House", "Our house")
    (warning,) = moving.build().warnings
    assert "handbill theme diff parts/footer.html --theme mine" in warning.fix
    assert run(moving, "eject", "parts/footer.html", "--keep", "--theme", "mine").returncode == 0
    assert moving.build().warnings == []


def test_a_picture_that_changed_is_told_by_its_size(moving: Site) -> None:
    moving.write({"themes/house/assets/a.png": b"\x89PNG\xff"})
    eject(place(moving), None, "assets/a.png")
    moving.write({"themes/house/assets/a.png": b"\x89PNG\xff\xff"})
    (line,) = diff(place(moving), None, "assets/a.png")
    assert line == "assets/a.png is no text, and another file than it was: 5 bytes then, 6 now."


def test_a_record_of_a_file_that_is_no_more_is_advice_alone(moving: Site) -> None:
    moving.remove("themes/mine/parts/footer.html")
    assert moving.build().warnings == []
    record = "themes/mine/ejected/house@1.0/parts/footer.html"
    said = f"{record}: advice: This is the record of parts/footer.html, which the theme does not have any more."
    assert said in told(check(place(moving), None))


def test_what_was_not_ejected_has_nothing_to_compare(moving: Site) -> None:
    with pytest.raises(UsageError, match=r"It ejected: parts/footer\.html\."):
        diff(place(moving), None, "parts/form.html")


def test_a_file_of_ones_own_making_can_be_told_its_original(own: Site) -> None:
    own.write({"themes/mine/parts/footer.html": (SHIPPED / "base/parts/footer.html").read_bytes()})
    eject(place(own), None, "parts/footer.html", keep=True)
    eject(place(own), None, "parts/footer.html", keep=True)
    assert list(load_theme("mine", search=place(own).search).chain[0].originals) == ["parts/footer.html"]
    with pytest.raises(UsageError, match=r"There is no themes/mine/parts/form\.html to keep"):
        eject(place(own), None, "parts/form.html", keep=True)


@pytest.mark.parametrize("name", THEMES)
def test_a_shipped_theme_has_no_stale_file(name: str) -> None:
    assert [told([problem]) for problem in load_theme(name, search=[SHIPPED]).warnings] == []


# ---- theme check


@pytest.mark.parametrize("name", THEMES)
def test_a_shipped_theme_has_no_error_and_no_warning_with_no_site_at_hand(tmp_path: Path, name: str) -> None:
    assert worse(check(find_place(tmp_path), name)) == []


def test_the_command_ends_with_one_where_there_is_an_error_and_with_nothing_where_there_is_none(own: Site) -> None:
    done = run(own, "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing to mend.\n", "")
    own.edit("themes/mine/tokens.json", "#ffffff", "#3a4fc0")
    done = run(own, "check", "mine")
    assert done.returncode == 1
    assert "'on-accent' #3a4fc0 on 'accent' #2a3fb0 has a contrast of" in done.stderr
    assert done.stdout == "1 error, 0 warnings\n"
    (row,) = json.loads(run(own, "check", "--json").stdout)
    assert (row["path"], row["line"], row["level"]) == ("themes/mine/tokens.json", 9, "error")
    assert row["fix"].startswith("Write #")


def test_a_theme_that_cannot_be_loaded_is_told_in_json_too(own: Site) -> None:
    own.write({"themes/mine/theme.yaml": "name: mine\nextends: [base\n"})
    done = run(own, "check", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["path"] == "themes/mine/theme.yaml"


def test_an_unknown_theme_is_a_slip_of_the_one_who_types(tmp_path: Path, site: Site) -> None:
    assert refused(site, "check", "bse").startswith("There is no theme 'bse'. Did you mean 'base'?")
    done = handbill("theme", "check", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Which theme? There is no content/site.yaml in ")


def test_a_theme_is_checked_in_its_own_folder_without_a_site(tmp_path: Path) -> None:
    footer = '<footer>\n<p style="color:red">x</p>\n</footer>\n'
    write(tmp_path, {"mine/theme.yaml": "name: mine\n", "mine/parts/footer.html": footer})
    found = worse(check(find_place(tmp_path / "mine"), None))
    assert found == ["themes/mine/parts/footer.html:2: <p> has a style attribute."]


def test_the_languages_and_settings_of_the_site_count(own: Site) -> None:
    own.edit("content/site.yaml", "languages: [en]", "languages: [en, de]")
    own.edit("content/site.yaml", "marketing: Yes.", "marketing: { en: Yes., de: Ja. }")
    own.write({"content/site.yaml": site_yaml(own) + "settings:\n  show_pats: true\n"})
    found = check(place(own), None)
    line = site_yaml(own).splitlines().index("  show_pats: true") + 1
    assert f"content/site.yaml:{line}:3: The theme has no setting 'show_pats'." in told(found)
    assert any(
        line.startswith("themes/mine/i18n/de.yaml: warning: The theme has no words in 'de'") for line in told(found)
    )
    with pytest.raises(ProblemsFound) as caught:
        build(own.options(at=NOW))
    assert told(caught.value.problems)[0] == f"content/site.yaml:{line}:3: The theme has no setting 'show_pats'."
    assert caught.value.problems[0].fix.startswith("Did you mean 'show_past'?")


def test_css_above_what_is_advised_is_advice_and_a_build_says_nothing_of_it(own: Site) -> None:
    own.edit("themes/mine/theme.yaml", "# styles:\n#   - assets", "styles:\n  - assets")
    own.write({"themes/mine/assets/css/mine.css": "b{color:red}" * 20})
    levels = {problem.level for problem in check(place(own), None)}
    assert levels == {"advice"}
    assert own.build().warnings == []
    assert own.build(strict=True).warnings == []
    own.write({"themes/mine/assets/css/mine.css": "b{color:red}" * 400})
    assert [problem.level for problem in check(place(own), None)] == ["error"]


@pytest.mark.parametrize(("bytes_", "level"), [(5000, "advice"), (9000, "warning")])
def test_a_heavy_page_is_told_with_its_template(own: Site, bytes_: int, level: str) -> None:
    noise = random.Random(1).randbytes(bytes_).hex()  # half of it is left when it is compressed
    block = f"{{% block footer %}}<p>{noise}</p>{{% endblock %}}"
    own.write({"themes/mine/pages/privacy.html": f'{{% extends "base:pages/privacy.html" %}}{block}'})
    (problem,) = check(place(own), None)
    assert problem.level == level
    assert problem.path == "themes/mine/pages/privacy.html"
    assert problem.what.startswith("A short page made by this template has ")


def test_an_e_mail_that_gmail_would_clip_is_an_error(own: Site) -> None:
    footer = (SHIPPED / "base/emails/_footer.mjml").read_text("utf-8")
    own.write({"themes/mine/emails/_footer.mjml": f"{footer}<p>{'once more ' * 10_300}</p>"})
    found = [line for line in worse(check(place(own), None)) if "Gmail cuts it off at 102,400." in line]
    assert {line.partition(" (en)")[0] for line in found} == {
        f"themes/base/emails/_layout.mjml: The e-mail '{name}'"
        for name in ("cancelled", "changed", "letter", "reminder", "welcome")
    }


def test_e_mails_are_looked_at_in_light_and_dark(own: Site) -> None:
    eject(place(own), None, "emails/_layout.mjml")
    own.edit(
        "themes/mine/emails/_layout.mjml",
        '(".muted div, .muted a, .ink th", "color", token("color.dark.muted"))',
        '(".muted div, .muted a, .ink th", "color", token("color.dark.panel"))',
    )
    found = worse(check(place(own), None))
    assert found
    assert all("rule 5: in dark mode" in line for line in found)
    assert all(line.startswith("themes/mine/emails/_layout.mjml") for line in found)


def test_words_of_an_e_mail_that_ask_for_what_nobody_knows_are_told_with_their_file(own: Site) -> None:
    head = "---\nsubject: Hello\npreheader: A line of a fair length, as inboxes show.\n---\n"
    own.write({"themes/mine/emails/words/en/welcome.md": f"{head}{{{{< nonsense >}}}}\n"})
    found = worse(check(place(own), None))
    assert any(line.startswith("themes/mine/emails/words/en/welcome.md:5") for line in found)
