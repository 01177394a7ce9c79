"""A letter to a list: first a plan, then one message for each who is to get it.

    plan     counts whom it would go to, and whom not and why; its digest stands for the words and the people
    queue    puts the messages of a plan into the outbox, and refuses where words or people are others by then
    send_test   hands it to one address at once, outside of all that

**Nobody gets a letter twice.** With each message a mark is written that bears the letter's name, in one transaction
that needs both not to be there. So a process may be killed at any moment and the same call goes on where it stopped;
two may queue the same letter at once; and words that were mended in between go to those who did not get it yet.

**Who agreed is asked twice**: here, and again when a message leaves (`deliver`), which also waits for those who rest.
Both passes read one contact after the other and keep none, so a million of them need no more memory than ten.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, TypeAlias

from handbill_functions.catalog import ByLang, Sender, pick
from handbill_functions.context import Context
from handbill_functions.deliver import sealed, values_for
from handbill_functions.errors import FunctionsError, PlanChanged
from handbill_functions.links import links_of
from handbill_functions.model import CONSENT, LETTER, PROFILE, SUPPRESSED, contact_pk, new_id, suppressed_pk
from handbill_functions.outbox import message
from handbill_functions.people import by_contact
from handbill_functions.ports import MOST_CHANGES, Item, Mailer, Outcome, Put, put

PURPOSE = "marketing"
"""What people must have agreed to."""
EXCLUDED = ("already", "not_verified", "no_consent", "left", "erased", "bounced", "complained")
"""Why somebody does not get a letter; the first that holds. `already`: it was queued for them before, under any words.
`no_consent`: they never agreed to this list, or left it."""
TOGETHER = 20
"""Transactions handed to the store at once: 1,000 people; sign-ups wait as long as one commit of theirs takes."""
TEST_MARK = "[Test] "
"""Stands before the subject of a test."""

Progress: TypeAlias = Callable[[int], None]
"""Told now and then how many contacts were looked at."""


class Letter(NamedTuple):
    """A letter, as it lies in the catalog."""

    id: str
    """`letters/june`: whoever has got one of that id gets no other."""
    emails: ByLang
    """Language → hash of its e-mail."""


@dataclass(slots=True)
class Plan:
    """What sending a letter to a list would do now."""

    letter: Letter
    list: str
    send: int = 0
    """How many messages would be queued."""
    paused: int = 0
    """How many of them wait until their reader's rest is over."""
    languages: dict[str, int] = field(default_factory=dict)
    """Language of the words → how many of the messages."""
    excluded: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EXCLUDED, 0))
    """Reason → how many contacts do not get it."""
    lists: set[str] = field(default_factory=set)
    """All lists that anybody agreed to."""
    people: int = 0
    """Stands for who is to get it or has got it: a sum, since contacts come in any order."""

    @property
    def audience(self) -> int:
        """Who is to get it, and who has got it already: so it is the same while the letter is being queued."""
        return self.send + self.excluded["already"]

    @property
    def digest(self) -> str:
        """`1423-5f0c21aa93be-93be5f0c21aa`: how many people, which words to which list, which people."""
        words = repr((self.letter.id, self.list, sorted(self.letter.emails.items())))
        return "-".join((str(self.audience), _short(words), _short(str(self.people))))


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


class Queued(NamedTuple):
    """What came of a plan."""

    queued: int
    """Messages that were put into the outbox now."""
    already: int
    """People who had theirs before."""


def plan(ctx: Context, now: int, list: str, letter: Letter, progress: Progress | None = None) -> Plan:
    """Whom the letter would go to. Changes nothing.

    Raises FunctionsError where the site has no sender, CatalogError where the letter is not in the catalog.
    """
    _sender(ctx)
    languages = ctx.catalog.index()["site"]["languages"]
    for hash in letter.emails.values():
        ctx.catalog.program(ctx.catalog.email(hash)["program"])
    made = Plan(letter, list)
    for number, (contact, items, reason) in enumerate(_everybody(ctx, now, list, letter), 1):
        made.lists.update(item.sk.rpartition("#")[2] for item in items if _grants(item))
        if reason in ("", "already"):
            made.people = (made.people + int.from_bytes(sha256(contact.encode()).digest()[:16])) % 2**128
        if reason:
            made.excluded[reason] += 1
        else:
            profile = _at(items, PROFILE)
            assert profile is not None
            lang = _language(letter, profile.data["lang"], languages)
            made.send += 1
            made.paused += profile.data.get("paused", 0) > now
            made.languages[lang] = made.languages.get(lang, 0) + 1
        if progress and number % 1000 == 0:
            progress(number)
    return made


def queue(ctx: Context, now: int, list: str, letter: Letter, digest: str, progress: Progress | None = None) -> Queued:
    """Puts the messages of the plan with that digest into the outbox. Calling again, or after being killed, queues for
    those who have none yet. Whoever agrees to the list during the call may get it too.

    Raises PlanChanged, with nothing queued, where words or people are others than the plan's. Raises as `plan` does,
    and Unavailable midway where the store fails: then the same call goes on.
    """
    found = plan(ctx, now, list, letter)
    if found.digest != digest:
        raise PlanChanged(_difference(digest, found))
    languages = ctx.catalog.index()["site"]["languages"]
    queued = already = 0
    pairs: _Pairs = []
    for number, (contact, items, reason) in enumerate(_everybody(ctx, now, list, letter), 1):
        already += reason == "already"
        if not reason:
            pairs.append(_message(ctx, now, contact, items, list, letter, languages))
            if len(pairs) * 2 == MOST_CHANGES * TOGETHER:
                queued += _write(ctx, now, pairs)
                pairs = []
        if progress and number % 1000 == 0:
            progress(number)
    return Queued(queued + _write(ctx, now, pairs), already)


_Pairs: TypeAlias = "list[tuple[Put, Put]]"


def _write(ctx: Context, now: int, pairs: _Pairs) -> int:
    """Writes marks with their messages, as many in one transaction as it takes; each pair in one of its own where
    somebody else wrote one of them meanwhile. Gives how many were written."""
    size = MOST_CHANGES // 2
    parts = [pairs[place : place + size] for place in range(0, len(pairs), size)]
    made = ctx.store.transact_each([[change for pair in part for change in pair] for part in parts], now)
    left = [pair for part, done in zip(parts, made, strict=True) if not done for pair in part]
    return len(pairs) - len(left) + sum(ctx.store.transact_each(left, now))


def _message(
    ctx: Context, now: int, contact: str, items: Iterable[Item], list: str, letter: Letter, languages: Iterable[str]
) -> tuple[Put, Put]:
    """(the mark, the message) of one contact. Both ids follow from letter and contact, and from nothing else. Messages
    of contacts that lie side by side begin alike: in a store that keeps order, those written together lie together."""
    profile = _at(items, PROFILE)
    assert profile is not None
    lang = _language(letter, profile.data["lang"], languages)
    row = message(
        now, contact=contact, name="letter", entry=letter.id, stream="marketing", email=letter.emails[lang], lang=lang,
        list=list, purpose=PURPOSE, due=max(now, profile.data.get("paused", 0)),
        id=_id(ctx, contact[:2], letter)[:12] + _id(ctx, contact, letter)[:20],
    )  # fmt: skip
    return put(None, contact_pk(contact), LETTER + letter.id, {"at": now, "list": list}), row


def _id(ctx: Context, whose: str, letter: Letter) -> str:
    return hmac.new(ctx.keys.contact, f"handbill letter\0{letter.id}\0{whose}".encode(), sha256).hexdigest()


def _language(letter: Letter, lang: str, languages: Iterable[str]) -> str:
    """The reader's language, else the site's first that the letter is in."""
    return pick({each: each for each in letter.emails}, lang, [*languages])


def _everybody(ctx: Context, now: int, list: str, letter: Letter) -> Iterator[tuple[str, Sequence[Item], str]]:
    """(id, all items, why they do not get the letter: one of EXCLUDED, or empty) of every contact. What stands against
    them is looked up for many at once."""
    everybody = by_contact(ctx, now)
    while some := [*islice(everybody, MOST_CHANGES)]:
        against = ctx.store.get_each([(suppressed_pk(contact), SUPPRESSED) for contact, _ in some], now)
        for (contact, items), suppressed in zip(some, against, strict=True):
            yield contact, items, _excluded(suppressed, items, list, letter)


def _excluded(suppressed: Item | None, items: Iterable[Item], list: str, letter: Letter) -> str:
    mark = _at(items, LETTER + letter.id)
    if mark is not None and mark.data["list"] == list:
        return "already"
    if suppressed is not None:
        return str(suppressed.data["reason"])
    profile = _at(items, PROFILE)
    if profile is None or not profile.data["verified"] or not profile.data.get("email"):
        return "not_verified"
    consent = _at(items, f"{CONSENT}{PURPOSE}#{list}")
    if consent is None or not consent.data["granted"]:
        return "no_consent"
    return "already" if mark is not None else ""


def _at(items: Iterable[Item], sk: str) -> Item | None:
    return next((item for item in items if item.sk == sk), None)


def _grants(item: Item) -> bool:
    return item.sk.startswith(f"{CONSENT}{PURPOSE}#") and bool(item.data["granted"])


def _difference(digest: str, found: Plan) -> str:
    """How what is found differs from the plan of `digest`."""
    planned, _, rest = digest.partition("-")
    words, _, people = rest.partition("-")
    if not planned.isdecimal() or not words or not people:
        return "That is no digest of a plan."
    _, words_now, _ = found.digest.split("-")
    if words != words_now:
        return "The plan of that digest was of other words, of another letter or for another list."
    more = found.audience - int(planned)
    had = f"The plan had {int(planned):,} {'person' if int(planned) == 1 else 'people'}"
    if not more:
        return f"{had}. There are as many now, but not the same."
    return f"{had}, and now there are {found.audience:,}: {abs(more):,} {'more' if more > 0 else 'fewer'}."


def send_test(ctx: Context, mailer: Mailer, now: int, list: str, letter: Letter, address: str) -> dict[str, Outcome]:
    """Hands the letter to one address now, once in each language, as that person would get it but for TEST_MARK in the
    subject; gives what the carrier said, by language. Nothing is written, so it counts as nothing: calling again sends
    again. Consent is not asked, since somebody typed the address; so it is for the sender's own.

    Raises FunctionsError for an address that is suppressed, and as `plan` does.
    """
    sender, site = _sender(ctx), ctx.catalog.index()["site"]
    contact = ctx.contact_of(address)
    suppressed = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
    if suppressed is not None:
        raise FunctionsError(f"Nothing is sent to that address: {suppressed.data['reason']}.")
    values = values_for(ctx, contact, links_of(site, ctx.keys), now, entry=letter.id, list=list)
    said = {}
    for lang, hash in letter.emails.items():
        envelope = sealed(
            ctx, ctx.catalog.email(hash), values, sender=sender, to=address, stream="marketing", list=list, id=new_id(),
            now=now, mark=TEST_MARK,
        )  # fmt: skip
        said[lang] = mailer.send(envelope)
    return said


def _sender(ctx: Context) -> Sender:
    sender = ctx.catalog.index()["site"]["sender"]
    if sender is None:
        raise FunctionsError("The site has no sender. Write sender.email in site.yaml, and build.")
    return sender
