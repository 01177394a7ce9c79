"""What an operator types, run as they would run it: over a real database and the sample's catalog."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import Site
from handbill.cli import cli
from handbill.errors import HandbillError
from handbill_functions import contacts
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context
from handbill_functions.model import REQUEST, contact_pk
from handbill_functions.outbox import message
from handbill_functions.settings import read
from handbill_functions.stores.sqlite import SqliteStore

NOW = 1_795_000_000
ADA = "ada@example.org"


class Operator:
    """Somebody at the machine where the functions run."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            "HANDBILL_RUN_CATALOG": str(site.private),
            "HANDBILL_RUN_STORE": f"sqlite:{folder}/people.db",
            "HANDBILL_RUN_MAIL": "smtp://localhost:2525",
            "HANDBILL_RUN_CONTACT_KEY": "a1" * 32,
            "HANDBILL_RUN_LEDGER_KEY": "b2" * 32,
            "HANDBILL_RUN_LEAVE_KEYS": "c3" * 32,
            "HANDBILL_RUN_LINK_KEYS": "d4" * 32,
        }
        settings = read(self.environ)
        self.store = SqliteStore(folder / "people.db")
        self.ctx = Context(self.store, Catalog(FolderReader(site.private)), settings.keys)

    def types(self, *words: str, answer: str = "", **more: str) -> Result:
        env: dict[str, str | None] = {**self.environ, **more}
        return CliRunner().invoke(cli, list(words), env=env, input=answer)

    def subscribed(self, email: str = ADA) -> str:
        file = self.ctx.catalog.entry("events/salon-to-stream")
        assert file["form"] is not None
        contacts.ask(
            self.ctx, NOW, email=email, lang="en", entry=file, intent="event", list="main", purposes=["marketing"],
            fields={}, wording=file["form"]["wordings"]["en"],
        )  # fmt: skip
        contact = self.ctx.contact_of(email)
        request = self.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
        contacts.confirm(self.ctx, NOW + 60, contact, request)
        return contact


@pytest.fixture
def operator(sample_site: Site, tmp_path: Path) -> Iterator[Operator]:
    made = Operator(sample_site, tmp_path)
    yield made
    made.store.close()


def test_contacts_are_listed_shown_exported_and_erased(operator: Operator) -> None:
    operator.subscribed()
    assert operator.types("contacts", "list").output.split() == [ADA, "en", "verified", "main"]
    shown = json.loads(operator.types("contacts", "show", "ADA@example.org").output)
    assert shown["profile"]["email"] == ADA
    out = operator.folder / "people.jsonl"
    assert operator.types("contacts", "export", str(out)).exit_code == 0
    assert oct(out.stat().st_mode)[-3:] == "600"
    assert operator.types("contacts", "erase", ADA, answer="n\n").exit_code == 1
    assert operator.types("contacts", "erase", ADA, "--yes").exit_code == 0
    assert "(erased)" in operator.types("contacts", "list").output
    assert ADA not in json.dumps([list(item) for item in operator.store.every("", NOW)])
    again = operator.types("contacts", "erase", ADA, "--yes")
    assert isinstance(again.exception, HandbillError)
    restored = operator.types("restore", str(out))
    assert restored.exit_code == 0
    assert ADA not in json.dumps([list(item) for item in operator.store.every("C#", NOW)])


def test_a_list_of_another_tool_comes_in_without_consent(operator: Operator) -> None:
    file = operator.folder / "list.csv"
    file.write_text(f"\ufeffMail,Lang\n{ADA},pt\nnone,en\n", "utf-8")
    words = ("contacts", "import", str(file), "--email", "Mail", "--language", "Lang")
    assert operator.types(*words, "--dry-run").output.startswith("1 would be added")
    assert list(operator.store.every("C#", NOW)) == []
    assert operator.types(*words).output.startswith("1 added, 0 known, 0 suppressed, 1 wrong.")
    assert operator.types("contacts", "list").output.split() == [ADA, "pt", "not", "verified", "-"]


def test_consent_is_proved_in_two_files_and_an_altered_row_is_named(operator: Operator) -> None:
    contact = operator.subscribed()
    done = operator.types("consent", "prove", ADA, "--to", str(operator.folder / "proof"))
    assert done.exit_code == 0
    page, data = (Path(line) for line in done.output.split())
    assert "Yes, write to me about new evenings" in page.read_text("utf-8")
    assert json.loads(data.read_text("utf-8"))["holds"]
    assert operator.types("consent", "verify").output == "1 ledgers, 0 that do not hold.\n"
    row = operator.store.get(contact_pk(contact), "LEDGER#00000002", NOW)
    assert row is not None
    from handbill_functions.ports import put

    operator.store.transact([put(row, row.pk, row.sk, {**row.data, "at": row.data["at"] + 1})], NOW)
    verified = operator.types("consent", "verify")
    assert verified.exit_code == 1
    assert f"contact {contact}: row 2 was altered" in verified.output


def test_e_mails_that_were_given_up_are_listed_and_tried_again(operator: Operator) -> None:
    row = message(
        NOW, contact=operator.subscribed(), name="letter", entry="site", stream="marketing", email="0" * 32, lang="en",
        id="e" * 32,
    )  # fmt: skip
    dead = row._replace(data={**row.data, "state": "dead", "reason": "550 5.1.1"}, queue="dead")
    operator.store.transact([dead], NOW)
    listed = operator.types("outbox", "list", "--dead").output
    assert "e" * 32 in listed
    assert "550 5.1.1" in listed
    assert ADA not in listed
    assert operator.types("outbox", "retry", "--all").output == "1 of 1 try again.\n"
    assert "Nothing." in operator.types("outbox", "list", "--dead").output
    assert isinstance(operator.types("outbox", "retry").exception, HandbillError)


def test_a_backup_restores_what_was_lost_and_not_who_was_erased(operator: Operator) -> None:
    operator.subscribed()
    operator.subscribed("bob@example.org")
    copy = operator.folder / "backup.db"
    assert operator.types("backup", str(copy)).exit_code == 0
    operator.types("contacts", "erase", ADA, "--yes")
    bob = operator.store.get(
        contact_pk(operator.ctx.contact_of("bob@example.org")), "INTENT#events/salon-to-stream", NOW
    )
    assert bob is not None
    from handbill_functions.ports import Delete

    operator.store.transact([Delete(bob.pk, bob.sk, bob.version)], NOW)
    assert operator.types("restore", str(copy)).exit_code == 0
    assert operator.store.get(bob.pk, bob.sk, NOW) is not None
    assert ADA not in json.dumps([list(item) for item in operator.store.every("C#", NOW)])


def test_the_doctor_finds_what_is_missing_and_says_how_to_mend_it(operator: Operator) -> None:
    sick = operator.types("doctor")
    assert sick.exit_code == 1
    assert "HANDBILL_RUN_SECRET_DOOR_CODE" in sick.output
    well = operator.types(
        "doctor", "--json", HANDBILL_RUN_SECRET_DOOR_CODE="4711", HANDBILL_RUN_SECRET_STREAM_URL="https://s.example"
    )
    assert (well.exit_code, {each["level"] for each in json.loads(well.output)}) == (0, {"fine"})
    nowhere = operator.types("doctor", HANDBILL_RUN_CATALOG=str(operator.folder / "none"))
    assert "Run handbill build" in nowhere.output


def test_an_environment_that_is_wrong_is_told_whole(operator: Operator) -> None:
    done = CliRunner().invoke(cli, ["contacts", "list"], env=dict.fromkeys(operator.environ))
    assert isinstance(done.exception, HandbillError)
    assert str(done.exception).count("HANDBILL_RUN_") == 5


def test_keys_are_new_each_time_and_good_as_they_are(operator: Operator) -> None:
    lines = operator.types("keys").output.split()
    assert lines != operator.types("keys").output.split()
    found = dict(line.split("=") for line in lines)
    assert read({**found, "HANDBILL_RUN_MAIL": "smtp://x"}).keys.leave


def test_a_build_neither_reads_nor_keeps_what_the_functions_are_told(operator: Operator) -> None:
    from handbill.cli import _options

    os.environ["HANDBILL_RUN_CONTACT_KEY"] = "secret"
    try:
        root = operator.folder / "site"
        CliRunner().invoke(cli, ["init", str(root)])
        options = _options(
            root=root, base_url=None, at=None, facts=None, drafts=False, future=False, expired=False, strict=False,
            destination=None, private=None, clean=False, jobs=None,
        )  # fmt: skip
    finally:
        del os.environ["HANDBILL_RUN_CONTACT_KEY"]
    assert "secret" not in repr(options)
