"""A test e-mail over SMTP: taken by a real server on this machine, or refused with what to mend."""

from __future__ import annotations

import os
import shutil
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handbill.errors import MachineError, UsageError
from handbill.preview import MOUNT, Preview, Server, Tests, read_address, read_server, send_test, sending
from handbill.preview.mail_pages import Where
from handbill.theme import load_theme
from test_preview import AT
from theme_folders import SHIPPED

TO, FROM = "operator@mailbox.example", "hello@site.example"
MESSAGE = b"Subject: Hello\r\n\r\nOl=C3=A1\r\n.\r\n..end\r\n"


@dataclass
class Heard:
    """What a server was told."""

    lines: list[str] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    encrypted: bool = False


@dataclass
class Mailserver:
    port: int
    heard: Heard

    def at(self, **more: str) -> Server:
        return Server("127.0.0.1", self.port, **more)  # type: ignore[arg-type]


Serve = Callable[..., Mailserver]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts SMTP servers (RFC 5321, as much of it as a client needs), each answering as it is told."""
    running: list[socketserver.TCPServer] = []

    def start(
        *, greeting: str = "220 mailbox.example", rcpt: str = "250 OK", data: str = "250 Taken", auth: str = "235 OK",
        offers: tuple[str, ...] = ("AUTH PLAIN LOGIN",), tls: ssl.SSLContext | None = None,
    ) -> Mailserver:  # fmt: skip
        heard = Heard()

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self) -> None:
                self.say(greeting)
                while line := self.rfile.readline():
                    text = line.decode("ascii").rstrip("\r\n")
                    heard.lines.append(text)
                    verb = text.split(" ")[0].upper()
                    if verb == "EHLO":
                        more = ("STARTTLS",) if tls is not None and not heard.encrypted else ()
                        for word in ("mailbox.example", *offers, *more)[:-1]:
                            self.say(f"250-{word}")
                        self.say(f"250 {('mailbox.example', *offers, *more)[-1]}")
                    elif verb == "STARTTLS" and tls is not None:
                        self.say("220 Go ahead")
                        self.request = tls.wrap_socket(self.request, server_side=True)
                        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
                        heard.encrypted = True
                    elif verb == "AUTH":
                        self.say(auth)
                    elif verb == "RCPT":
                        self.say(rcpt)
                    elif verb == "DATA":
                        self.say("354 Go on")
                        body = b""
                        while (part := self.rfile.readline()) not in (b".\r\n", b""):
                            body += part.removeprefix(b".")
                        heard.data.append(body)
                        self.say(data)
                    elif verb == "QUIT":
                        self.say("221 Bye")
                        return
                    else:
                        self.say("250 OK")

        class Quiet(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that breaks off is what some tests are about."""

        server = Quiet(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return Mailserver(server.server_address[1], heard)

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def refused(server: Server) -> str:
    with pytest.raises(MachineError) as found:
        send_test(MESSAGE, TO, server, sender=FROM)
    assert TO not in str(found.value)
    assert "hunter2" not in str(found.value)
    return str(found.value)


def test_the_server_gets_the_message_as_it_is(serve: Serve) -> None:
    server = serve()
    send_test(MESSAGE, TO, server.at(), sender=FROM)
    assert server.heard.data == [MESSAGE]
    assert f"mail FROM:<{FROM}>" in server.heard.lines[1]
    assert server.heard.lines[2] == f"rcpt TO:<{TO}>"
    assert server.heard.lines[0].lower() == "ehlo localhost", "the name of this machine is nobody's business"


def test_calling_twice_sends_twice(serve: Serve) -> None:
    server = serve()
    for _ in range(2):
        send_test(MESSAGE, TO, server.at(), sender=FROM)
    assert len(server.heard.data) == 2


def test_a_refused_address_is_told_without_it(serve: Serve) -> None:
    said = refused(serve(rcpt=f"550 5.1.1 <{TO}> is unknown here").at())
    assert "does not deliver to that address: 550 5.1.1 <…> is unknown here" in said


def test_a_refused_message_is_told_with_the_servers_words(serve: Serve) -> None:
    assert "refused the e-mail: 554 5.7.1 Spam" in refused(serve(data="554 5.7.1 Spam").at())


def test_a_wrong_password_is_told_without_it(serve: Serve) -> None:
    server = serve(auth="535 5.7.8 hunter2 is wrong")
    assert "refused the name or the password (535)" in refused(server.at(user="me", password="hunter2"))
    assert server.heard.data == []


def test_a_server_that_wants_no_password_says_so(serve: Serve) -> None:
    assert "takes no name and password" in refused(serve(offers=()).at(user="me", password="hunter2"))


def test_what_is_no_mail_server_is_told(serve: Serve) -> None:
    assert "refused the e-mail: 554 No" in refused(serve(greeting="554 No").at())


def test_a_server_that_says_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 0.2)
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as silent:
        assert f"127.0.0.1:{silent.server_address[1]}" in refused(Server("127.0.0.1", silent.server_address[1]))


def test_nobody_there_is_told() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        port = free.server_address[1]
    assert f"127.0.0.1:{port} cannot be reached" in refused(Server("127.0.0.1", port))
    assert "There is no machine nowhere.invalid" in refused(Server("nowhere.invalid", 25))


# Encryption -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, that nobody trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        from conftest import missing

        missing("openssl", "Install the package openssl.")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [str(openssl), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "both.pem").write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return folder


@pytest.fixture
def encrypted(serve: Serve, certificate: Path) -> Mailserver:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "both.pem")
    return serve(tls=context)


def test_encryption_is_used_where_it_is_offered(
    encrypted: Mailserver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(certificate / "cert.pem"))
    send_test(MESSAGE, TO, encrypted.at(user="me", password="hunter2"), sender=FROM)
    assert encrypted.heard.encrypted
    assert encrypted.heard.data == [MESSAGE]
    assert [line.split(" ")[0].upper() for line in encrypted.heard.lines[:4]] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(encrypted: Mailserver) -> None:
    assert "cannot be trusted" in refused(encrypted.at(user="me", password="hunter2"))
    assert encrypted.heard.data == []
    assert not any("AUTH" in line.upper() for line in encrypted.heard.lines)


# What is written on the command line ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587)),
        ("smtps://mail.example", Server("mail.example", 465, tls=True)),
        ("mail.example:2525", Server("mail.example", 2525)),
        ("localhost", Server("localhost", 25)),
        (
            "smtp://me%40a.example:p%3Aw@mail.example:25",
            Server("mail.example", 25, user="me@a.example", password="p:w"),
        ),
        ("smtp://[::1]:1025", Server("::1", 1025)),
    ],
)
def test_a_server_is_read(text: str, server: Server) -> None:
    assert read_server(text) == server


@pytest.mark.parametrize(
    "text", ["", "http://mail.example", "smtp://", "mail.example:x", "smtp://a:70000", "smtp://a/b", "smtp://[::1"]
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no SMTP server"):
        read_server(text)


def test_a_password_is_never_shown() -> None:
    assert "p:w" not in repr(read_server("smtp://me:p%3Aw@mail.example"))


def test_an_address_is_read() -> None:
    assert read_address(" me@exämple.org ") == "me@xn--exmple-cua.org"
    for wrong in ("", "me", "a@b.example, c@d.example", "josé@b.example"):
        with pytest.raises(UsageError, match="no e-mail address"):
            read_address(wrong)


# The button -----------------------------------------------------------------------------------------------------------


TOKEN, ORIGIN = "0123456789abcdef", "http://127.0.0.1:8080"
FORM = {"shelf": "samples", "entry": "events/salon-to-stream", "name": "welcome", "lang": "en", "token": TOKEN}


@pytest.fixture(scope="module")
def theme_preview() -> Preview:
    return Preview(load_theme("base", search=[SHIPPED]), AT)


@pytest.fixture
def ready(serve: Serve, theme_preview: Preview) -> tuple[Preview, Heard]:
    server = serve()
    preview = Preview(
        theme_preview.theme, AT, tests=Tests(server.at(), TO, TOKEN, frozenset({ORIGIN})), before=theme_preview
    )
    return preview, server.heard


def test_the_button_sends_the_e_mail_that_is_looked_at(ready: tuple[Preview, Heard]) -> None:
    preview, heard = ready
    answer = preview.send({**FORM, "view": "dark", "values": "long"}, ORIGIN)
    assert answer is not None
    assert answer.status == 303
    back = dict(answer.headers)["Location"]
    assert back == Where(*[FORM[name] for name in Where._fields]).url({"view": "dark", "values": "long", "sent": "yes"})
    (sent,) = heard.data
    assert b"To: operator@mailbox.example\r\n" in sent
    assert preview.samples.mail("events/salon-to-stream", "welcome", "en", long=True, to=("", TO)).message() == sent


def test_the_page_has_the_form_that_the_button_sends(ready: tuple[Preview, Heard]) -> None:
    preview, _ = ready
    answer = preview.respond(Where("samples", "site", "confirm", "en").url(), {"sent": "yes"})
    assert answer is not None
    html = answer.body.decode()
    assert f'<form method="post" action="{MOUNT}send">' in html
    for name, value in (("token", TOKEN), ("entry", "site"), ("shelf", "samples")):
        assert f'name="{name}" value="{value}"' in html
    assert f"Sent to {TO}." in html


@pytest.mark.parametrize("origin", [None, "null", "http://127.0.0.1:8081", "https://evil.example"])
def test_another_origin_sends_nothing(ready: tuple[Preview, Heard], origin: str | None) -> None:
    preview, heard = ready
    answer = preview.send(FORM, origin)
    assert answer is not None
    assert answer.status == 403
    assert heard.lines == []


@pytest.mark.parametrize("token", ["", "0", TOKEN + "0", "ö"])
def test_a_wrong_token_sends_nothing(ready: tuple[Preview, Heard], token: str) -> None:
    preview, heard = ready
    answer = preview.send({**FORM, "token": token}, ORIGIN)
    assert answer is not None
    assert answer.status == 403
    assert heard.lines == []


@pytest.mark.parametrize(
    "change", [{"shelf": "x"}, {"shelf": "emails"}, {"entry": "../x"}, {"name": "x"}, {"view": "x"}]
)
def test_what_is_not_there_sends_nothing(ready: tuple[Preview, Heard], change: dict[str, str]) -> None:
    preview, heard = ready
    assert preview.send({**FORM, **change}, ORIGIN) is None
    assert heard.lines == []


def test_without_a_server_there_is_no_button(theme_preview: Preview) -> None:
    assert theme_preview.send(FORM, ORIGIN) is None
    answer = theme_preview.respond(Where("samples", "site", "confirm", "en").url(), {})
    assert answer is not None
    assert b"<form" not in answer.body


def test_what_the_server_says_stands_on_the_page(serve: Serve, theme_preview: Preview) -> None:
    server = serve(data="554 <b>No</b>")
    preview = Preview(
        theme_preview.theme, AT, tests=Tests(server.at(), TO, TOKEN, frozenset({ORIGIN})), before=theme_preview
    )
    answer = preview.send(FORM, ORIGIN)
    assert answer is not None
    assert answer.status == 502
    assert b"554 &lt;b&gt;No&lt;/b&gt;" in answer.body
