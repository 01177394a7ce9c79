"""What SES says of a message after it took it: that it bounced, or that somebody complained.

It comes as JSON through a queue: as an identity's notification or as an event of a configuration set; bare, wrapped by
SNS, or as the detail of an event of EventBridge (Amazon SES Developer Guide, "Amazon SNS notification contents", "event
data that Amazon SES publishes", "Monitoring SES events using Amazon EventBridge"). The address in it is looked up by
its keyed digest at once, and is neither kept nor logged.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from handbill_functions.addresses import normal
from handbill_functions.contacts import soft_bounce, suppress
from handbill_functions.context import Context
from handbill_functions.errors import AddressError, FeedbackError

OF_THE_MESSAGE = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""Kinds of passing bounces that say nothing of the address."""


class Report(NamedTuple):
    """One thing that became of one message."""

    contact: str
    what: Literal["bounced", "complained", "unreached"]
    """`unreached`: not for now; a few of these in a row are a bounce."""
    reference: str
    """Id of the outbox row where the message carried it, else the carrier's own."""


def reports(ctx: Context, body: str) -> list[Report]:
    """What a notification says of addresses; empty for one that says nothing of them (a delivery, an open, a test of
    the topic). Raises FeedbackError for what is no notification."""
    said = _notification(body)
    kind = said.get("eventType") or said.get("notificationType")
    if not isinstance(kind, str):
        raise FeedbackError("That is no notification of SES.")
    if kind not in ("Bounce", "Complaint"):
        return []
    details = said.get(kind.lower())
    mail = said.get("mail")
    if not isinstance(details, dict) or not isinstance(mail, dict):
        raise FeedbackError(f"A {kind} without its details.")
    what = _what(kind, details)
    if what is None:
        return []
    people = details.get("bouncedRecipients" if kind == "Bounce" else "complainedRecipients")
    if not isinstance(people, list) or not people:
        raise FeedbackError(f"A {kind} of nobody.")
    return [Report(_contact(ctx, person), what, _reference(mail)) for person in people]


def take(ctx: Context, now: int, report: Report) -> None:
    """Acts on it. Calling twice changes nothing more."""
    if report.what == "unreached":
        soft_bounce(ctx, now, report.contact, report.reference)
    elif report.what == "bounced":
        suppress(ctx, now, report.contact, "bounced", method="bounce", reference=report.reference)
    else:
        suppress(ctx, now, report.contact, "complained", method="complaint", reference=report.reference)


def _notification(body: str) -> dict[str, Any]:
    said = _json(body)
    if isinstance(said.get("Message"), str) and "Type" in said:  # SNS's envelope
        return _json(said["Message"]) if said["Type"] == "Notification" else {"notificationType": said["Type"]}
    if said.get("source") == "aws.ses" and isinstance(said.get("detail-type"), str):  # EventBridge's
        detail = said.get("detail")
        if isinstance(detail, dict) and "eventType" in detail:
            return detail
        return {"notificationType": said["detail-type"]}  # advice, a status: of no message
    return said


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise FeedbackError("That is not JSON.") from None
    if not isinstance(value, dict):
        raise FeedbackError("That is no notification of SES.")
    return value


def _what(kind: str, details: dict[str, Any]) -> Literal["bounced", "complained", "unreached"] | None:
    if kind == "Complaint":
        return None if details.get("complaintFeedbackType") == "not-spam" else "complained"
    if details.get("bounceType") == "Permanent":
        return "bounced"
    return None if details.get("bounceSubType") in OF_THE_MESSAGE else "unreached"


def _contact(ctx: Context, person: Any) -> str:
    try:
        return ctx.contact_of(normal(person["emailAddress"]))
    except (TypeError, KeyError, AddressError):
        raise FeedbackError("A notification whose recipient is no address.") from None


def _reference(mail: dict[str, Any]) -> str:
    tags = mail.get("tags")
    tagged = tags.get("message") if isinstance(tags, dict) else None
    if isinstance(tagged, list) and tagged and isinstance(tagged[0], str):
        return tagged[0][:64]
    given = mail.get("messageId")
    return given[:128] if isinstance(given, str) else ""
