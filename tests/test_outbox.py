"""The outbox: what is due goes out once, in the words of its day, to whoever still wants it. On a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from conftest import Site
from handbill_functions import contacts
from handbill_functions import deliver as delivery
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import LEASE, TRIES, deliver, quiet_until
from handbill_functions.mailers.smtp import SmtpMailer
from handbill_functions.model import DAY, MESSAGE, PROFILE, REQUEST, SUPPRESSED, contact_pk, message_pk, suppressed_pk
from handbill_functions.outbox import message, revive
from handbill_functions.ports import Accepted, Envelope, Item, Later, Outcome, Refused, Store, put
from smtp_sink import Sink, smtp_sink

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
SECRETS = {"door_code": "4711", "stream_url": "https://stream.example/salon"}
ADA = "ada@example.org"
SALON = "events/salon-to-stream"


@pytest.fixture
def ctx(sample_site: Site, store: Store) -> Context:
    return Context(store, sample_site.catalog, KEYS, SECRETS)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as found:
        yield found


@pytest.fixture
def smtp(sink: Sink) -> Iterator[SmtpMailer]:
    mailer = SmtpMailer(f"smtp://localhost:{sink.port}", tls=sink.tls, timeout=5)
    yield mailer
    mailer.close()


@dataclass
class Scripted:
    """A carrier that answers as it is told, and remembers."""

    answers: list[Outcome] = field(default_factory=list)
    sent: list[Envelope] = field(default_factory=list)

    def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope)
        return self.answers.pop(0) if self.answers else Accepted("ok")

    def close(self) -> None:
        pass


def ask(ctx: Context, now: int = NOW, *, email: str = ADA, purposes: tuple[str, ...] = ("marketing",)) -> None:
    file = ctx.catalog.entry(SALON)
    assert file["form"] is not None
    contacts.ask(
        ctx, now, email=email, lang="en", entry=file, intent="event", list="main", purposes=purposes,
        fields={"first_name": "Ada"}, wording=file["form"]["wordings"]["en"],
    )  # fmt: skip


def subscribed(ctx: Context, now: int = NOW, *, email: str = ADA) -> str:
    """A contact that confirmed, and whose messages of then are out of the way."""
    ask(ctx, now, email=email)
    contact = ctx.contact_of(email)
    request = ctx.store.query(contact_pk(contact), REQUEST, now)[0].sk.removeprefix(REQUEST)
    contacts.confirm(ctx, now, contact, request)
    deliver(ctx, Scripted(), now, stream="service")
    return contact


def letter(ctx: Context, contact: str, now: int = NOW, id: str = "a" * 32) -> None:
    """A marketing message that is due, in the words of the sample's welcome."""
    hash, _ = ctx.catalog.email_for(SALON, "welcome", "en")
    row = message(
        now, contact=contact, name="letter", entry=SALON, stream="marketing", email=hash, lang="en", list="main",
        purpose="marketing", id=id,
    )  # fmt: skip
    ctx.store.transact([row], now)


def row(ctx: Context, now: int = NOW, id: str = "a" * 32) -> Item:
    found = ctx.store.get(message_pk(id), MESSAGE, now)
    assert found is not None
    return found


# ---- over the wire


def test_a_sign_up_from_form_to_welcome_over_a_real_server(ctx: Context, smtp: SmtpMailer, sink: Sink) -> None:
    ask(ctx)
    assert deliver(ctx, smtp, NOW, stream="service").sent == 1
    confirm = sink.messages[0]
    assert sink.envelopes == [("hello@casalume.example", ADA)]
    assert sink.secured == [True]
    assert "Ada" not in sink.raw[0].decode("ascii").replace("ada@", "")
    text = confirm.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    url = re.search(r"https://casalume\.example/api/confirm/\S+", text)
    assert url is not None
    assert "at most twice a month" in text
    contact = ctx.contact_of(ADA)
    request = ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
    contacts.confirm(ctx, NOW + 60, contact, request)
    assert deliver(ctx, smtp, NOW + 60, stream="service").sent == 1
    welcome = sink.messages[1]
    said = welcome.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "4711" in said
    assert "Ada" in said
    assert "/api/unsubscribe/" in said
    attached = list(welcome.iter_attachments())
    assert [part.get_content_type() for part in attached] == ["text/calendar"]
    assert attached[0].get_param("method") == "PUBLISH"


def test_headers_are_what_receivers_ask_for(ctx: Context, smtp: SmtpMailer, sink: Sink) -> None:
    letter(ctx, subscribed(ctx))
    assert deliver(ctx, smtp, NOW, stream="marketing").sent == 1
    found = sink.messages[0]
    raw = sink.raw[0].split(b"\r\n\r\n")[0]
    assert re.search(rb"\r\nList-Unsubscribe: <https://casalume\.example/api/unsubscribe/[\w-]+>\r\n", raw)
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found["List-ID"] == "<main.casalume.example>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Message-ID"] == f"<{'a' * 32}@casalume.example>"
    assert len(str(found["Feedback-ID"]).split(":")) == 4
    assert ADA not in str(found["Feedback-ID"])
    assert found["From"] == "Casa Lume <hello@casalume.example>"
    assert all(len(line) <= 998 for line in sink.raw[0].split(b"\r\n"))
    assert sink.raw[0].isascii()


def test_service_carries_no_one_click_header_and_marketing_does(ctx: Context, smtp: SmtpMailer, sink: Sink) -> None:
    ask(ctx)
    deliver(ctx, smtp, NOW, stream="service")
    assert sink.messages[0]["List-Unsubscribe"] is None


def test_two_rounds_send_nothing_twice(ctx: Context, smtp: SmtpMailer, sink: Sink) -> None:
    ask(ctx)
    deliver(ctx, smtp, NOW, stream="service")
    assert deliver(ctx, smtp, NOW + 999, stream="service").total == 0
    assert len(sink.raw) == 1


def test_a_server_that_was_restarted_is_connected_to_again(ctx: Context, smtp: SmtpMailer, sink: Sink) -> None:
    ask(ctx)
    deliver(ctx, smtp, NOW, stream="service")
    assert smtp._connection is not None
    assert smtp._connection.sock is not None
    smtp._connection.sock.close()
    ask(ctx, email="bob@example.org")
    assert deliver(ctx, smtp, NOW, stream="service").sent == 1


def test_a_login_is_made_over_tls_alone(ctx: Context) -> None:
    with smtp_sink(user="salon", password="geheim") as sink:
        ask(ctx)
        mailer = SmtpMailer(f"smtp://salon:geheim@localhost:{sink.port}", tls=sink.tls, timeout=5)
        assert deliver(ctx, mailer, NOW, stream="service").sent == 1
        mailer.close()
        wrong = SmtpMailer(f"smtp://salon:falsch@localhost:{sink.port}", tls=sink.tls, timeout=5)
        ask(ctx, email="bob@example.org")
        stopped = deliver(ctx, wrong, NOW, stream="service").stopped
        assert "Authentication" in stopped
        assert "falsch" not in stopped
        wrong.close()


def test_a_certificate_nobody_vouches_for_is_refused(ctx: Context, sink: Sink) -> None:
    ask(ctx)
    mailer = SmtpMailer(f"smtp://localhost:{sink.port}", timeout=5)
    assert "SSL" in deliver(ctx, mailer, NOW, stream="service").stopped
    assert sink.raw == []


@pytest.mark.parametrize(
    ("said", "state", "suppressed"),
    [
        ("550 5.1.1 no such user", "dead", True),
        ("550 5.7.1 we do not like you", "dead", False),
        ("552 5.2.2 mailbox full", "dead", False),
        ("450 4.2.0 greylisted, come again", "waiting", False),
        ("421 4.3.2 closing", "waiting", False),
    ],
)
def test_what_a_server_says_of_an_address_decides(
    ctx: Context, smtp: SmtpMailer, sink: Sink, said: str, state: str, suppressed: bool
) -> None:
    letter(ctx, contact := subscribed(ctx))
    sink.answer_rcpt = lambda address: said
    done = deliver(ctx, smtp, NOW, stream="marketing")
    assert row(ctx).data["state"] == state
    assert (ctx.store.get(suppressed_pk(contact), SUPPRESSED, NOW) is not None) == suppressed
    assert all(ADA not in str(note) for note in done.notes)
    sink.answer_rcpt = lambda address: "250 fine"
    later = deliver(ctx, smtp, NOW + 7 * 3600, stream="marketing")
    assert later.sent == (1 if state == "waiting" else 0)


def test_a_server_that_is_down_for_an_hour_loses_nothing_and_costs_no_try(ctx: Context, sink: Sink) -> None:
    for number in range(3):
        ask(ctx, email=f"p{number}@example.org")
    dead = SmtpMailer("smtp://localhost:1", timeout=1)
    for minute in range(60):
        assert deliver(ctx, dead, NOW + minute * 60, stream="service").sent == 0
    working = SmtpMailer(f"smtp://localhost:{sink.port}", tls=sink.tls, timeout=5)
    assert deliver(ctx, working, NOW + 3700, stream="service").sent == 3
    assert sorted(to for _, to in sink.envelopes) == [f"p{number}@example.org" for number in range(3)]
    working.close()


# ---- who gets what


def test_whoever_left_a_second_ago_gets_nothing_of_marketing_and_what_they_asked_for(ctx: Context) -> None:
    letter(ctx, contact := subscribed(ctx))
    contacts.leave(ctx, NOW, contact, list=None, method="one-click")
    carrier = Scripted()
    assert deliver(ctx, carrier, NOW, stream="marketing").dropped == 1
    assert row(ctx).data["reason"] == "suppressed: left"
    starts = ctx.catalog.entry(SALON)["starts"]
    assert starts is not None
    assert deliver(ctx, carrier, starts - DAY, stream="service").sent == 1


def test_without_consent_nothing_of_marketing_leaves(ctx: Context) -> None:
    letter(ctx, contact := subscribed(ctx))
    contacts.leave(ctx, NOW, contact, list="main", method="preferences")
    assert deliver(ctx, Scripted(), NOW, stream="marketing").dropped == 1
    assert row(ctx).data["reason"] == "no consent"


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_an_address_that_bounced_or_complained_gets_nothing_at_all(ctx: Context, reason: str) -> None:
    contact = subscribed(ctx)
    contacts.suppress(ctx, NOW, contact, reason, method="operator")  # type: ignore[arg-type]
    letter(ctx, contact)
    carrier = Scripted()
    starts = ctx.catalog.entry(SALON)["starts"]
    assert starts is not None
    deliver(ctx, carrier, NOW, stream="marketing")
    deliver(ctx, carrier, starts - DAY, stream="service")
    assert carrier.sent == []


def test_whoever_was_erased_is_written_to_no_more(ctx: Context) -> None:
    letter(ctx, contact := subscribed(ctx))
    contacts.erase(ctx, NOW, contact, method="operator")
    carrier = Scripted()
    deliver(ctx, carrier, NOW, stream="marketing")
    deliver(ctx, carrier, NOW + 30 * DAY, stream="service")
    assert carrier.sent == []


def test_a_rest_and_quiet_hours_put_marketing_off_and_lose_nothing(ctx: Context) -> None:
    letter(ctx, contact := subscribed(ctx))
    contacts.choose(ctx, NOW, contact, lists=["main"], lang="en", paused=NOW + 30 * DAY)
    carrier = Scripted()
    assert deliver(ctx, carrier, NOW, stream="marketing").postponed == 1
    assert row(ctx).due == NOW + 30 * DAY
    morning = quiet_until(NOW + 30 * DAY, (0, 24), "Europe/Lisbon")
    assert morning > NOW + 30 * DAY
    assert deliver(ctx, carrier, NOW + 30 * DAY, stream="marketing", quiet=(0, 23)).postponed == 1
    assert deliver(ctx, carrier, NOW + 32 * DAY, stream="marketing").sent == 1


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        (1_795_000_000, None, 0),
        (1_795_000_000, (21, 8), 0),  # 18 November 2026, 11:06 in Lisbon
        (1_795_000_000 + 12 * 3600, (21, 8), 1_795_075_200),  # 23:06: until 8:00 of the next day
        (1_795_000_000 - 6 * 3600, (21, 8), 1_794_988_800),  # 5:06: until 8:00 of the same day
        (1_795_000_000, (9, 12), 1_795_003_200),
    ],
)
def test_quiet_hours_end_at_their_hour(now: int, quiet: tuple[int, int] | None, until: int) -> None:
    assert quiet_until(now, quiet, "Europe/Lisbon") == (until or now)


def test_a_confirm_mail_whose_request_is_confirmed_or_gone_is_not_sent(ctx: Context) -> None:
    ask(ctx)
    contact = ctx.contact_of(ADA)
    request = ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
    contacts.confirm(ctx, NOW, contact, request)
    carrier = Scripted()
    assert deliver(ctx, carrier, NOW, stream="service").dropped == 1
    assert len(carrier.sent) == 1


def test_the_reminder_goes_a_day_before_the_event_and_not_after_its_start(ctx: Context) -> None:
    starts = ctx.catalog.entry(SALON)["starts"]
    assert starts is not None
    subscribed(ctx)
    carrier = Scripted()
    assert deliver(ctx, carrier, starts - DAY - 1, stream="service").total == 0
    assert deliver(ctx, carrier, starts - DAY, stream="service").sent == 1
    subscribed(ctx, email="bob@example.org")
    assert deliver(ctx, carrier, starts, stream="service").dropped == 1


# ---- faults


def test_a_process_that_dies_after_the_hand_over_sends_that_one_again_and_no_other(ctx: Context) -> None:
    class Dies(Scripted):
        def send(self, envelope: Envelope) -> Outcome:
            super().send(envelope)
            raise KeyboardInterrupt

    ask(ctx)
    ask(ctx, email="bob@example.org")
    dies = Dies()
    with pytest.raises(KeyboardInterrupt):
        deliver(ctx, dies, NOW, stream="service")
    after = Scripted()
    assert deliver(ctx, after, NOW + LEASE - 1, stream="service").sent == 0
    assert deliver(ctx, after, NOW + LEASE, stream="service").sent == 2
    ids = [envelope.id for envelope in (*dies.sent, *after.sent)]
    assert (len(ids), len(set(ids))) == (3, 2)
    assert dies.sent[0].message.split(b"Message-ID: <")[1][:32] == ids[0].encode()


def test_two_processes_at_once_send_each_message_once(ctx: Context) -> None:
    for number in range(8):
        ask(ctx, email=f"p{number}@example.org")
    other = Scripted()

    class Interleaved(Scripted):
        def send(self, envelope: Envelope) -> Outcome:
            deliver(ctx, other, NOW, stream="service", limit=8)
            return super().send(envelope)

    mine = Interleaved()
    deliver(ctx, mine, NOW, stream="service", limit=4)
    ids = [envelope.id for envelope in (*mine.sent, *other.sent)]
    assert (len(ids), len(set(ids))) == (8, 8)


def test_several_hands_send_each_message_once_over_connections_of_their_own(
    ctx: Context, smtp: SmtpMailer, sink: Sink
) -> None:
    for number in range(9):
        ask(ctx, email=f"p{number}@example.org")
    done = deliver(ctx, smtp, NOW, stream="service", hands=3)
    assert (done.sent, len(done.notes)) == (9, 9)
    assert sorted(to for _, to in sink.envelopes) == [f"p{number}@example.org" for number in range(9)]


def test_a_message_put_off_too_often_is_given_up_and_can_be_tried_again(ctx: Context) -> None:
    letter(ctx, subscribed(ctx))
    now = NOW
    for _ in range(TRIES):
        deliver(ctx, Scripted([Later("451 4.4.1")]), now, stream="marketing")
        now = row(ctx, now).due or 0
    dead = row(ctx, now)
    assert (dead.data["state"], dead.queue) == ("dead", "dead")
    assert now - NOW < 3 * DAY
    assert revive(ctx.store, now, "a" * 32)
    assert deliver(ctx, Scripted(), now, stream="marketing").sent == 1
    assert not revive(ctx.store, now, "a" * 32)


def test_a_refusal_of_one_is_nothing_to_the_others(ctx: Context) -> None:
    for number in range(3):
        letter(ctx, subscribed(ctx, email=f"p{number}@example.org"), id=str(number) * 32)
    done = deliver(ctx, Scripted([Refused("554", hard=False)]), NOW, stream="marketing")
    assert (done.sent, done.dead) == (2, 1)


def test_a_message_whose_words_are_gone_is_kept_for_the_operator(ctx: Context) -> None:
    contact = subscribed(ctx)
    lost = message(
        NOW, contact=contact, name="letter", entry=SALON, stream="marketing", email="0" * 32, lang="en", list="main",
        purpose="marketing", id="a" * 32,
    )  # fmt: skip
    ctx.store.transact([lost], NOW)
    assert deliver(ctx, Scripted(), NOW, stream="marketing").dead == 1
    assert "NotInCatalog" in row(ctx).data["reason"]


def test_a_clock_that_was_set_back_loses_nothing(ctx: Context) -> None:
    ask(ctx)
    carrier = Scripted()
    assert deliver(ctx, carrier, NOW - 3600, stream="service").total == 0
    assert deliver(ctx, carrier, NOW, stream="service").sent == 1
    assert delivery.backoff(1) < delivery.backoff(5) <= delivery.backoff(50) == 6 * 3600


def test_rows_hold_no_address(ctx: Context) -> None:
    subscribed(ctx)
    for item in ctx.store.every("M#", NOW):
        assert "@" not in str(item.data)
    assert ctx.store.get(contact_pk(ctx.contact_of(ADA)), PROFILE, NOW) is not None


def test_a_put_off_row_can_be_claimed_by_one_alone(ctx: Context) -> None:
    letter(ctx, subscribed(ctx))
    stale = row(ctx)
    ctx.store.transact([put(stale, stale.pk, stale.sk, dict(stale.data), queue=stale.queue, due=stale.due)], NOW)
    assert delivery._claim(ctx, [stale], NOW) == []
