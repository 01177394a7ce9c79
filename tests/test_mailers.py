"""What every mailer does: one suite, run over every adapter of `ports.Mailer`.

SMTP speaks to a real server (aiosmtpd, over TLS). SES speaks to moto's server, over HTTP: it knows what an accepted
call is, but neither limits nor pauses, so these answers are put on the wire in SES's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import pytest

from aws_wire import Wire, answer, lost, reset
from dynamodb_local import CREDENTIALS, client_at
from handbill_functions import aws
from handbill_functions.mailers.ses import SesMailer
from handbill_functions.mailers.smtp import SmtpMailer
from handbill_functions.ports import Accepted, Envelope, Later, Mailer, Refused
from smtp_sink import smtp_sink

SENDER, ADA = "hello@casalume.example", "ada@example.org"
MESSAGE = (
    b"From: Casa Lume <hello@casalume.example>\r\nTo: ada@example.org\r\nSubject: Hello\r\n"
    b"List-Unsubscribe: <https://casalume.example/api/unsubscribe/" + b"x" * 80 + b">\r\n\r\nCome in.\r\n"
)


def envelope(stream: str = "service") -> Envelope:
    return Envelope(SENDER, ADA, MESSAGE, stream, "a" * 32)


class Carrier(Protocol):
    mailer: Mailer

    def came(self) -> list[bytes]: ...

    def has_a_bad_day(self, name: str) -> None: ...

    def is_well_again(self) -> None: ...


class Smtp:
    """A real SMTP server."""

    def __init__(self, sink: Any) -> None:
        self.sink = sink
        self.mailer: Mailer = SmtpMailer(f"smtp://localhost:{sink.port}", tls=sink.tls, timeout=5)
        self.fine = (sink.answer_mail, sink.answer_rcpt, sink.answer_data)

    def came(self) -> list[bytes]:
        return list(self.sink.raw)

    def has_a_bad_day(self, name: str) -> None:
        where, said = {
            "no such address": ("rcpt", f"550 5.1.1 <{ADA}> is nobody here"),
            "bad message": ("data", "554 5.6.0 two headers of one name"),
            "this one later": ("rcpt", f"450 4.2.0 {ADA} greylisted"),
            "too fast": ("rcpt", "421 4.7.0 too many, slow down"),
            "paused": ("mail", "451 4.3.2 sending is paused"),
            "unverified sender": ("mail", f"553 5.7.1 {SENDER} is not yours"),
            "cut off": ("mail", "421 4.3.2 closing"),
        }[name]
        setattr(self.sink, f"answer_{where}", lambda address: said)

    def is_well_again(self) -> None:
        self.sink.answer_mail, self.sink.answer_rcpt, self.sink.answer_data = self.fine


class Ses:
    """SES as moto has it, and what it says on a bad day."""

    def __init__(self, endpoint: str, sent: Callable[[], list[bytes]]) -> None:
        client = client_at(endpoint, "sesv2")
        client.create_email_identity(EmailIdentity="casalume.example")
        self.wire = Wire(client)
        self.mailer: Mailer = SesMailer("eu-west-1", client=client)
        self.came = sent

    def has_a_bad_day(self, name: str) -> None:
        self.wire.faults = [
            {
                "no such address": answer(400, "BadRequestException", f"Illegal address: {ADA}"),
                "bad message": answer(400, "BadRequestException", "Duplicate header 'List-ID'."),
                "this one later": answer(400, "MessageRejected", f"Content for {ADA} was rejected."),
                "too fast": answer(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
                "paused": answer(400, "SendingPausedException", "Sending is paused for this account."),
                "unverified sender": answer(
                    400, "MessageRejected",
                    "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
                    + SENDER,
                ),
                "cut off": reset,
            }[name]
        ]  # fmt: skip

    def is_well_again(self) -> None:
        self.wire.faults = []


@contextmanager
def smtp(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    with smtp_sink() as sink:
        carrier = Smtp(sink)
        yield carrier
        carrier.mailer.close()


@contextmanager
def ses(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    sent = ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].sent_messages
    sent.clear()
    yield Ses(request.getfixturevalue("aws_server"), lambda: [_bytes(message.raw_data) for message in sent])


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


ADAPTERS = {"smtp": smtp, "ses": ses}


@pytest.fixture(params=ADAPTERS)
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    with ADAPTERS[request.param](request) as made:
        yield made


class Meaning(NamedTuple):
    kind: type
    about: bool
    """Refused: that the address is wrong. Later: that it is about every message."""


BAD_DAYS = {
    "no such address": Meaning(Refused, True),
    "bad message": Meaning(Refused, False),
    "this one later": Meaning(Later, False),
    "too fast": Meaning(Later, True),
    "paused": Meaning(Later, True),
    "unverified sender": Meaning(Later, True),
    "cut off": Meaning(Later, True),
}


def test_what_is_accepted_arrives_as_it_was_and_has_the_carriers_reference(carrier: Carrier) -> None:
    outcome = carrier.mailer.send(envelope())
    assert isinstance(outcome, Accepted)
    assert outcome.reference
    assert [raw.strip() for raw in carrier.came()] == [MESSAGE.strip()]


@pytest.mark.parametrize("name", BAD_DAYS)
def test_what_a_carrier_says_on_a_bad_day_is_told_apart_and_repeats_no_address(carrier: Carrier, name: str) -> None:
    carrier.has_a_bad_day(name)
    outcome = carrier.mailer.send(envelope())
    assert not isinstance(outcome, Accepted)
    about = outcome.hard if isinstance(outcome, Refused) else outcome.whole
    assert Meaning(type(outcome), about) == BAD_DAYS[name]
    assert "@" not in outcome.reason
    assert carrier.came() == []


@pytest.mark.parametrize("name", BAD_DAYS)
def test_the_next_message_goes_when_the_carrier_is_well_again(carrier: Carrier, name: str) -> None:
    carrier.mailer.send(envelope())
    carrier.has_a_bad_day(name)
    carrier.mailer.send(envelope())
    carrier.is_well_again()
    assert isinstance(carrier.mailer.send(envelope()), Accepted)
    assert len(carrier.came()) == 2


def test_closing_twice_is_safe(carrier: Carrier) -> None:
    carrier.mailer.send(envelope())
    carrier.mailer.close()
    carrier.mailer.close()


# ---- SES alone


def test_ses_gets_the_id_of_the_row_and_the_configuration_and_gives_its_message_id(aws_server: str) -> None:
    client = client_at(aws_server, "sesv2")
    client.create_email_identity(EmailIdentity="casalume.example")
    wire = Wire(client)
    outcome = SesMailer("eu-west-1", "letters", client=client).send(envelope("marketing"))
    sent = wire.sent[0]
    assert sent["ConfigurationSetName"] == "letters"
    assert {tag["Name"]: tag["Value"] for tag in sent["EmailTags"]} == {"message": "a" * 32, "stream": "marketing"}
    assert sent["Destination"] == {"ToAddresses": [ADA]}
    assert isinstance(outcome, Accepted)
    assert len(outcome.reference) > 20


def test_a_sender_that_moto_does_not_know_is_not_the_messages_fault(aws_server: str) -> None:
    mailer = SesMailer("eu-west-1", client=client_at(aws_server, "sesv2"))
    assert isinstance(mailer.send(envelope()._replace(sender="hello@elsewhere.example")), Later)


def test_a_call_whose_answer_was_lost_is_not_made_twice(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL_SESV2": aws_server}.items():
        monkeypatch.setenv(name, value)
    made: list[Wire] = []
    real = aws._client.__wrapped__

    def client(*words: Any, **more: Any) -> Any:
        """The process's own client, with our wire."""
        made.append(Wire(real(*words, **more)))
        made[0].faults = [lost]
        return made[0].client

    monkeypatch.setattr(aws, "_client", client)
    assert SesMailer("eu-west-1").send(envelope()) == Later("ReadTimeoutError", whole=True)
    assert len(made[0].sent) == 1
