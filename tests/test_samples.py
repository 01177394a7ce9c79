"""Made-up values for slots: one fixture in base, which themes lay their own over."""

from __future__ import annotations

from pathlib import Path

import pytest

from handbill.check.theme import ANSWERS
from handbill.emails import SEND_VALUES, sample_values
from handbill.errors import ProblemsFound
from handbill.theme import Theme, load_theme
from theme_folders import SHIPPED, child, refused

BASE = "https://site.example/sub"


@pytest.fixture(scope="module")
def base() -> Theme:
    return load_theme("base", search=[SHIPPED])


def test_base_has_a_value_for_everything_that_only_sending_knows(base: Theme) -> None:
    for long in (False, True):
        assert base.samples.email("en", long=long, base_url=BASE).keys() == SEND_VALUES.keys()


def test_base_has_a_case_of_every_answer(base: Theme) -> None:
    assert sorted(base.samples.answers) == sorted(ANSWERS)


def test_values_are_in_the_readers_language_or_in_english(base: Theme) -> None:
    named = {lang: base.samples.email(lang, base_url=BASE)["first_name"] for lang in ("en", "pt-BR", "ar", "fi")}
    assert named == {"en": "Ana", "pt-BR": "Inês", "ar": "ليلى", "fi": "Ana"}


def test_an_address_is_whole_and_stands_on_the_site(base: Theme) -> None:
    assert base.samples.email("en", base_url=BASE)["confirm_url"].startswith(f"{BASE}/api/confirm/")


def test_any_secret_has_a_value(base: Theme) -> None:
    assert base.samples.email("en", names=["secret.door_code", "title"], base_url=BASE)["secret.door_code"] == "4711-B"


def test_a_theme_lays_its_own_over_value_by_value(tmp_path: Path, base: Theme) -> None:
    mine = child(
        tmp_path,
        {
            "samples.yaml": "emails: { en: { first_name: Ziggy, secret.door_code: '1972' } }\n"
            "answers: { confirm: { bare: { title: The Gig }, mine: { email: a@b.example } } }\n"
        },
    )
    values = mine.samples.email("en", names=["secret.door_code"], base_url=BASE)
    assert (values["first_name"], values["secret.door_code"]) == ("Ziggy", "1972")
    assert values["purposes"] == base.samples.email("en", base_url=BASE)["purposes"]
    cases = mine.samples.answers["confirm"]
    assert list(cases) == [*base.samples.answers["confirm"], "mine"]
    assert cases["bare"]["title"] == "The Gig"
    assert cases["bare"]["email"] == base.samples.answers["confirm"]["bare"]["email"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("email: {}\n", ["1:1: Samples have no 'email'.", "Did you mean 'emails'?"]),
        ("emails: { en: { fist_name: Ana } }\n", ["No e-mail has a slot 'fist_name'", "Did you mean 'first_name'?"]),
        ("answers: { confrim: {} }\n", []),
        (
            "answers: { confrim: { bare: { email: a } } }\n",
            ["There is no answer page 'confrim'", "Did you mean 'confirm'?"],
        ),
        (
            "answers:\n  confirm:\n    bare:\n      emial: a\n",
            ["4:7: The answer page 'confirm' has no slot 'emial'.", "Did you mean 'email'?"],
        ),
        ("emails: [Ana]\n", ["'emails' is no map."]),
        ("emails: { en: { gate_url: 3 } }\n", ["'gate_url' is no address."]),
        ("emails: *en\n", ["samples.yaml:1"]),
    ],
)
def test_what_no_slot_has_is_refused_with_a_guess(tmp_path: Path, text: str, told: list[str]) -> None:
    if not told:
        assert child(tmp_path, {"samples.yaml": text}).samples
        return
    with pytest.raises(ProblemsFound) as found:
        child(tmp_path, {"samples.yaml": text})
    assert refused(found.value)[0].startswith("themes/mine/samples.yaml:")
    assert all(words in str(found.value) for words in told)


def test_without_a_theme_the_values_are_those_of_base(base: Theme) -> None:
    assert sample_values("pt", long=True, base_url=BASE) == base.samples.email("pt", long=True, base_url=BASE)
