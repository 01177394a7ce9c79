"""What SES says of a message after it took it: told apart, acted on once, and without an address in any log."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Site
from handbill_functions import feedback
from handbill_functions.context import Context, Keys
from handbill_functions.errors import FeedbackError
from handbill_functions.feedback import Report
from handbill_functions.model import DAY, SUPPRESSED, suppressed_pk
from handbill_functions.ports import Store

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
ADA = "ada@example.org"
MAIL = {
    "timestamp": "2026-11-18T11:06:40.000Z",
    "messageId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000",
    "source": "hello@casalume.example",
    "destination": [ADA],
    "tags": {"message": ["a" * 32], "stream": ["service"]},
}


def bounce(kind: str = "Permanent", sub: str = "General", address: str = ADA, **mail: Any) -> dict[str, Any]:
    """As a configuration set publishes it."""
    return {
        "eventType": "Bounce",
        "bounce": {
            "feedbackId": "0100017c-1",
            "bounceType": kind,
            "bounceSubType": sub,
            "bouncedRecipients": [
                {
                    "emailAddress": address,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": f"smtp; 550 {address}",
                }
            ],
            "timestamp": "2026-11-18T11:06:41.000Z",
            "reportingMTA": "dsn; mta.example",
        },
        "mail": {**MAIL, **mail},
    }


def complaint(kind: str | None = "abuse") -> dict[str, Any]:
    """As an identity's notification has it: no tags."""
    details = {"feedbackId": "0100017c-2", "complainedRecipients": [{"emailAddress": ADA}]}
    mail = {key: value for key, value in MAIL.items() if key != "tags"}
    more = {"complaintFeedbackType": kind} if kind else {}
    return {"notificationType": "Complaint", "complaint": {**details, **more}, "mail": mail}


def by_sns(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:feedback", "Message": json.dumps(said),
        "Timestamp": "2026-11-18T11:06:42.000Z", "SignatureVersion": "1", "Signature": "EXAMPLE",
    }  # fmt: skip


def by_eventbridge(said: dict[str, Any], kind: str = "Email Bounced") -> dict[str, Any]:
    return {
        "version": "0", "id": "12a18625-3cc7-44b8-a5b7-1a6c4a0b6f4d", "detail-type": kind, "source": "aws.ses",
        "account": "123456789012", "time": "2026-11-18T11:06:42Z", "region": "eu-west-1",
        "resources": ["arn:aws:ses:eu-west-1:123456789012:configuration-set/handbill"], "detail": said,
    }  # fmt: skip


@pytest.fixture
def ctx(sample_site: Site, store: Store) -> Context:
    return Context(store, sample_site.catalog, KEYS)


def happens(ctx: Context, said: Any, now: int = NOW) -> list[Report]:
    found = feedback.reports(ctx, json.dumps(said))
    for report in found:
        feedback.take(ctx, now, report)
    return found


def reason(ctx: Context, now: int = NOW) -> str:
    found = ctx.store.get(suppressed_pk(ctx.contact_of(ADA)), SUPPRESSED, now)
    return found.data["reason"] if found else ""


@pytest.mark.parametrize("wrapped", [lambda said: said, by_sns, by_eventbridge], ids=["bare", "SNS", "EventBridge"])
@pytest.mark.parametrize("address", [ADA, "Ada@Example.ORG", f" {ADA} "])
def test_a_bounce_for_ever_stops_every_message_to_that_address(ctx: Context, wrapped: Any, address: str) -> None:
    said = bounce(address=address)
    found = happens(ctx, wrapped(said))
    assert found == [Report(ctx.contact_of(ADA), "bounced", "a" * 32)]
    assert reason(ctx) == "bounced"


def test_a_complaint_stops_every_message_and_names_the_carriers_id_where_there_is_no_other(ctx: Context) -> None:
    found = happens(ctx, by_sns(complaint()))
    assert (found[0].what, found[0].reference) == ("complained", MAIL["messageId"])
    assert reason(ctx) == "complained"


def test_whoever_says_that_it_was_no_spam_does_not_complain(ctx: Context) -> None:
    assert happens(ctx, complaint("not-spam")) == []
    assert happens(ctx, complaint(None))[0].what == "complained"


def test_three_messages_that_did_not_reach_somebody_are_a_bounce_and_one_told_three_times_is_not(ctx: Context) -> None:
    for _ in range(3):
        happens(ctx, bounce("Transient", "MailboxFull"))
    assert reason(ctx) == ""
    for number in range(2):
        happens(ctx, bounce("Transient", "General", tags={"message": [str(number) * 32]}), NOW + DAY)
    assert reason(ctx) == "bounced"


@pytest.mark.parametrize("sub", ["MessageTooLarge", "ContentRejected", "AttachmentRejected"])
def test_a_message_that_was_not_liked_says_nothing_of_the_address(ctx: Context, sub: str) -> None:
    assert happens(ctx, bounce("Transient", sub)) == []


@pytest.mark.parametrize(
    "said",
    [
        {"eventType": "Delivery", "mail": MAIL, "delivery": {}},
        {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed."},
        {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe", "TopicArn": "arn:…"},
        by_eventbridge({"eventType": "Delivery", "mail": MAIL, "delivery": {}}, "Email Delivered"),
        by_eventbridge({"data": {}, "version": "1.0.0"}, "Advisor Recommendation Status Open"),
    ],
    ids=["delivery", "test of the topic", "subscription", "delivery by EventBridge", "advice"],
)
def test_what_says_nothing_of_an_address_changes_nothing(ctx: Context, said: Any) -> None:
    assert happens(ctx, said) == []
    assert [*ctx.store.every("", NOW)] == []


@pytest.mark.parametrize(
    "body",
    [
        "", "no JSON", "[]", "{}", "null", '{"eventType": 5}', "[" * 100_000,
        json.dumps({"eventType": "Bounce"}),
        json.dumps({"eventType": "Bounce", "mail": MAIL, "bounce": {"bounceType": "Permanent"}}),
        json.dumps(bounce(address="Ada Lovelace")),
        json.dumps({"Type": "Notification", "Message": "no JSON"}),
        json.dumps(by_eventbridge({"eventType": "Bounce"})),
        json.dumps({**by_eventbridge(bounce()), "source": "somebody.else"}),
    ],
)  # fmt: skip
def test_what_is_no_notification_is_refused_and_repeats_nothing(sample_site: Site, body: str) -> None:
    ctx = Context(None, sample_site.catalog, KEYS)  # type: ignore[arg-type]
    with pytest.raises(FeedbackError) as told:
        feedback.reports(ctx, body)
    assert "@" not in str(told.value)
    assert "Ada" not in str(told.value)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(), st.sampled_from(["Bounce", "Complaint", "Permanent", ADA])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["eventType", "mail", "bounce", "complaint", "bounceType", "bouncedRecipients", "complainedRecipients",
                 "emailAddress", "tags", "message", "messageId", "Type", "Message"]
            ),
            inner,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=VALUES)
def test_nothing_that_a_queue_can_hold_makes_it_fail_in_another_way(sample_site: Site, said: Any) -> None:
    ctx = Context(None, sample_site.catalog, KEYS)  # type: ignore[arg-type]
    with suppress(FeedbackError):
        assert all(isinstance(report, Report) for report in feedback.reports(ctx, json.dumps(said)))


def test_an_address_that_nobody_knows_is_kept_as_its_digest_alone(ctx: Context) -> None:
    happens(ctx, bounce())
    assert [item for item in ctx.store.every("", NOW) if "ada" in str(item)] == []
