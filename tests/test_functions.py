"""The functions behind the form, from request to response: on a real store, the sample's catalog and its own pages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Site
from handbill_functions.app import App
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import deliver
from handbill_functions.limits import Limits
from handbill_functions.model import DAY
from handbill_functions.ports import Accepted, Envelope, Outcome, Store
from handbill_functions.web import LARGEST, Request, Response

NOW = 1_795_000_000
KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
HOME = "https://casalume.example"
ADA = "ada@example.org"


@dataclass
class Person:
    """Somebody with a browser, a mailbox and a clock."""

    app: App
    clock: Any
    inbox: list[Envelope] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)

    def send(self, envelope: Envelope) -> Outcome:
        self.inbox.append(envelope)
        return Accepted("ok")

    def close(self) -> None: ...

    def post(self, path: str, fields: Any = (), *, origin: str | None = HOME, **headers: str) -> Response:
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            **({"origin": origin} if origin else {}),
            **headers,
        }
        return self.app.handle(Request("POST", path, sent, urlencode(fields, doseq=True).encode(), peer="198.51.100.7"))

    def get(self, path: str, method: str = "GET") -> Response:
        return self.app.handle(Request(method, path.removeprefix(HOME), peer="198.51.100.7"))

    def mail(self) -> None:
        """The outbox is swept."""
        deliver(self.app.ctx, self, self.clock.now(), stream="service")

    def link(self, word: str, number: int = -1) -> str:
        """The link of that kind in the text part of a mail that came."""
        text = self.inbox[number].message.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
        found = re.search(rf"{HOME}/api/{word}/[\w-]+", text)
        assert found is not None, f"There is no link to {word}."
        return found[0]

    def form(self, entry: str = "events/salon-to-stream", **more: str) -> dict[str, str]:
        form = self.app.ctx.catalog.entry(entry)["form"]
        assert form is not None
        filled = {
            "email": ADA,
            "form": entry,
            "intent": form["intent"],
            "lang": "en",
            "wording": form["wordings"]["en"],
        }
        return {**filled, "website": "", **more}

    def subscribed(self, **more: str) -> None:
        self.post("/api/subscribe", self.form(consent_marketing="yes", **more))
        self.mail()
        self.post(self.link("confirm").removeprefix(HOME))
        self.mail()


class Hands:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


@pytest.fixture
def person(sample_site: Site, store: Store) -> Person:
    secrets = {"door_code": "4711", "stream_url": "https://stream.example/salon"}
    hands = Hands()
    made = Person(None, hands)  # type: ignore[arg-type]
    made.app = App(Context(store, sample_site.catalog, KEYS, secrets), hands, made.log.append)
    return made


def title(response: Response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", response.body.decode())
    return unescape(found[1]) if found else ""


def header(response: Response, name: str) -> str:
    return dict(response.headers).get(name, "")


# ---- from the form to proof (J2)


def test_a_good_form_leads_to_the_page_that_says_to_look_into_the_inbox(person: Person) -> None:
    response = person.post("/api/subscribe", person.form())
    assert (response.status, header(response, "Location")) == (303, f"{HOME}/check-inbox/")
    assert header(response, "Cache-Control") == "no-store"


def test_multipart_is_as_good(person: Person) -> None:
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in person.form().items()
    )
    request = Request(
        "POST", "/api/subscribe", {"content-type": "multipart/form-data; boundary=x", "origin": HOME},
        f"{body}--x--\r\n".encode(),
    )  # fmt: skip
    assert person.app.handle(request).status == 303
    person.mail()
    assert len(person.inbox) == 1


def test_a_scanner_that_opens_the_link_confirms_nobody(person: Person) -> None:
    person.post("/api/subscribe", person.form())
    person.mail()
    before = list(person.app.ctx.store.every("", NOW))
    for number in range(100):
        assert person.get(person.link("confirm"), "HEAD" if number % 2 else "GET").status == 200
    assert list(person.app.ctx.store.every("", NOW)) == before


def test_the_page_lists_what_will_be_confirmed_and_the_button_confirms_once(person: Person) -> None:
    person.post("/api/subscribe", person.form(consent_marketing="yes", first_name="A <i>stranger"))
    person.mail()
    page = person.get(person.link("confirm")).body.decode()
    assert ADA in page
    assert "First name: <b>A &lt;i&gt;stranger</b>" in page
    assert "at most twice a month" in page
    path = person.link("confirm").removeprefix(HOME)
    assert f'action="{HOME}{path}"' in page
    done = person.post(path)
    assert title(done) == "You are in"
    assert "Bring nothing but your hands." in done.body.decode(), "the author's own thanks"
    again = person.post(path)
    assert (again.status, "before" in again.body.decode()) == (200, True)
    assert "Bring nothing but your hands." not in again.body.decode()


def test_the_answer_is_the_same_bytes_for_known_new_and_suppressed(person: Person) -> None:
    new = person.post("/api/subscribe", person.form())
    person.subscribed(email="bob@example.org")
    known = person.post("/api/subscribe", person.form(email="bob@example.org"))
    person.post(person.link("unsubscribe").removeprefix(HOME))
    left = person.post("/api/subscribe", person.form(email="bob@example.org"))
    trapped = person.post("/api/subscribe", person.form(email="eve@example.org", website="https://spam.example"))
    assert new == known == left == trapped


def test_a_newsletter_without_its_box_ticked_shows_the_form_and_stores_nothing(person: Person) -> None:
    response = person.post("/api/subscribe", person.form("site"))
    assert response.status == 422
    assert "Tick the box" in response.body.decode()
    assert list(person.app.ctx.store.every("", NOW)) == []
    assert person.post("/api/subscribe", person.form("site", consent_marketing="yes")).status == 303


def test_an_event_without_its_box_ticked_is_taken_and_nothing_of_marketing(person: Person) -> None:
    assert person.post("/api/subscribe", person.form()).status == 303
    person.mail()
    person.post(person.link("confirm").removeprefix(HOME))
    assert list(person.app.ctx.store.query(f"C#{person.app.ctx.contact_of(ADA)}", "CONSENT#", NOW)) == []


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@example.org\r\nBcc: eve@example.org"])
def test_a_wrong_address_is_told_beside_its_field_with_what_was_typed(person: Person, email: str) -> None:
    response = person.post("/api/subscribe", person.form(email=email, first_name='Ada "<b>'))
    page = response.body.decode()
    assert response.status == 422
    assert 'aria-invalid="true"' in page
    assert "Ada &#34;&lt;b&gt;" in page or "Ada &quot;&lt;b&gt;" in page
    assert 'value="events/salon-to-stream"' in page


def test_a_link_that_is_too_old_or_not_ours_says_so(person: Person) -> None:
    person.post("/api/subscribe", person.form())
    person.mail()
    path = person.link("confirm").removeprefix(HOME)
    assert person.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status == 404
    person.clock.at += 7 * DAY
    assert (person.get(path).status, title(person.get(path))) == (410, "This link is too old")
    assert person.post(path).status == 410


# ---- leaving (J3)


def test_one_click_of_a_mail_program_leaves_without_origin_agent_cookie_or_redirect(person: Person) -> None:
    person.subscribed()
    path = person.link("unsubscribe").removeprefix(HOME)
    for kind, body in (
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
        ),
    ):
        response = person.app.handle(Request("POST", path, {"content-type": kind, "user-agent": ""}, body))
        assert (response.status, header(response, "Location")) == (200, "")
    consents = person.app.ctx.store.query(f"C#{person.app.ctx.contact_of(ADA)}", "CONSENT#", NOW)
    assert [item.data["granted"] for item in consents] == [False]


def test_opening_the_link_changes_nothing_and_shows_one_button(person: Person) -> None:
    person.subscribed()
    before = list(person.app.ctx.store.every("", NOW))
    page = person.get(person.link("unsubscribe"))
    assert (page.status, page.body.count(b"<button")) == (200, 1)
    assert list(person.app.ctx.store.every("", NOW)) == before
    gone = person.post(person.link("unsubscribe").removeprefix(HOME), origin=None)
    assert (gone.status, header(gone, "Location")) == (303, f"{HOME}/left/")


def test_the_way_out_works_for_ever(person: Person) -> None:
    person.subscribed()
    path = person.link("unsubscribe").removeprefix(HOME)
    person.clock.at += 3650 * DAY
    assert person.post(path).status == 303
    assert person.post(path).status == 303


def test_what_one_receives_can_be_chosen_without_account_and_without_an_address_in_the_link(person: Person) -> None:
    person.subscribed()
    link = person.link("preferences")
    assert "ada" not in link.lower()
    assert " checked>" in person.get(link).body.decode()
    saved = person.post(link.removeprefix(HOME), {"language": "pt", "pause": "30"})
    page = saved.body.decode()
    assert saved.status == 200
    assert " checked>" not in page
    assert 'lang="pt"' in page[:200]
    before = list(person.app.ctx.store.every("", NOW))
    for wrong in ({"topic": "main", "language": "xx"}, {"topic": "nonsense"}, {"pause": ["30", "90"]}, {"pause": "31"}):
        assert person.post(link.removeprefix(HOME), wrong).status == 400
    assert list(person.app.ctx.store.every("", NOW)) == before


# ---- one's own data


def test_one_can_fetch_all_that_is_stored_and_have_it_erased(person: Person) -> None:
    person.subscribed(first_name="Ada")
    page = person.get(person.link("preferences")).body.decode()
    urls = {word: re.search(rf'href="({HOME}/api/{word}/[\w-]+)"', page) for word in ("export", "erase")}
    assert urls["export"] is not None
    assert urls["erase"] is not None
    data = json.loads(person.get(urls["export"][1]).body)
    assert data["profile"]["email"] == ADA
    assert data["asked_for"]["events/salon-to-stream"]["fields"] == {"first_name": "Ada"}
    assert [row["action"] for row in data["ledger"]] == ["requested", "verified", "granted"]
    ask = person.get(urls["erase"][1])
    assert (ask.status, ask.body.count(b"<button")) == (200, 1)
    assert title(person.post(urls["erase"][1].removeprefix(HOME))) == "It is erased"
    assert person.get(urls["export"][1]).status == 404
    assert not [item for item in person.app.ctx.store.every("", NOW) if ADA in str(item)]


# ---- gated words


def test_the_gate_opens_to_the_link_of_who_confirmed_and_to_nobody_else(person: Person) -> None:
    person.subscribed()
    link = person.app.ctx.catalog.index()["site"]["base_url"] + "/api/gate/"
    from handbill_functions.links import links_of

    links = links_of(person.app.ctx.catalog.index()["site"], KEYS)
    mine = links.gate(person.app.ctx.contact_of(ADA), "events/salon-to-stream", NOW)
    assert mine.startswith(link)
    assert "4711" in person.get(mine).body.decode()
    stranger = links.gate(person.app.ctx.contact_of("eve@example.org"), "events/salon-to-stream", NOW)
    assert person.get(stranger).status == 404
    person.clock.at += 31 * DAY
    assert person.get(mine).status == 410


# ---- resend


@pytest.mark.parametrize(("lang", "said"), [("en", "Once more"), ("pt", "Mais uma vez"), ("xx", "Once more")])
def test_the_page_that_says_to_look_into_the_inbox_leads_to_a_form_for_one_more_mail(
    person: Person, sample_site: Site, lang: str, said: str
) -> None:
    waits = "/pt/check-inbox/" if lang == "pt" else "/check-inbox/"
    if lang != "xx":
        assert f'href="/api/resend?lang={lang}"' in sample_site.pages()[waits].read_text("utf-8")
    shown = person.app.handle(Request("GET", "/api/resend", query=f"lang={lang}"))
    assert (shown.status, title(shown)) == (200, said)
    assert b'role="alert"' not in shown.body
    assert list(person.app.ctx.store.every("", NOW)) == []
    form = dict(re.findall(r'name="(\w+)" [^>]*value="([^"]*)"', shown.body.decode()))
    wrong = person.post("/api/resend", {**form, "email": "ada@"})
    assert (wrong.status, title(wrong)) == (422, said)
    assert b'aria-describedby="form-email-error"' in wrong.body
    sent = person.post("/api/resend", {**form, "email": ADA, "website": ""})
    assert (sent.status, header(sent, "Location")) == (303, f"{HOME}{waits}")


def test_the_confirm_mail_comes_again_after_its_cool_down_and_the_answer_tells_nothing(person: Person) -> None:
    person.post("/api/subscribe", person.form())
    person.mail()
    soon = person.post("/api/resend", {"email": ADA, "lang": "en"})
    person.mail()
    assert len(person.inbox) == 1
    person.clock.at += 900
    later = person.post("/api/resend", {"email": ADA, "lang": "en"})
    person.mail()
    assert len(person.inbox) == 2
    assert soon == later == person.post("/api/resend", {"email": "nobody@example.org", "lang": "en"})
    person.mail()
    assert len(person.inbox) == 2


# ---- abuse


def test_a_form_from_another_site_is_refused_and_one_from_nowhere_is_taken_under_tighter_limits(person: Person) -> None:
    assert person.post("/api/subscribe", person.form(), origin="https://evil.example").status == 403
    assert list(person.app.ctx.store.every("", NOW)) == []
    answers = [
        person.post("/api/subscribe", person.form(email=f"p{number}@example.org"), origin=None).status
        for number in range(8)
    ]
    assert answers == [303] * 6 + [429] * 2


def test_one_network_is_stopped_and_its_address_is_kept_nowhere(person: Person) -> None:
    answers = [
        person.post("/api/subscribe", person.form(email=f"p{number}@example.org")).status for number in range(32)
    ]
    assert answers == [303] * 30 + [429] * 2
    assert not [item for item in person.app.ctx.store.every("", NOW) if "198.51.100" in str(item)]


def test_forwarded_addresses_are_believed_from_our_own_proxies_alone(person: Person) -> None:
    spoofed = [
        person.post(
            "/api/subscribe", person.form(email=f"p{number}@example.org"), **{"x-forwarded-for": f"203.0.113.{number}"}
        ).status
        for number in range(31)
    ]
    assert spoofed[-1] == 429
    trusting = person.app._replace(trusted_hops=1)
    request = Request(
        "POST", "/api/subscribe",
        {
            "content-type": "application/x-www-form-urlencoded", "origin": HOME,
            "x-forwarded-for": "9.9.9.9, 203.0.113.50",
        },
        urlencode(person.form(email="q@example.org")).encode(), peer="198.51.100.7",
    )  # fmt: skip
    assert trusting.handle(request).status == 303


def test_a_victim_gets_three_mails_a_day_however_many_networks_ask(person: Person) -> None:
    for hour in range(24):
        for number in range(5):
            request = Request(
                "POST", "/api/subscribe", {"content-type": "application/x-www-form-urlencoded", "origin": HOME},
                urlencode(person.form(first_name=f"{hour} {number}")).encode(), peer=f"203.0.113.{hour * 5 + number}",
            )  # fmt: skip
            assert person.app.handle(request).status == 303
        person.clock.at += 3599
        person.mail()
    assert len(person.inbox) == 3
    assert all(b"23 4" not in envelope.message for envelope in person.inbox)


def test_under_attack_one_more_button_is_asked_for_and_pressing_it_is_enough(person: Person) -> None:
    app = person.app._replace(limits=Limits(network=999, calm=3, site=8))
    person.app = app
    for number in range(3):
        assert person.post("/api/subscribe", person.form(email=f"p{number}@example.org")).status == 303
    asked = person.post("/api/subscribe", person.form())
    page = asked.body.decode()
    assert (asked.status, title(asked), "<script" in page) == (200, "One more press", False)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    pressed = {name: unescape(value) for name, value in hidden.items()}
    assert person.post("/api/subscribe", {**pressed, "email": "other@example.org"}).status == 200
    assert person.post("/api/subscribe", pressed).status == 303
    for number in range(3, 7):
        again = person.post("/api/subscribe", person.form(email=f"p{number}@example.org"))
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', again.body.decode()))
        assert person.post("/api/subscribe", {name: unescape(value) for name, value in fields.items()}).status == 303
    assert person.post("/api/subscribe", pressed).status == 429


# ---- where it stands


class Below:
    """The sample's catalog, of a site below a base path."""

    def __init__(self, folder: Path) -> None:
        self._under = FolderReader(folder)

    def read(self, path: str) -> bytes | None:
        data = self._under.read(path)
        return data.replace(HOME.encode(), f"{HOME}/lamp".encode()) if data and path == "index.json" else data


@pytest.mark.parametrize(
    ("prefix", "status"), [("/lamp/api", 303), ("/api", 303), ("", 303), ("/lamp", 404), ("/other/api", 404)]
)
def test_a_proxy_may_hand_a_path_on_whole_or_without_what_it_matched(
    person: Person, sample_site: Site, prefix: str, status: int
) -> None:
    person.app = person.app._replace(ctx=person.app.ctx._replace(catalog=Catalog(Below(sample_site.private))))
    assert person.post(f"{prefix}/subscribe", person.form()).status == status
    if status == 303:
        person.mail()
        link = person.inbox[0].message.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
        found = re.search(rf"{HOME}/lamp/api(/confirm/[\w-]+)", link)
        assert found is not None, "links name the whole of it, whatever the proxy does"
        assert person.get(prefix + found[1]).status == 200


# ---- what cannot be read


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"a=" + b"x" * LARGEST, 413),
        ("application/x-www-form-urlencoded", b"email=ada@example.org&email=eve@example.org", 400),
        ("application/json", b"{}", 415),
        ("text/plain", b"email=ada@example.org", 415),
        ("application/x-www-form-urlencoded", b"email=%FF%FE", 400),
        ("application/x-www-form-urlencoded", b"email=%zz", 400),
        ("application/x-www-form-urlencoded", b"email=a%00b", 400),
        ("application/x-www-form-urlencoded", b"form=nothing&wording=" + b"0" * 32, 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(101)), 400),
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.exe"\r\n\r\nb\r\n--x--\r\n',
            400,
        ),
        ("application/x-www-form-urlencoded", b"", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_with_a_page_a_person_can_read(
    person: Person, kind: str, body: bytes, status: int
) -> None:
    response = person.app.handle(Request("POST", "/api/subscribe", {"content-type": kind, "origin": HOME}, body))
    assert (response.status, header(response, "Content-Type")) == (status, "text/html; charset=utf-8")
    assert title(response) != ""


def test_a_field_nobody_asked_for_is_refused(person: Person) -> None:
    assert person.post("/api/subscribe", person.form(password="geheim")).status == 400
    assert person.post("/api/subscribe", person.form(consent_everything="yes")).status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/subscribe", 405),
        ("PUT", "/api/subscribe", 405),
        ("POST", "/api/gate/" + "A" * 40, 405),
        ("GET", "/api/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/api/confirm", 404),
        ("GET", "/api/confirm/", 404),
        ("GET", "/api/confirm/../../etc/passwd", 404),
        ("GET", "/api/confirm/" + "A" * 5000, 404),
        ("GET", "/api/confirm/" + "A" * 60, 404),
        ("POST", "/api/subscribe/more", 404),
        ("GET", "/api/health", 200),
        ("HEAD", "/api/health", 200),
    ],
)
def test_every_path_and_method_has_its_answer(person: Person, method: str, path: str, status: int) -> None:
    response = person.app.handle(Request(method, path, {"origin": HOME}))
    assert response.status == status
    if method == "HEAD":
        assert response.body == b""


def test_every_page_may_load_nothing_stands_in_no_frame_and_is_kept_by_nobody(person: Person) -> None:
    person.subscribed()
    for path in (person.link("confirm", 0), person.link("unsubscribe"), person.link("preferences"), "/api/nothing"):
        found = person.get(path)
        policy = header(found, "Content-Security-Policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert header(found, "Referrer-Policy") == "same-origin"
        assert header(found, "Cache-Control") == "no-store"
        assert "Set-Cookie" not in dict(found.headers)


def test_the_log_knows_no_person(person: Person) -> None:
    person.subscribed(first_name="Lovelace")
    person.post("/api/subscribe", person.form(email="not an address"))
    person.get(person.link("preferences"))
    said = json.dumps(person.log)
    assert "ada" not in said.lower()
    assert "lovelace" not in said.lower()
    assert person.link("preferences").rpartition("/")[2] not in said
    assert {event["route"] for event in person.log} == {"subscribe", "confirm", "preferences"}


def test_a_catalog_that_is_missing_is_answered_and_not_raised(person: Person, tmp_path: Path) -> None:
    person.app = person.app._replace(ctx=person.app.ctx._replace(catalog=Catalog(FolderReader(tmp_path / "none"))))
    assert person.post("/api/subscribe", {"email": ADA}).status == 503
    assert person.get("/api/health").status == 200


def test_a_fault_of_ours_is_a_page_and_a_line_without_its_message(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError(f"about {ADA}")

    monkeypatch.setattr(person.app.ctx.store, "transact", broken)
    response = person.post("/api/subscribe", person.form())
    assert (response.status, title(response)) == (500, "Something went wrong")
    assert person.log[-1]["fault"].startswith("RuntimeError in broken")
    assert ADA not in json.dumps(person.log)
