"""Sends one test e-mail over SMTP: the only part of the preview that leaves this machine, and only when asked.

The address it goes to is the operator's own and given on the command line. No message of this module repeats it, nor
a password: both may be logged.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from handbill.errors import MachineError, UsageError
from handbill_functions.errors import UnsafeValue
from handbill_functions.mime import mailbox

PATIENCE = 15.0
"""Seconds to wait for a server at each step."""
_FIX = "Write it so: smtp://mail.example:587, smtp://name:password@mail.example or smtps://mail.example."
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Server:
    """Where test e-mails are handed in."""

    host: str
    port: int
    tls: bool = False
    """TLS from the first byte (smtps); without it STARTTLS is used wherever the server offers it."""
    user: str = ""
    password: str = field(default="", repr=False)


def read_server(text: str) -> Server:
    """The server that `smtp://[user:password@]host[:port]`, `smtps://…` or `host[:port]` names.

    Ports are 587 and 465 where none is written (RFC 8314), 25 for this machine. Raises UsageError.
    """
    try:
        parts = urlsplit(text if "://" in text else f"smtp://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path.strip("/") or parts.query:
        raise UsageError(f"That is no SMTP server. {_FIX}")
    tls = parts.scheme == "smtps"
    usual = 465 if tls else 25 if host in _LOCAL else 587
    return Server(host, port or usual, tls, unquote(parts.username or ""), unquote(parts.password or ""))


def read_address(text: str) -> str:
    """An address to send tests to, its domain in ASCII. Raises UsageError."""
    try:
        return mailbox("", text.strip())
    except UnsafeValue:
        raise UsageError("That is no e-mail address for tests. Write one, such as me@example.org.") from None


def send_test(message: bytes, to: str, server: Server, *, sender: str) -> None:
    """Hands in `message` for `to`, from `sender`; returns when the server has taken it. Calling twice sends twice.

    Encrypted where the server offers it. A password goes over an encrypted connection only, or within this machine.
    Raises MachineError that says what to mend.
    """
    context = ssl.create_default_context()
    where = f"{server.host}:{server.port}"
    try:
        with _connect(server, context) as smtp:
            smtp.ehlo_or_helo_if_needed()
            encrypted = server.tls
            if not server.tls and smtp.has_extn("starttls"):
                smtp.starttls(context=context)
                smtp.ehlo()
                encrypted = True
            if server.user:
                if not encrypted and server.host not in _LOCAL:
                    raise MachineError(
                        f"{where} offers no encryption, so the password was not sent. Use smtps:// or another port."
                    )
                smtp.login(server.user, server.password)
            smtp.sendmail(sender, [to], message)
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no secure connection"
        raise MachineError(f"{where} cannot be trusted: {reason}. Check the name and the port.") from None
    except smtplib.SMTPAuthenticationError as error:
        raise MachineError(f"{where} refused the name or the password ({error.smtp_code}). Check both.") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()), (0, b""))
        raise MachineError(f"{where} does not deliver to that address: {_said(code, said, to)}") from None
    except smtplib.SMTPResponseException as error:
        raise MachineError(f"{where} refused the e-mail: {_said(error.smtp_code, error.smtp_error, to)}") from None
    except smtplib.SMTPNotSupportedError:
        raise MachineError(f"{where} takes no name and password. Leave them out.") from None
    except smtplib.SMTPException:
        raise MachineError(f"{where} broke off. Is it a mail server? Check the port.") from None
    except socket.gaierror:
        raise MachineError(f"There is no machine {server.host}. Check the name.") from None
    except TimeoutError:
        raise MachineError(f"{where} did not answer within {PATIENCE:g} seconds. Check the port.") from None
    except OSError as error:
        raise MachineError(f"{where} cannot be reached: {error.strerror or 'no connection'}.") from None


def _connect(server: Server, context: ssl.SSLContext) -> smtplib.SMTP:
    host = "localhost"  # what it says of itself: the name of this machine is nobody's business
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, host, timeout=PATIENCE, context=context)
    return smtplib.SMTP(server.host, server.port, host, timeout=PATIENCE)


def _said(code: int, said: Any, to: str) -> str:
    """What a server answered, without the address."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).replace(to, "…").split())
    return f"{code} {text[:200]}".strip()
