"""A real SMTP server for tests: aiosmtpd, with TLS, that keeps what it takes and answers as it is told."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Sink:
    """What came, and what to answer."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    """For a client that is to trust this server."""
    authority: bytes = b""
    """Who vouches for it, in PEM: for a process of its own, as SSL_CERT_FILE."""
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    answer_mail: Callable[[str], str] = lambda address: "250 2.1.0 fine"
    answer_rcpt: Callable[[str], str] = lambda address: "250 2.1.5 fine"
    answer_data: Callable[[str], str] = lambda address: "250 2.0.0 taken"
    secured: list[bool] = field(default_factory=list)
    """Whether each came over TLS."""

    @property
    def messages(self) -> list[EmailMessage]:
        return [BytesParser(policy=SMTP).parsebytes(raw) for raw in self.raw]  # type: ignore[arg-type]

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.messages]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        said = self.answer_mail(address)
        if said.startswith("250"):
            envelope.mail_from = address
        return said

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        said = self.answer_rcpt(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        said = self.answer_data(envelope.rcpt_tos[0])
        if said.startswith("250"):
            assert len(envelope.rcpt_tos) == 1
            self.raw.append(envelope.original_content)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos[0]))
            self.secured.append(session.ssl is not None)
        return said


@contextmanager
def smtp_sink(*, starttls: bool = True, user: str = "", password: str = "", port: int = 0) -> Iterator[Sink]:
    """A server on `port` of this machine, or on a free one."""
    sink = Sink()
    authority = trustme.CA()
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_tls)
    sink.authority = authority.cert_pem.bytes()
    sink.tls = ssl.create_default_context()
    authority.configure_trust(sink.tls)

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()))

    more: dict[str, Any] = {"authenticator": authenticate, "auth_required": True} if user else {}
    controller = Controller(
        sink, hostname="localhost", port=0, tls_context=server_tls if starttls else None, require_starttls=starttls,
        data_size_limit=10_000_000, enable_SMTPUTF8=False, **more,
    )  # fmt: skip
    controller.port = port or _free_port()
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])
