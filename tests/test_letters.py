"""Letters: one file, a plan, and one message for each who agreed. Nobody gets one twice, whatever happens."""

from __future__ import annotations

import json
import shutil
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import SAMPLE_AT, Site
from handbill import checkup
from handbill.cli import cli
from handbill.errors import MachineError, ProblemsFound, UsageError
from handbill.letters import Written, letters_of, shelve, write_letter
from handbill.options import Options, inputs
from handbill.project import open_project
from handbill_functions import contacts, letters, people
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import deliver
from handbill_functions.errors import FunctionsError, PlanChanged
from handbill_functions.letters import EXCLUDED, Letter, plan, queue, send_test
from handbill_functions.mailers.smtp import SmtpMailer
from handbill_functions.model import CONSENT, DAY, PROFILE, REQUEST, contact_pk
from handbill_functions.ports import Accepted, Envelope, Outcome, put
from handbill_functions.stores.sqlite import SqliteStore
from smtp_sink import smtp_sink

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
ADA, BOB, CY, DEA = (f"{name}@example.org" for name in ("ada", "bob", "cy", "dea"))
JUNE = """---
subject: Three evenings in June
preheader: What the house does this month, and when the doors open.
---
Hello {{< first_name "friend" >}},

the windows are open again. There are three evenings this month, and a few chairs left for each. Read about the
[salon](../events/salon-to-stream/index.md), or {{< link drops/lamp-no-3 >}}.

{{< button "See all evenings" /events/ >}}
"""
JUNHO = """---
subject: Três noites em junho
preheader: O que a casa faz este mês, e quando abrem as portas.
---
Olá, {{< first_name "viva" >}}!

As janelas estão outra vez abertas. Este mês há três noites, e ainda há algumas cadeiras para cada uma. Leia sobre o
[salão](../events/salon-to-stream/index.md), por favor.
"""


# ---- the file


class Desk:
    """A site of one's own, with a place for letters."""

    def __init__(self, site: Site, root: Path) -> None:
        for name in ("content", "private", "public"):
            shutil.copytree(site.root / name, root / name)
        self.options = Options(
            root=root, public=root / "public", private=root / "private", at=SAMPLE_AT.timestamp(), memory="letters"
        )
        self.folder = root / "content/letters"
        self.folder.mkdir()
        self._made: dict[object, Letter] = {}

    def write(self, text: str = JUNE, name: str = "june.md", **others: str) -> Written:
        for file in self.folder.glob("*.md"):
            file.unlink()
        for each, words in {name: text, **{f"june.{lang}.md": words for lang, words in others.items()}}.items():
            (self.folder / each).write_text(words, "utf-8")
        return write_letter(self.options, self.folder / name)

    def wrong(self, text: str, name: str = "june.md", **others: str) -> str:
        with pytest.raises(ProblemsFound) as found:
            self.write(text, name, **others)
        return str(found.value)

    def letter(self, text: str = JUNE, **others: str) -> Letter:
        """Written, and in the catalog."""
        key = (text, *others.items())
        if key not in self._made:
            written = self.write(text, **others)
            shelve(self.options.private, written.files)
            self._made[key] = Letter(written.id, written.emails)
        return self._made[key]


@pytest.fixture(scope="module")
def desk(sample_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(sample_site, tmp_path_factory.mktemp("letters"))


def test_a_letter_and_its_translation_become_one_e_mail_a_language(desk: Desk) -> None:
    written = desk.write(pt=JUNHO)
    assert (written.id, list(written.emails), written.warnings) == ("letters/june", ["en", "pt"], ())
    for hash in written.emails.values():
        email = json.loads(written.files[f"emails/{hash}.json"])
        assert (email["name"], email["entry"], email["stream"]) == ("letter", "letters/june", "marketing")
        assert f"programs/{email['program']}.json" in written.files


def test_the_same_words_give_the_same_files_and_nothing_is_written_twice(desk: Desk) -> None:
    written = desk.write(pt=JUNHO)
    assert desk.write(pt=JUNHO) == written
    assert shelve(desk.options.private, written.files) == 4
    assert shelve(desk.options.private, written.files) == 0
    one = desk.options.private / next(iter(written.files))
    one.write_bytes(b"as it was")
    shelve(desk.options.private, written.files)
    assert one.read_bytes() == b"as it was"
    one.unlink()


def test_a_name_in_front_matter_names_the_letter_and_a_title_heads_it(desk: Desk) -> None:
    head = 'subject: \'{{< first_name "Friend" >}}, come by\'\ntitle: Come "by"\nid: summer'
    written = desk.write(JUNE.replace("subject: Three evenings in June", head))
    assert written.id == "letters/summer"
    (hash,) = written.emails.values()
    assert json.loads(written.files[f"emails/{hash}.json"])["values"]["title"] == 'Come "by"'


def test_links_lead_to_the_site_by_their_whole_address(desk: Desk) -> None:
    written = desk.write(pt=JUNHO)
    program = json.loads(written.files[f"programs/{program_of(written, 'en')}.json"])
    html, text = ("".join(part for part in program[way] if isinstance(part, str)) for way in ("html", "text"))
    for url in ("events/salon-to-stream/", "drops/lamp-no-3/", "events/"):
        assert f'href="https://casalume.example/{url}"' in html
        assert f"https://casalume.example/{url}" in text
    assert "Lamp Nº 3</a>" in html
    portuguese = json.dumps(json.loads(written.files[f"programs/{program_of(written, 'pt')}.json"]))
    assert "https://casalume.example/pt/events/salon-to-stream/" in portuguese


def program_of(written: Written, lang: str) -> str:
    return str(json.loads(written.files[f"emails/{written.emails[lang]}.json"])["program"])


def test_a_picture_stays_where_the_site_has_it_and_says_its_size(desk: Desk) -> None:
    static = desk.options.root / "content/static"
    picture = next(desk.options.root.glob("public/media/*.jpg"))
    shutil.copy(picture, static / "lamp.jpg")
    (static / "lamp.webp").write_bytes(next(iter(desk.options.root.glob("public/media/*.avif"))).read_bytes())
    long = JUNE + "\n\nCome as you are: there is tea, there is paper, there are lamps enough for everybody.\n"
    written = desk.write(long + "\n![A paper lamp](/lamp.jpg)\n")
    program = json.dumps(json.loads(written.files[f"programs/{program_of(written, 'en')}.json"]))
    assert 'src=\\"https://casalume.example/lamp.jpg\\" alt=\\"A paper lamp\\" width=\\"' in program
    assert "There is no picture content/static/lamb.jpg" in desk.wrong(JUNE + "\n![A lamb](/lamb.jpg)\n")
    assert "many mail programs do not show" in desk.wrong(JUNE + "\n![A lamp](/lamp.webp)\n")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Hello", "Hello, {{< when >}},", "june.md:5:8: 'when' is about an entry, and a letter is about none."),
        ("[salon](../events/salon-to-stream/index.md)", "[x]({{< page_url >}})", "'page_url' is about an entry"),
        ("/events/ >}}", "signup >}}", "'signup' is about an entry"),
        ("salon-to-stream/index.md", "salon-to-steam/index.md", "Did you mean content/events/salon-to-stream/index.md"),
        ("drops/lamp-no-3", "drops/lamp-no-4", "Did you mean drops/lamp-no-3?"),
        ("subject: Three", "subject: '{{< title >}}, three'\nnot: Three", "'title' cannot stand in the subject"),
        ("Three evenings", "Three {{< first_name x >}}", "Write `title: …` for the heading."),
        ("preheader:", "preheadr:", "Did you mean 'preheader'?"),
        ("preheader: What the house does this month, and when the doors open.", "", "rule 3: there is no preheader"),
        ("subject: Three evenings in June", "", "There is no subject."),
        ("subject: Three", "id: a/b\nsubject: Three", "'a/b' cannot be the id of a letter."),
        ("subject: Three", "id: [1]\nsubject: Three", "The id is no text."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_letter_is_told_with_its_place(desk: Desk, before: str, after: str, said: str) -> None:
    assert before in JUNE
    assert said in desk.wrong(JUNE.replace(before, after))


def test_a_translation_has_words_only_in_a_language_of_the_site(desk: Desk) -> None:
    assert "A translation has words only" in desk.wrong(JUNE, pt=JUNHO.replace("subject", "id: x\nsubject", 1))
    assert "'fr' is not one of the site's further languages." in desk.wrong(JUNE, fr=JUNE)
    desk.write(pt=JUNHO)
    with pytest.raises(UsageError, match=r"is a translation. Name the letter itself"):
        write_letter(desk.options, desk.folder / "june.pt.md")
    with pytest.raises(UsageError, match="There is no letter"):
        write_letter(desk.options, desk.folder / "july.md")


def test_a_link_to_where_nothing_stands_is_a_warning(desk: Desk) -> None:
    written = desk.write(JUNE.replace("/events/ >", "/evenings/ >"))
    assert ["/evenings/ leads nowhere" in str(problem) for problem in written.warnings] == [True]


def test_a_site_without_a_sender_or_a_postal_address_sends_no_letter(desk: Desk) -> None:
    file = desk.options.root / "content/site.yaml"
    whole = file.read_text("utf-8")
    try:
        for line, said in (
            ("  email: hello@casalume.example\n", "site.yaml: A letter needs a sender."),
            ("  address: Rua da Luz 7, 1200-001 Lisboa, Portugal", "rule 9: no postal address is known."),
        ):
            assert line in whole
            file.write_text(whole.replace(line, ""), "utf-8")
            assert said in desk.wrong(JUNE)
    finally:
        file.write_text(whole, "utf-8")


def test_the_letters_of_a_site_are_found_where_they_naturally_lie(desk: Desk) -> None:
    desk.write(pt=JUNHO)
    project = open_project(desk.options, inputs(desk.options), [])
    assert [path.name for path in letters_of(project.root, project.config.languages)] == ["june.md"]
    assert list(checkup._letters(project, desk.options)) == []
    (desk.folder / "june.pt.md").write_text(JUNHO.replace("preheader", "preheadr"), "utf-8")
    assert [problem.path for problem in checkup._letters(project, desk.options)] == ["content/letters/june.pt.md"]


# ---- the people


@pytest.fixture
def ctx(desk: Desk, tmp_path: Path) -> Iterator[Context]:
    store = SqliteStore(tmp_path / "people.db")
    yield Context(store, Catalog(FolderReader(desk.options.private)), KEYS, {"door_code": "4711", "stream_url": "x"})
    store.close()


def subscribed(
    ctx: Context, email: str = ADA, *, to: str = "main", lang: str = "en", name: str = "", at: int = NOW,
    entry: str = "events/salon-to-stream", purposes: tuple[str, ...] = ("marketing",),
) -> str:  # fmt: skip
    file = ctx.catalog.entry(entry)
    assert file["form"] is not None
    contacts.ask(
        ctx, at, email=email, lang=lang, entry=file, intent=file["form"]["intent"], list=to, purposes=purposes,
        fields={"first_name": name} if name else {}, wording=file["form"]["wordings"][lang],
    )  # fmt: skip
    contact = ctx.contact_of(email)
    for request in ctx.store.query(contact_pk(contact), REQUEST, at):
        contacts.confirm(ctx, at, contact, request.sk.removeprefix(REQUEST))
    return contact


def agreed(ctx: Context, letter: Letter, to: str = "main", now: int = NOW) -> letters.Queued:
    """Planned, looked at, and queued."""
    return queue(ctx, now, to, letter, plan(ctx, now, to, letter).digest)


def queued_for(ctx: Context) -> list[str]:
    """The contacts for whom a letter lies in the outbox."""
    return sorted(item.data["contact"] for item in ctx.store.every("M#", NOW) if item.data["name"] == "letter")


class Carrier:
    """Takes everything, and remembers for whom."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []

    def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope)
        return Accepted("ok")

    def close(self) -> None: ...


def test_a_plan_counts_who_gets_it_and_who_does_not_by_every_reason(desk: Desk, ctx: Context) -> None:
    letter = desk.letter(pt=JUNHO)
    subscribed(ctx, ADA)
    subscribed(ctx, BOB, lang="pt")
    contacts.choose(ctx, NOW, subscribed(ctx, CY), lists={"main"}, lang="en", paused=NOW + DAY)
    subscribed(ctx, "other@example.org", to="other")
    subscribed(ctx, "none@example.org", purposes=())
    contacts.leave(ctx, NOW, subscribed(ctx, "one@example.org"), list="main", method="link")
    contacts.leave(ctx, NOW, subscribed(ctx, "all@example.org"), list=None, method="link")
    contacts.erase(ctx, NOW, subscribed(ctx, "erased@example.org"), method="link")
    contacts.suppress(ctx, NOW, subscribed(ctx, "bounced@example.org"), "bounced", method="bounce")
    contacts.suppress(ctx, NOW, subscribed(ctx, "complained@example.org"), "complained", method="feedback")
    people.import_rows(ctx, NOW, [{"email": "imported@example.org"}], "en")
    contacts.ask(
        ctx, NOW, email="waits@example.org", lang="en", entry=ctx.catalog.entry("site"), intent="newsletter",
        list="main", purposes=["marketing"], fields={}, wording="",
    )  # fmt: skip
    before = sorted(map(repr, ctx.store.every("", NOW)))
    made = plan(ctx, NOW, "main", letter)
    assert (made.send, made.paused, made.languages) == (3, 1, {"en": 2, "pt": 1})
    assert made.excluded == {
        "already": 0, "not_verified": 2, "no_consent": 3, "left": 1, "erased": 1, "bounced": 1, "complained": 1,
    }  # fmt: skip
    assert tuple(made.excluded) == EXCLUDED
    assert made.lists == {"main", "other"}
    assert sorted(map(repr, ctx.store.every("", NOW))) == before, "A plan changes nothing."
    assert agreed(ctx, letter) == letters.Queued(3, 0)
    again = plan(ctx, NOW, "main", letter)
    assert (again.send, again.excluded["already"]) == (0, 3)
    assert again.digest == made.digest, "The audience of a letter is the same while it is being queued."


def test_the_digest_is_refused_where_people_or_words_are_others_and_nothing_is_queued(desk: Desk, ctx: Context) -> None:
    letter = desk.letter()
    ada, _ = subscribed(ctx, ADA), subscribed(ctx, BOB)
    digest = plan(ctx, NOW, "main", letter).digest

    def refused(letter: Letter = letter, to: str = "main", digest: str = digest) -> str:
        with pytest.raises(PlanChanged) as found:
            queue(ctx, NOW, to, letter, digest)
        assert queued_for(ctx) == []
        return str(found.value)

    mended = desk.letter(JUNE.replace("three evenings", "four evenings"))
    assert "of other words" in refused(mended)
    assert "for another list" in refused(to="other")
    assert refused(digest="yes") == "That is no digest of a plan."
    subscribed(ctx, CY)
    assert refused() == "The plan had 2 people, and now there are 3: 1 more."
    contacts.leave(ctx, NOW, ada, list="main", method="link")
    assert refused() == "The plan had 2 people. There are as many now, but not the same."
    contacts.leave(ctx, NOW, ctx.contact_of(CY), list="main", method="link")
    assert refused() == "The plan had 2 people, and now there are 1: 1 fewer."
    assert agreed(ctx, letter).queued == 1


def test_mended_words_go_only_to_those_who_did_not_get_the_letter_yet(desk: Desk, ctx: Context) -> None:
    subscribed(ctx, ADA)
    first = desk.letter()
    assert agreed(ctx, first).queued == 1
    bob = subscribed(ctx, BOB)
    mended = desk.letter(JUNE.replace("three evenings", "four evenings"))
    assert mended.emails != first.emails
    assert agreed(ctx, mended) == letters.Queued(1, 1)
    words = {item.data["contact"]: item.data["email"] for item in ctx.store.every("M#", NOW) if item.data["list"]}
    assert words == {ctx.contact_of(ADA): first.emails["en"], bob: mended.emails["en"]}


def test_somebody_on_two_lists_gets_a_letter_once_and_also_long_after_its_message_is_gone(
    desk: Desk, ctx: Context
) -> None:
    subscribed(ctx, ADA)
    subscribed(ctx, ADA, to="friends", entry="drops/lamp-no-3")
    letter = desk.letter()
    assert agreed(ctx, letter).queued == 1
    deliver(ctx, Carrier(), NOW, stream="marketing")
    later = NOW + 400 * DAY
    while ctx.store.purge(later).after:
        pass
    assert queued_for(ctx) == []
    for to in ("main", "friends"):
        assert agreed(ctx, letter, to, later) == letters.Queued(0, 1)


def test_who_was_erased_and_comes_back_does_not_get_an_old_letter_anew(desk: Desk, ctx: Context) -> None:
    letter = desk.letter()
    ada = subscribed(ctx)
    agreed(ctx, letter)
    contacts.erase(ctx, NOW, ada, method="link")
    assert ADA not in repr(list(ctx.store.every(contact_pk(ada), NOW)))
    subscribed(ctx, at=NOW + DAY)
    assert agreed(ctx, letter, now=NOW + DAY).queued == 0


@pytest.mark.parametrize("how", ["export", "backup"])
def test_nobody_gets_a_letter_twice_though_they_were_erased_a_restore_was_made_and_they_came_back(
    desk: Desk, ctx: Context, tmp_path: Path, how: str
) -> None:
    letter = desk.letter()
    ada = subscribed(ctx)
    agreed(ctx, letter)
    lines = list(people.export(ctx, NOW))
    fresh = ctx._replace(store=SqliteStore(tmp_path / "fresh.db"))  # all that it knows is that she was erased
    contacts.suppress(fresh, NOW, ada, "erased", method="operator")
    if how == "export":
        people.restore(fresh, NOW, lines)
    else:
        people.restore_store(fresh, NOW, ctx.store)
    kept = [item.sk for item in fresh.store.query(contact_pk(ada), "", NOW)]
    assert kept == ["LETTER#letters/june"], "what names nobody"
    subscribed(fresh, at=NOW + DAY)
    assert agreed(fresh, letter, now=NOW + DAY).queued == 0
    fresh.store.close()


def test_the_letters_somebody_got_are_among_what_is_stored_of_them(desk: Desk, ctx: Context) -> None:
    ada = subscribed(ctx)
    agreed(ctx, desk.letter())
    assert people.everything_of(ctx, NOW, ada)["letters"] == {"letters/june": {"at": NOW, "list": "main"}}


def test_two_processes_that_queue_the_same_letter_at_once_give_everybody_one(desk: Desk, ctx: Context) -> None:
    letter = desk.letter()
    everybody = sorted(subscribed(ctx, f"p{number}@example.org") for number in range(120))
    digest = plan(ctx, NOW, "main", letter).digest
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(queue(ctx, NOW, "main", letter, digest).queued)) for _ in "123"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queued_for(ctx) == everybody
    assert sum(counts) == 120


WHO = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["subscribe", "leave", "leave_all", "pause", "bounce", "erase", "lift"]), WHO
        ),
        st.tuples(st.sampled_from(["send", "send_mended", "deliver"]), st.just(0)),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_nobody_gets_a_letter_twice_or_without_consent(
    desk: Desk, tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    both = {"send": desk.letter(), "send_mended": desk.letter(JUNE.replace("three", "four"))}
    file = tmp_path / "law.db"
    for old in tmp_path.glob("law.db*"):
        old.unlink()
    ctx = Context(SqliteStore(file), Catalog(FolderReader(desk.options.private)), KEYS, {"door_code": "4711"})
    addresses = [ADA, BOB, CY, DEA]
    carrier, now = Carrier(), NOW
    for what, who in [*steps, ("send", 0), ("deliver", 0)]:
        now += 2 * DAY
        address = addresses[who]
        contact = ctx.contact_of(address)
        if what == "subscribe":
            subscribed(ctx, address, at=now)
        elif what in ("leave", "leave_all"):
            contacts.leave(ctx, now, contact, list="main" if what == "leave" else None, method="link")
        elif what == "pause":
            contacts.choose(ctx, now, contact, lists=lists_of(ctx, now, contact), lang="en", paused=now + 3 * DAY)
        elif what == "bounce":
            contacts.suppress(ctx, now, contact, "bounced", method="bounce")
        elif what == "erase":
            contacts.erase(ctx, now, contact, method="link")
        elif what == "lift":
            contacts.lift(ctx, now, contact)
        elif what == "deliver":
            may = {each for each in addresses if may_get(ctx, now, each)}
            before = len(carrier.sent)
            deliver(ctx, carrier, now, stream="marketing")
            assert {envelope.recipient for envelope in carrier.sent[before:]} <= may
        else:
            made = plan(ctx, now, "main", both[what])
            assert queue(ctx, now, "main", both[what], made.digest).queued == made.send
    received = [envelope.recipient for envelope in carrier.sent]
    assert len(received) == len(set(received))
    ctx.store.close()


def lists_of(ctx: Context, now: int, contact: str) -> set[str]:
    found = contacts.preferences(ctx, now, contact)
    return {name for name, granted in found.lists.items() if granted} if found else set()


def may_get(ctx: Context, now: int, email: str) -> bool:
    contact = ctx.contact_of(email)
    found = contacts.preferences(ctx, now, contact)
    suppressed = people.everything_of(ctx, now, contact)["suppressed"]
    return bool(found and found.lists.get("main") and not found.paused and not suppressed)


def crowd(ctx: Context, count: int, mark: str) -> None:
    """So many who agreed, put straight into the store."""
    changes = []
    for number in range(count):
        contact = ctx.contact_of(f"{mark}{number}@example.org")
        profile = {
            "email": f"{mark}{number}@example.org", "lang": "en", "verified": NOW, "created": NOW, "length": 0,
            "head": "",
        }  # fmt: skip
        granted = {"granted": True, "at": NOW, "wording": ""}
        changes += [
            put(None, contact_pk(contact), PROFILE, profile),
            put(None, contact_pk(contact), f"{CONSENT}marketing#main", granted),
        ]
    for start in range(0, len(changes), 100):
        ctx.store.transact(changes[start : start + 100], NOW)


def test_ten_times_as_many_people_take_no_more_memory(desk: Desk, ctx: Context) -> None:
    letter = desk.letter()
    peaks = []
    for count, mark in ((1200, "a"), (6000, "b")):
        crowd(ctx, count, mark)
        tracemalloc.start()
        queued = agreed(ctx, letter).queued
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert queued == count
    assert peaks[1] < peaks[0] * 1.5


# ---- what arrives


def test_letters_arrive_over_smtp_in_the_readers_language_with_their_name_and_two_ways_out(
    desk: Desk, ctx: Context
) -> None:
    letter = desk.letter(pt=JUNHO)
    subscribed(ctx, ADA, name="Ada", at=NOW - 3 * DAY)
    subscribed(ctx, ADA, name="Ada L.", entry="drops/lamp-no-3", at=NOW - 2 * DAY)
    subscribed(ctx, ADA, entry="hosts/casa-lume", at=NOW - DAY)
    subscribed(ctx, BOB, lang="pt")
    assert agreed(ctx, letter).queued == 2
    with smtp_sink() as sink:
        mailer = SmtpMailer(f"smtp://localhost:{sink.port}", tls=sink.tls, timeout=5)
        assert deliver(ctx, mailer, NOW, stream="marketing").sent == 2
        assert deliver(ctx, mailer, NOW + DAY, stream="marketing").total == 0
        mailer.close()
        found = {to: message for (_, to), message in zip(sink.envelopes, sink.messages, strict=True)}
    assert found[ADA]["Subject"] == "Three evenings in June"
    assert found[BOB]["Subject"] == "Três noites em junho"
    assert found[ADA]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found[ADA]["List-ID"] == "<main.casalume.example>"
    assert found[ADA]["Feedback-ID"].startswith("letters-june:letter:")
    text = found[ADA].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Hello Ada L.," in text, "The newest name that was given, though the newest form asked for none."
    assert "Olá, viva!" in found[BOB].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Rua da Luz 7, 1200-001 Lisboa, Portugal" in text
    leave = str(found[ADA]["List-Unsubscribe"]).strip("<>")
    assert leave in text
    assert "/api/preferences/" in text


def test_consent_a_rest_and_quiet_hours_are_asked_again_when_a_letter_leaves(desk: Desk, ctx: Context) -> None:
    letter = desk.letter()
    ada, bob, cy = (subscribed(ctx, each) for each in (ADA, BOB, CY))
    contacts.choose(ctx, NOW, bob, lists={"main"}, lang="en", paused=NOW + 3 * DAY)
    agreed(ctx, letter)
    contacts.leave(ctx, NOW, ada, list="main", method="link")
    carrier = Carrier()
    assert deliver(ctx, carrier, NOW, stream="marketing", quiet=(0, 23)).sent == 0
    done = deliver(ctx, carrier, NOW + DAY, stream="marketing")
    assert [envelope.recipient for envelope in carrier.sent] == [CY]
    assert ctx.contact_of(CY) == cy
    assert done.sent == 1
    assert deliver(ctx, carrier, NOW + 3 * DAY, stream="marketing").sent == 1
    assert carrier.sent[-1].recipient == BOB


def test_a_test_goes_to_the_typed_address_alone_is_marked_and_counts_as_nothing(desk: Desk, ctx: Context) -> None:
    letter = desk.letter(pt=JUNHO)
    subscribed(ctx, ADA, name="Ada")
    before = sorted(map(repr, ctx.store.every("", NOW)))
    with smtp_sink() as sink:
        mailer = SmtpMailer(f"smtp://localhost:{sink.port}", tls=sink.tls, timeout=5)
        said = send_test(ctx, mailer, NOW, "main", letter, "me@casalume.example")
        send_test(ctx, mailer, NOW, "main", letter, ADA)
        mailer.close()
        assert [to for _, to in sink.envelopes] == ["me@casalume.example"] * 2 + [ADA] * 2
        assert sink.subjects[:2] == ["[Test] Three evenings in June", "[Test] Três noites em junho"]
        texts = [each.get_body(("plain",)).get_content() for each in sink.messages]  # type: ignore[union-attr]
    assert "Hello friend," in texts[0]
    assert "Hello Ada," in texts[2]
    assert list(said) == ["en", "pt"]
    assert sorted(map(repr, ctx.store.every("", NOW))) == before
    assert agreed(ctx, letter).queued == 1, "Who got a test gets the letter too."


@pytest.mark.parametrize("reason", ["left", "erased", "bounced", "complained"])
def test_not_even_a_test_goes_to_an_address_that_is_suppressed(desk: Desk, ctx: Context, reason: str) -> None:
    contacts.suppress(ctx, NOW, subscribed(ctx), reason, method="operator")  # type: ignore[arg-type]
    carrier = Carrier()
    with pytest.raises(FunctionsError, match=reason) as found:
        send_test(ctx, carrier, NOW, "main", desk.letter(), ADA)
    assert carrier.sent == []
    assert ADA not in str(found.value)


# ---- the command


class Operator:
    """Somebody in the site's folder, with the functions' settings."""

    def __init__(self, desk: Desk, folder: Path, port: int = 1) -> None:
        self.desk, self.file = desk, str(desk.folder / "june.md")
        self.environ: dict[str, str | None] = {
            "HANDBILL_RUN_CATALOG": str(desk.options.private),
            "HANDBILL_RUN_STORE": f"sqlite:{folder}/people.db",
            "HANDBILL_RUN_MAIL": f"smtp://localhost:{port}",
            "HANDBILL_RUN_CONTACT_KEY": KEYS.contact.hex(),
            "HANDBILL_RUN_LEDGER_KEY": KEYS.ledger.hex(),
            "HANDBILL_RUN_LEAVE_KEYS": KEYS.leave[0].hex(),
            "HANDBILL_RUN_LINK_KEYS": KEYS.links[0].hex(),
            "HANDBILL_RUN_RATE": "100",
        }
        desk.write(JUNE.replace("/events/ >", "/evenings/ >"))

    def sends(self, *words: str, answer: str = "", to: str = "main", **more: str) -> Result:
        typed = ["send", self.file, "--to", to, "-C", str(self.desk.options.root), *words]
        return CliRunner().invoke(cli, typed, env={**self.environ, **more}, input=answer)


@pytest.fixture
def operator(desk: Desk, tmp_path: Path) -> Operator:
    return Operator(desk, tmp_path)


def test_a_plan_is_told_and_nothing_more_is_done(operator: Operator, ctx: Context) -> None:
    subscribed(ctx, ADA)
    contacts.leave(ctx, NOW, subscribed(ctx, BOB), list="main", method="link")
    told = operator.sends("--plan")
    assert told.exit_code == 0
    digest = told.stdout.split()[-1]
    assert told.stdout.splitlines() == [
        "letters/june to main",
        "        1 gets it: 1 in en",
        "        1 do not: they did not agree to this list",
        f"plan {digest}",
    ]
    assert "/evenings/ leads nowhere" in told.stderr, "Warnings are told, beside the result."
    made = json.loads(operator.sends("--dry-run", "--json").stdout)
    assert (made["send"], made["excluded"]["no_consent"], made["digest"]) == (1, 1, digest)
    assert queued_for(ctx) == []


def test_the_plan_that_was_told_is_sent_by_its_digest_and_another_is_refused(operator: Operator, ctx: Context) -> None:
    ada = subscribed(ctx, ADA)
    digest = operator.sends("--plan").stdout.split()[-1]
    subscribed(ctx, BOB)
    refused = operator.sends("--confirm", digest)
    assert refused.exit_code == 1
    assert "The plan had 1 person, and now there are 2: 1 more. Nothing was sent." in refused.stderr
    assert queued_for(ctx) == []
    contacts.leave(ctx, NOW, ctx.contact_of(BOB), list="main", method="link")
    assert operator.sends("--confirm", digest).stdout == "1 in the outbox.\n"
    assert operator.sends("--confirm", digest).stdout == "0 in the outbox, 1 had theirs before.\n"
    assert queued_for(ctx) == [ada]


def test_without_a_digest_it_asks(operator: Operator, ctx: Context) -> None:
    ada = subscribed(ctx, ADA)
    no = operator.sends(answer="n\n")
    assert "Send it to 1?" in no.stderr
    assert (no.exit_code, queued_for(ctx)) == (1, [])
    yes = operator.sends(answer="y\n")
    assert (yes.exit_code, queued_for(ctx)) == (0, [ada])
    again = operator.sends()
    assert "Nobody is left to send it to." in again.stderr


def test_it_can_be_handed_over_at_once(desk: Desk, ctx: Context, tmp_path: Path) -> None:
    for address in (ADA, BOB, CY):
        subscribed(ctx, address)
    contacts.choose(ctx, NOW, ctx.contact_of(CY), lists={"main"}, lang="en", paused=2**33)
    with smtp_sink(starttls=False) as sink:
        operator = Operator(desk, tmp_path, sink.port)
        done = operator.sends("--deliver", answer="y\n")
        assert sorted(to for _, to in sink.envelopes) == [ADA, BOB]
    assert done.stdout.splitlines()[-2:] == ["3 in the outbox.", "2 sent, 0 later, 0 dropped, 0 given up."]
    subscribed(ctx, DEA)
    down = Operator(desk, tmp_path).sends("--deliver", answer="y\n")
    assert isinstance(down.exception, MachineError)
    assert "The rest waits for handbill run." in str(down.exception)


def test_a_test_is_sent_on_the_command_line(desk: Desk, ctx: Context, tmp_path: Path) -> None:
    with smtp_sink(starttls=False) as sink:
        operator = Operator(desk, tmp_path, sink.port)
        done = operator.sends("--test", "Me@CasaLume.example")
        assert (done.exit_code, sink.subjects) == (0, ["[Test] Three evenings in June"])
        assert [to.lower() for _, to in sink.envelopes] == ["me@casalume.example"]
        sink.answer_rcpt = lambda address: "550 5.1.1 no such person"
        assert "did not take the test (en)" in str(operator.sends("--test", "me@casalume.example").exception)
    assert list(ctx.store.every("", NOW)) == []
    assert isinstance(operator.sends("--test", "nobody").exception, UsageError)


def test_what_cannot_be_meant_is_refused(operator: Operator, ctx: Context, tmp_path: Path) -> None:
    subscribed(ctx, ADA)
    for words in (("--plan", "--deliver"), ("--test", ADA, "--confirm", "x"), ("--plan", "--confirm", "x")):
        assert isinstance(operator.sends(*words).exception, UsageError), words
    nobody = operator.sends(to="mian").exception
    assert isinstance(nobody, UsageError)
    assert str(nobody) == "Nobody agreed to a list 'mian'. There are: main."
    elsewhere = operator.sends("--plan", HANDBILL_RUN_CATALOG=str(tmp_path)).exception
    assert isinstance(elsewhere, MachineError)
    assert "Publish private/ there" in str(elsewhere)
    (operator.desk.folder / "june.md").write_text(JUNE.replace("subject", "subjcet"), "utf-8")
    assert isinstance(operator.sends().exception, ProblemsFound)
