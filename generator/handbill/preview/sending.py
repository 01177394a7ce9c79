"""Sends one test e-mail by a Mailer: the only part of the preview that leaves this machine, and only when asked.

The address it goes to is the operator's own and given on the command line. No message of this module repeats it, nor
what a server answered in words, since servers repeat addresses: all may be logged.
"""

from __future__ import annotations

from collections.abc import Mapping

from handbill.errors import MachineError
from handbill_functions.ports import Accepted, Envelope, Later, Mailer

_WHY: Mapping[str, str] = {
    "ConnectionRefusedError": "Nobody answers at that port. Check it.",
    "SMTPAuthenticationError": "It refused the name or the password. Check both.",
    "SMTPNotSupportedError": "It takes no name and password. Leave them out.",
    "SMTPException": "It offers no encryption. Use smtps://, or another port.",
    "SSLCertVerificationError": "Its certificate cannot be trusted. Check the name.",
    "SSLError": "No secure connection could be made. Check the port.",
    "TimeoutError": "It did not answer in time. Check the port.",
    "gaierror": "There is no machine of that name. Check it.",
}
"""What a mailer calls a trouble, in words."""


def send_test(message: bytes, to: str, mailer: Mailer, *, sender: str) -> None:
    """Hands `message` over for `to`, from `sender`; returns when the carrier has taken it. Calling twice sends twice.

    Raises MachineError that says what to mend.
    """
    outcome = mailer.send(Envelope(sender, to, message, "service", "test"))
    if isinstance(outcome, Accepted):
        return
    if not isinstance(outcome, Later):
        what = "does not deliver to that address" if outcome.hard else "refused the e-mail"
        raise MachineError(f"The server {what}: {outcome.reason or 'it did not say why'}.")
    if not outcome.whole:
        raise MachineError(f"The server does not take it now: {outcome.reason}. Try again in a while.")
    name = outcome.reason.partition(" ")[0]
    raise MachineError(f"The mail server cannot be used. {_WHY.get(name, f'It broke off ({outcome.reason}).')}")
