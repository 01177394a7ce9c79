"""Hands messages to an SMTP server: the embedded mailer.

`smtp://` upgrades to TLS where the server offers it (and must, unless it is this machine); `smtps://` speaks TLS from
the first byte. One connection is kept and used again, and made anew when it broke.
"""

from __future__ import annotations

import smtplib
import ssl
import threading
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from handbill_functions.errors import FunctionsError
from handbill_functions.ports import Accepted, Envelope, Later, Outcome, Refused

LOCAL = ("localhost", "127.0.0.1", "::1")
HARD = frozenset({b"5.1.1", b"5.1.2", b"5.1.3", b"5.1.6", b"5.1.10"})
"""Enhanced status codes that say that the address itself is wrong (RFC 3463, 3.2; RFC 7505)."""


class SmtpMailer:
    """See ports.Mailer. Safe to share between threads: each has a connection of its own."""

    def __init__(
        self, url: str, *, password: str | None = None, timeout: float = 30.0, tls: ssl.SSLContext | None = None
    ) -> None:
        """`url`: `smtp://user:secret@mail.example.org:587`; `password` takes the place of the one in it. Connects when
        first used. Raises FunctionsError for a URL that is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise FunctionsError("An SMTP server is written smtp://user@host:587, or smtps://user@host:465.")
        self._implicit = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._implicit else 587)
        self._user = unquote(parts.username or "")
        self._password = password if password is not None else unquote(parts.password or "")
        self._timeout = timeout
        self._tls = tls or ssl.create_default_context()
        self._own = threading.local()
        self._gate = threading.Lock()
        self._opened: set[smtplib.SMTP] = set()

    @property
    def _connection(self) -> smtplib.SMTP | None:
        """This thread's own."""
        found: smtplib.SMTP | None = getattr(self._own, "connection", None)
        return found

    def send(self, envelope: Envelope) -> Outcome:
        """See Mailer."""
        if self._connection is not None:
            try:
                return self._send(envelope)
            except smtplib.SMTPServerDisconnected:
                self._drop()  # idle for too long: a new one
            except (OSError, smtplib.SMTPException) as error:
                return self._trouble(error)
        try:
            return self._send(envelope)
        except (OSError, smtplib.SMTPException) as error:
            return self._trouble(error)

    def _send(self, envelope: Envelope) -> Outcome:
        connection = self._connected()
        try:
            code, said = connection.mail(envelope.sender, ["BODY=8BITMIME"] if connection.has_extn("8bitmime") else [])
            if code != 250:
                return self._answer(connection, code, said, whole=True)
            code, said = connection.rcpt(envelope.recipient)
            if code not in (250, 251):
                return self._answer(connection, code, said, hard=said[:6].split(b" ")[0] in HARD)
            code, said = connection.data(envelope.message)
            if code != 250:
                return self._answer(connection, code, said)
        except smtplib.SMTPDataError as error:
            return self._answer(connection, error.smtp_code, _bytes(error.smtp_error))
        return Accepted(_clean(said))

    def _answer(
        self, connection: smtplib.SMTP, code: int, said: bytes, *, hard: bool = False, whole: bool = False
    ) -> Outcome:
        """What a refusal means: 5xx is for ever, 4xx for now; 421 and a refused sender are about all messages."""
        reason = f"{code} {_enhanced(said)}".strip()
        if code == 421:
            self._drop()
            return Later(reason, whole=True)
        with suppress(smtplib.SMTPException, OSError):
            connection.rset()
        if 500 <= code < 600 and not whole:
            return Refused(reason, hard=hard)
        return Later(reason, whole=whole)

    def _connected(self) -> smtplib.SMTP:
        found = self._connection
        if found is None:
            found = self._own.connection = self._connect()
            with self._gate:
                self._opened.add(found)
        return found

    def _connect(self) -> smtplib.SMTP:
        if self._implicit:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=self._tls
            )
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=self._tls)
                connection.ehlo()
            elif self._host not in LOCAL:
                connection.close()
                raise smtplib.SMTPException("The server offers no TLS.")
        if self._user:
            try:
                connection.login(self._user, self._password)
            except smtplib.SMTPServerDisconnected:  # after so many wrong tries, servers hang up
                raise smtplib.SMTPAuthenticationError(535, b"") from None
        connection.ehlo_or_helo_if_needed()
        return connection

    def _trouble(self, error: Exception) -> Outcome:
        """The server could not be spoken to at all: that is about every message. What it said stays out of the log,
        since servers repeat addresses."""
        self._drop()
        code = getattr(error, "smtp_code", None)
        return Later(f"{type(error).__name__}{f' {code}' if code else ''}", whole=True)

    def _drop(self) -> None:
        found = self._connection
        if found is not None:
            with suppress(OSError, smtplib.SMTPException):
                found.close()
            with self._gate:
                self._opened.discard(found)
            self._own.connection = None

    def close(self) -> None:
        """See Mailer."""
        with self._gate:
            opened, self._opened = self._opened, set()
        for connection in opened:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
        self._own = threading.local()


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")


def _enhanced(said: bytes) -> str:
    """The enhanced status code of an answer, if it has one: the rest may repeat the address."""
    first = said.split(b" ")[0].split(b"\n")[0]
    return first.decode("ascii") if first.replace(b".", b"").isdigit() and first.count(b".") == 2 else ""


def _clean(said: bytes) -> str:
    """The last line of an answer, as a reference; empty where it may hold an address."""
    last = said.decode("ascii", "replace").splitlines()[-1][:200] if said else ""
    return "" if "@" in last else last
