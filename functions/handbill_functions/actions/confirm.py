"""The link of the confirm e-mail. Opening it changes nothing, since scanners open links too; the button confirms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handbill_functions import contacts
from handbill_functions.actions import Call
from handbill_functions.catalog import pick
from handbill_functions.errors import NoSuchRequest, NotInCatalog, TokenError, TokenExpired
from handbill_functions.model import REQUEST, contact_pk
from handbill_functions.pages import page, say
from handbill_functions.tokens import Purpose
from handbill_functions.web import Response


def confirm(call: Call) -> Response:
    """GET and POST /confirm/TOKEN."""
    try:
        contact, request = call.links.read(Purpose.CONFIRM, call.token, call.now)
    except TokenExpired:
        return say(call.ctx, call.index, 410, "expired", call.first)
    except TokenError:
        return say(call.ctx, call.index, 404, "unknown", call.first)
    if call.request.method == "POST":
        try:
            done = contacts.confirm(call.ctx, call.now, contact, request.hex())
        except NoSuchRequest:
            return say(call.ctx, call.index, 410, "expired", call.first)
        lang = done.request["lang"]
        key, thanks = ("already", "") if done.again else ("confirmed", _thanks(call, done))
        return say(call.ctx, call.index, 200, key, lang, link=_back(call, done), also=thanks)
    asked = call.ctx.store.get(contact_pk(contact), REQUEST + request.hex(), call.now)
    if asked is None:
        return say(call.ctx, call.index, 410, "expired", call.first)
    data = asked.data
    if "confirmed" in data:
        return say(call.ctx, call.index, 200, "already", data["lang"])
    values = {"action_url": call.links.base + f"/confirm/{call.token}", "email": data["email"]}
    wording = call.ctx.catalog.wording(data["wording"])
    texts = [{"text": wording["purposes"][each]} for each in data["purposes"] if each in wording["purposes"]]
    title = _title(call, data["entry"], data["lang"])
    more = {"title": title} if title else {}
    answers = _answers(call, data)
    return page(
        call.ctx, call.index, 200, "confirm", data["lang"], {**values, **more, "answers": answers, "purposes": texts}
    )


def _answers(call: Call, data: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the form was told beside the address, in the form's words where it still has them: whoever typed it may not
    be who reads this."""
    answered: Mapping[str, str] = data["fields"]
    try:
        form = call.ctx.catalog.entry(data["entry"])["form"]
    except NotInCatalog:
        form = None
    asked = {field["name"]: field for field in form["fields"]} if form is not None else {}
    lines = []
    for name, value in answered.items():
        if (field := asked.get(name)) is None:
            lines.append({"label": name, "value": value})
            continue
        label = pick(field["label"], data["lang"], list(field["label"]))
        said = field.get("labels", {}).get(value, {}).get(data["lang"], value)
        lines.append({"label": label} if field["type"] == "checkbox" else {"label": label, "value": said})
    return lines


def _title(call: Call, entry: str, lang: str) -> str:
    if entry == "site":
        return ""
    try:
        return pick(call.ctx.catalog.entry(entry)["titles"], lang, call.index["site"]["languages"])
    except NotInCatalog:
        return ""


def _thanks(call: Call, done: contacts.Confirmed) -> str:
    """What the author says to those who signed up, where that is still to be said."""
    try:
        form = call.ctx.catalog.entry(done.request["entry"])["form"]
        said = form.get("thanks", {}) if form is not None else {}
        return pick(said, done.request["lang"], call.index["site"]["languages"])
    except NotInCatalog:
        return ""


def _back(call: Call, done: contacts.Confirmed) -> tuple[str, str] | None:
    """Where to go on from: the page of what was asked for."""
    entry, lang = done.request["entry"], done.request["lang"]
    title = _title(call, entry, lang)
    if not title:
        return None
    return pick(call.ctx.catalog.entry(entry)["urls"], lang, call.index["site"]["languages"]), title
