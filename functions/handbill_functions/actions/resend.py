"""The confirm e-mail once more, for who did not find it. The answer is the same for every address."""

from __future__ import annotations

from handbill_functions import contacts, limits
from handbill_functions.actions import ADDRESS_WORDS, HONEYPOT, Call, shown
from handbill_functions.addresses import normal
from handbill_functions.errors import AddressError, TooMany
from handbill_functions.pages import page, say, static, words
from handbill_functions.web import BadRequest, Response, form_of, lang_of, once, redirect, unsaid


def resend(call: Call) -> Response:
    """GET /resend shows a form; POST with `email` and `lang`."""
    lang = lang_of(call.request, call.index["site"]["languages"])
    if call.request.method != "POST":
        return _form(call, lang)
    posted = once(form_of(call.request))
    if not posted.keys() <= {"email", "lang", HONEYPOT}:
        raise BadRequest(400, "The form has a field that it did not ask for.")
    sent = redirect(static(call.index, "check_inbox", lang))
    if posted.get(HONEYPOT):
        return sent
    try:
        email = normal(posted.get("email", ""))
    except AddressError as error:
        return _form(call, lang, typed=posted.get("email", ""), wrong=ADDRESS_WORDS[error.reason])
    counted = limits.counters(
        call.ctx, call.now, call.limits, networks=call.networks, form="resend", origin_unsaid=unsaid(call.request)
    )
    try:
        contacts.ask_again(call.ctx, call.now, email=email, counters=counted)
    except TooMany:
        return say(call.ctx, call.index, 429, "later", lang, headers=[("Retry-After", "600")])
    return sent


def _form(call: Call, lang: str, *, typed: str = "", wrong: str = "") -> Response:
    said = words(call.index, lang)
    error = said[wrong] if wrong else ""
    values = {
        "action_url": f"{call.links.base}/resend", "heading": said["answer.say.resend.title"],
        "about": said["answer.say.resend.text"], "errors": [{"text": error}] if error else [], "email": shown(typed),
        "fields": [], "consents": [], "hidden": [{"name": "lang", "value": lang}], "honeypot": HONEYPOT,
        "button": said["answer.say.resend.button"], **({"email_error": error} if error else {}),
    }  # fmt: skip
    return page(call.ctx, call.index, 422 if error else 200, "form", lang, values)
