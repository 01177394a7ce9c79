"""The way out: a page with one button, and one click of a mail program (RFC 8058). No login, no question, for ever."""

from __future__ import annotations

from handbill_functions import contacts
from handbill_functions.actions import Call
from handbill_functions.errors import TokenError
from handbill_functions.pages import page, say, static
from handbill_functions.tokens import Purpose
from handbill_functions.web import Response, form_of, redirect, text


def leave(call: Call) -> Response:
    """GET and POST /unsubscribe/TOKEN. A one-click post is answered here, with no redirect (RFC 8058, 3.2)."""
    try:
        contact, named = call.links.read(Purpose.LEAVE, call.token, call.now)
    except TokenError:
        return say(call.ctx, call.index, 404, "unknown", call.first)
    known = contacts.preferences(call.ctx, call.now, contact)
    lang = known.lang if known else call.first
    if call.request.method == "POST":
        one_click = form_of(call.request).get("List-Unsubscribe") == ["One-Click"]
        method = "one-click" if one_click else "button"
        contacts.leave(call.ctx, call.now, contact, list=named.decode("utf-8", "replace") or None, method=method)
        return text(200, "You have left the list.") if one_click else redirect(static(call.index, "left", lang))
    if known is None:
        return say(call.ctx, call.index, 200, "left", lang)
    values = {
        "action_url": f"{call.links.base}/unsubscribe/{call.token}",
        "email": known.email,
        "preferences_url": call.links.preferences(contact, call.now),
    }
    return page(call.ctx, call.index, 200, "unsubscribe", lang, values)
