"""Requests that nobody would send by a form: none makes the functions fail, tells how they are built, or comes back.

Each request is a function of SEED and its number, so whatever fails can be asked again by its number. They go through
every door there is (WSGI, a Function URL, an HTTP API, the plain call) to the real application over a real database.

In a usual run there are COUNT of them; `make fuzz` makes 100,000 (HANDBILL_FUZZ is the number, HANDBILL_FUZZ_SEED
another seed).
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest

from conftest import Site
from handbill_functions import contacts
from handbill_functions.app import ROUTES, App
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import deliver
from handbill_functions.entry import aws_lambda
from handbill_functions.entry.local import wsgi
from handbill_functions.limits import Limits
from handbill_functions.links import LIVES, Links, links_of
from handbill_functions.model import DAY, REQUEST, contact_pk
from handbill_functions.ports import Accepted, Envelope, Outcome
from handbill_functions.settings import read
from handbill_functions.stores.sqlite import SqliteStore
from handbill_functions.web import LARGEST, Request, Response
from handbill_functions.wire import Wired

COUNT = int(os.environ.get("HANDBILL_FUZZ", "6000"))
SEED = int(os.environ.get("HANDBILL_FUZZ_SEED", "1"))

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
OTHERS = Keys(contact=b"x" * 32, ledger=b"x" * 32, leave=(b"x" * 32,), links=(b"x" * 32,))
HOME = "https://casalume.example"
SETTINGS = read(
    {
        "HANDBILL_RUN_CATALOG": ".", "HANDBILL_RUN_STORE": "sqlite:people.db", "HANDBILL_RUN_MAIL": "smtp://localhost:25",
        **{f"HANDBILL_RUN_{name}": key.hex() for name, key in zip(
            ("CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS"),
            (KEYS.contact, KEYS.ledger, *KEYS.leave, *KEYS.links), strict=True,
        )},
    }
)  # fmt: skip
assert SETTINGS.keys == KEYS
SALON = "events/salon-to-stream"
FORM = "application/x-www-form-urlencoded"
PEOPLE = ("ada@example.org", "bob@example.org", "cy@example.org", "dee@example.org")

OPEN = Limits(network=10**9, unsaid=10**9, form=10**9, calm=10**9, site=10**9)
WARY = OPEN._replace(calm=0)
SHUT = Limits(network=0, unsaid=0, form=0, site=0)

ODD = (
    "", " ", "\0", "\t", "\r\n", "\r\nX-Odd: 1", "\n\n<b>", "%", "%zz", "%00", "%0d%0aX-Odd:1", "..", "../",
    "..%2f..%2f", "..\\", "/etc/passwd", "//evil.example", "//[", "//[::1", "http://evil.example/", "\\\\evil", "?",
    "#", ";", "&", "=", "+", "{{7*7}}", "{% x %}", "{{#if a}}", "${7*7}", "' OR 1=1 --", '"onload="x', "]]>", "<!--",
    "<script>alert(1)</script>", "\u202e", "\u2028", "\u0301" * 50, "İ", "ß", "ﬀ", "\ufeff", "\U0001f600", "é", "ａ",
    "NaN", "-1", "1e999", "٣", "0" * 32, "f" * 32, "A" * 300, "a" * 5000, "true", "null", "[]", "[0]", "__proto__",
)  # fmt: skip
BYTES = (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\x00", b"\x1b[2J", b"\x7f")
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "PROPFIND", "*")
KINDS = (
    FORM, f"{FORM}; charset=utf-8", f"{FORM}; charset=utf-16", FORM.upper(), "multipart/form-data; boundary=x",
    'multipart/form-data; boundary="x y"', "multipart/form-data", "multipart/mixed; boundary=x", "application/json",
    "text/plain", "", ";", "x" * 3000, "multipart/form-data; boundary=" + "b" * 200, "multipart/form-data; boundary=é",
)  # fmt: skip


class Case(NamedTuple):
    """One request, as it is before any door."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    mark: str
    """Stands in it wherever something can be written."""
    own: bool
    """Whether it is a form of the site, which may show a person what they typed."""


class Fuzz:
    """Makes the requests, out of what a visitor of this site could know and what nobody should send."""

    def __init__(self, forms: dict[str, dict[str, str]], paths: list[str]) -> None:
        self._forms, self._paths = forms, paths
        self._ids = sorted(forms)

    def case(self, number: int) -> Case:
        """The request of that number; always the same."""
        dice = Random(f"{SEED} {number}")
        mark = f"zq{number:x}qz"
        return dice.choices([self._form, self._link, self._noise], [6, 3, 2])[0](dice, mark)

    # ---- a form of the site, with something wrong

    def _form(self, dice: Random, mark: str) -> Case:
        id = dice.choice(self._ids)
        email = dice.choice([*PEOPLE, f"{mark}@example.org", f"{mark}@example.org"])
        fields = [*({**self._forms[id], "email": email}).items()]
        for _ in range(dice.choice([0, 1, 1, 1, 2, 5])):
            self._mutate(dice, fields, mark)
        where = "/api/subscribe" if dice.random() < 0.85 else "/api/resend"
        if where == "/api/resend" and dice.random() < 0.7:
            fields = [pair for pair in fields if pair[0] in ("email", "lang")]
        kind, body = self._encoded(dice, fields, mark)
        headers = {"content-type": kind, "origin": HOME, **self._headers(dice, mark)}
        method = "POST" if dice.random() < 0.95 else self._method(dice, mark)
        return Case(method, where, self._query(dice, mark), headers, body, mark, own=True)

    def _mutate(self, dice: Random, fields: list[tuple[str, str]], mark: str) -> None:
        place = dice.randrange(len(fields)) if fields else 0
        name, value = fields[place] if fields else ("email", "")
        match dice.randrange(9):
            case 0:
                fields[place : place + 1] = []
            case 1:
                fields.append((name, self._text(dice, mark)))
            case 2:
                fields.append((self._text(dice, mark), self._text(dice, mark)))
            case 3:
                fields[place : place + 1] = [(name, dice.choice(ODD) + value)]
            case 4:
                fields[place : place + 1] = [(name, value + dice.choice(ODD))]
            case 5:
                fields.append((dice.choice(["website", "press", "consent_marketing", "consent_x", "first_name"]), mark))
            case 6:
                domain = dice.choice(["example.org", "é.example", "faß.example", "x", ""])
                fields.append(("email", f"{mark}{dice.choice(ODD)}@{domain}"))
            case 7:
                fields += [(f"{mark}{each}", "") for each in range(dice.choice([3, 120]))]
            case _:
                fields[place : place + 1] = [(name, self._text(dice, mark))]

    def _encoded(self, dice: Random, fields: list[tuple[str, str]], mark: str) -> tuple[str, bytes]:
        """(content type, body), right or nearly so."""
        pairs = [(name.encode(), text.encode()) for name, text in fields]
        if dice.random() < 0.25:
            lines = [
                b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.replace(b'"', b"%22"), value)
                for name, value in pairs
            ]
            kind, body = "multipart/form-data; boundary=x", b"".join(lines) + b"--x--\r\n"
        else:
            kind, body = FORM, urlencode(pairs).encode()
        match dice.randrange(14):
            case 0:
                body = self._broken(dice, body, mark)
            case 1:
                kind = dice.choice(KINDS)
            case 2:
                body += b"&pad=" + b"a" * dice.choice([LARGEST - len(body) - 5, LARGEST, 10])
            case 3:
                kind = kind + "; " + mark
            case _:
                pass
        return kind, body

    def _broken(self, dice: Random, data: bytes, mark: str) -> bytes:
        for _ in range(dice.randrange(1, 5)):
            at = dice.randrange(len(data) + 1)
            upto = at + dice.choice([0, 0, 1, 3, 40])
            odd = dice.choice(ODD).encode()
            data = data[:at] + dice.choice([b"", *BYTES, mark.encode(), odd, odd, data[at : at + 99]]) + data[upto:]
        return data

    # ---- a link that was mailed, or nearly so

    def _link(self, dice: Random, mark: str) -> Case:
        path = dice.choice(self._paths)
        match dice.randrange(8):
            case 0:
                at = dice.randrange(len(path))
                path = path[:at] + dice.choice("AZaz09-_./%") + path[at + 1 :]
            case 1:
                path = path[: dice.randrange(len(path))]
            case 2:
                path += dice.choice([mark, "/", "//", "=", "%20", "/" + mark, quote(dice.choice(ODD))])
            case 3:
                path = path.replace(path.split("/")[2], dice.choice(sorted(ROUTES)))
            case _:
                pass
        method = dice.choices(["GET", "HEAD", "POST", self._method(dice, mark)], [5, 2, 6, 1])[0]
        fields = [
            (dice.choice(["topic", "language", "pause", "List-Unsubscribe", self._text(dice, mark)]),
             dice.choice(["main", "en", "pt", "30", "One-Click", self._text(dice, mark)]))
            for _ in range(dice.randrange(4))
        ]  # fmt: skip
        kind, body = self._encoded(dice, fields, mark)
        origin = {"origin": HOME} if dice.random() < 0.8 else {}
        headers = {"content-type": kind, **origin, **self._headers(dice, mark)}
        return Case(method, path, self._query(dice, mark), headers, body if method != "GET" else b"", mark, own=False)

    # ---- anything

    def _noise(self, dice: Random, mark: str) -> Case:
        word = dice.choice([*sorted(ROUTES), "health", "nothing", mark, ""])
        rest = dice.choice(["", "/", f"/{mark}", "/" + dice.randbytes(20).hex(), "/" + self._raw(dice, mark)])
        start = dice.choice(["/api/", "/api//", "/API/", "/", "//", "", "/api/../api/", "//[", "///", dice.choice(ODD)])
        path = start + word + rest
        body = dice.randbytes(dice.choice([0, 1, 30, 300])) if dice.random() < 0.7 else b"x" * (LARGEST + 1)
        headers = {"content-type": dice.choice(KINDS), "origin": dice.choice([HOME, "null", "", "\0", mark])}
        return Case(
            self._method(dice, mark), path, self._query(dice, mark), {**headers, **self._headers(dice, mark)}, body,
            mark, own=False,
        )  # fmt: skip

    def _raw(self, dice: Random, mark: str) -> str:
        return dice.choice(ODD) + mark + dice.choice(ODD)

    def _text(self, dice: Random, mark: str) -> str:
        match dice.randrange(5):
            case 0:
                return dice.choice(ODD)
            case 1:
                return f'{mark}"onx="{dice.choice(ODD)}'
            case 2:
                return f"{mark}<b>{dice.choice(ODD)}"
            case 3:
                return "".join(chr(dice.randrange(1, 0x2FFF)) for _ in range(dice.randrange(12)))
            case _:
                return mark * dice.choice([1, 1, 30, 900])

    def _method(self, dice: Random, mark: str) -> str:
        return dice.choice([*METHODS, mark.upper(), ""])

    def _query(self, dice: Random, mark: str) -> str:
        return dice.choice(["", "", "", f"lang={mark}", f"email={mark}@example.org", f"?{mark}", "a[]=" + "b" * 999])

    def _headers(self, dice: Random, mark: str) -> dict[str, str]:
        many = {
            "accept-language": mark, "user-agent": f"{mark} <b>", "referer": f"https://evil.example/{mark}",
            "x-forwarded-for": dice.choice([mark, "1.2.3.4", "::1, 9.9.9.9", "1.2.3.4:80, [::1]:80", "," * 900, "é"]),
            "x-forwarded-host": f"{mark}.example", "host": f"{mark}.example", "cookie": f"a={mark}", "x-" + mark: "1",
            "content-encoding": dice.choice(["gzip", "br", mark]), "content-length": dice.choice(["-1", "9" * 30, "٣"]),
            "origin": dice.choice([f"https://{mark}.example", "null", "", HOME.upper(), HOME + ".evil.example"]),
        }  # fmt: skip
        return {name: many[name] for name in dice.sample(sorted(many), dice.choice([0, 0, 1, 3]))}


# ---- the doors

Door = Callable[[App, Case], Response]


def plain(app: App, case: Case) -> Response:
    """As the functions are called by whatever is to come."""
    return app.handle(Request(case.method, case.path, case.headers, case.body, peer="198.51.100.7", id="r1"))


def over_wsgi(app: App, case: Case) -> Response:
    """As a WSGI server calls them, which decodes the path and knows the length of the body."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": case.method.replace("\0", "") or "GET", "SCRIPT_NAME": "", "QUERY_STRING": case.query,
        "PATH_INFO": _latin(case.path), "SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "198.51.100.7",
        "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": str(len(case.body)), "wsgi.input": io.BytesIO(case.body),
        "CONTENT_TYPE": case.headers.get("content-type", ""), "wsgi.version": (1, 0), "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "https", "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        **{
            "HTTP_" + name.upper().replace("-", "_"): _latin(value)
            for name, value in case.headers.items()
            if name not in ("content-type", "content-length")
        },
    }  # fmt: skip
    if "content-length" in case.headers:
        environ["CONTENT_LENGTH"] = case.headers["content-length"]
    told: list[Any] = []
    body = b"".join(wsgi(app)(environ, lambda status, headers: told.extend((status, headers))))
    return Response(int(told[0].split(" ")[0]), tuple(told[1]), body)


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def over_lambda(app: App, case: Case, *, stage: str = "$default", raw: bool = False) -> Response:
    """As AWS calls them: an event that is JSON, and an answer that must be."""
    text: str | None = base64.b64encode(case.body).decode()
    if raw:
        text = case.body.decode("utf-8", "replace")
    event = {
        "version": "2.0", "routeKey": "$default", "rawQueryString": case.query, "cookies": [case.mark],
        "rawPath": case.path if stage == "$default" else f"/{stage}{case.path}", "headers": case.headers,
        "requestContext": {
            "requestId": "r1", "stage": stage,
            "http": {"method": case.method, "path": case.path, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.7"},
        },
        "body": text, "isBase64Encoded": not raw,
    }  # fmt: skip
    answer = json.loads(json.dumps(aws_lambda.forms(json.loads(json.dumps(event)), None)))
    assert answer.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
    data = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    return Response(answer["statusCode"], tuple(answer["headers"].items()), data)


DOORS: tuple[Door, ...] = (
    plain,
    over_wsgi,
    over_lambda,
    lambda app, case: over_lambda(app, case, stage="live"),
    lambda app, case: over_lambda(app, case, raw=True),
)


# ---- the site


class Clock:
    """Stands where it is put."""

    at = NOW

    def now(self) -> int:
        return self.at


class Mailbox:
    """Takes what the outbox hands over."""

    def __init__(self) -> None:
        self.came: list[Envelope] = []

    def send(self, envelope: Envelope) -> Outcome:
        self.came.append(envelope)
        return Accepted("ok")

    def close(self) -> None: ...


@dataclass
class Target:
    """The functions of the sample site with some people in it, and what they log."""

    ctx: Context
    apps: list[App]
    clock: Clock
    fuzz: Fuzz
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many rows were ever written by this process."""
        assert isinstance(self.ctx.store, SqliteStore)
        return self.ctx.store._connection().total_changes


@pytest.fixture
def target(sample_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    store = SqliteStore(tmp_path / "people.db")
    store._connection().execute("PRAGMA synchronous = OFF")  # no power is lost here
    ctx = Context(store, sample_site.catalog, KEYS, {"door_code": "4711", "stream_url": "https://stream.example/"})
    clock, log = Clock(), list[dict[str, Any]]()
    apps = [App(ctx, clock, log.append, limits, hops) for limits, hops in ((OPEN, 0), (OPEN, 1), (WARY, 2), (SHUT, 0))]
    target = Target(ctx, apps, clock, Fuzz(forms_of(sample_site), paths_of(ctx)), log)
    yield target
    store.close()


def forms_of(site: Site) -> dict[str, dict[str, str]]:
    """What every form of the site posts when all is filled in."""
    found = {}
    for id in site.catalog.listed():
        form = site.catalog.entry(id)["form"]
        if form is not None:
            answers = {
                each["name"]: {"select": (each["options"] or ["x"])[0], "checkbox": "yes", "number": "3"}.get(
                    each["type"], "Ada"
                )
                for each in form["fields"]
            }
            boxes = {f"consent_{each}": "yes" for each in form["purposes"]}
            found[id] = {
                "email": "", "form": id, "intent": form["intent"], "lang": "en", "wording": form["wordings"]["en"],
                "website": "", **answers, **boxes,
            }  # fmt: skip
    assert len(found) > 3
    return found


def paths_of(ctx: Context) -> list[str]:
    """Links of somebody who confirmed, one who did not, one who left, one who was erased and a stranger; links that are
    too old, and links of another site."""
    entry = ctx.catalog.entry(SALON)
    assert entry["form"] is not None
    links = links_of(ctx.catalog.index()["site"], KEYS)
    found = []
    for number, email in enumerate([*PEOPLE, "eve@example.org"]):
        contact = ctx.contact_of(email)
        request = "00" * 16
        if number < 4:
            contacts.ask(
                ctx, NOW, email=email, lang="en", entry=entry, intent="event", list="main", purposes=["marketing"],
                fields={"first_name": "Ada"}, wording=entry["form"]["wordings"]["en"],
            )  # fmt: skip
            request = ctx.store.query(contact_pk(contact), REQUEST, NOW)[0].sk.removeprefix(REQUEST)
        if number in (0, 2, 3):
            contacts.confirm(ctx, NOW, contact, request)
        if number == 2:
            contacts.leave(ctx, NOW, contact, list=None, method="button")
        if number == 3:
            contacts.erase(ctx, NOW, contact, method="form")
        for made, now in ((links, NOW), (links, NOW - 31 * DAY), (Links(links.base, OTHERS), NOW)):
            found += [
                made.confirm(contact, request, now), made.leave(contact), made.leave(contact, "main"),
                made.preferences(contact, now), made.gate(contact, SALON, now), made.export(contact, now),
            ]  # fmt: skip
            if number in (3, 4):
                found.append(made.erase(contact, now))
    assert max(LIVES.values()) <= 31 * DAY
    return [path.removeprefix(HOME) for path in found]


# ---- what holds for every request

TOLD = re.compile(rb'Traceback|File "|\.py\b|Error\b|Exception|sqlite|SELECT |/work/|/tmp/|handbill_functions')
SHOWN_AGAIN = re.compile(rb'(?:value|content)="[^"<>]*"')
"""Where a form shows a person what they typed: within quotes, escaped."""


def test_no_request_fails_tells_how_it_is_made_or_comes_back(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: Counter[int] = Counter()
    shown_again = 0
    monkeypatch.setenv("HANDBILL_RUN_SITE", HOME)
    monkeypatch.setattr(aws_lambda, "told", lambda: SETTINGS)
    monkeypatch.setattr(aws_lambda, "log", target.log.append)
    for number in range(COUNT):
        case = target.fuzz.case(number)
        target.clock.at = NOW + number // 50
        app = target.apps[0 if number % 7 else number // 7 % len(target.apps)]
        monkeypatch.setattr(aws_lambda, "home", lambda app=app: aws_lambda.Home(SETTINGS, Wired(target.ctx, {}), app))
        before = target.changes
        try:
            response = DOORS[number % len(DOORS)](app, case)
            shown_again += check(target, case, response, before)
        except Exception as error:
            error.add_note(f"Request {number} of seed {SEED}: {case}")
            raise
        seen[response.status] += 1
        target.log.clear()
    assert {200, 303, 400, 403, 404, 405, 410, 413, 415, 422, 429} <= seen.keys(), seen
    assert shown_again > COUNT // 200, "Hardly a form was shown again, which is where words could come back."
    assert capsys.readouterr().out == ""
    with sqlite3.connect(target.ctx.store._path) as connection:  # type: ignore[attr-defined]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print(f"{COUNT} requests of seed {SEED}: {dict(sorted(seen.items()))}")
    mails_are_for_one_person_each(target)


def check(target: Target, case: Case, response: Response, before: int) -> bool:
    """Raises AssertionError for an answer that tells too much, or a reading that changed something. True where a form
    shows again what was typed."""
    assert 200 <= response.status < 500, target.log
    mark = case.mark.encode()
    body = response.body.lower()
    assert mark not in repr(response.headers).lower().encode(), response.headers
    assert mark not in json.dumps(target.log).lower().encode(), target.log
    assert not TOLD.search(response.body), TOLD.search(response.body)
    if mark in body:
        assert case.own
        assert response.status in (200, 422)
        assert mark not in SHOWN_AGAIN.sub(b"", body)
    for name, value in response.headers:
        assert value.isprintable(), (name, value)
    if case.method != "POST":
        assert target.changes == before
    if case.method == "HEAD":
        assert response.body == b""
    return mark in body


def mails_are_for_one_person_each(target: Target) -> None:
    """Whatever was typed, what goes out has the headers that it should have, and goes to one address."""
    mailbox = Mailbox()
    while deliver(target.ctx, mailbox, NOW + DAY, stream="service", limit=99).total:
        pass
    assert len(mailbox.came) > COUNT // 100
    for envelope in mailbox.came:
        assert re.fullmatch(r"[!-~]+@[a-z0-9.-]+", envelope.recipient)
        head, _, _ = envelope.message.partition(b"\r\n\r\n")
        names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
        assert len(names) == len(set(names))
        assert {name.decode() for name in names} <= HEADERS
        assert BytesParser(policy=SMTP).parsebytes(envelope.message)["To"] == envelope.recipient


HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Feedback-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
}  # fmt: skip
