"""A sign-up: the form that stands on every page. The answer is the same bytes for every address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from handbill_functions import contacts, limits
from handbill_functions.actions import ADDRESS_WORDS, HONEYPOT, LONGEST, Call, shown
from handbill_functions.addresses import normal
from handbill_functions.catalog import EntryFile, Form, FormField, Wording, pick
from handbill_functions.errors import AddressError, NotInCatalog, TokenError, TooMany
from handbill_functions.pages import page, say, static, words
from handbill_functions.tokens import Purpose, read, sign
from handbill_functions.web import BadRequest, Response, form_of, once, redirect, unsaid

CONSENT = "consent_"
KNOWN = frozenset({"email", "form", "lang", "intent", "wording", "press", HONEYPOT})
HIDDEN = ("form", "intent", "lang", "wording")
PRESS_LIVES = 900


def subscribe(call: Call) -> Response:
    """POST /subscribe. 303 to a static page when it was taken, 422 with the form when something needs mending."""
    posted = once(form_of(call.request))
    lang = posted.get("lang", call.first)
    try:
        entry = call.ctx.catalog.entry(posted.get("form", ""))
        wording = call.ctx.catalog.wording(posted.get("wording", ""))
    except NotInCatalog:
        raise BadRequest(400, "The form is not one of this site's.") from None
    form = entry["form"]
    if form is None or lang not in call.index["site"]["languages"]:
        raise BadRequest(400, "The form is not one of this site's.")
    _refuse_strangers(posted, form)
    thanks = redirect(static(call.index, "check_inbox", lang))
    if posted.get(HONEYPOT):
        return thanks
    fields, wrong = _validated(posted, form, lang, words(call.index, lang))
    email = ""
    try:
        email = normal(posted.get("email", ""))
    except AddressError as error:
        wrong["email"] = words(call.index, lang)[ADDRESS_WORDS[error.reason]]
    purposes = [each for each in form["purposes"] if posted.get(CONSENT + each)]
    if not wording["purposes"].keys() >= set(purposes):
        raise BadRequest(400, "The form did not show what was agreed to.")
    if form["intent"] == "newsletter" and form["purposes"] and not purposes:
        wrong["consent"] = words(call.index, lang)["answer.error.consent"]
    if wrong:
        return _again(call, entry, form, wording, posted, wrong, lang)
    if not limits.calm(call.ctx, call.now, call.limits) and not _pressed(call, posted):
        return _one_more_button(call, posted, lang)
    intent = "waitlist" if posted.get("intent") == "waitlist" else form["intent"]
    counted = limits.counters(
        call.ctx, call.now, call.limits, networks=call.networks, form=entry["id"], origin_unsaid=unsaid(call.request)
    )
    try:
        contacts.ask(
            call.ctx, call.now, email=email, lang=lang, entry=entry, intent=intent, list=form["list"],
            purposes=purposes, fields=fields, wording=posted["wording"], counters=counted,
        )  # fmt: skip
    except TooMany:
        return say(call.ctx, call.index, 429, "later", lang, headers=[("Retry-After", "600")])
    return thanks


def _refuse_strangers(posted: Mapping[str, str], form: Form) -> None:
    known = KNOWN | {each["name"] for each in form["fields"]} | {CONSENT + each for each in form["purposes"]}
    if not posted.keys() <= known:
        raise BadRequest(400, "The form has a field that it did not ask for.")


def _validated(
    posted: Mapping[str, str], form: Form, lang: str, said: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(answers, what is wrong) by name of the field."""
    answers: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field in form["fields"]:
        name = field["name"]
        value = posted.get(name, "").strip()
        label = pick(field["label"], lang, list(field["label"]))
        mistake = _mistake(field, value)
        if mistake:
            wrong[name] = said[f"answer.error.{mistake}"].replace("{label}", label)
        elif value:
            answers[name] = value
    return answers, wrong


def _mistake(field: FormField, value: str) -> str:
    """The name of what is wrong with an answer, or empty."""
    if not value:
        return "missing" if field["required"] else ""
    if len(value) > LONGEST:
        return "too_long"
    if field["type"] == "select" and value not in field["options"]:
        return "choice"
    if field["type"] == "checkbox" and value != "yes":
        return "choice"
    if field["type"] == "number" and not re.fullmatch(r"-?[0-9]{1,12}([.,][0-9]{1,6})?", value):
        return "choice"
    if any(not c.isprintable() for c in value):
        return "choice"
    return ""


def _again(
    call: Call, entry: EntryFile, form: Form, wording: Wording, posted: Mapping[str, str], wrong: Mapping[str, str],
    lang: str,
) -> Response:  # fmt: skip
    """The form once more, with what was typed and what is wrong beside each field."""
    values: dict[str, Any] = {
        "action_url": f"{call.links.base}/subscribe",
        "errors": [{"text": said} for said in wrong.values()],
        "email": shown(posted.get("email", "")),
        "fields": [_field(each, posted, wrong, lang) for each in form["fields"]],
        "consents": [
            {"name": CONSENT + each, "text": wording["purposes"][each], **_on(posted.get(CONSENT + each))}
            for each in form["purposes"]
            if each in wording["purposes"]
        ],
        "hidden": [{"name": name, "value": shown(posted[name])} for name in HIDDEN if name in posted],
        "honeypot": HONEYPOT,
        "button": wording["button"],
    }
    if entry["kind"] != "site":
        values["title"] = pick(entry["titles"], lang, call.index["site"]["languages"])
    if "email" in wrong:
        values["email_error"] = wrong["email"]
    if "consent" in wrong and values["consents"]:  # one of several is enough, so it is told once
        values["consents"][0]["error"] = wrong["consent"]
    return page(call.ctx, call.index, 422, "form", lang, values)


def _field(field: FormField, posted: Mapping[str, str], wrong: Mapping[str, str], lang: str) -> dict[str, Any]:
    name = field["name"]
    value = shown(posted.get(name, ""))
    control: dict[str, Any] = {"name": name, "label": pick(field["label"], lang, list(field["label"]))}
    if name in wrong:
        control["error"] = wrong[name]
    if field["type"] == "select":
        labels = field.get("labels", {})
        control["is_select"] = True
        control["options"] = [
            {"value": each, "label": labels.get(each, {}).get(lang, each), **_on(value == each)}
            for each in field["options"]
        ]
    elif field["type"] == "checkbox":
        control.update(is_checkbox=True, **_on(value))
    else:
        control.update(type=field["type"], value=value)
    return control


def _on(ticked: object) -> dict[str, bool]:
    return {"on": True} if ticked else {}


# ---- under attack: one more button, and no script


def _one_more_button(call: Call, posted: Mapping[str, str], lang: str) -> Response:
    token = sign(call.ctx.keys.links, Purpose.PERSON, [_mark(posted)], call.now + PRESS_LIVES)
    hidden = [*((name, shown(value)) for name, value in posted.items() if name != "press"), ("press", token)]
    return say(call.ctx, call.index, 200, "busy", lang, button=(f"{call.links.base}/subscribe", hidden))


def _pressed(call: Call, posted: Mapping[str, str]) -> bool:
    try:
        return read(call.ctx.keys.links, Purpose.PERSON, posted.get("press", ""), call.now).parts == (_mark(posted),)
    except TokenError:
        return False


def _mark(posted: Mapping[str, str]) -> bytes:
    """Stands for one person's one form: pressing once signs up nobody else."""
    return sha256(f"{posted.get('form')}\0{posted.get('email', '').strip().lower()}".encode()).digest()[:16]
