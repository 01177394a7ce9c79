"""No machine: the Lambda handlers, run by AWS's own runtime, over DynamoDB Local and a server that speaks as S3, SES
and SSM do."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Site
from dynamodb_local import CREDENTIALS, Local, client_at
from handbill_functions.context import Context, Keys
from handbill_functions.entry.aws_lambda import answer_of, request_of
from handbill_functions.links import Links
from handbill_functions.model import MESSAGE, SUPPRESSED, message_pk, suppressed_pk
from handbill_functions.ports import put
from handbill_functions.stores.dynamodb import DynamoStore
from handbill_functions.web import Response
from lambda_runtime import Failed, Lambda, running

HANDLERS = "handbill_functions.entry.aws_lambda"
HOME = "https://casalume.example"
ADA = "ada@example.org"
KEY = bytes.fromhex("ab" * 32)
KEYS = Keys(contact=KEY, ledger=KEY, leave=(KEY,), links=(KEY,))


def event(method: str, path: str, body: str | bytes = "", **headers: str) -> dict[str, Any]:
    """As a Function URL sends it."""
    raw = body if isinstance(body, bytes) else body.encode()
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "cookies": ["theirs=1"],
        "headers": {"content-type": "application/x-www-form-urlencoded", "host": "x.lambda-url.eu-west-1.on.aws"}
        | headers,
        "requestContext": {
            "accountId": "anonymous",
            "requestId": "5b1d6f3a-1",
            "stage": "$default",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.7"},
        },
        "body": base64.b64encode(raw).decode() if raw else None,
        "isBase64Encoded": bool(raw),
    }


def records(*bodies: str) -> dict[str, Any]:
    """As a queue sends them."""
    return {
        "Records": [
            {"messageId": f"id-{number}", "receiptHandle": "x", "body": body, "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }


SCHEDULED = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": {}}


class Cloud:
    """All that a site has there, and its functions."""

    def __init__(self, site: Site, dynamodb: Local, aws_server: str, bucket: str, stack: ExitStack) -> None:
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.ses.models import ses_backends

        self.site, self._stack = site, stack
        table = dynamodb.table()
        self.ctx = Context(DynamoStore(table, dynamodb.client), site.catalog, KEYS)
        client_at(aws_server, "sesv2").create_email_identity(EmailIdentity="casalume.example")
        client_at(aws_server, "ssm").put_parameter(
            Name="/handbill/contact", Value=KEY.hex(), Type="SecureString", Overwrite=True
        )
        self._sent = ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].sent_messages
        self._sent.clear()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": aws_server,
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.endpoint,
            "HANDBILL_RUN_CATALOG": f"s3://{bucket}/site",
            "HANDBILL_RUN_STORE": f"dynamodb:{table}",
            "HANDBILL_RUN_MAIL": "ses:eu-west-1",
            "HANDBILL_RUN_SITE": HOME,
            "HANDBILL_RUN_CONTACT_KEY": "secret:ssm:/handbill/contact",
            **{f"HANDBILL_RUN_{name}": KEY.hex() for name in ("LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS")},
            "HANDBILL_RUN_SECRET_DOOR_CODE": "4711",
            "HANDBILL_RUN_SECRET_STREAM_URL": "https://stream.example/",
        }

    def function(self, handler: str, **environ: str) -> Lambda:
        return self._stack.enter_context(running(f"{HANDLERS}.{handler}", {**self.environ, **environ}))

    def mails(self) -> list[str]:
        """The text of each message that SES took."""
        raw = [message.raw_data for message in self._sent]
        return [re.sub(r"=\r?\n", "", each).replace("=3D", "=") for each in raw]

    def form(self, **more: str) -> str:
        form = self.site.catalog.entry("events/salon-to-stream")["form"]
        assert form is not None
        fields = {
            "email": ADA, "form": "events/salon-to-stream", "intent": "event", "lang": "en",
            "wording": form["wordings"]["en"], "consent_marketing": "yes", **more,
        }  # fmt: skip
        return urlencode(fields)


@pytest.fixture
def cloud(sample_site: Site, dynamodb: Local, aws_server: str, bucket: str) -> Iterator[Cloud]:
    with ExitStack() as stack:
        yield Cloud(sample_site, dynamodb, aws_server, bucket, stack)


# ---- a person, from the form to leaving


def test_a_sign_up_from_the_form_to_the_welcome_and_out_again(cloud: Cloud) -> None:
    forms, sender, sweep = cloud.function("forms"), cloud.function("sender"), cloud.function("sweep")
    taken = forms.call(event("POST", "/api/subscribe", cloud.form(), origin=HOME))
    assert (taken["statusCode"], taken["headers"]["location"]) == (303, f"{HOME}/check-inbox/")
    assert sender.call(records("{}", "{}")) == {"batchItemFailures": []}
    link = re.search(rf"{HOME}(/api/confirm/[\w-]+)", cloud.mails()[0])
    assert link is not None
    page = forms.call(event("GET", link[1]))
    assert page["statusCode"] == 200
    assert "<form" in page["body"]
    assert forms.call(event("POST", link[1], "", origin=HOME))["statusCode"] in (200, 303)
    assert sweep.call(SCHEDULED) == {"announced": 0, "purged": 0}
    assert "4711" in cloud.mails()[1]
    leave = re.search(rf"{HOME}(/api/unsubscribe/[\w-]+)", cloud.mails()[1])
    assert leave is not None
    out = forms.call(event("POST", leave[1], "List-Unsubscribe=One-Click", origin="https://mail.example"))
    assert out["statusCode"] == 200
    assert len(cloud.mails()) == 2
    contact = cloud.ctx.contact_of(ADA)
    ledger = [item.data["action"] for item in cloud.ctx.store.query(f"C#{contact}", "LEDGER#", 0)]
    assert ledger[-2:] == ["withdrawn", "suppressed"]
    for function in (forms, sender, sweep):
        assert ADA not in function.said
        assert leave[1] not in function.said
    assert [line["event"] for line in sender.log] == ["message"]


def test_the_sweep_removes_what_has_expired_though_the_table_had_not_yet(cloud: Cloud) -> None:
    long_ago = 1_795_000_000 - 900 * 86_400
    cloud.ctx.store.transact([put(None, "C#x", "REQUEST#1", {"email": ADA}, expires=long_ago + 1)], long_ago)
    cloud.ctx.store.transact([put(None, "C#x", "PROFILE", {"email": ADA})], long_ago)
    assert cloud.function("sweep").call(SCHEDULED) == {"announced": 0, "purged": 1}
    assert [item.sk for item in cloud.ctx.store.every("C#", long_ago)] == ["PROFILE"]


def test_a_form_with_an_error_is_shown_again_as_a_page(cloud: Cloud) -> None:
    shown = cloud.function("forms").call(event("POST", "/api/subscribe", cloud.form(email="ada"), origin=HOME))
    assert shown["statusCode"] == 422
    assert shown["headers"]["content-type"].startswith("text/html")
    assert "<html" in shown["body"]
    assert "content-length" not in shown["headers"]


def test_a_site_that_names_no_home_still_refuses_a_foreign_post(cloud: Cloud) -> None:
    forms = cloud.function("forms", HANDBILL_RUN_SITE="")
    assert forms.call(event("POST", "/api/subscribe", cloud.form(), origin="https://evil.example"))["statusCode"] == 403


# ---- before anything is loaded


def test_health_and_a_foreign_post_are_answered_with_no_settings_at_all(cloud: Cloud) -> None:
    with running(f"{HANDLERS}.forms", {**os.environ, "HANDBILL_RUN_SITE": f"https://other.example, {HOME}/"}) as forms:
        assert forms.call(event("GET", "/api/health"))["body"] == '{"status":"ok"}'
        refused = forms.call(event("POST", "/api/subscribe", cloud.form(), origin="https://evil.example"))
        assert refused["statusCode"] == 403
        assert "nothing was saved" in refused["body"]
        assert forms.call(event("POST", "/api/subscribe", cloud.form(), origin=HOME))["statusCode"] == 503
        assert [line["event"] for line in forms.log] == ["request", "start"]
        assert "HANDBILL_RUN_CONTACT_KEY is not set" in forms.log[1]["fault"]


def test_the_first_answer_imports_the_standard_library_and_next_to_nothing_of_ours() -> None:
    words = f"""
import sys
before = set(sys.modules)
from {HANDLERS} import forms
for method, path, origin in (("GET", "/api/health", ""), ("POST", "/api/subscribe", "https://evil.example")):
    about = {{"http": {{"method": method, "sourceIp": "198.51.100.7"}}, "requestId": "r", "stage": "$default"}}
    print(forms({{"rawPath": path, "headers": {{"origin": origin}}, "requestContext": about}}, None)["statusCode"])
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True,
        env={**os.environ, "HANDBILL_RUN_SITE": HOME},
    ).stdout.split()  # fmt: skip
    assert done[:2] == ["200", "403"]
    roots = {name.partition(".")[0] for name in done[2:]}
    assert roots - sys.stdlib_module_names == {"handbill_functions"}
    ours = {name.removeprefix("handbill_functions.") for name in done[2:] if name.startswith("handbill_functions.")}
    assert ours == {"entry", "entry.aws_lambda", "errors", "logs", "web"}
    assert not {"http", "ssl", "asyncio", "socket", "email"} & roots


def test_a_link_that_nobody_signed_is_refused_before_any_catalog_store_or_library_of_theirs() -> None:
    words = f"""
import sys
from {HANDLERS} import forms
for word in ("confirm", "unsubscribe", "preferences", "gate", "export", "erase"):
    for method in ("GET", "POST"):
        about = {{"http": {{"method": method, "sourceIp": "198.51.100.7"}}, "requestId": "r", "stage": "$default"}}
        said = forms({{"rawPath": f"/api/{{word}}/{"A" * 60}", "requestContext": about}}, None)
        print(said["statusCode"], len(said["headers"]), "location" in said["headers"], said["body"][:14])
print(*{{name.partition(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names), sep="\\n", file=sys.stderr)
"""
    keys = {f"HANDBILL_RUN_{name}": KEY.hex() for name in ("CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS")}
    places = {"STORE": "dynamodb:nowhere", "CATALOG": "s3://nowhere/site", "MAIL": "ses:eu-west-1", "SITE": HOME}
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True,
        env={**os.environ, **keys, **{f"HANDBILL_RUN_{name}": value for name, value in places.items()}},
    )  # fmt: skip
    assert set(done.stdout.splitlines()) == {"404 3 False This link does"}
    assert "handbill_functions" in done.stderr.split()
    assert not {"boto3", "botocore"} & set(done.stderr.split())
    assert "AAAA" not in done.stderr


def test_a_link_of_ours_whose_time_is_over_is_explained_by_the_sites_own_page(cloud: Cloud) -> None:
    old = Links(f"{HOME}/api", KEYS).confirm("a" * 32, "b" * 32, 1)
    shown = cloud.function("forms").call(event("GET", old.removeprefix(HOME)))
    assert shown["statusCode"] == 410
    assert "<html" in shown["body"]


# ---- what goes wrong


def test_a_call_that_fails_is_told_to_lambda_and_the_next_one_works(cloud: Cloud, dynamodb: Local) -> None:
    sweep = cloud.function("sweep", HANDBILL_RUN_STORE="dynamodb:comes-later")
    failed = sweep.call(SCHEDULED)
    assert failed == Failed("Unavailable", "DynamoDB refused: ResourceNotFoundException.")
    from handbill_functions.stores.dynamodb import create_table

    create_table(dynamodb.client, "comes-later", ttl=False)
    assert sweep.call(SCHEDULED) == {"announced": 0, "purged": 0}
    dynamodb.client.delete_table(TableName="comes-later")


def test_a_handler_that_is_not_there_is_told_before_any_call() -> None:
    with running(f"{HANDLERS}.nothing", dict(os.environ)) as wrong:
        assert wrong.answer("init").type == "Runtime.HandlerNotFound"
    with running("handbill_functions.entry.nowhere.forms", dict(os.environ)) as wrong:
        assert wrong.answer("init").type == "Runtime.ImportModuleError"


def test_a_queue_gets_all_back_while_the_store_is_away_and_a_schedule_an_error(cloud: Cloud) -> None:
    sender = cloud.function("sender", HANDBILL_RUN_STORE="dynamodb:nowhere")
    assert sender.call(records("{}", "{}")) == {
        "batchItemFailures": [{"itemIdentifier": "id-0"}, {"itemIdentifier": "id-1"}]
    }
    assert sender.call(SCHEDULED).type == "Unavailable"


def test_a_sender_whose_time_is_nearly_over_begins_nothing(cloud: Cloud) -> None:
    forms, sender = cloud.function("forms"), cloud.function("sender")
    forms.call(event("POST", "/api/subscribe", cloud.form(), origin=HOME))
    sender.timeout = 14
    assert sender.call(SCHEDULED) == {"batchItemFailures": []}
    assert cloud.mails() == []
    sender.timeout = 30
    sender.call(SCHEDULED)
    assert len(cloud.mails()) == 1


def test_a_sender_goes_on_until_nothing_is_due_and_keeps_to_its_rate(cloud: Cloud) -> None:
    forms = cloud.function("forms")
    for number in range(5):
        forms.call(event("POST", "/api/subscribe", cloud.form(email=f"p{number}@example.org"), origin=HOME))
    sender = cloud.function("sender", HANDBILL_RUN_RATE="2")
    sender.call(SCHEDULED)
    assert len(cloud.mails()) == 5


# ---- what SES says


def bounce(address: str, message: str) -> str:
    said = {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}]},
        "mail": {"messageId": "0102", "tags": {"message": [message]}},
    }
    return json.dumps({"Type": "Notification", "Message": json.dumps(said)})


def test_of_a_batch_of_notifications_only_what_is_malformed_comes_again(cloud: Cloud) -> None:
    feedback = cloud.function("feedback")
    batch = records(bounce(ADA, "a" * 32), "garbage of ada@example.org", bounce("bob@example.org", "b" * 32), "{}")
    expected = {"batchItemFailures": [{"itemIdentifier": "id-1"}, {"itemIdentifier": "id-3"}]}
    assert feedback.call(batch) == expected
    assert feedback.call(batch) == expected
    for address in (ADA, "bob@example.org"):
        found = cloud.ctx.store.get(suppressed_pk(cloud.ctx.contact_of(address)), SUPPRESSED, 0)
        assert found is not None
        assert found.data["reason"] == "bounced"
    assert "@" not in feedback.said
    assert [line.get("what") or line["fault"] for line in feedback.log[:4]] == [
        "bounced", "FeedbackError", "bounced", "FeedbackError",
    ]  # fmt: skip


def test_whoever_bounced_gets_no_message_that_still_waits(cloud: Cloud) -> None:
    forms, sender, feedback = cloud.function("forms"), cloud.function("sender"), cloud.function("feedback")
    forms.call(event("POST", "/api/subscribe", cloud.form(), origin=HOME))
    feedback.call(records(bounce(ADA, "a" * 32)))
    sender.call(SCHEDULED)
    assert cloud.mails() == []
    rows = [item.data["state"] for item in cloud.ctx.store.every(message_pk(""), 0) if item.sk == MESSAGE]
    assert rows == ["dropped"]


# ---- the operator


def test_the_commands_of_the_operator_work_on_it_too(cloud: Cloud) -> None:
    def types(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "handbill", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=cloud.environ)

    forms = cloud.function("forms")
    forms.call(event("POST", "/api/subscribe", cloud.form(), origin=HOME))
    waiting = types("outbox", "list")
    assert waiting.returncode == 0, waiting.stderr
    assert "confirm" in waiting.stdout
    found = [finding["what"] for finding in json.loads(types("doctor", "--json").stdout)]
    assert "The table's TTL is not on for expires: what has expired would stay for ever." in found
    assert "The database answers." in found


# ---- events and answers


def test_an_event_is_a_request_with_the_address_of_who_is_connected() -> None:
    request = request_of(event("POST", "/api/subscribe", b"a=\xc3\xa9", Origin=HOME))
    assert request is not None
    assert (request.method, request.path, request.body, request.peer) == (
        "POST", "/api/subscribe", b"a=\xc3\xa9", "198.51.100.7",
    )  # fmt: skip
    assert request.headers["origin"] == HOME
    assert "theirs" not in str(request)


def test_a_body_of_plain_text_is_its_utf_8() -> None:
    plain = {**event("POST", "/api/subscribe"), "body": "a=é", "isBase64Encoded": False}
    request = request_of(plain)
    assert request is not None
    assert request.body == "a=é".encode()


def test_the_stage_of_an_http_api_is_no_part_of_the_path() -> None:
    made = event("GET", "/live/api/health")
    made["requestContext"]["stage"] = "live"
    request = request_of(made)
    assert request is not None
    assert request.path == "/api/health"


@pytest.mark.parametrize(("body", "encoded"), [("no base64!", True), ("\ud800", False)])
def test_a_body_that_is_not_what_it_says_cannot_be_read(body: str, encoded: bool) -> None:
    assert request_of({**event("POST", "/api/subscribe"), "body": body, "isBase64Encoded": encoded}) is None


@pytest.mark.parametrize(("body", "said", "encoded"), [("é".encode(), "é", False), (b"\xff", "/w==", True)])
def test_an_answer_that_is_no_text_goes_as_base64(body: bytes, said: str, encoded: bool) -> None:
    made = answer_of(Response(200, (("Content-Type", "x"), ("Content-Length", "1")), body))
    assert made == {"statusCode": 200, "headers": {"content-type": "x"}, "body": said, "isBase64Encoded": encoded}
