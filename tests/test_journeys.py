"""Three journeys, whole: a creator from nothing to a live page, a subscriber to proof, and one who leaves for good.

Everything is as in the world: `handbill run` is a process that is stopped and started anew, on SQLite or on DynamoDB;
before it stands a proxy with TLS that serves the built pages with their `_headers`; the form is filled in Chromium with
script off; the mail comes over SMTP with TLS; and what an operator does, the command does.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from conftest import STORES
from dynamodb_local import CREDENTIALS, Local
from front import Front, front
from handbill_functions.model import contact_id, contact_pk
from helpers import Serving, Site, Told, handbill, make_site
from smtp_sink import Sink, smtp_sink
from test_jsonld import check_event
from visitor import Visitor, visiting

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"
KEY = "ab" * 32
DAYS_LATER = 8
SOON = datetime.now() + timedelta(days=30)
CONSENT = "Yes, write to me about new evenings."
SITE = f"""\
name: Casa Lume
base_url: URL
timezone: Europe/Lisbon
currency: EUR
languages: [en]
sender: {{ email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }}
consent: {{ controller: "Casa Lume, Lda", marketing: "{CONSENT}" }}
signup: /api
"""
EVENT = f"""\
---
title: Salon
summary: Lamps by hand.
starts: {SOON:%Y-%m-%d} 19:00
duration: 90m
venue: Town Hall
signup: {{ fields: [first_name], thanks: Thank you for coming. }}
---
Come as you are.

::: gate
The door code is **{{{{< secret door_code >}}}}**.
:::
"""
LETTER = (
    "---\nsubject: June\npreheader: What we lit this month, and when the next evening is.\n---\nThe lamps are lit.\n"
)

AHEAD = """
import os, runpy, time
real, ahead = time.time, int(os.environ["AHEAD"])
time.time = lambda: real() + ahead
runpy.run_module("handbill", run_name="__main__", alter_sys=True)
"""
"""Runs the command on a machine whose clock is so many seconds ahead."""


@pytest.fixture(scope="module")
def visitor(node: str, chromium: str, node_modules: Path) -> Iterator[Visitor]:
    with visiting(node, chromium) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def world() -> Iterator[Front]:
    """What stands before every house."""
    with front() as world:
        yield world


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, world: Front) -> Site:
    """The site, built: each house begins with a copy of it."""
    home = "---\ntitle: Casa Lume\n---\nLamps.\n"
    files: dict[str, str | bytes] = {"content/events/salon.md": EVENT, "content/pages/index.md": home}
    site = make_site(tmp_path_factory.mktemp("built"), files, site=SITE.replace("URL", world.url))
    site.build(at=time.time())
    return site


class House:
    """A site with all that stands behind it, and its operator."""

    def __init__(self, folder: Path, front: Front, sink: Sink, store: str, environ: Mapping[str, str]) -> None:
        self.front, self.sink = front, sink
        self.site = Site(folder, folder / "public", folder / "private")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            front.functions = free.getsockname()[1]
        front.public = self.site.public
        (folder / "ca.pem").write_bytes(sink.authority)
        self.environ = {
            **environ,
            "SSL_CERT_FILE": str(folder / "ca.pem"),
            "HANDBILL_RUN_STORE": store,
            "HANDBILL_RUN_MAIL": f"smtp://localhost:{sink.port}",
            "HANDBILL_RUN_LISTEN": f"127.0.0.1:{front.functions}",
            "HANDBILL_RUN_TRUSTED_HOPS": "1",
            **{f"HANDBILL_RUN_{name}": KEY for name in ("CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS")},
            "HANDBILL_RUN_SECRET_DOOR_CODE": "4711",
        }
        self.log = folder / "log.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    # ---- the operator

    def start(self, *, ahead: int = 0) -> None:
        """`handbill run`, on a machine whose clock is so many seconds ahead."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("HANDBILL_", "AWS_"))}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", AHEAD, "run"], cwd=self.site.root, stderr=log,
                env={**env, **self.environ, "AHEAD": str(ahead)},
            )  # fmt: skip
        self.until(lambda: self.front.ask("GET", "/api/health").status == 200, "it answers")

    def stop(self) -> None:
        """Ends it as a service manager does; it must finish in good order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            process, self._process = self._process, None
            assert process.wait(20) == 0, self.log.read_text()

    def types(self, *words: str | Path, code: int = 0) -> str:
        """What a command says; it must end with `code`."""
        done = handbill(*words, cwd=self.site.root, **self.environ)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def shows(self, address: str) -> dict[str, Any]:
        """All that is stored about somebody."""
        found: dict[str, Any] = json.loads(self.types("contacts", "show", address))
        return found

    def knows(self, address: str) -> bool:
        return "Nothing is stored" not in handbill(
            "contacts", "show", address, cwd=self.site.root, **self.environ
        ).stderr  # fmt: skip

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def until(self, holds: Any, what: str) -> None:
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end, f"It never came that {what}.\n{self.log.read_text()}"
            time.sleep(0.02)

    # ---- the mailbox

    def mails(self, address: str) -> list[EmailMessage]:
        return [message for message in self.sink.messages if message["To"] == address]

    def mail(self, address: str, number: int) -> EmailMessage:
        """The so-manieth message to somebody, once it has come."""
        self.until(lambda: len(self.mails(address)) >= number, f"{address} has {number} mails")
        return self.mails(address)[number - 1]

    def link(self, message: EmailMessage, word: str) -> str:
        body = message.get_body(("plain",))
        assert body is not None
        found = re.search(rf"{self.front.url}/api/{word}/[\w-]+", body.get_content())
        assert found is not None, body.get_content()
        return found[0]

    # ---- a program that posts

    def posts(self, path: str, page: str, **fields: str) -> Told:
        """Posts the form of a page as it stands there, from there."""
        form = re.search(rf'<form[^>]*action="([^"]*{path})"(.*?)</form>', self.front.ask("GET", page).body, re.DOTALL)
        assert form is not None
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
        body = "&".join(f"{name}={value}" for name, value in {**hidden, **fields}.items())
        return self.front.ask("POST", form[1], body, Origin=self.front.url)


@pytest.fixture(params=STORES)
def house(request: pytest.FixtureRequest, tmp_path: Path, world: Front, built: Site) -> Iterator[House]:
    """A house on each store."""
    shutil.copytree(built.root, tmp_path, dirs_exist_ok=True)
    with ExitStack() as stack:
        if request.param == "dynamodb":
            local: Local = request.getfixturevalue("dynamodb")
            store = f"dynamodb:{local.table()}"
            environ = {**CREDENTIALS, "AWS_ENDPOINT_URL_DYNAMODB": local.endpoint}
        else:
            store, environ = f"sqlite:{tmp_path}/people.db", {}
        made = House(tmp_path, world, stack.enter_context(smtp_sink()), store, environ)
        stack.callback(made.stop)
        made.start()
        yield made


# J1: a creator, from nothing to a live page ---------------------------------------------------------------------------


def test_a_creator_gets_from_nothing_to_a_live_capture_page(tmp_path: Path, visitor: Visitor, world: Front) -> None:
    def types(*words: str) -> str:
        done = handbill(*words, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # A site, and an evening in it.
    folder = tmp_path
    types("init", "salon")
    folder = tmp_path / "salon"
    types("check")
    assert types("new", "event", "lamp-salon").strip() == "content/events/lamp-salon.md"
    file = folder / "content/events/lamp-salon.md"
    made = file.read_text()
    for key in ("starts:", "timezone:", "summary:", "draft: true"):
        assert f"\n{key}" in made
    for sample in (folder / "content").iterdir():  # the sample has shown what it can
        if sample.is_dir() and sample.name != "events":
            shutil.rmtree(sample)
    for sample in (folder / "content/events").iterdir():
        if sample.is_dir():
            shutil.rmtree(sample)

    with Serving(folder) as serving:
        # It is shown while it is written; a slip is told in the terminal and over the page, until it is mended.
        visitor.arrive(script=True)
        page = visitor.open(f"{serving.url}events/lamp-salon/")
        assert "Draft" in page.text
        visitor.look("handbill-preview .pill")
        since = len(serving.lines)
        file.write_text(made.replace("starts:", "start:"))
        told = visitor.look("handbill-preview .wrong").looked
        assert "content/events/lamp-salon.md:4:1" in told
        assert "starts" in told
        assert serving.said(r"content/events/lamp-salon\.md:4:1: .*start", since=since)
        file.write_text(made)
        assert visitor.gone("handbill-preview .wrong").heading == "Lamp salon"

        # Their own address: the mail is in the inbox, and its button confirms.
        visitor.arrive()
        visitor.open(f"{serving.url}events/lamp-salon/")
        visitor.fill(email=ADA)
        posted = visitor.press("main form button")
        assert (posted.statuses, posted.url) == ([303, 200], f"{serving.url}check-inbox/")
        visitor.open(f"{serving.url}_handbill/inbox/")
        mail = visitor.press("td a")
        link = re.search(rf"{serving.url}api/confirm/[\w-]+", mail.text)
        assert link is not None
        visitor.open(link[0])
        assert visitor.press("main form button").heading == "You are in"
        people = visitor.open(f"{serving.url}_handbill/people/").text
        assert ADA in people
        assert "Nothing waits to be confirmed." in people

    # Published: nothing of anybody else, no cookie, within the first flight of packets, and an Event for machines.
    file.write_text(made.replace("draft: true\n", ""))
    types("build", "--base-url", world.url)
    world.public = folder / "public"
    visitor.arrive()
    page = visitor.open(f"{world.url}/events/lamp-salon/")
    assert (page.statuses, page.heading) == ([200], "Lamp salon")
    assert (page.cookies, page.elsewhere, page.console) == (0, [], [])
    assert len(gzip.compress((folder / "public/events/lamp-salon/index.html").read_bytes())) <= 14_336
    assert "<script src" not in page.html
    assert '<link rel="stylesheet"' not in page.html, "all style is in the page: nothing else is on the way"
    graph = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.html, re.DOTALL)
    assert graph is not None
    check_event(next(each for each in json.loads(graph[1])["@graph"] if each["@type"] == "Event"))


# J2: a subscriber, from the form to proof -----------------------------------------------------------------------------


def test_a_subscriber_gets_from_the_form_to_proof(house: House, visitor: Visitor) -> None:
    url = house.front.url

    # With script off, a form leads to the page that says to look into the inbox.
    visitor.arrive()
    visitor.open(f"{url}/events/salon/")
    visitor.fill(email="ada@example")
    wrong = visitor.press("main form button")
    assert (wrong.statuses, wrong.url) == ([422], f"{url}/api/subscribe")
    assert re.search(r'aria-describedby="form-email-error"', wrong.html)
    visitor.arrive()
    visitor.open(f"{url}/events/salon/")
    visitor.fill(email=ADA, first_name="Ada")
    visitor.tick("consent_marketing")
    sent = visitor.press("main form button")
    assert (sent.statuses, sent.url, sent.cookies) == ([303, 200], f"{url}/check-inbox/", 0)
    assert (sent.elsewhere, sent.console) == ([], [])

    # Without its box ticked, a newsletter shows the form again and stores nothing; an evening is taken all the same.
    unticked = house.posts("/subscribe", "/", email=EVE)
    error = re.search(
        r'name="consent_marketing"[^>]*aria-invalid="true"[^>]*aria-describedby="([\w-]+)"', unticked.body
    )
    assert (unticked.status, error is not None) == (422, True)
    assert f'id="{error[1]}">Tick the box' in unticked.body
    assert not house.knows(EVE)
    assert house.posts("/subscribe", "/events/salon/", email=BOB).status == 303

    # A scanner opens the link, and nobody is confirmed by that.
    link = house.link(house.mail(ADA, 1), "confirm")
    for method in ("GET", "HEAD", "GET"):
        assert house.front.ask(method, link).status == 200
    waiting = house.shows(ADA)
    assert (waiting["profile"], len(waiting["not_confirmed"]), waiting["ledger"]) == ({}, 1, [])

    # A person opens it and presses the button; pressed again, it says so.
    asked = visitor.open(link)
    assert CONSENT in asked.text
    done = visitor.press("main form button")
    assert (done.statuses, done.heading) == ([200], "You are in")
    assert "Thank you for coming." in done.text
    again = house.front.ask("POST", link, "", Origin=url)
    assert again.status == 200
    for page in (visitor.open(link).text, again.body):
        assert "This address was confirmed before." in page
    welcome = house.mail(ADA, 2)
    assert "4711" in str(welcome.get_body(("plain",)))
    house.front.ask("POST", house.link(house.mail(BOB, 1), "confirm"), "", Origin=url)
    assert house.mail(BOB, 2)["Subject"] == "You are on the list: Salon"
    assert house.shows(BOB)["consents"] == {}

    # The same address signs up again: the answer is that of a new one, nothing changes, and at most one mail goes.
    before = house.shows(ADA)
    known = house.posts("/subscribe", "/events/salon/", email=ADA, first_name="Ada", consent_marketing="yes")
    new = house.posts(
        "/subscribe", "/events/salon/", email="new@example.org", first_name="Ada", consent_marketing="yes"
    )
    assert known == new
    house.mail("new@example.org", 1)
    after = house.shows(ADA)
    assert {**after, "not_confirmed": before["not_confirmed"]} == before
    assert len(house.mails(ADA)) <= 3

    # What they agreed to can be shown: the words, both moments, the form's hash, what became of each mail.
    html, written = (house.site.root / name for name in house.types("consent", "prove", ADA).split())
    proof = json.loads(written.read_text())
    requested, verified, granted = proof["ledger"]
    assert [row["action"] for row in proof["ledger"]] == ["requested", "verified", "granted"]
    assert granted["shown"]["sentence"] == CONSENT
    assert requested["happened"] <= verified["happened"] == granted["happened"]
    assert (house.site.private / f"wordings/{granted['wording']}.json").is_file()
    results = {each["name"]: (each["state"], bool(each.get("reference"))) for each in reversed(proof["messages"])}
    assert (results["confirm"], results["welcome"]) == (("sent", True), ("sent", True))
    assert CONSENT in html.read_text()
    assert not re.search(r"(src|href)=", html.read_text()), "it opens without any network"
    assert house.types("consent", "verify").strip().endswith("0 that do not hold.")
    alter(house, ADA, "LEDGER#00000003", "marketing", "marketinh")
    assert f"contact {contact(ADA)}: row 3 was altered" in house.types("consent", "verify", code=1)

    # A request that nobody confirmed is gone after seven days, and nothing of it is kept.
    assert house.knows("new@example.org")
    house.stop()
    house.start(ahead=DAYS_LATER * 86_400)
    house.until(lambda: "new@example.org" not in everything(house), "the request is gone")
    left = handbill("contacts", "show", "new@example.org", cwd=house.site.root, **house.environ)
    assert "Nothing is stored about that address." in left.stderr
    assert ADA in everything(house)


def contact(address: str) -> str:
    return contact_id(bytes.fromhex(KEY), address)


def alter(house: House, address: str, sk: str, old: str, new: str) -> None:
    """Changes a letter of an item, behind the back of the functions."""
    kind, _, where = house.environ["HANDBILL_RUN_STORE"].partition(":")
    if kind == "sqlite":
        with sqlite3.connect(where) as store:
            found = store.execute(
                "UPDATE item SET data = replace(data, ?, ?) WHERE pk = ? AND sk = ?",
                (old, new, contact_pk(contact(address)), sk),
            )
            assert found.rowcount == 1
        return
    client = table(house)
    key = {"pk": {"S": contact_pk(contact(address))}, "sk": {"S": sk}}
    item = client.get_item(TableName=where, Key=key)["Item"]
    item["data"] = {"S": item["data"]["S"].replace(old, new)}
    client.put_item(TableName=where, Item=item)


def table(house: House) -> Any:
    from dynamodb_local import client_at

    return client_at(house.environ["AWS_ENDPOINT_URL_DYNAMODB"])


def everything(house: House) -> str:
    """All that lies on the disk of the store, as text: also what has expired, or was deleted and not overwritten."""
    kind, _, where = house.environ["HANDBILL_RUN_STORE"].partition(":")
    if kind == "sqlite":
        return "".join(
            path.read_bytes().decode("latin-1") for path in sorted(Path(where).parent.glob(f"{Path(where).name}*"))
        )
    return json.dumps(list(table(house).get_paginator("scan").paginate(TableName=where)), default=str)


# J3: a subscriber leaves, and stays gone ------------------------------------------------------------------------------


def test_a_subscriber_leaves_and_stays_gone(house: House, visitor: Visitor) -> None:
    url, root = house.front.url, house.site.root
    house.posts("/subscribe", "/events/salon/", email=ADA, first_name="Ada", consent_marketing="yes")
    house.front.ask("POST", house.link(house.mail(ADA, 1), "confirm"), "", Origin=url)
    house.mail(ADA, 2)

    # A letter says how to leave, to a person and to a program.
    writes_to_all(house, "june")
    letter = house.mail(ADA, 3)
    link = house.link(letter, "unsubscribe")
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in house.sink.raw[-1], "on one line, and not folded"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # The next one waits: their mailbox is full for now.
    house.sink.answer_rcpt = lambda address: "451 4.2.2 full"
    writes_to_all(house, "july")
    house.until(lambda: "4.2.2" in house.types("outbox", "list"), "the letter was put off")
    house.sink.answer_rcpt = lambda address: "250 2.1.5 fine"

    # Opening the link changes nothing: a page with one button, and the way to topics and a rest.
    before = house.shows(ADA)
    visitor.arrive()
    page = visitor.open(link)
    assert page.html.count("<button") == 1
    less = visitor.press('main a[href*="/preferences/"]')
    assert 'name="topic"' in less.html
    assert 'name="pause"' in less.html
    assert house.shows(ADA) == before

    # One click of a mail program: within two seconds, with no cookie, origin or agent; and all marketing stops.
    began = time.monotonic()
    told = house.front.ask("POST", link, "List-Unsubscribe=One-Click", User_Agent="")
    assert (told.status, "set-cookie" in told.headers, "location" in told.headers) == (200, False, False)
    assert time.monotonic() - began < 2
    after = house.shows(ADA)
    assert [each["granted"] for each in after["consents"].values()] == [False]
    assert after["ledger"][-1]["method"] == "one-click"

    # What they asked for still comes, and the letter does not.
    house.site.edit("content/events/salon.md", "venue: Town Hall", "venue: Old Mill\nrevision: 1")
    house.site.build(at=time.time())
    house.stop()
    house.start(ahead=3600)
    changed = house.mail(ADA, 4)
    assert "Old Mill" in str(changed.get_body(("plain",)))
    house.until(lambda: any(each.get("state") == "dropped" for each in house.events()), "the letter was dropped")
    assert [each["reason"] for each in house.events() if each.get("state") == "dropped"] == ["no consent"]
    assert len(house.mails(ADA)) == 4

    # They ask for their data, and have it erased: nothing is left of them anywhere.
    choices = visitor.open(house.link(changed, "preferences"))
    export = re.search(r'href="([^"]+/api/export/[^"]+)"', choices.html)
    assert export is not None
    assert json.loads(house.front.ask("GET", export[1]).body)["profile"]["email"] == ADA
    asked = visitor.press('main a[href*="/erase/"]')
    assert asked.html.count("<button") == 1
    assert visitor.press("main form button").heading == "It is erased"
    house.types("contacts", "export", "people.jsonl")
    places = {"store": everything(house), "log": house.log.read_text(), "export": (root / "people.jsonl").read_text()}
    assert [place for place, text in places.items() if re.search(ADA, text, re.IGNORECASE)] == []
    assert [place for place, text in places.items() if '"Ada"' in text] == []

    # An old list is imported: they are counted, and stay gone.
    (root / "old.csv").write_text(f"email\n{ADA}\n{EVE}\n")
    assert "1 added, 0 known, 1 suppressed, 0 wrong." in house.types("contacts", "import", "old.csv")
    assert not house.shows(ADA)["profile"].get("email")


def writes_to_all(house: House, name: str) -> None:
    """The operator sends a letter to the list: first the plan, then the plan of that digest."""
    (house.site.root / f"{name}.md").write_text(LETTER.replace("June", name.capitalize()))
    plan = house.types("send", f"{name}.md", "--to", "main", "--plan")
    digest = re.search(r"plan (\S+)", plan)
    assert digest is not None
    assert "1 gets it: 1 in en" in plan
    assert "1 in the outbox" in house.types("send", f"{name}.md", "--to", "main", "--confirm", digest[1])
