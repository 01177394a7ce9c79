"""The confirm e-mail once more, for who did not find it. The answer is the same for every address."""

from __future__ import annotations

from handbill_functions import contacts, limits
from handbill_functions.actions import Call
from handbill_functions.addresses import normal
from handbill_functions.errors import AddressError, TooMany
from handbill_functions.pages import say, static
from handbill_functions.web import BadRequest, Response, form_of, once, redirect, unsaid


def resend(call: Call) -> Response:
    """POST /resend with `email` and `lang`."""
    posted = once(form_of(call.request))
    if not posted.keys() <= {"email", "lang"}:
        raise BadRequest(400, "The form has a field that it did not ask for.")
    lang = posted.get("lang", call.first)
    lang = lang if lang in call.index["site"]["languages"] else call.first
    try:
        email = normal(posted.get("email", ""))
    except AddressError:
        raise BadRequest(400, "That is no address.") from None
    counted = limits.counters(
        call.ctx, call.now, call.limits, networks=call.networks, form="resend", origin_unsaid=unsaid(call.request)
    )
    try:
        contacts.ask_again(call.ctx, call.now, email=email, counters=counted)
    except TooMany:
        return say(call.ctx, call.index, 429, "later", lang, headers=[("Retry-After", "600")])
    return redirect(static(call.index, "check_inbox", lang))
