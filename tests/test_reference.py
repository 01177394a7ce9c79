"""The reference says all that a creator and a designer may write, and is taken from what the build uses."""

from __future__ import annotations

import json
import re

import pytest

from handbill import emails, project
from handbill.content.gather import EMAIL_NAMES
from handbill.emails import BUILD_VALUES, DERIVED, SEND_VALUES
from handbill.kinds.signup import KNOWN_FIELDS
from handbill.reference import EMAILS, FACT_WORDS, FACTS_EXAMPLE, PARTS, SENT, reference
from handbill.render.markdown import parse
from handbill.render.shortcodes import SHORTCODES, fault, scan


@pytest.mark.parametrize("part", PARTS)
def test_each_part_begins_with_its_heading_and_stands_in_the_whole(part: str) -> None:
    assert reference(part).startswith("# ")
    assert reference(part) in reference("all")


def test_the_parts_are_these() -> None:
    assert list(PARTS) == ["front-matter", "site", "files", "shortcodes", "emails", "facts", "themes", "templates"]
    with pytest.raises(KeyError):
        reference("nonsense")


@pytest.mark.parametrize("part", PARTS)
def test_every_heading_is_followed_by_words_and_every_row_has_as_many_cells_as_its_table(part: str) -> None:
    text = reference(part)
    for heading, following in re.findall(r"^(##.*)\n\n?(.*)$", text, re.MULTILINE):
        assert following.strip(), heading
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_no_name_of_the_code_stands_in_for_what_can_be_typed() -> None:
    text = reference("front-matter")
    assert "KNOWN_FIELDS" not in text
    assert f"the known names ({', '.join(KNOWN_FIELDS)})" in text


def test_every_shortcode_has_its_row_and_its_example_is_one() -> None:
    text = reference("shortcodes")
    for spec in SHORTCODES.values():
        assert f"| `{spec.example}` |" in text
        assert spec.doc in text
        (found,) = scan(spec.example).found
        assert found.call
        assert found.call.name == spec.name
        where = next(iter(sorted(spec.where)))
        assert fault(found.call, where) == ("", "")
    assert "| `{{< secret door_code >}}` | gates and e-mails |" in text
    assert '| `{{< first_name "friend" >}}` | e-mails |' in text
    assert "| `{{< when >}}` | anywhere |" in text
    assert "no capital" in text


def test_every_e_mail_and_every_slot_is_told() -> None:
    text = reference("emails")
    assert set(EMAILS) == set(emails.EMAILS) == {*EMAIL_NAMES, "letter"}
    assert set(SENT) == set(SEND_VALUES)
    for name in (*EMAILS, *BUILD_VALUES, *DERIVED, *SEND_VALUES, "secret.NAME", "subject", "preheader"):
        assert f"| `{name}` |" in text, name
    places = [
        text.index(place) for place in ("content/events/salon/w", "content/events/_emails/w", "emails/words/en/w")
    ]
    assert places == sorted(places)
    assert "| `confirm` | every form |" in text
    assert "| `reminder` | event and drop |" in text


def test_the_facts_are_those_that_a_build_takes_and_the_example_is_right() -> None:
    assert set(FACT_WORDS) == set(project.FACTS)
    assert project._wrong_fact(json.loads(FACTS_EXAMPLE)) == ""
    text = reference("facts")
    assert all(line in text for line in FACTS_EXAMPLE.splitlines())
    assert all(f"| `{name}` |" in text for name in FACT_WORDS)


def test_the_files_are_told_and_the_gate_of_the_example_is_one() -> None:
    text = reference("files")
    for name in ("index.md", "index.pt.md", "_defaults.yaml", "_index.md", "_emails/", "content/static/", "::: gate"):
        assert name in text
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    body, problems = parse(example, path="x.md")
    assert problems == []
    assert body.gate is not None
