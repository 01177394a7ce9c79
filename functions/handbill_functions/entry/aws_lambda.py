"""No machine: AWS Lambda, one handler a concern.

    forms      a Function URL or an HTTP API (payload format 2.0): what visitors ask
    sender     a queue that is told of new messages, or a schedule: hands over what is due, until nothing is or the time
               is nearly over
    sweep      each minute: announces what changed, then does what the sender does, in case it was not told, and
               removes some of what has expired
    feedback   the queue of SES's bounces and complaints

A handler is named `handbill_functions.entry.aws_lambda.forms`. Settings come from the environment, and what they name
is opened at the first call that needs it and kept for those after it. A post from another site and a question for
health are answered before anything is loaded; a link that nobody signed before any store or catalog is, and where its
keys stand in the environment before botocore is.

What has expired is seen by no reading from that second on. The table's TTL removes it within days, and the sweep looks
through a page of the table each minute: a small table is purged within that minute, one of a million contacts within
two days, and both cost the same few cents.

Several senders at once send nothing twice, but each sends RATE a second: let one run at a time. Give sender and sweep a
time-out of a minute or more, and their queue at least six times that before it hands a message out again.
"""

from __future__ import annotations

import base64
import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from handbill_functions.logs import log_to_stderr as log
from handbill_functions.web import Request, Response, foreign, health, method_of, origin_of, text

if TYPE_CHECKING:
    from handbill_functions.app import App
    from handbill_functions.context import Keys
    from handbill_functions.settings import Settings
    from handbill_functions.wire import Wired

Event = dict[str, Any]

RESERVE = 15.0
"""Seconds before Lambda ends a call in which nothing new is begun."""
ONE_CLICK = "/unsubscribe/"
"""Posts to it come from mail programs, whose origin is their own (RFC 8058)."""


class Home(NamedTuple):
    """What is kept between calls."""

    settings: Settings
    wired: Wired
    app: App


@cache
def told() -> Settings:
    """The settings, the same each time. Raises SettingsError; then the next call tries again."""
    from handbill_functions.settings import read

    return read(os.environ)


@cache
def home() -> Home:
    """Everything opened, the same each time. Raises FunctionsError; then the next call tries again."""
    from handbill_functions.app import App
    from handbill_functions.ports import SystemClock
    from handbill_functions.wire import wire

    settings = told()
    wired = wire(settings)
    return Home(settings, wired, App(wired.ctx, SystemClock(), log, trusted_hops=settings.trusted_hops))


# ---- forms


def forms(event: Event, context: Any) -> Event:
    """One request of a visitor."""
    request = request_of(event)
    if request is None:
        return answer_of(text(400, "That request cannot be read."))
    response = health(request) or _refused(request)
    if response is None:
        from handbill_functions.errors import FunctionsError

        try:
            response = _unsigned(request, told().keys) or home().app.handle(request)
        except FunctionsError as error:
            log({"event": "start", "fault": str(error), "request": request.id})
            return answer_of(text(503, "This site cannot take sign-ups just now. Please try again in a few minutes."))
    return answer_of(response)


def _refused(request: Request) -> Response | None:
    """The answer to a post of another site, where the settings say which site this is; else the App finds it out."""
    site = os.environ.get("HANDBILL_RUN_SITE", "")
    ours = frozenset(origin_of(each.strip()) for each in site.split(",") if each.strip())
    if not ours or request.method != "POST" or ONE_CLICK in request.path or not foreign(request, ours):
        return None
    log({"event": "request", "route": "", "method": "POST", "status": 403, "request": request.id})
    return text(403, "This form was sent from another site, so nothing was saved. Please use the form on our own page.")


def _unsigned(request: Request, keys: Keys) -> Response | None:
    """The answer to a link whose token is none of ours; one whose time is over is the App's to explain."""
    from handbill_functions.links import forged

    word = forged(request.path, keys)
    if not word:
        return None
    log({"event": "request", "route": word, "method": method_of(request), "status": 404, "request": request.id})
    words = "This link does not work. It may have been cut off: please open it from the e-mail once more."
    return text(404, "" if request.method == "HEAD" else words)


def request_of(event: Event) -> Request | None:
    """The Request of an event in payload format 2.0; None where its body is not what it says. Cookies are not looked
    at: the functions set none."""
    about = event["requestContext"]
    body = event.get("body") or ""
    try:
        data = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except ValueError:  # no base64, or a half of a character
        return None
    path = event.get("rawPath") or "/"
    stage = about.get("stage", "$default")
    if stage != "$default":  # an HTTP API puts the name of its stage in front
        path = path.removeprefix(f"/{stage}") or "/"
    return Request(
        method=about["http"]["method"],
        path=path,
        query=event.get("rawQueryString") or "",
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=data,
        peer=about["http"].get("sourceIp", ""),
        id=about.get("requestId", ""),
    )


def answer_of(response: Response) -> Event:
    """The answer in payload format 2.0. Its length is AWS's to say."""
    headers = {name.lower(): value for name, value in response.headers if name.lower() != "content-length"}
    try:
        body, encoded = response.body.decode("utf-8"), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(response.body).decode("ascii"), True
    return {"statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": encoded}


# ---- the work beside


def sender(event: Event, context: Any) -> Event:
    """Hands over what is due. Messages of a queue only say that something is: where the store or the settings fail,
    all of them come again."""
    from handbill_functions.errors import FunctionsError

    try:
        _deliver(context)
    except FunctionsError as error:
        if "Records" not in event:
            raise
        log({"event": "sender", "fault": str(error)})
        return _failures([record["messageId"] for record in event["Records"]])
    return _failures([])


def sweep(event: Event, context: Any) -> Event:
    """What is due each minute. A call that fails raises, so that its alarm rings; the next minute goes on."""
    from handbill_functions.ports import SystemClock
    from handbill_functions.sweep import announce, purge

    ctx, clock = home().wired.ctx, SystemClock()
    queued = announce(ctx, clock.now())
    _deliver(context)
    gone = purge(ctx, clock.now(), steps=1)
    if queued or gone:
        log({"event": "sweep", "announced": queued, "purged": gone})
    return {"announced": queued, "purged": gone}


def _deliver(context: Any) -> None:
    from handbill_functions.entry.work import deliver_all
    from handbill_functions.ports import SystemClock

    def left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000 - RESERVE

    deliver_all(home().wired, home().settings, SystemClock(), log, left)


def feedback(event: Event, context: Any) -> Event:
    """Notifications of SES. One that is not understood, or cannot be stored now, comes again alone, and after a few
    times it waits in the queue of the dead for the operator."""
    from handbill_functions.feedback import reports, take
    from handbill_functions.ports import SystemClock

    ctx, now = home().wired.ctx, SystemClock().now()
    failed = []
    for record in event["Records"]:
        try:
            for report in reports(ctx, record["body"]):
                take(ctx, now, report)
                log({"event": "feedback", "what": report.what, "message": report.reference})
        except Exception as error:  # whatever it is, the others are not to wait for it
            log({"event": "feedback", "fault": type(error).__name__, "record": record["messageId"]})
            failed.append(record["messageId"])
    return _failures(failed)


def _failures(ids: list[str]) -> Event:
    """What a queue takes back. An answer of another shape would count as success for all."""
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}
