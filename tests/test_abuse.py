"""What somebody would try against the functions: to mail a victim, to learn who is known, to go round the limits, to
lead a visitor or a proxy astray, to keep a server busy. Each attempt on the real parts, and what it comes to."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Site
from handbill.digest import digest
from handbill_functions import contacts
from handbill_functions.addresses import mailbox, normal
from handbill_functions.app import ROUTES
from handbill_functions.catalog import Catalog, FolderReader, Reader
from handbill_functions.catalog_s3 import S3Reader
from handbill_functions.context import Keys
from handbill_functions.errors import AddressError
from handbill_functions.limits import Limits
from handbill_functions.links import Links, links_of
from handbill_functions.model import INTENT, LEDGER, REQUEST, contact_pk
from handbill_functions.web import LARGEST, BadRequest, Request, form_of, networks_of
from test_functions import ADA, HOME, KEYS, NOW, Person, header, person
from test_run import ask, form, running

__all__ = ["person"]

SALON = "events/salon-to-stream"
FORM = "application/x-www-form-urlencoded"


def post_from(person: Person, peer: str, fields: dict[str, str], **headers: str) -> int:
    sent = {"content-type": FORM, "origin": HOME, **headers}
    return person.app.handle(Request("POST", "/api/subscribe", sent, urlencode(fields).encode(), peer=peer)).status


# ---- mailing a victim


@pytest.mark.parametrize(
    "spellings",
    [
        [f"ada+{number}@example.org" for number in range(9)],
        ["ada@gmail.com", "a.da@gmail.com", "ad.a@gmail.com", "A.D.A+x@Gmail.com", "ada+y@gmail.com"],
    ],
)  # fmt: skip
def test_one_mailbox_gets_three_mails_a_day_however_its_address_is_spelled(
    person: Person, spellings: list[str]
) -> None:
    for spelling in spellings:
        assert person.post("/api/subscribe", person.form(email=spelling)).status == 303
        person.mail()
        person.clock.at += 1000
    assert len(person.inbox) == 3
    assert person.inbox[0].recipient == spellings[0], "It is written to as it was typed."


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ada+x@example.org", "ada@example.org", True),
        ("a.da@example.org", "ada@example.org", False),
        ("a.da@gmail.com", "ada@gmail.com", True),
        ("+ada@example.org", "+bob@example.org", False),
        ("ada-x@example.org", "ada@example.org", False),
    ],
)
def test_what_counts_as_one_mailbox(one: str, other: str, same: bool) -> None:
    assert (mailbox(normal(one)) == mailbox(normal(other))) == same


def test_two_people_of_one_spelling_are_still_two_contacts(person: Person) -> None:
    person.subscribed(email="ada+x@example.org")
    assert contacts.preferences(person.app.ctx, NOW, person.app.ctx.contact_of(ADA)) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@faß.example", "ada@xn--fa-hia.example"),  # and not fass.example, which is somebody else's
        ("ada@FASS.example", "ada@fass.example"),
        ("ada@ςα.example", "ada@xn--mxa7a.example"),
        ("ada@STRASSE.example", "ada@strasse.example"),
        ("ada@ＥＸＡＭＰＬＥ。org", "ada@example.org"),
    ],
)
def test_a_letter_of_another_script_is_no_letter_of_somebody_elses_domain(typed: str, kept: str) -> None:
    assert normal(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["ada@ex\u200dample.org", "ada@ex\u200cample.org", "аda@example.org", "ada@example.org\u202e"],
)
def test_what_nobody_sees_or_sees_as_another_is_no_address(typed: str) -> None:
    with pytest.raises(AddressError):
        normal(typed)


# ---- learning who is known


def test_asking_for_the_mail_again_costs_the_same_for_every_address(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.subscribed(email="known@example.org")
    person.subscribed(email="gone@example.org")
    contacts.suppress(person.app.ctx, NOW, person.app.ctx.contact_of("gone@example.org"), "bounced", method="bounce")
    person.post("/api/subscribe", person.form(email="waiting@example.org"))
    person.clock.at += 1000
    calls: list[Any] = []
    for name in ("get", "get_each", "query", "transact"):
        whole = getattr(person.app.ctx.store, name)

        def counted(*args: Any, _name: str = name, _whole: Any = whole, **more: Any) -> Any:
            calls.append((_name, 1 if _name in ("get", "query") else len(args[0])))
            return _whole(*args, **more)

        monkeypatch.setattr(person.app.ctx.store, name, counted)
    seen = []
    for who in ("new", "known", "gone", "waiting"):
        calls.clear()
        answer = person.post("/api/resend", {"email": f"{who}@example.org", "lang": "en"})
        seen.append((answer, list(calls)))
    assert all(each == seen[0] for each in seen)
    assert seen[0][0].status == 303


class Edited:
    """The catalog of a site from which some files were taken since."""

    def __init__(self, under: Reader, gone: str) -> None:
        self._under, self._gone = under, gone

    def read(self, path: str) -> bytes | None:
        return None if re.fullmatch(self._gone, path) else self._under.read(path)


@pytest.mark.parametrize("gone", ["entries/events/.*", "entries/site.json", "entries/.*"])
def test_a_page_that_was_taken_away_answers_all_alike_too(person: Person, sample_site: Site, gone: str) -> None:
    person.post("/api/subscribe", person.form())
    person.clock.at += 1000
    reader = Edited(FolderReader(sample_site.private), gone)
    person.app = person.app._replace(ctx=person.app.ctx._replace(catalog=Catalog(reader)))
    answers = [person.post("/api/resend", {"email": email, "lang": "en"}) for email in (ADA, "nobody@example.org")]
    assert answers[0] == answers[1]
    assert answers[0].status == 303, person.log


# ---- changing what somebody asked for


@pytest.mark.parametrize(
    "theirs",
    [
        {"first_name": "Pay me at evil.example"},
        {"first_name": ""},
        {"lang": "pt"},
        {"intent": "waitlist"},
        {"wording": "pt"},
        {"consent_marketing": ""},
    ],
)
def test_who_posts_the_address_of_another_changes_nothing_of_what_waits_for_them(
    person: Person, theirs: dict[str, str]
) -> None:
    form = person.app.ctx.catalog.entry(SALON)["form"]
    assert form is not None
    if "wording" in theirs:
        theirs = {"wording": form["wordings"]["pt"]}
    mine = person.form(first_name="Ada", consent_marketing="yes")
    assert person.post("/api/subscribe", mine).status == 303
    person.mail()
    for spelling in (ADA, ADA.upper()):
        assert person.post("/api/subscribe", {**mine, **theirs, "email": spelling}).status == 303
    person.mail()
    assert len(person.inbox) == 1
    person.post(person.link("confirm", 0).removeprefix(HOME))
    person.mail()
    assert b"Ada" in person.inbox[1].message
    assert intent_of(person) == ("event", "en", {"first_name": "Ada"})
    ctx = person.app.ctx
    rows = [row.data for row in ctx.store.query(contact_pk(ctx.contact_of(ADA)), LEDGER, NOW)]
    assert [(row["action"], row["wording"]) for row in rows] == [
        (action, form["wordings"]["en"]) for action in ("requested", "verified", "granted")
    ]
    person.clock.at += 1000
    person.mail()
    assert len(person.inbox) == 3, "What was asked for in another way is its own request, and has its own e-mail."
    assert b"evil" not in person.inbox[2].message
    person.post(person.link("confirm", 2).removeprefix(HOME))
    kept = {**mine, **theirs}
    name = {"first_name": kept["first_name"]} if kept["first_name"] else {}
    assert intent_of(person) == (kept["intent"], kept["lang"], name)


def intent_of(person: Person) -> tuple[str, str, dict[str, str]]:
    """What Ada asked for at the salon, as it was confirmed."""
    ctx = person.app.ctx
    kept = ctx.store.get(contact_pk(ctx.contact_of(ADA)), INTENT + SALON, person.clock.at)
    assert kept is not None
    return kept.data["intent"], kept.data["lang"], kept.data["fields"]


def test_of_a_thousand_ways_to_ask_for_one_address_those_are_kept_that_it_gets_a_link_to(person: Person) -> None:
    person.app = person.app._replace(limits=Limits(network=99_999, calm=99_999))
    ctx, waiting = person.app.ctx, contact_pk(person.app.ctx.contact_of(ADA))
    for number in range(40):
        person.post("/api/subscribe", person.form(first_name=f"n{number}"))
        person.clock.at += 60
    person.mail()
    links = {person.link("confirm", number) for number in range(len(person.inbox))}
    assert len(links) == len(ctx.store.query(waiting, REQUEST, person.clock.at)) == 3


# ---- consent that nobody saw


def test_words_that_did_not_ask_for_it_give_no_consent(person: Person, sample_site: Site) -> None:
    whole = FolderReader(sample_site.private)
    data = json.dumps({**person.app.ctx.catalog.wording(person.form()["wording"]), "purposes": {}}).encode()
    silent = digest(data)

    class More:
        def read(self, path: str) -> bytes | None:
            return data if path == f"wordings/{silent}.json" else whole.read(path)

    person.app = person.app._replace(ctx=person.app.ctx._replace(catalog=Catalog(More())))
    assert person.post("/api/subscribe", person.form(wording=silent)).status == 303
    assert person.post("/api/subscribe", person.form(wording=silent, consent_marketing="yes")).status == 400


# ---- going round the limits


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "networks"),
    [
        ("198.51.100.7", "", 0, ("198.51.100.7",)),
        ("2001:db8:1:2:3:4:5:6", "", 0, ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("::ffff:198.51.100.7", "", 0, ("198.51.100.7",)),
        ("2002:c633:6407::1", "", 0, ("198.51.100.7",)),  # 6to4: an IPv4 address with 65,536 networks
        ("fe80::1%eth0", "", 0, ("fe80::/64", "fe80::/48")),
        ("10.0.0.1", "203.0.113.9", 0, ("10.0.0.1",)),
        ("10.0.0.1", "203.0.113.9", 1, ("203.0.113.9",)),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", 1, ("203.0.113.9",)),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", 2, ("203.0.113.9",)),
        ("10.0.0.1", "203.0.113.9", 2, ("10.0.0.1",)),
        ("10.0.0.1", "203.0.113.9:51234", 1, ("203.0.113.9",)),
        ("10.0.0.1", "[2001:db8:1:2::9]:443", 1, ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("10.0.0.1", "6.6.6.6, anything", 1, ("unknown",)),
        ("", "", 0, ("unknown",)),
    ],
)
def test_what_the_limits_of_a_network_count_by(peer: str, forwarded: str, hops: int, networks: tuple[str, ...]) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert networks_of(Request("POST", "/", headers, peer=peer), hops) == networks


def test_a_network_of_many_networks_is_stopped_as_one(person: Person) -> None:
    person.app = person.app._replace(limits=Limits(network=2))
    own = [post_from(person, f"2001:db8:1:2::{n}", person.form(email=f"a{n}@example.org")) for n in range(4)]
    assert own == [303, 303, 429, 429]
    wide = [post_from(person, f"2001:db8:1:{n + 3:x}::1", person.form(email=f"b{n}@example.org")) for n in range(20)]
    assert wide.count(303) == 18
    assert wide[-2:] == [429, 429]
    assert post_from(person, "2001:db8:2::1", person.form(email="c@example.org")) == 303


def test_who_hides_where_they_come_from_is_not_without_limits(person: Person) -> None:
    person.app = person.app._replace(limits=Limits(network=2), trusted_hops=1)
    spoofed = [
        post_from(
            person, "10.0.0.1", person.form(email=f"p{n}@example.org"), **{"x-forwarded-for": f"x{n}, nonsense{n}"}
        )
        for n in range(4)
    ]
    assert spoofed == [303, 303, 429, 429]


def test_the_honeypot_answers_as_if_all_were_well_and_counts_and_stores_nothing(person: Person) -> None:
    before = list(person.app.ctx.store.every("", NOW))
    for number in range(50):
        trapped = person.form(email=f"p{number}@example.org", website="https://spam.example")
        assert post_from(person, "198.51.100.7", trapped) == 303
    assert list(person.app.ctx.store.every("", NOW)) == before


def test_a_body_that_is_made_to_be_slow_is_answered_at_once() -> None:
    """Composing letters and encoding domains take time that grows with the square of their length."""
    for typed in ("a" + "\u0323\u0301" * 16_000 + "@x.example", "a@" + "é" * 30_000 + ".example", "a@" + "é." * 15_000):
        began = time.process_time()
        with pytest.raises(AddressError):
            normal(typed)
        assert time.process_time() - began < 0.1
    shapes = {
        FORM: [b"a&" * (LARGEST // 2), b"%61" * (LARGEST // 3)],
        "multipart/form-data; boundary=x": [
            b"--x\r\n" * (LARGEST // 6) + b"--x--",
            b"--x\r\n" + b"content-disposition:" + b"\n" * 60_000 + b"\r\n\r\nv\r\n--x--",
            b"--x\r\n" + b"content-disposition:form-data;\n" * 2_000 + b"\r\n\r\nv\r\n--x--",
            b"--x\r\ncontent-disposition: form-data; " + b"name=" * 12_000 + b"\r\n\r\nv\r\n--x--",
        ],
    }
    for kind, bodies in shapes.items():
        for body in bodies:
            began = time.process_time()
            with suppress(BadRequest):
                form_of(Request("POST", "/", {"content-type": kind}, body))
            assert time.process_time() - began < 0.1


# ---- leading a visitor astray


@pytest.mark.parametrize(
    "more",
    [
        {"lang": "//evil.example"},
        {"lang": "en\r\nLocation: https://evil.example"},
        {"intent": "https://evil.example"},
        {"form": "//evil.example"},
        {"wording": "https://evil.example"},
        {"next": "https://evil.example"},
        {"first_name": "a\r\nLocation: https://evil.example"},
    ],
)
def test_no_field_and_no_header_leads_anywhere_else(person: Person, more: dict[str, str]) -> None:
    strange = {"host": "evil.example", "x-forwarded-host": "evil.example", "referer": "https://evil.example/"}
    response = person.post("/api/subscribe", {**person.form(), **more}, **strange)
    assert header(response, "Location") in ("", f"{HOME}/check-inbox/")
    assert "evil" not in str(response.headers)
    person.mail()
    assert all(b"evil" not in envelope.message for envelope in person.inbox)


def test_a_link_is_good_for_one_thing_for_one_person_at_one_site(person: Person) -> None:
    person.subscribed()
    links = links_of(person.app.ctx.catalog.index()["site"], KEYS)
    contact, stranger = person.app.ctx.contact_of(ADA), person.app.ctx.contact_of("eve@example.org")
    request = person.app.ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
    mine = {
        "confirm": links.confirm(contact, request, NOW), "unsubscribe": links.leave(contact),
        "preferences": links.preferences(contact, NOW), "gate": links.gate(contact, SALON, NOW),
        "export": links.export(contact, NOW), "erase": links.erase(contact, NOW),
    }  # fmt: skip
    assert mine.keys() == {word for word, route in ROUTES.items() if route.token}
    before = list(person.app.ctx.store.every("", NOW))
    for word, link in mine.items():
        assert person.get(link).status == 200
        token = link.rpartition("/")[2]
        for other in mine.keys() - {word}:
            assert person.get(f"/api/{other}/{token}").status == 404
            assert person.post(f"/api/{other}/{token}").status in (404, 405)
    others = Keys(contact=KEYS.contact, ledger=KEYS.ledger, leave=(b"o" * 32,), links=(b"o" * 32,))
    theirs = Links(links.base, others)
    swapped = Links(links.base, KEYS._replace(leave=KEYS.links, links=KEYS.leave))
    for foreign in (theirs, swapped):
        for link in (
            foreign.confirm(contact, request, NOW), foreign.leave(contact), foreign.preferences(contact, NOW),
            foreign.gate(contact, SALON, NOW), foreign.export(contact, NOW), foreign.erase(contact, NOW),
        ):  # fmt: skip
            assert person.get(link).status == 404
    for link in (links.preferences(stranger, NOW), links.export(stranger, NOW), links.erase(stranger, NOW)):
        assert person.get(link).status == 404
    assert list(person.app.ctx.store.every("", NOW)) == before


def test_a_confirm_link_of_before_erasure_brings_nobody_back(person: Person) -> None:
    person.subscribed()
    confirm = person.link("confirm", 0).removeprefix(HOME)
    contacts.erase(person.app.ctx, NOW, person.app.ctx.contact_of(ADA), method="form")
    assert person.post(confirm).status == 410
    assert contacts.preferences(person.app.ctx, NOW, person.app.ctx.contact_of(ADA)) is None


def test_the_press_of_one_form_signs_up_nobody_else_and_not_for_ever(person: Person) -> None:
    person.app = person.app._replace(limits=Limits(calm=1))
    assert person.post("/api/subscribe", person.form(email="first@example.org")).status == 303
    page = person.post("/api/subscribe", person.form()).body.decode()
    found = re.search(r'name="press" value="([^"]+)"', page)
    assert found is not None
    assert person.post("/api/subscribe", person.form(email="eve@example.org", press=found[1])).status == 200
    assert person.post("/api/subscribe", person.form("site", consent_marketing="yes", press=found[1])).status == 200
    person.clock.at += 900
    assert person.post("/api/subscribe", person.form(press=found[1])).status == 200
    person.clock.at -= 900
    assert person.post("/api/subscribe", person.form(press=found[1])).status == 303


# ---- out of the catalog

ASTRAY = (
    "../index", "..", "../../etc/passwd", "/etc/passwd", "..\\..\\x", "%2e%2e/index", "....//index", "site/../index",
    "events/../../index", "index", "emails/x", "\u2024\u2024/index", "．．/index", "s3://other/x", "C:\\x", "a\0b",
)  # fmt: skip
OURS = re.compile(r"index\.json|entries/(?!.*\.\.)[^\\:]+\.json|(?:wordings|answers|emails)/[0-9a-f]{32}\.json")


class Bucket:
    """An S3 client that has a folder for its bucket, and remembers what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.asked = folder, list[str]()

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        import io

        from botocore.exceptions import ClientError

        self.asked.append(Key)
        file = self._folder / Key.removeprefix("site/")
        if not file.is_file():
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(file.read_bytes())}


@pytest.mark.parametrize("field", ["form", "lang", "wording", "intent"])
def test_no_field_leads_out_of_the_catalog(person: Person, sample_site: Site, field: str) -> None:
    bucket = Bucket(sample_site.private)
    person.app = person.app._replace(
        ctx=person.app.ctx._replace(catalog=Catalog(S3Reader("b", "site", client=bucket))), limits=Limits(network=999)
    )
    for number, astray in enumerate(ASTRAY):
        posted = person.form(email=f"p{number}@example.org", **{field: astray})
        assert person.post("/api/subscribe", posted).status in (400, 303)
        assert person.get(f"/api/gate/{astray}").status == 404
    assert all(OURS.fullmatch(key.removeprefix("site/")) for key in bucket.asked), bucket.asked


# ---- keeping a server busy, and making two requests of one


@pytest.fixture(scope="module")
def server(sample_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Any]]:
    """The server of one machine, really started, with three seconds of patience."""
    with running(sample_site, tmp_path_factory.mktemp("server"), 1, patience=3) as (port, process):
        yield port, process


def raw(*head: str, body: bytes = b"") -> bytes:
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body


def answers_of(port: int, data: bytes) -> tuple[list[int], bytes]:
    """(statuses, all that came) of whatever was sent over one connection, up to its end or half a second of silence."""
    came = b""
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
        try:
            connection.sendall(data)
            while piece := connection.recv(65_536):
                came += piece
        except OSError:  # silent, or closed before all was sent
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", came)], came


POST = ("POST /api/subscribe HTTP/1.1", "Host: x", f"Content-Type: {FORM}", f"Origin: {HOME}")
CHUNKED = "Transfer-Encoding: chunked"
HIDDEN = raw("GET /api/health HTTP/1.1", "Host: x")
"""What a second reader would take for a request of its own."""


@pytest.mark.parametrize(
    ("data", "statuses"),
    [
        (raw(*POST, "Content-Length: 99", CHUNKED, body=b"0\r\n\r\n" + HIDDEN), [400]),
        (raw(*POST, "Content-Length: 3", CHUNKED, body=b"3\r\na=1\r\n0\r\n\r\n" + HIDDEN), [400]),
        (raw(*POST, "Transfer-Encoding: xchunked", "Content-Length: 3", body=b"a=1" + HIDDEN), [501]),
        (raw(*POST, "Transfer-Encoding : chunked", "Content-Length: 3", body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, "Content-Length: 3", f"Content-Length: {len(HIDDEN) + 3}", body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, "Content-Length: 3, 3", body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, "Content-Length: +3", body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, "Content-Length: " + "9" * 5000, body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, "X: a\nTransfer-Encoding: chunked", "Content-Length: 3", body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, "X: a\rTransfer-Encoding: chunked", "Content-Length: 3", body=b"a=1" + HIDDEN), [400]),
        (raw(*POST, CHUNKED, body=b"3\r\na=1XX0\r\n\r\n" + HIDDEN), [400]),
        (raw("POST /api/subscribe HTTP/1.0", "Connection: keep-alive", CHUNKED, body=HIDDEN), [400]),
        (raw("GET /api/nothing HTTP/1.1", "Host: x", f"Content-Length: {len(HIDDEN)}", body=HIDDEN), [404]),
        (raw("GET http://[/api/health HTTP/1.1", "Host: x"), [400]),
        (raw("GET //[ HTTP/1.1", "Host: x"), [404]),
        (b"GET /api/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", [400]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]),
    ],
)  # fmt: skip
def test_no_request_hides_another_one(server: tuple[int, Any], data: bytes, statuses: list[int]) -> None:
    found, came = answers_of(server[0], data)
    assert found == statuses
    assert b"Traceback" not in came
    assert b'{"status":"ok"}' not in came


def test_what_is_no_request_is_refused_without_being_repeated(server: tuple[int, Any]) -> None:
    for data in (b"zqmark / HTTP/1.1\r\n\r\n", b"G<zqmark> / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nzqmark\r\n\r\n"):
        statuses, came = answers_of(server[0], data)
        assert statuses in ([400], [404])
        assert b"zqmark" not in came


def test_a_body_too_large_is_refused_before_it_is_read_and_a_packed_one_is_not_unpacked(
    server: tuple[int, Any],
) -> None:
    port = server[0]
    assert answers_of(port, raw(*POST, "Content-Length: 10000000", body=b"a" * 300_000))[0] == [413]
    piece = b"20000\r\n" + b"a" * 0x20000 + b"\r\n"
    assert answers_of(port, raw(*POST, CHUNKED, body=piece * 4 + b"0\r\n\r\n"))[0] == [413]
    bomb = gzip.compress(b"email=" + b"a" * 30_000_000)
    assert len(bomb) < LARGEST
    began = time.monotonic()
    sent = raw(*POST, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}", body=bomb)
    assert answers_of(port, sent)[0] == [400]
    assert time.monotonic() - began < 2
    parts = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 1_200 + b"--x--\r\n"
    multipart = (*POST[:2], "Content-Type: multipart/form-data; boundary=x", f"Content-Length: {len(parts)}")
    assert answers_of(port, raw(*multipart, body=parts))[0] == [400]


def test_two_hundred_who_drip_their_requests_keep_nobody_waiting(server: tuple[int, Any]) -> None:
    """A byte now and then is no sign of life: each connection is closed when its request should have been there."""
    port = server[0]
    dripping = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(200)]
    for number, each in enumerate(dripping):
        each.sendall(raw(*POST, "Content-Length: 900")[: None if number % 2 else 40])
    began = time.monotonic()
    closed = 0
    while dripping and time.monotonic() - began < 12:
        if not closed:
            assert ask(port, "GET", "/api/health")[0] == 200
        left = []
        for each in dripping:
            try:
                each.sendall(b"a")
                left.append(each)
            except OSError:
                closed += 1
                each.close()
        dripping = left
        time.sleep(0.3)
    for each in dripping:
        each.close()
    assert closed == 200
    assert time.monotonic() - began > 2, "They were closed before their time."


def test_the_log_of_all_that_is_json_and_names_nobody(sample_site: Site, tmp_path: Path) -> None:
    with running(sample_site, tmp_path, 1) as (port, process):
        for data in (
            raw(*POST, "Content-Length: " + "9" * 5000),
            raw("GET http://[/zqmark HTTP/1.1"),
            b"zqmark\r\n\r\n",
        ):
            answers_of(port, data)
        answers_of(port, raw("ZQMARK /api/subscribe HTTP/1.1", "Host: x"))
        ask(port, "POST", "/api/subscribe", form(sample_site, "not an address"))
        process.terminate()
        process.wait(timeout=15)
        said = process.stderr.read()
    events = [json.loads(line) for line in said.splitlines()]
    assert {event["event"] for event in events} >= {"start", "request", "stop"}
    assert {event["method"] for event in events if event["event"] == "request"} == {"POST", "other"}
    for word in ("zqmark", "127.0.0.1:", "Traceback", "not an address"):
        assert word.lower() not in said.lower().replace(f"127.0.0.1:{port}", "")
