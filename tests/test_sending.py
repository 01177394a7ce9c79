"""A test e-mail: taken by a real server on this machine, or refused with what to mend; and the button that sends it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from handbill.errors import MachineError
from handbill.preview import MOUNT, Preview, Tests, send_test
from handbill.preview.mail_pages import Where
from handbill.theme import load_theme
from handbill_functions.mailers.smtp import SmtpMailer
from smtp_sink import Sink, smtp_sink
from test_preview import AT
from theme_folders import SHIPPED

TO, FROM = "operator@mailbox.example", "hello@site.example"
MESSAGE = b"Subject: Hello\r\n\r\nOl=C3=A1\r\n.\r\n..end\r\n"


@pytest.fixture(scope="module")
def servers() -> Iterator[Sink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def sink(servers: Sink) -> Sink:
    """A server that takes everything, over TLS, and has taken nothing yet."""
    servers.raw.clear()
    servers.envelopes.clear()
    servers.secured.clear()
    servers.answer_rcpt = lambda address: "250 2.1.5 fine"
    servers.answer_data = lambda address: "250 2.0.0 taken"
    return servers


def mailer(sink: Sink, **more: object) -> SmtpMailer:
    return SmtpMailer(f"smtp://localhost:{sink.port}", tls=sink.tls, timeout=5, **more)  # type: ignore[arg-type]


def refused(carrier: SmtpMailer) -> str:
    with pytest.raises(MachineError) as found:
        send_test(MESSAGE, TO, carrier, sender=FROM)
    assert TO not in str(found.value)
    assert "hunter2" not in str(found.value)
    return str(found.value)


def test_the_server_gets_the_message_as_it_is_and_in_secret(sink: Sink) -> None:
    send_test(MESSAGE, TO, mailer(sink), sender=FROM)
    assert (sink.raw, sink.envelopes, sink.secured) == ([MESSAGE], [(FROM, TO)], [True])


def test_calling_twice_sends_twice(sink: Sink) -> None:
    carrier = mailer(sink)
    for _ in range(2):
        send_test(MESSAGE, TO, carrier, sender=FROM)
    assert len(sink.raw) == 2


@pytest.mark.parametrize(
    ("rcpt", "data", "told"),
    [
        ("550 5.1.1 <operator@mailbox.example> is unknown", "250 ok", "does not deliver to that address: 550 5.1.1."),
        ("250 ok", "554 5.7.1 operator@mailbox.example wants no spam", "refused the e-mail: 554 5.7.1."),
        ("450 4.2.1 wait", "250 ok", "does not take it now: 450 4.2.1. Try again"),
    ],
)
def test_what_a_server_refuses_is_told_without_the_address(sink: Sink, rcpt: str, data: str, told: str) -> None:
    sink.answer_rcpt, sink.answer_data = (lambda address: rcpt), (lambda address: data)
    assert told in refused(mailer(sink))


def test_a_wrong_password_is_told_without_it() -> None:
    with smtp_sink(user="me", password="right") as sink:
        carrier = SmtpMailer(f"smtp://me:hunter2@localhost:{sink.port}", tls=sink.tls, timeout=5)
        assert "refused the name or the password" in refused(carrier)
        assert sink.raw == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(sink: Sink) -> None:
    assert "certificate cannot be trusted" in refused(SmtpMailer(f"smtp://localhost:{sink.port}", timeout=5))
    assert sink.raw == []


def test_nobody_there_is_told() -> None:
    assert "Nobody answers at that port" in refused(SmtpMailer("smtp://localhost:1", timeout=5))
    assert "no machine of that name" in refused(SmtpMailer("smtp://nowhere.invalid:25", timeout=5))


def test_what_is_no_mail_server_is_not_waited_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = refused(SmtpMailer(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2))
    assert "did not answer in time" in said or "broke off" in said


# The button -----------------------------------------------------------------------------------------------------------


TOKEN, ORIGIN = "0123456789abcdef", "http://127.0.0.1:8080"
FORM = {"shelf": "samples", "entry": "events/salon-to-stream", "name": "welcome", "lang": "en", "token": TOKEN}


@pytest.fixture(scope="module")
def theme_preview() -> Preview:
    return Preview(load_theme("base", search=[SHIPPED]), AT)


@pytest.fixture
def ready(sink: Sink, theme_preview: Preview) -> Preview:
    tests = Tests(mailer(sink), TO, TOKEN, frozenset({ORIGIN}))
    return Preview(theme_preview.theme, AT, tests=tests, before=theme_preview)


def test_the_button_sends_the_e_mail_that_is_looked_at(ready: Preview, sink: Sink) -> None:
    answer = ready.send({**FORM, "view": "dark", "values": "long"}, ORIGIN)
    assert answer is not None
    assert answer.status == 303
    back = dict(answer.headers)["Location"]
    assert back == Where(*[FORM[name] for name in Where._fields]).url({"view": "dark", "values": "long", "sent": "yes"})
    (sent,) = sink.raw
    assert b"To: operator@mailbox.example\r\n" in sent
    assert ready.samples.mail("events/salon-to-stream", "welcome", "en", long=True, to=("", TO)).message() == sent


def test_the_page_has_the_form_that_the_button_sends(ready: Preview, sink: Sink) -> None:
    answer = ready.respond(Where("samples", "site", "confirm", "en").url(), {"sent": "yes"})
    assert answer is not None
    html = answer.body.decode()
    assert f'<form method="post" action="{MOUNT}send">' in html
    for name, value in (("token", TOKEN), ("entry", "site"), ("shelf", "samples")):
        assert f'name="{name}" value="{value}"' in html
    assert f"Sent to {TO}." in html


@pytest.mark.parametrize("origin", [None, "null", "http://127.0.0.1:8081", "https://evil.example"])
def test_another_origin_sends_nothing(ready: Preview, sink: Sink, origin: str | None) -> None:
    answer = ready.send(FORM, origin)
    assert answer is not None
    assert answer.status == 403
    assert sink.raw == []


@pytest.mark.parametrize("token", ["", "0", TOKEN + "0", "ö"])
def test_a_wrong_token_sends_nothing(ready: Preview, sink: Sink, token: str) -> None:
    answer = ready.send({**FORM, "token": token}, ORIGIN)
    assert answer is not None
    assert answer.status == 403
    assert sink.raw == []


@pytest.mark.parametrize(
    "change", [{"shelf": "x"}, {"shelf": "emails"}, {"entry": "../x"}, {"name": "x"}, {"view": "x"}]
)
def test_what_is_not_there_sends_nothing(ready: Preview, sink: Sink, change: dict[str, str]) -> None:
    assert ready.send({**FORM, **change}, ORIGIN) is None
    assert sink.raw == []


def test_without_a_server_there_is_no_button(theme_preview: Preview) -> None:
    assert theme_preview.send(FORM, ORIGIN) is None
    answer = theme_preview.respond(Where("samples", "site", "confirm", "en").url(), {})
    assert answer is not None
    assert b"<form" not in answer.body


def test_what_the_server_says_stands_on_the_page(ready: Preview, sink: Sink) -> None:
    sink.answer_data = lambda address: "554 5.7.1 <b>No</b>"
    answer = ready.send(FORM, ORIGIN)
    assert answer is not None
    assert answer.status == 502
    assert b"refused the e-mail: 554 5.7.1." in answer.body
    assert TO.encode() not in answer.body
