"""What somebody receives, in which language, and whether to rest for a while; their data, and having it erased.

The link is mailed, names the contact by an id, and works for a month: no account, no address in the URL.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from handbill_functions import contacts
from handbill_functions.actions import Call
from handbill_functions.contacts import Preferences
from handbill_functions.errors import TokenError, TokenExpired
from handbill_functions.model import DAY
from handbill_functions.pages import page, say
from handbill_functions.tokens import Purpose
from handbill_functions.web import BadRequest, Response, form_of, once

PAUSES = {"0": 0, "30": 30, "90": 90}
"""Days to rest, as the form posts them; empty keeps what was."""


def preferences(call: Call) -> Response:
    """GET and POST /preferences/TOKEN."""
    found = _who(call, Purpose.PREFERENCES)
    if isinstance(found, Response):
        return found
    contact, known = found
    saved = False
    if call.request.method == "POST":
        posted = form_of(call.request)
        if not posted.keys() <= {"topic", "language", "pause"}:
            raise BadRequest(400, "The form has a field that it did not ask for.")
        topics = posted.pop("topic", [])
        chosen = once(posted)
        lang, pause = chosen.get("language", known.lang), chosen.get("pause", "")
        languages = call.index["site"]["languages"]
        if lang not in languages or (pause and pause not in PAUSES) or not known.lists.keys() >= set(topics):
            raise BadRequest(400, "The form has a choice that it did not offer.")
        until = None if not pause else (call.now + PAUSES[pause] * DAY if PAUSES[pause] else 0)
        contacts.choose(call.ctx, call.now, contact, lists=topics, lang=lang, paused=until)
        known, saved = contacts.preferences(call.ctx, call.now, contact) or known, True
    return page(call.ctx, call.index, 200, "preferences", known.lang, _values(call, contact, known, saved=saved))


def _who(call: Call, purpose: Purpose) -> tuple[str, Preferences] | Response:
    try:
        contact, _ = call.links.read(purpose, call.token, call.now)
    except TokenExpired:
        return say(call.ctx, call.index, 410, "expired", call.first)
    except TokenError:
        return say(call.ctx, call.index, 404, "unknown", call.first)
    known = contacts.preferences(call.ctx, call.now, contact)
    return (contact, known) if known else say(call.ctx, call.index, 404, "unknown", call.first)


def _values(call: Call, contact: str, known: Preferences, *, saved: bool) -> dict[str, Any]:
    site = call.index["site"]
    names = site.get("language_names", {})
    values: dict[str, Any] = {
        "action_url": f"{call.links.base}/preferences/{call.token}",
        "leave_url": call.links.leave(contact),
        "export_url": call.links.export(contact, call.now),
        "erase_url": call.links.erase(contact, call.now),
        "email": known.email,
        "topics": [
            {"id": name, "name": site["name"] if name == "main" else name, **({"on": True} if on else {})}
            for name, on in sorted(known.lists.items())
        ],
    }  # fmt: skip
    if len(site["languages"]) > 1:
        values["languages"] = [
            {"code": code, "name": names.get(code, code), **({"on": True} if code == known.lang else {})}
            for code in site["languages"]
        ]
    if known.paused:
        values["paused"] = datetime.fromtimestamp(known.paused, UTC).strftime("%Y-%m-%d")
    if saved:
        values["saved"] = True
    return values


def export(call: Call) -> Response:
    """GET /export/TOKEN: all that is stored about one person, as a JSON file."""
    found = _who(call, Purpose.EXPORT)
    if isinstance(found, Response):
        return found
    from handbill_functions.people import everything_of  # what it imports for the operator, no other page needs

    data = json.dumps(everything_of(call.ctx, call.now, found[0]), ensure_ascii=False, indent=2).encode()
    return Response(
        200,
        (
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", 'attachment; filename="my-data.json"'),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Robots-Tag", "noindex"),
        ),
        data,
    )


def erase(call: Call) -> Response:
    """GET /erase/TOKEN asks once more; POST erases."""
    found = _who(call, Purpose.ERASE)
    if isinstance(found, Response):
        return found
    contact, known = found
    if call.request.method == "POST":
        contacts.erase(call.ctx, call.now, contact, method="form")
        return say(call.ctx, call.index, 200, "erased", known.lang)
    return say(call.ctx, call.index, 200, "erase", known.lang, button=(f"{call.links.base}/erase/{call.token}", ()))
