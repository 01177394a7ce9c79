"""What a person types, and what comes back: words, codes, files."""

from __future__ import annotations

import dataclasses
import gc
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from handbill import __version__
from handbill.cli import cli, main
from handbill.config import SiteConfig
from handbill.kinds import KINDS
from handbill.options import Options, Report
from handbill.reference import reference
from handbill.view import CONTEXTS
from helpers import EVENT, SITE, Site, handbill, make_site, moment, tree

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
AT = "2026-11-24T12:00:00+00:00"


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def typed(*words: str | Path) -> Said:
        monkeypatch.setattr("sys.argv", ["handbill", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        gc.enable()  # which a command turns off for its short life, as it leaves to the process's end what it made
        gc.unfreeze()
        said = capsys.readouterr()
        return Said(int(left.value.code or 0), said.out, said.err)

    return typed


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = make_site(tmp_path / "site")
    monkeypatch.chdir(made.root)
    return made


def commands(group: click.Group = cli, before: str = "") -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands())


# ---- what is said is there, and the other way round


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_what_each_option_is_for(name: str, run: Run) -> None:
    said = run(*name.split(), "--help")
    assert said.code == 0
    assert COMMANDS[name].help
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option) and option.name != "help":
            assert option.help or option.show_default or option.required, f"{name} {option.opts}"
            assert any(word in said.out for word in option.opts)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"^\| `handbill {name}\b", README, re.M)


def test_every_command_and_option_that_the_readme_names_is_there() -> None:
    rows = re.findall(r"^\| `handbill ([a-z]+)((?: [a-z]+)?)([^`]*)` \|(.*)\|$", README, re.M)
    assert rows
    for name, second, words, told in rows:
        command = COMMANDS.get(name + second) or COMMANDS[name]
        known = {word for option in command.params for word in option.opts}
        for word in re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", words + told):
            assert word in known, f"{name} {word}"


def test_build_takes_every_option_that_people_know_it_by() -> None:
    known = {word for option in COMMANDS["build"].params for word in option.opts}
    assert known >= {
        "--at", "--facts", "--drafts", "-D", "--future", "-F", "--expired", "-E", "--strict", "-d", "--destination",
        "--private", "--base-url", "--clean", "--jobs", "--json", "--quiet",
    }  # fmt: skip


# ---- build


def test_build_sums_up_what_it_did_on_standard_output(site: Site, run: Run) -> None:
    said = run("build", "--at", AT)
    assert (said.code, said.err) == (0, "")
    first, second = said.out.splitlines()[:2]
    assert re.fullmatch(r"\d+ pages, \d+ e-mails from 1 entry in \d+\.\d\d s: \d+ files written", first)
    assert second == ("next rebuild due Fri 04 Dec 2026 19:00 Europe/Lisbon = 19:00 UTC, in 10 d 7 h, for events/salon")


def test_build_says_when_nothing_changed_and_what_it_removed(site: Site, run: Run) -> None:
    site.settle()
    run("build", "--at", AT)
    assert run("build", "--at", AT).out.splitlines()[0].endswith(": nothing changed")
    site.remove("content/events/salon.md")
    site.write({"content/pages/about.md": "---\ntitle: About\n---\nAbout.\n"})
    assert re.search(r": \d+ files written, \d+ removed$", run("build", "--at", AT).out.splitlines()[0])


def test_build_names_what_it_left_out_with_the_instant_in_both_zones(site: Site, run: Run) -> None:
    site.write({"content/site.yaml": SITE.replace("Europe/Lisbon", "Asia/Tokyo")})
    site.write({"content/pages/later.md": "---\ntitle: Later\npublish_date: 2026-12-04\n---\nLater.\n"})
    site.write({"content/pages/draft.md": "---\ntitle: Draft\ndraft: true\n---\nDraft.\n"})
    site.write({"content/pages/past.md": "---\ntitle: Past\nexpiry_date: 2026-11-01 18:00\n---\nPast.\n"})
    lines = run("build", "--at", AT).out.splitlines()
    assert [line for line in lines if line.startswith("skipped")] == [
        "skipped pages/draft (Draft): is a draft",
        "skipped pages/later (Later): is published Fri 04 Dec 2026 00:00 Asia/Tokyo = Thu 03 Dec 15:00 UTC, in 9 d 3 h",
        "skipped pages/past (Past): expired Sun 01 Nov 2026 18:00 Asia/Tokyo = 09:00 UTC",
    ]


def test_build_prints_json_and_nothing_else_on_standard_output(site: Site, run: Run) -> None:
    site.write({"content/pages/draft.md": "---\ntitle: Draft\ndraft: true\ncolour: red\n---\nDraft.\n"})
    said = run("build", "--at", AT, "--json")
    summary = json.loads(said.out)
    assert said.err == ""
    assert summary["at"] == AT
    assert summary["entries"] == 1
    assert summary["skipped"] == [{"id": "pages/draft", "title": "Draft", "reason": "draft", "instant": None}]
    assert summary["next"][0] == {"instant": "2026-12-04T19:00:00+00:00", "id": "events/salon"}
    assert [warning["line"] for warning in summary["warnings"]] == [4]
    assert summary["pages"] > 0
    assert summary["unchanged"] is False


def test_build_is_quiet_when_asked(site: Site, run: Run) -> None:
    assert run("build", "--at", AT, "--quiet") == Said(0, "", "")


def test_warnings_go_to_standard_error_and_are_errors_when_asked(site: Site, run: Run) -> None:
    site.edit("content/events/salon.md", "venue:", "colour: red\nvenue:")
    said = run("build", "--at", AT)
    assert said.code == 0
    assert said.err.startswith("content/events/salon.md:6:1: warning: ")
    assert "warning" not in said.out
    strict = run("build", "--at", AT, "--strict")
    assert strict.code == 1
    assert "1 error. The last good output stands." in strict.err


def test_errors_go_to_standard_error_with_place_excerpt_and_fix(site: Site, run: Run) -> None:
    site.edit("content/events/salon.md", "2026-12-04", "2026-02-30")
    said = run("build", "--at", AT)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("content/events/salon.md:4:9: ")
    assert "\n    starts: 2026-02-30 19:00\n            ^" in said.err
    assert said.err.endswith("1 error. The last good output stands.\n")


def test_outputs_go_where_they_are_asked_to_go(site: Site, run: Run) -> None:
    assert run("build", "--at", AT, "-d", "out", "--private", "secret").code == 0
    assert (site.root / "out/index.html").is_file()
    assert (site.root / "secret/index.json").is_file()
    assert not site.public.exists()


def test_a_site_elsewhere_is_built_by_naming_its_folder(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert run("build", "-C", site.root, "--at", AT).code == 0
    assert (site.public / "index.html").is_file()


def test_a_preview_has_the_address_it_is_given(site: Site, run: Run) -> None:
    assert run("build", "--at", AT, "--base-url", "https://preview.example/x").code == 0
    assert 'href="https://preview.example/x/events/salon/"' in site.page("/events/salon/")


def test_the_environment_may_override_site_yaml(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDBILL_NAME", "Casa Luz")
    assert run("build", "--at", AT).code == 0
    assert "Casa Luz" in site.page("/")


def test_a_variable_of_some_other_tool_of_ours_does_not_stop_a_build(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDBILL_TEST_NOTHING_SKIPPED", "1")
    assert run("build", "--at", AT).code == 0


def test_facts_are_read_from_their_file(site: Site, run: Run) -> None:
    site.write({"facts.json": '{"entries": {"events/salon": {"sold_out": true}}}'})
    assert run("build", "--at", AT, "--facts", "facts.json").code == 0
    assert "Sold out" in site.page("/events/salon/")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-04T19:00", "2026-12-04T10:00:00+00:00"),
        ("2026-12-04 19:00", "2026-12-04T10:00:00+00:00"),
        ("2026-12-04", "2026-12-03T15:00:00+00:00"),
        ("2026-12-04T19:00:30+01:00", "2026-12-04T18:00:30+00:00"),
        ("2026-12-04T19:00Z", "2026-12-04T19:00:00+00:00"),
    ],
)
def test_a_moment_without_an_offset_is_in_the_zone_of_the_site(site: Site, run: Run, written: str, meant: str) -> None:
    site.write({"content/site.yaml": SITE.replace("Europe/Lisbon", "Asia/Tokyo")})
    assert json.loads(run("build", "--at", written, "--json").out)["at"] == meant


def test_without_a_moment_it_is_now(site: Site, run: Run) -> None:
    import time

    said = json.loads(run("build", "--json").out)
    assert abs(moment(said["at"]) - time.time()) < 60


# ---- codes


@pytest.mark.parametrize(
    "words",
    [
        ["bild"],
        ["build", "--at", "tomorrow"],
        ["build", "--at", "2026-13-01"],
        ["build", "--jobs", "0"],
        ["build", "--jobs", "two"],
        ["build", "--facts", "nowhere.json"],
        ["build", "--facts", "."],
        ["build", "--nonsense"],
        ["build", "-d", "."],
        ["build", "-d", "content/static"],
        ["build", "--private", "public/private"],
        ["new", "event"],
        ["new", "concert", "salon"],
        ["new", "event", "Salon Evening"],
        ["new", "event", "../salon"],
        ["new", "event", "salon", "--lang", "de"],
        ["new", "event", "salon", "--lang", "en"],
        ["new", "event", "nowhere", "--lang", "pt"],
        ["list", "nonsense"],
        ["reference", "nonsense"],
        ["export", "emails"],
        ["export", "emails", "--for", "pigeon"],
        ["init", "."],
    ],
    ids=" ".join,
)
def test_what_is_typed_wrong_ends_with_2_and_says_so(site: Site, run: Run, words: list[str]) -> None:
    said = run(*words)
    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize("words", [["build"], ["check"], ["list"], ["new", "event", "salon"]], ids=" ".join)
def test_a_folder_that_is_no_site_ends_with_2_and_says_what_to_do(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*words)
    assert said.code == 2
    assert "handbill init" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_stands_in_the_way_ends_with_3(site: Site, run: Run) -> None:
    site.write({"public": "A file."})
    said = run("build", "--at", AT)
    assert said.code == 3
    assert "public" in said.err
    assert "Traceback" not in said.err


def test_content_that_is_wrong_ends_with_1_whatever_was_asked(site: Site, run: Run) -> None:
    site.edit("content/site.yaml", "Europe/Lisbon", "Nowhere")
    for words in (["build"], ["build", "--at", "2026-12-04"], ["check"], ["list"]):
        said = run(*words)
        assert said.code == 1, words
        assert said.out == ("1 error, 0 warnings\n" if words == ["check"] else "")
        assert said.err.startswith("content/site.yaml:3:11: ")


def test_content_that_is_wrong_is_json_where_json_was_asked(site: Site, run: Run) -> None:
    site.edit("content/site.yaml", "Europe/Lisbon", "Nowhere")
    said = run("build", "--json")
    assert (said.code, said.err) == (1, "")
    [problem] = json.loads(said.out)["problems"]
    assert [problem[key] for key in ("path", "line", "column", "level")] == ["content/site.yaml", 3, 11, "error"]
    assert problem["fix"]


def test_a_reader_who_stops_reading_is_no_error(site: Site) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        f"{sys.executable} -m handbill reference | head -1", shell=True, capture_output=True, text=True, check=True
    )
    assert done.stdout == "# Front matter\n"
    assert done.stderr == ""


# ---- colour


def test_colour_is_for_terminals_and_for_those_who_insist(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.edit("content/events/salon.md", "2026-12-04", "2026-02-30")
    assert "\x1b[" not in run("build").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in run("build").err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("build").err


# ---- list


def test_list_tells_what_is_where(site: Site, run: Run) -> None:
    page = "---\ntitle: {}\n{}\n---\nWords.\n"
    site.write({
        "content/pages/draft.md": page.format("Draft", "draft: true"),
        "content/pages/later.md": page.format("Later", "publish_date: 2026-12-04"),
        "content/pages/past.md": page.format("Past", "expiry_date: 2026-11-01"),
    })  # fmt: skip
    rows = {
        which: [(row["status"], row["id"]) for row in json.loads(run("list", which, "--json", "--at", AT).out)]
        for which in ("drafts", "future", "expired", "published")
    }
    assert rows == {
        "drafts": [("draft", "pages/draft")],
        "future": [("future", "pages/later")],
        "expired": [("expired", "pages/past")],
        "published": [("published", "events/salon")],
    }
    assert len(json.loads(run("list", "--json", "--at", AT).out)) == 4
    [line] = run("list", "future", "--at", AT).out.splitlines()
    assert re.fullmatch(r"future +pages/later +Later +Fri 04 Dec 2026 00:00 Europe/Lisbon = 00:00 UTC", line)
    assert not site.public.exists()


# ---- new


@pytest.mark.parametrize("kind", ["event", "drop", "host", "page"])
def test_a_new_entry_is_a_draft_that_builds(site: Site, run: Run, kind: str) -> None:
    said = run("new", kind, "first-light")
    path = said.out.strip()
    assert path == f"content/{kind}s/first-light.md"
    assert run("build", "--drafts", "--strict").code == 0
    assert run("build").code == 0
    assert f"{kind}s/first-light" in run("list", "drafts").out


@pytest.mark.parametrize(
    "title", ["Lamp", "Lamp: the third", '"Quoted" \\ back', "- 7", "yes", "2026", "# no comment", "é"]
)
def test_a_new_entry_has_the_title_it_is_given(site: Site, run: Run, title: str) -> None:
    assert run("new", "drop", "lamp", "--title", title).code == 0
    said = json.loads(run("list", "drafts", "--json").out)
    assert [row["title"] for row in said] == [title]


def test_new_writes_a_translation_beside_its_entry(site: Site, run: Run) -> None:
    assert run("new", "event", "salon", "--lang", "pt", "--title", "Salão").out == "content/events/salon.pt.md\n"
    site.write({"content/events/deep/index.md": EVENT.replace("Salon", "Deep")})
    assert run("new", "event", "deep", "--lang", "pt").out == "content/events/deep/index.pt.md\n"
    assert run("build", "--strict").code == 0
    assert "Salão" in site.page("/pt/events/salon/")


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ("content/events/salon.md", ["event", "salon"]),
        ("content/events/deep/index.md", ["event", "deep"]),
        ("content/events/salon.pt.md", ["event", "salon", "--lang", "pt"]),
    ],
)
def test_new_never_overwrites(site: Site, run: Run, there: str, words: list[str]) -> None:
    site.write({there: (before := EVENT + "Mine.\n")})
    said = run("new", *words)
    assert said.code == 2
    assert "already there" in said.err
    assert (site.root / there).read_text() == before
    assert not (site.root / "content/events/deep.md").exists()


# ---- reference, version, check, export


def models(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model not in seen:
        seen.add(model)
        yield model
        for field in model.model_fields.values():
            for inner in inside(field.annotation):
                yield from models(inner, seen)


def inside(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from inside(part)


def test_reference_names_and_describes_every_field_of_front_matter_and_site_yaml() -> None:
    text = reference("all")
    seen: set[type[BaseModel]] = set()
    tops: list[type[BaseModel]] = [*KINDS, SiteConfig]
    for top in tops:
        for model in models(top, seen):
            for name, field in model.model_fields.items():
                assert f"| `{name}` | " in text, f"{model.__name__}.{name}"
                assert field.description, f"{model.__name__}.{name}"
                assert field.description.replace("|", "\\|") in text, f"{model.__name__}.{name}"


def test_reference_names_every_field_of_every_view() -> None:
    text = reference("templates")
    for template, context in CONTEXTS.items():
        assert f"- `{template}`" in text
        for view in context.values():
            assert f"## {view.__name__}" in text
            for field in dataclasses.fields(view):
                assert f"| `{field.name}` | " in text, f"{view.__name__}.{field.name}"


def test_reference_prints_one_part_or_all(run: Run) -> None:
    whole = run("reference").out
    for part in ("front-matter", "site", "templates"):
        assert run("reference", part).out.strip() in whole


def test_version_is_one_line_or_json(run: Run) -> None:
    assert run("version").out == run("--version").out == f"handbill {__version__}\n"
    found = json.loads(run("version", "--json").out)
    assert found["handbill"] == __version__
    assert {"python", "jinja2", "markdown-it-py", "mjml-python", "pillow", "pydantic"} <= found.keys()


def test_check_finds_nothing_in_a_good_site_and_fails_where_no_form_works(site: Site, run: Run) -> None:
    said = run("check", "--at", AT)
    assert (said.code, said.err.split("\n")[0]) == (
        0, "content: warning: The feed is empty: no entry says when it was new."
    )  # fmt: skip
    site.edit("content/events/salon.md", "title", "date: 2026-11-01\ntitle")
    said = run("check", "--at", AT)
    assert (said.code, said.err) == (0, ""), said.err
    assert not site.public.exists()
    site.edit("content/site.yaml", "signup: /api\n", "")
    assert run("build", "--at", AT).code == 0
    broken = run("check", "--at", AT, "--json")
    assert broken.code == 1
    (finding,) = (each for each in json.loads(broken.out) if "signup.action" in each["what"])
    assert finding["level"] == "error"
    site.edit("content/events/salon.md", "title: Salon", "titel: Salon")
    broken = run("check", "--at", AT, "--json")
    assert (broken.code, broken.err) == (1, "")
    assert {each["path"] for each in json.loads(broken.out)} >= {"content/events/salon.md"}


def test_a_build_without_a_form_that_works_warns(site: Site, run: Run) -> None:
    site.edit("content/site.yaml", "signup: /api\n", "")
    assert "signup" in run("build", "--at", AT).err


@pytest.mark.parametrize("sender", ["listmonk", "mailchimp", "buttondown"])
def test_export_writes_every_email_for_another_sender(site: Site, run: Run, sender: str) -> None:
    said = run("export", "emails", "--for", sender, "--to", "out", "--at", AT)
    assert said.code == 0, said.err
    suffixes = {path.suffix for path in (site.root / "out").rglob("*") if path.is_file()}
    assert suffixes >= {".html", ".txt", ".mjml"}


def test_the_exports_for_two_senders_never_mix(site: Site, run: Run) -> None:
    for sender in ("listmonk", "mailchimp"):
        assert run("export", "emails", "--for", sender, "--at", AT).code == 0
    of_one, of_other = (tree(site.root / "exported-emails" / sender) for sender in ("listmonk", "mailchimp"))
    assert "events/salon/confirm.html" in of_one
    assert "events/salon/confirm.html" not in of_other, "Mailchimp sends its own"


def test_export_says_so_when_there_is_nothing_to_write_to(site: Site, run: Run) -> None:
    site.write({"out": "A file."})
    assert run("export", "emails", "--for", "listmonk", "--to", "out", "--at", AT).code == 3


# ---- as the real command


def test_the_module_runs_as_a_command(site: Site) -> None:
    done = handbill("build", "--at", AT, cwd=site.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b[" not in done.stdout


def test_progress_is_told_on_long_builds_and_only_to_a_terminal(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int, int]] = []

    def build(options: Options, progress: Callable[[str, int, int], None] | None = None) -> Report:
        if progress:
            told.append(("", 0, 0))
        return Report()

    monkeypatch.setattr("handbill.build.build", build)
    run("build")
    assert told == []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    run("build")
    assert told == [("", 0, 0)]
    run("build", "--quiet")
    run("build", "--json")
    assert len(told) == 1
