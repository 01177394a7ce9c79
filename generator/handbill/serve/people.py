"""People: who signed up on this machine and what is kept of them, as pages below `/_handbill/people/`.

/_handbill/people/             contacts, requests that wait to be confirmed, the outbox; a button that forgets all
/_handbill/people/CONTACT/     one: what they receive, what they asked for, the ledger and whether it holds
POST /_handbill/forget         removes everybody
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from markupsafe import Markup

from handbill.answer import TEXT, Answer
from handbill.serve.answer import note
from handbill.serve.functions import Functions
from handbill_functions.context import Context
from handbill_functions.errors import FunctionsError
from handbill_functions.ledger import Head, first_fault
from handbill_functions.model import REQUEST, contact_pk, message_pk
from handbill_functions.people import Person, contacts_of, everything_of

PLACE, FORGET = "people", "/_handbill/forget"
MOST = 200
"""Rows of a table: who has more looks with `handbill contacts`, on the machine that serves them."""


class Everything(NamedTuple):
    """What is stored, as far as one page shows it."""

    now: int
    contacts: tuple[Person, ...]
    waiting: tuple[tuple[str, Mapping[str, Any]], ...]
    """(contact, request)."""
    outbox: tuple[tuple[int | None, Mapping[str, Any]], ...]
    """(due, message), newest first."""


class People:
    """A Responder."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def respond(self, path: str, query: Mapping[str, str]) -> Answer | None:
        from handbill.preview import answer as answers

        parts = path.removeprefix(answers.MOUNT).split("/")
        if parts[0] != PLACE:
            return None
        try:
            if parts[1:] in ([], [""]):
                return answers.html(self._all(self._functions.look(_everything)))
            if parts[2:] in ([], [""]):
                found = self._functions.look(lambda ctx, now: _of_one(ctx, now, parts[1]))
                return answers.html(_page(*found)) if found is not None else None
        except (FunctionsError, OSError) as error:
            return note(503, "People cannot be shown", str(error))
        return None

    def take(self, path: str, form: Mapping[str, str], origin: str) -> Answer | None:
        if path != FORGET:
            return None
        try:
            self._functions.forget()
        except (FunctionsError, OSError) as error:
            return note(503, "Not forgotten", str(error))
        return Answer(303, TEXT, b"", (("Location", "/_handbill/people/"),))

    def _all(self, found: Everything) -> Markup:
        from handbill.preview.answer import document, url

        contacts = _table(
            ("Address", "Language", "Verified", "Receives", "Held back"),
            (
                (
                    Markup('<a href="{}">{}</a>').format(url(PLACE, each.contact), each.email or "(erased)"),
                    each.lang, _when(each.verified), ", ".join(each.lists) or "what they asked for", each.suppressed,
                )
                for each in found.contacts
            ),
            "Nobody has confirmed an address.",
        )  # fmt: skip
        waiting = _table(
            ("Address", "Entry", "Asked", "Ticked", "Answers"),
            (
                (each["email"], each["entry"], _when(each["at"]), ", ".join(each["purposes"]), _pairs(each["fields"]))
                for _, each in found.waiting
            ),
            "Nothing waits to be confirmed.",
        )
        emails = {each.contact: each.email for each in found.contacts}
        emails |= {contact: each["email"] for contact, each in found.waiting}
        outbox = _table(
            ("E-mail", "Entry", "For", "State", "Due", "Why"),
            (
                (
                    each["name"], each["entry"], emails.get(each["contact"], each["contact"][:12]),
                    each["state"], _when(due), _WHY.get(each.get("reason", ""), each.get("reason", "")),
                )
                for due, each in found.outbox
            ),
            "No e-mail waits, and none was sent.",
        )  # fmt: skip
        why = self._functions.elsewhere()
        main = Markup(
            '<h1>People</h1><p class="lead">Who signed up on this machine, as of {}. '
            'Their e-mails are in the <a href="{}">inbox</a>.</p>{}'
            "<section><h2>Contacts</h2>{}</section><section><h2>Requests that wait</h2>{}</section>"
            "<section><h2>Outbox</h2>{}</section><section><h2>Begin again</h2>"
            "<p>They are kept in <code>{}</code>, and nowhere else.</p>"
            '<form method="post" action="{}"><button>Forget everybody and every e-mail</button></form></section>'
        ).format(
            _when(found.now), url("inbox"), Markup('<p class="says">{}</p>').format(why) if why else "",
            contacts, waiting, outbox, self._functions.kept_in, FORGET,
        )  # fmt: skip
        return document("People", main, wide=True)


_WHY = {"limit": "this address has had one a moment ago, or three today"}
"""Reasons of the outbox, in more words where theirs are few."""


def _everything(ctx: Context, now: int) -> Everything:
    waiting = (
        (item.pk.removeprefix(contact_pk("")), item.data)
        for item in ctx.store.every(contact_pk(""), now)
        if item.sk.startswith(REQUEST) and "confirmed" not in item.data
    )
    outbox = sorted(ctx.store.every(message_pk(""), now), key=lambda item: -int(item.data["created"]))
    return Everything(
        now, tuple(islice(contacts_of(ctx, now), MOST)), tuple(islice(waiting, MOST)),
        tuple((item.due, item.data) for item in outbox[:MOST]),
    )  # fmt: skip


def _of_one(ctx: Context, now: int, contact: str) -> tuple[dict[str, Any], tuple[int, str] | None] | None:
    """(all that is stored of a contact, the first fault of its ledger)."""
    found = everything_of(ctx, now, contact)
    if not found["profile"]:
        return None
    head = Head(found["profile"]["length"], found["profile"]["head"])
    return found, first_fault(ctx.keys.ledger, contact, found["ledger"], head)


def _page(found: Mapping[str, Any], fault: tuple[int, str] | None) -> Markup:
    from handbill.preview.answer import document, url

    profile, suppressed = found["profile"], found["suppressed"]
    facts: list[tuple[Any, ...]] = [
        ("Language", profile.get("lang", "")),
        ("Verified", _when(profile["verified"]) or "no"),
        ("First seen", _when(profile["created"])),
    ]
    if profile.get("paused"):
        facts.append(("Rests until", _when(profile["paused"])))
    if suppressed:
        facts.append(("Held back", f"{suppressed['reason']}, {_when(suppressed['at'])}"))
    consents = _table(
        ("Purpose", "List", "State", "Since"),
        (
            (*name.split("#", 1), "granted" if each["granted"] else "withdrawn", _when(each["at"]))
            for name, each in found["consents"].items()
        ),
        "They agreed to nothing but what they asked for.",
    )
    asked = _table(
        ("Entry", "For", "Confirmed", "Answers"),
        (
            (entry, each["intent"], _when(each["at"]), _pairs(each["fields"]))
            for entry, each in found["asked_for"].items()
        ),
        "Nothing.",
    )
    ledger = _table(
        ("Row", "Happened", "Action", "Purpose", "List", "How", "Wording", "Seal"),
        (
            (
                each["n"], _when(each["happened"]), each["action"], each["purpose"], each["topic"], each["method"],
                *(Markup("<code>{}</code>").format(each[name][:10]) for name in ("wording", "mac")),
            )
            for each in found["ledger"]
        ),
        "It is empty.",
    )  # fmt: skip
    holds = (
        Markup('<p class="says">It holds: no row was altered or taken away.</p>')
        if fault is None
        else Markup('<p class="says error"><b>It does not hold:</b> row {} {}.</p>').format(*fault)
    )
    title = profile.get("email") or "(erased)"
    main = Markup(
        "<h1>{}</h1>{}<section><h2>Receives</h2>{}</section><section><h2>Asked for</h2>{}</section>"
        "<section><h2>Ledger</h2>{}{}</section>"
    ).format(title, _table((), facts, ""), consents, asked, holds, ledger)
    return document(title, main, above=("People", url(PLACE)), wide=True)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], none: str) -> Markup:
    """A table, or what is said where there are no rows."""
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row))
        for row in rows
    )
    if not body:
        return Markup("<p>{}</p>").format(none)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(words) for words in heads)
    top = Markup("<thead><tr>{}</tr></thead>").format(head) if heads else ""
    return Markup('<div class="scroll" tabindex="0"><table class="mails">{}<tbody>{}</tbody></table></div>').format(
        top, body
    )


def _pairs(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in fields.items())


def _when(seconds: int | None) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC" if seconds else ""
