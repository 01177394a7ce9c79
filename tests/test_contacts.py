"""What becomes of a contact: asked, confirmed, left, suppressed, erased. On a real store and the sample's catalog."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Site
from handbill_functions import contacts
from handbill_functions.context import Context, Keys
from handbill_functions.errors import NoSuchRequest
from handbill_functions.ledger import Head, first_fault, fold
from handbill_functions.model import DAY, INTENT, LEDGER, PROFILE, REQUEST, SUPPRESSED, contact_pk, suppressed_pk
from handbill_functions.ports import Item, Store

NOW = 1_795_000_000
"""November 2026: the sample's salon is still to come."""
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
ADA = "ada@example.org"
SALON, SITE = "events/salon-to-stream", "site"


@pytest.fixture
def ctx(sample_site: Site, store: Store) -> Context:
    return Context(store, sample_site.catalog, KEYS)


def ask(ctx: Context, now: int = NOW, *, email: str = ADA, entry: str = SALON, purposes: tuple[str, ...] = ()) -> None:
    file = ctx.catalog.entry(entry)
    assert file["form"] is not None
    contacts.ask(
        ctx, now, email=email, lang="en", entry=file, intent=file["form"]["intent"], list=file["form"]["list"],
        purposes=purposes, fields={"first_name": "Ada"}, wording=file["form"]["wordings"]["en"],
    )  # fmt: skip


def requests(ctx: Context, now: int = NOW, email: str = ADA) -> list[str]:
    """Ids, those that wait last."""
    found = ctx.store.query(contact_pk(ctx.contact_of(email)), REQUEST, now)
    found.sort(key=lambda item: "confirmed" not in item.data)
    return [item.sk.removeprefix(REQUEST) for item in found]


def mails(ctx: Context, until: int = NOW + 99 * DAY) -> list[tuple[str, str, int]]:
    """(name, entry, due) of every e-mail that waits, soonest first."""
    found = ctx.store.due("outbox.service", until, NOW, limit=99)
    return [(item.data["name"], item.data["entry"], item.due or 0) for item in found]


def ledger_of(ctx: Context, email: str = ADA) -> list[dict[str, Any]]:
    return [dict(item.data) for item in ctx.store.query(contact_pk(ctx.contact_of(email)), LEDGER, NOW)]


def profile(ctx: Context, now: int = NOW) -> Item | None:
    return ctx.store.get(contact_pk(ctx.contact_of(ADA)), PROFILE, now)


def confirm(ctx: Context, now: int = NOW + 60, email: str = ADA) -> contacts.Confirmed:
    return contacts.confirm(ctx, now, ctx.contact_of(email), requests(ctx, now, email)[-1])


def holds(ctx: Context) -> bool:
    """The ledger of Ada is whole, and its last row is the one that her profile knows."""
    mine = profile(ctx)
    assert mine is not None
    head = Head(mine.data["length"], mine.data["head"])
    return first_fault(KEYS.ledger, ctx.contact_of(ADA), ledger_of(ctx), head) is None


# ---- asking


def test_asking_stores_a_request_and_the_mail_that_lets_one_confirm_and_nothing_else(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    assert len(requests(ctx)) == 1
    assert mails(ctx) == [("confirm", SALON, NOW)]
    assert profile(ctx) is None
    assert ledger_of(ctx) == []


def test_a_request_that_nobody_confirms_is_gone_after_seven_days_and_leaves_nothing(ctx: Context) -> None:
    ask(ctx)
    contact, request = ctx.contact_of(ADA), requests(ctx)[0]
    assert requests(ctx, NOW + 7 * DAY - 1) == [request]
    assert requests(ctx, NOW + 7 * DAY) == []
    with pytest.raises(NoSuchRequest):
        contacts.confirm(ctx, NOW + 7 * DAY, contact, request)
    while ctx.store.purge(NOW + 8 * DAY).after:
        pass
    assert list(ctx.store.every("C#", NOW)) == []


def test_asking_again_sends_no_second_mail_within_a_quarter_of_an_hour(ctx: Context) -> None:
    ask(ctx)
    ask(ctx, NOW + 899)
    assert len(mails(ctx)) == 1
    assert len(requests(ctx)) == 1
    ask(ctx, NOW + 900)
    assert len(mails(ctx)) == 2


def test_three_mails_a_day_to_one_address_and_no_more(ctx: Context) -> None:
    for hour in range(23):
        ask(ctx, NOW + hour * 3600)
    assert len(mails(ctx)) == 3
    ask(ctx, NOW + DAY)
    assert len(mails(ctx)) == 4


def test_a_second_page_asked_for_at_once_is_mailed_when_the_first_has_cooled_down(ctx: Context) -> None:
    ask(ctx)
    ask(ctx, NOW + 30, entry=SITE, purposes=("marketing",))
    assert mails(ctx) == [("confirm", SALON, NOW), ("confirm", SITE, NOW + 900)]
    assert len(requests(ctx)) == 2


def test_capitals_make_no_second_person_and_no_second_mail(ctx: Context) -> None:
    ask(ctx)
    ask(ctx, NOW + 1, email="ADA@example.org")
    assert len(mails(ctx)) == 1


@pytest.mark.parametrize("before", ["new", "confirmed", "left", "bounced", "often"])
def test_every_address_costs_the_same_reads_and_writes(
    ctx: Context, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before != "new":
        ask(ctx)
    if before in ("confirmed", "left"):
        confirm(ctx)
    if before == "left":
        contacts.leave(ctx, NOW + 70, ctx.contact_of(ADA), list=None, method="one-click")
    if before == "bounced":
        contacts.suppress(ctx, NOW + 70, ctx.contact_of(ADA), "bounced", method="bounce")
    calls: list[Any] = []
    for name in ("get", "get_each", "query", "transact"):
        whole = getattr(ctx.store, name)

        def counted(*args: Any, _name: str = name, _whole: Any = whole, **more: Any) -> Any:
            calls.append((_name, 1 if _name in ("get", "query") else len(args[0])))
            return _whole(*args, **more)

        monkeypatch.setattr(ctx.store, name, counted)
    ask(ctx, NOW + 100)
    assert calls == [("query", 1), ("get_each", 4), ("transact", 3)]


# ---- confirming


def test_confirming_verifies_grants_and_sends_what_was_asked_for(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    done = confirm(ctx)
    assert not done.again
    mine = profile(ctx)
    assert mine is not None
    assert (mine.data["email"], mine.data["verified"]) == (ADA, NOW + 60)
    assert [row["action"] for row in ledger_of(ctx)] == ["requested", "verified", "granted"]
    assert [row["happened"] for row in ledger_of(ctx)] == [NOW, NOW + 60, NOW + 60]
    assert fold(ledger_of(ctx))["email", "marketing", "main"].granted
    starts = ctx.catalog.entry(SALON)["starts"]
    assert starts is not None
    assert mails(ctx) == [("confirm", SALON, NOW), ("welcome", SALON, NOW + 60), ("reminder", SALON, starts - DAY)]
    assert holds(ctx)


def test_verified_and_granted_are_two_facts(ctx: Context) -> None:
    ask(ctx)
    confirm(ctx)
    assert [row["action"] for row in ledger_of(ctx)] == ["verified"]
    assert fold(ledger_of(ctx)) == {}


def test_confirming_twice_says_so_and_changes_nothing(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    before = list(ctx.store.every("", NOW))
    assert confirm(ctx, NOW + 90).again
    assert list(ctx.store.every("", NOW)) == before


def test_one_address_on_two_pages_is_one_contact_with_two_intents(ctx: Context) -> None:
    ask(ctx)
    confirm(ctx)
    ask(ctx, NOW + 2000, entry=SITE, purposes=("marketing",))
    contact = ctx.contact_of(ADA)
    confirm(ctx, NOW + 2100)
    intents = ctx.store.query(contact_pk(contact), INTENT, NOW)
    assert {item.sk: item.data["intent"] for item in intents} == {
        f"{INTENT}{SALON}": "event", f"{INTENT}{SITE}": "newsletter"
    }  # fmt: skip
    assert holds(ctx)


def test_asking_again_after_confirming_never_demotes_and_sends_the_welcome_again(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    rows = ledger_of(ctx)
    ask(ctx, NOW + 2000, purposes=("marketing",))
    assert mails(ctx, NOW + 2000)[-1] == ("welcome", SALON, NOW + 2000)
    assert ledger_of(ctx) == rows
    mine = profile(ctx)
    assert mine is not None
    assert mine.data["verified"] == NOW + 60


def test_signing_up_anew_makes_no_second_reminder(ctx: Context) -> None:
    ask(ctx)
    confirm(ctx)
    ask(ctx, NOW + 2000, purposes=("marketing",))
    confirm(ctx, NOW + 2100)
    assert [name for name, _, _ in mails(ctx)].count("reminder") == 1


# ---- leaving


def test_leaving_withdraws_all_and_is_kept_for_ever(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    for _ in range(2):
        contacts.leave(ctx, NOW + 70, ctx.contact_of(ADA), list=None, method="one-click")
    assert [row["action"] for row in ledger_of(ctx)][3:] == ["withdrawn", "suppressed"]
    suppressed = ctx.store.get(suppressed_pk(ctx.contact_of(ADA)), SUPPRESSED, NOW + 999 * DAY)
    assert suppressed is not None
    assert suppressed.data["reason"] == "left"
    assert holds(ctx)


def test_who_left_and_signs_up_anew_is_back_once_confirmed(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    contacts.leave(ctx, NOW + 70, ctx.contact_of(ADA), list=None, method="one-click")
    ask(ctx, NOW + 2000, purposes=("marketing",))
    assert not fold(ledger_of(ctx))["email", "marketing", "main"].granted
    confirm(ctx, NOW + 2100)
    assert fold(ledger_of(ctx))["email", "marketing", "main"].granted
    assert ctx.store.get(suppressed_pk(ctx.contact_of(ADA)), SUPPRESSED, NOW + 2100) is None
    assert "lifted" in [row["action"] for row in ledger_of(ctx)]
    assert holds(ctx)


def test_what_one_receives_can_be_chosen_and_a_list_taken_up_again(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    contact = ctx.contact_of(ADA)
    contacts.choose(ctx, NOW + 70, contact, lists=[], lang="pt", paused=NOW + 30 * DAY)
    now = contacts.preferences(ctx, NOW + 80, contact)
    assert now == (ADA, "pt", {"main": False}, NOW + 30 * DAY)
    contacts.choose(ctx, NOW + 90, contact, lists=["main", "never-agreed-to"], lang="pt", paused=0)
    assert contacts.preferences(ctx, NOW + 95, contact) == (ADA, "pt", {"main": True}, 0)
    assert holds(ctx)


# ---- suppression


def test_a_bounce_is_lifted_by_the_operator_alone(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    contacts.suppress(ctx, NOW + 70, ctx.contact_of(ADA), "bounced", method="bounce", reference="m1")
    contacts.leave(ctx, NOW + 80, ctx.contact_of(ADA), list=None, method="one-click")
    before = mails(ctx)
    ask(ctx, NOW + 2000)
    assert mails(ctx) == before
    assert contacts.lift(ctx, NOW + 2100, ctx.contact_of(ADA))
    assert not contacts.lift(ctx, NOW + 2200, ctx.contact_of(ADA))
    assert not fold(ledger_of(ctx))["email", "marketing", "main"].granted
    assert holds(ctx)


def test_three_soft_bounces_in_a_fortnight_are_one_hard(ctx: Context) -> None:
    contact = ctx.contact_of(ADA)
    assert not contacts.soft_bounce(ctx, NOW, contact, "m1")
    assert not contacts.soft_bounce(ctx, NOW + 13 * DAY, contact, "m2")
    assert not contacts.soft_bounce(ctx, NOW + 15 * DAY, contact, "m3")
    assert contacts.soft_bounce(ctx, NOW + 16 * DAY, contact, "m4")
    found = ctx.store.get(suppressed_pk(contact), SUPPRESSED, NOW + 16 * DAY)
    assert found is not None
    assert found.data["reason"] == "bounced"


# ---- erasure


def test_erasing_leaves_the_proof_and_no_person(ctx: Context) -> None:
    ask(ctx, purposes=("marketing",))
    confirm(ctx)
    ask(ctx, NOW + 2000, entry=SITE, purposes=("marketing",))
    assert contacts.erase(ctx, NOW + 3000, ctx.contact_of(ADA), method="form")
    left = list(ctx.store.every("", NOW + 3000))
    assert not [item for item in left if ADA in str(item.data) or "Ada" in str(item.data)]
    assert [row["action"] for row in ledger_of(ctx)][-3:] == ["withdrawn", "suppressed", "erased"]
    assert contacts.preferences(ctx, NOW + 3000, ctx.contact_of(ADA)) is None
    assert holds(ctx)
    assert not contacts.erase(ctx, NOW + 3100, ctx.contact_of(ADA), method="form")


def test_who_was_erased_may_come_back_by_their_own_sign_up(ctx: Context) -> None:
    ask(ctx)
    confirm(ctx)
    contacts.erase(ctx, NOW + 2000, ctx.contact_of(ADA), method="form")
    ask(ctx, NOW + 4000)
    confirm(ctx, NOW + 4100)
    mine = profile(ctx)
    assert mine is not None
    assert (mine.data["email"], mine.data["verified"]) == (ADA, NOW + 4100)
    assert holds(ctx)


def test_an_address_nobody_knows_has_nothing_to_erase(ctx: Context) -> None:
    assert not contacts.erase(ctx, NOW, ctx.contact_of("nobody@example.org"), method="form")
    assert list(ctx.store.every("", NOW)) == []
