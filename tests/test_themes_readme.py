"""themes/README.md teaches what is so: its example is a theme without fault, its commands and its tables are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from jinja2.defaults import DEFAULT_NAMESPACE

from handbill.cli import cli
from handbill.present import TONES
from handbill.reference import HELPERS, PARTS, TAGS, reference, renew
from handbill.render.templates import Templates
from handbill.render.templates.tags import Slots
from handbill.settings import KEYS as SETTING_KEYS
from handbill.settings import TYPES
from handbill.theme import KEYS as THEME_KEYS
from handbill.toolkit.checking import check
from handbill.toolkit.place import find_place
from theme_folders import SHIPPED, base_templates, write

TEXT = (SHIPPED / "README.md").read_text("utf-8")
WRITTEN = TEXT.partition("## Reference")[0]
"""What a person wrote, without what the code says."""
FILE = re.compile(r"^\*\*`(themes/mine/[^`]+)`\*\*(, added:)?[^\n]*\n\n```[a-z]+\n(.*?)```", re.DOTALL | re.MULTILINE)
STEPS = re.split(r"^## \d\. ", WRITTEN, flags=re.MULTILINE)[1:]
"""What a newcomer does, one after the other."""


def test_what_it_says_of_the_code_is_what_the_code_says() -> None:
    assert renew(TEXT) == TEXT, "Run make reference."


def test_the_marked_parts_are_those_that_a_designer_needs_and_hold_them_whole() -> None:
    assert re.findall(r"<!-- handbill reference (\S+) -->", TEXT) == ["themes", "templates", "emails"]
    for part in ("themes", "templates", "emails"):
        assert part in PARTS
        assert reference(part).partition("\n")[2].replace("\n## ", "\n#### ").strip() in TEXT


def test_a_part_of_that_name_must_be_there() -> None:
    with pytest.raises(KeyError):
        renew("<!-- handbill reference nonsense -->\n<!-- end of the reference -->")


def test_after_each_of_its_steps_there_is_nothing_to_mend_but_the_weight_that_it_speaks_of(tmp_path: Path) -> None:
    """Whoever types it sees no error on the way, since each step stands on what was made before."""
    files: dict[str, str] = {}
    for step in STEPS:
        made = FILE.findall(step)
        for path, added, text in made:
            files[path] = files[path] + text if added else text
        if made:
            write(tmp_path, files)
            found = [(each.level, each.what[:10]) for each in check(find_place(tmp_path), "mine")]
            assert found in ([], [("advice", "The CSS is")]), step[:20]
    assert len(files) == 7


@pytest.mark.xfail("serve" not in cli.commands, reason="handbill serve comes beside this", strict=True)
def test_every_command_it_names_is_there_with_its_options() -> None:
    lines = re.findall(r"^\$ (handbill .*?)(?: {2,}#.*)?$", TEXT, re.MULTILINE)
    lines += re.findall(r"`(handbill [^`]+)`", WRITTEN)
    assert len(lines) > 8
    for line in lines:
        command: click.Command = cli
        words = shlex.split(line)[1:]
        while isinstance(command, click.Group):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known, line


def test_its_table_of_states_is_that_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| `([a-z]+)` \| [^|]+ \|$", WRITTEN, re.MULTILINE))
    assert rows == dict(TONES)


def test_the_blocks_it_names_are_those_of_base() -> None:
    (entry, frame) = re.findall(r"from top to bottom: (.*?); of every page: (.*?)\.", TEXT)[0]
    for names, file in ((entry, "pages/_entry.html"), (frame, "pages/_layout.html")):
        found = re.findall(r"{% block (\w+) %}", (SHIPPED / "base" / file).read_text("utf-8"))
        assert re.findall(r"`(\w+)`", names) == [
            name for name in found if (file, name) != ("pages/_entry.html", "main")
        ]


def test_the_reference_of_themes_tells_all_that_is_read() -> None:
    text = reference("themes")
    for name in (*THEME_KEYS, *SETTING_KEYS):
        assert f"| `{name}` |" in text
    assert all(f"`{name}`" in SETTING_KEYS["type"] for name in TYPES)
    templates: Templates = base_templates()
    environment = templates._environment("email", "en")
    assert {call.partition("(")[0] for call in HELPERS} == environment.globals.keys() - DEFAULT_NAMESPACE.keys()
    assert {tag.split()[1] for tag in TAGS} == Slots.tags
