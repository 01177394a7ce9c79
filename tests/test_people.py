"""What is stored of people: proved, verified, carried out and in, never raised."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Site
from handbill_functions import contacts, people
from handbill_functions.context import Context, Keys
from handbill_functions.errors import FunctionsError
from handbill_functions.model import CONSENT, REQUEST, contact_pk, ledger_sk
from handbill_functions.ports import put
from handbill_functions.stores.sqlite import SqliteStore

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
ADA = "ada@example.org"


@pytest.fixture
def ctx(sample_site: Site, tmp_path: Path) -> Iterator[Context]:
    store = SqliteStore(tmp_path / "people.db")
    yield Context(store, sample_site.catalog, KEYS)
    store.close()


def subscribed(ctx: Context, email: str = ADA, now: int = NOW) -> str:
    file = ctx.catalog.entry("events/salon-to-stream")
    assert file["form"] is not None
    contacts.ask(
        ctx, now, email=email, lang="en", entry=file, intent="event", list="main", purposes=["marketing"],
        fields={"first_name": "Ada"}, wording=file["form"]["wordings"]["en"],
    )  # fmt: skip
    contact = ctx.contact_of(email)
    asked = ctx.store.query(contact_pk(contact), REQUEST, now)[0]
    contacts.confirm(ctx, now + 60, contact, asked.sk.removeprefix(REQUEST))
    return contact


# ---- proof


def test_a_proof_has_the_words_as_shown_both_times_and_the_seal(ctx: Context) -> None:
    subscribed(ctx)
    proof = people.prove(ctx, NOW + 99, ADA)
    assert proof["holds"]
    granted = proof["ledger"][2]
    assert granted["action"] == "granted"
    assert granted["shown"]["sentence"].startswith("Yes, write to me about new evenings")
    assert [row["happened"] for row in proof["ledger"]] == [NOW, NOW + 60, NOW + 60]
    assert {each["name"] for each in proof["messages"]} == {"confirm", "welcome", "reminder"}
    page = people.prove_html(proof, "Casa Lume")
    assert "Yes, write to me about new evenings" in page
    assert granted["mac"] in page
    assert "http" not in page
    assert json.loads(json.dumps(proof)) == proof


def test_one_altered_byte_is_found_and_its_row_named(ctx: Context) -> None:
    contact = subscribed(ctx)
    subscribed(ctx, "bob@example.org")
    assert people.verify(ctx, NOW) == (2, [])
    row = ctx.store.get(contact_pk(contact), ledger_sk(3), NOW)
    assert row is not None
    data = {**row.data, "wording": row.data["wording"][:-1] + "0"}
    ctx.store.transact([put(row, row.pk, row.sk, data)], NOW)
    assert people.verify(ctx, NOW)[1] == [(contact, 3, "was altered")]
    assert not people.prove(ctx, NOW, ADA)["holds"]


# ---- out and in


def test_what_was_exported_makes_the_same_store_elsewhere(ctx: Context, tmp_path: Path) -> None:
    subscribed(ctx)
    contacts.leave(ctx, NOW + 99, subscribed(ctx, "bob@example.org"), list=None, method="one-click")
    lines = list(people.export(ctx, NOW + 100))
    other = ctx._replace(store=SqliteStore(tmp_path / "other.db"))
    written = people.restore(other, NOW + 100, lines)
    assert written == len(lines) - 1
    assert list(people.export(other, NOW + 100)) == lines
    assert people.restore(other, NOW + 100, lines) == 0
    assert people.verify(other, NOW + 100) == (2, [])
    other.store.close()


@pytest.mark.parametrize("text", ["", "{}", '{"handbill":"export","version":9}', "email\nada@example.org"])
def test_what_is_no_export_is_refused(ctx: Context, text: str) -> None:
    if not text:
        assert people.restore(ctx, NOW, []) == 0
        return
    with pytest.raises(FunctionsError):
        people.restore(ctx, NOW, text.splitlines())


def test_an_import_brings_addresses_and_never_consent(ctx: Context) -> None:
    known = subscribed(ctx)
    gone = subscribed(ctx, "bob@example.org")
    contacts.leave(ctx, NOW + 99, gone, list=None, method="one-click")
    contacts.erase(ctx, NOW + 99, subscribed(ctx, "cy@example.org"), method="form")
    addresses = ["ADA@example.org", "bob@example.org", "cy@example.org", "none", "new@example.org"]
    table = "".join(f"{line}\n" for line in ["Email Address,Status", *(f"{each},subscribed" for each in addresses)])
    rows = people.rows_of_csv(io.StringIO(table), {"email": "Email Address"})
    done = people.import_rows(ctx, NOW + 200, rows, "en")
    assert (done.added, done.known, done.suppressed, done.wrong) == (1, 1, 2, [4])
    new = ctx.contact_of("new@example.org")
    assert ctx.store.query(contact_pk(new), CONSENT, NOW) == []
    assert contacts.preferences(ctx, NOW, known) == (ADA, "en", {"main": True}, 0)
    assert people.verify(ctx, NOW)[1] == []
    assert next(each for each in people.contacts_of(ctx, NOW) if each.contact == new).verified == 0


def test_who_was_imported_can_sign_up_and_is_then_as_anybody(ctx: Context) -> None:
    people.import_rows(ctx, NOW, [{"email": ADA}], "en")
    subscribed(ctx)
    assert people.verify(ctx, NOW) == (1, [])
    found = next(iter(people.contacts_of(ctx, NOW)))
    assert (found.email, found.verified, found.lists) == (ADA, NOW + 60, ("main",))


def test_a_column_that_is_not_there_is_told_with_those_that_are(ctx: Context) -> None:
    with pytest.raises(FunctionsError, match=r"no column Mail\. There are: Email, Name"):
        list(people.rows_of_csv(io.StringIO("Email,Name\n"), {"email": "Mail"}))


def test_contacts_are_listed_with_what_they_receive(ctx: Context) -> None:
    subscribed(ctx)
    contacts.suppress(ctx, NOW + 99, subscribed(ctx, "bob@example.org"), "bounced", method="bounce")
    found = {each.email: (each.lists, each.suppressed) for each in people.contacts_of(ctx, NOW + 99)}
    assert found == {ADA: (("main",), ""), "bob@example.org": (("main",), "bounced")}
