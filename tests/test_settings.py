"""What the functions are told by their environment: all problems at once, and no secret in any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from handbill_functions.errors import SettingsError
from handbill_functions.settings import VARIABLES, read

KEY = "ab" * 32
GOOD = {
    "HANDBILL_RUN_MAIL": "smtp://salon@mail.example.org:587",
    "HANDBILL_RUN_CONTACT_KEY": KEY,
    "HANDBILL_RUN_LEDGER_KEY": KEY,
    "HANDBILL_RUN_LEAVE_KEYS": KEY,
    "HANDBILL_RUN_LINK_KEYS": f"{KEY}, {'cd' * 32}",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as told:
        read(environ)
    return told.value.problems


def test_the_least_that_must_be_set_is_enough() -> None:
    settings = read(GOOD)
    assert settings.catalog == "private"
    assert settings.store == "sqlite:.handbill/people.db"
    assert settings.keys.links == (bytes.fromhex(KEY), bytes.fromhex("cd" * 32))
    assert settings.listen == ("127.0.0.1", 8000)


def test_an_empty_environment_names_all_that_is_missing() -> None:
    named = {problem.split()[0].removeprefix("HANDBILL_RUN_") for problem in problems({})}
    assert named == {"MAIL", "CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS"}
    assert named <= VARIABLES.keys()


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {
        **GOOD,
        "HANDBILL_RUN_STORE": "mysql://x",
        "HANDBILL_RUN_MAIL": "pigeon:",
        "HANDBILL_RUN_LINK_KEYS": "short",
        "HANDBILL_RUN_TRUSTED_HOPS": "many",
        "HANDBILL_RUN_QUIET_HOURS": "25-8",
        "HANDBILL_RUN_LISTEN": "8000",
        "HANDBILL_RUN_MIAL": "smtp://x",
    }
    said = problems(wrong)
    assert len(said) == 7
    assert any("HANDBILL_RUN_MIAL is no setting. Did you mean HANDBILL_RUN_MAIL?" in each for each in said)
    assert not any("short" in each for each in said)


def test_a_secret_is_read_from_another_variable_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    settings = read(
        {
            **GOOD,
            "HANDBILL_RUN_CONTACT_KEY": f"secret:file:{tmp_path}/key",
            "HANDBILL_RUN_LEDGER_KEY": "secret:env:OTHER",
            "OTHER": KEY,
            "HANDBILL_RUN_SECRET_DOOR_CODE": "secret:env:DOOR",
            "DOOR": "4711",
            "HANDBILL_RUN_MAIL_PASSWORD": "secret:env:SMTP",
            "SMTP": "geheim",
        }
    )
    assert settings.keys.contact == settings.keys.ledger == bytes.fromhex(KEY)
    assert settings.secrets == {"door_code": "4711"}
    assert settings.mail_password == "geheim"
    for secret in ("geheim", "4711", KEY):
        assert secret not in repr(settings)


def test_secrets_come_from_aws_by_their_names_and_all_at_once() -> None:
    kept = {"/salon/ledger": KEY, "/salon/old": KEY, "/salon/new": "43" * 32, "/salon/door": "4711"}
    asked: list[Sequence[str]] = []

    def ssm(names: Sequence[str]) -> Mapping[str, str]:
        asked.append(names)
        return {name: kept[name] for name in names if name in kept}

    named = {
        **GOOD,
        "HANDBILL_RUN_LEDGER_KEY": "secret:ssm:/salon/ledger",
        "HANDBILL_RUN_LINK_KEYS": "secret:ssm:/salon/old, secret:ssm:/salon/new",
        "HANDBILL_RUN_SECRET_DOOR_CODE": "secret:ssm:/salon/door",
        "ANOTHER_PROGRAMS": "secret:ssm:/not/ours",
    }
    settings = read(named, read_ssm=ssm)
    assert settings.keys.links == (bytes.fromhex(KEY), bytes.fromhex("43" * 32))
    assert settings.secrets == {"door_code": "4711"}
    assert asked == [sorted(kept)]
    with pytest.raises(SettingsError, match="/salon/gone, which is not set") as told:
        read({**named, "HANDBILL_RUN_LEDGER_KEY": "secret:ssm:/salon/gone"}, read_ssm=ssm)
    assert len(told.value.problems) == 1


@pytest.mark.parametrize("reference", ["secret:env:NOTHING", "secret:file:/nowhere/key", "secret:vault:x", "secret:"])
def test_a_reference_that_leads_nowhere_is_told(reference: str) -> None:
    said = problems({**GOOD, "HANDBILL_RUN_LEDGER_KEY": reference})
    assert len(said) == 1
    assert said[0].startswith("HANDBILL_RUN_LEDGER_KEY ")


@pytest.mark.parametrize("key", ["ab" * 31, "YWJj", "not a key at all, whatever one thinks of it"])
def test_a_key_is_32_bytes_at_least(key: str) -> None:
    assert len(problems({**GOOD, "HANDBILL_RUN_LEDGER_KEY": key})) == 1


def test_a_key_may_be_in_base64() -> None:
    import base64

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        key = encode(bytes(range(224, 256))).decode()
        assert read({**GOOD, "HANDBILL_RUN_LEDGER_KEY": key}).keys.ledger == bytes(range(224, 256))
