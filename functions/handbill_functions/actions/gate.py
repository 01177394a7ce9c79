"""The gated words of an entry, for those who confirmed: behind a signed link, with the secrets of the day."""

from __future__ import annotations

from handbill_functions.actions import Call
from handbill_functions.catalog import pick
from handbill_functions.errors import NotInCatalog, TokenError, TokenExpired
from handbill_functions.links import entry_mark
from handbill_functions.model import INTENT, PROFILE, contact_pk
from handbill_functions.pages import page, say
from handbill_functions.tokens import Purpose
from handbill_functions.web import Response


def gate(call: Call) -> Response:
    """GET /gate/TOKEN."""
    ctx = call.ctx
    try:
        contact, mark = call.links.read(Purpose.GATE, call.token, call.now)
    except TokenExpired:
        return say(ctx, call.index, 410, "expired", call.first)
    except TokenError:
        return say(ctx, call.index, 404, "unknown", call.first)
    profile = ctx.store.get(contact_pk(contact), PROFILE, call.now)
    intents = ctx.store.query(contact_pk(contact), INTENT, call.now)
    mine = next((item for item in intents if entry_mark(item.sk.removeprefix(INTENT)) == mark), None)
    if mine is None or profile is None or not profile.data["verified"]:
        return say(ctx, call.index, 404, "unknown", call.first)
    lang, languages = mine.data["lang"], call.index["site"]["languages"]
    try:
        entry = ctx.catalog.entry(mine.sk.removeprefix(INTENT))
        words = ctx.catalog.gate(pick(entry["gate"], lang, languages))
    except NotInCatalog:
        return say(ctx, call.index, 404, "unknown", lang)
    values = {f"secret.{name}": value for name, value in ctx.secrets.items()}
    values["title"] = pick(entry["titles"], lang, languages)
    values["entry_url"] = pick(entry["urls"], lang, languages)
    name = mine.data["fields"].get("first_name", "")
    if name:
        values["first_name"] = name
    fragments = {"gate": {"html": words["html"], "text": words["text"]}}
    return page(ctx, call.index, 200, "gate", lang, values, fragments=fragments)  # type: ignore[arg-type]
