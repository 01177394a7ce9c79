"""Hands messages to Amazon SES: SendEmail of version 2, as raw bytes, since only these carry our headers and the .ics.

SES signs (DKIM) and writes Message-ID and Date anew; the id it gives is kept as the reference. It has no SMTPUTF8: our
addresses are ASCII already.

A call whose answer did not come is not repeated here, since SES knows no repetition: the row is put off, and goes again
by the outbox's own rule. So such a message may, very rarely, come twice.
"""

from __future__ import annotations

import re
from typing import Any

from handbill_functions import aws
from handbill_functions.ports import Accepted, Envelope, Later, Outcome, Refused

ANSWER = 30.0
"""Seconds to wait for an answer: a given-up call is the one that may have been carried out."""

_ADDRESS = re.compile(
    r"illegal address|final '@domain'|local address contains|domain (contains|starts|ends)|invalid domain|"
    r"address length|address too long",
    re.IGNORECASE,
)
"""What SES says of an address that cannot be one (BadRequestException)."""


class SesMailer:
    """See ports.Mailer. Safe to share between threads."""

    def __init__(self, region: str, configuration_set: str = "", *, client: Any = None) -> None:
        """`configuration_set` is where SES tells of bounces and complaints, and keeps two streams apart. `client`: a
        botocore client of sesv2 that asks once; by default the process's own, made when first used."""
        self._region = region
        self._given = client
        self._more = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    def send(self, envelope: Envelope) -> Outcome:
        """See Mailer."""
        client = self._given or aws.client("sesv2", self._region, tries=1, answer=ANSWER)
        try:
            taken = client.send_email(
                FromEmailAddress=envelope.sender,
                Destination={"ToAddresses": [envelope.recipient]},
                Content={"Raw": {"Data": envelope.message}},
                EmailTags=[{"Name": "message", "Value": envelope.id}, {"Name": "stream", "Value": envelope.stream}],
                **self._more,
            )
        except aws.errors() as error:
            return _meaning(error)
        return Accepted(str(taken["MessageId"]))

    def close(self) -> None:
        """See Mailer. The connections are the process's, for whoever comes next."""


def _meaning(error: Exception) -> Outcome:
    """What a refusal means. Only its code is told: what SES says beside it repeats addresses.

    Most are about the account and so about every message: a rate or quota, paused sending, a sender that is not
    verified, a role that may not, no connection. None of these costs a message a try.
    """
    code = aws.code_of(error)
    said = aws.words_of(error)
    if code == "BadRequestException":
        return Refused(code, hard=_ADDRESS.search(said) is not None)
    if code == "MessageRejected" and "not verified" not in said:  # of this message, for a reason of its own
        return Later(code)
    return Later(code, whole=True)
