"""`handbill serve` runs it all: sign up on the page, read the mail in the inbox, confirm, leave, be forgotten.

Over real sockets, to a server in a process of its own. In Chromium, with script off: tests/browser/signup.mjs walks.
"""

from __future__ import annotations

import html
import json
import os
import re
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from handbill.serve.functions import own_keys
from handbill_functions.errors import SettingsError
from helpers import EVENT, SITE, Serving, Site, Told, ask, make_site, tree
from smtp_sink import smtp_sink

HERE = Path(__file__).parent / "browser"
AT = "2026-11-24T12:00+00:00"
GATED = EVENT.replace(
    "venue: Town Hall", "venue: Town Hall\nsignup: { fields: [first_name], thanks: Thank you for coming. }"
)
GATED += "\n::: gate\nThe door code is **{{< secret door_code >}}**. Ring nothing.\n:::\n"
FILES: dict[str, str | bytes] = {"content/events/salon.md": GATED}
ADA = "ada@example.org"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("people"), FILES)


@pytest.fixture(scope="module")
def serving(site: Site) -> Iterator[Serving]:
    with Serving(site.root) as serving:
        yield serving


@pytest.fixture
def empty(serving: Serving) -> Serving:
    """A server that knows nobody."""
    assert forget(serving).status == 303
    return serving


def forget(serving: Serving) -> Told:
    return post(serving, "/_handbill/forget", {})


def post(serving: Serving, path: str, fields: dict[str, str], *, origin: str | None = None) -> Told:
    own = f"http://127.0.0.1:{serving.port}" if origin is None else origin
    headers = {"Content-Type": "application/x-www-form-urlencoded", **({"Origin": own} if own else {})}
    return ask(serving.port, "POST", path.removeprefix(own) if own else path, headers, urlencode(fields))


def sign_up(serving: Serving, email: str = ADA, page: str = "/events/salon/", **more: str) -> Told:
    """Posts the form of a page as it stands there."""
    form = re.search(r'<form[^>]*action="([^"]*/subscribe)"(.*?)</form>', serving.get(page).body, re.DOTALL)
    assert form is not None
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return post(serving, form[1], {**hidden, "email": email, **more})


def subjects(serving: Serving) -> list[tuple[str, str]]:
    """(number, subject) of what is in the inbox, newest first."""
    return re.findall(r'href="/_handbill/inbox/(\d+)/">([^<]+)</a>', serving.get("/_handbill/inbox").body)


def mail(serving: Serving, number: str | None = None) -> EmailMessage:
    """A message of the inbox, or the newest."""
    number = number or subjects(serving)[0][0]
    told = serving.get(f"/_handbill/inbox/{number}/message.eml")
    return BytesParser(policy=policy.default).parsebytes(told.body.encode())


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link(message: EmailMessage, word: str, port: int) -> str:
    """The path of a link in the text of a message, which must lead to this server."""
    found = re.search(rf"http://127\.0\.0\.1:{port}(\S*/api/{word}/[\w-]+)", text(message))
    assert found is not None, text(message)
    return found[1]


def people(serving: Serving) -> str:
    """What the page of people says, without its marks."""
    return bare(serving.get("/_handbill/people/").body)


def bare(page: str) -> str:
    """A page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def subscribed(serving: Serving, email: str = ADA) -> EmailMessage:
    """Signs up and confirms; gives the welcome."""
    assert sign_up(serving, email, consent_marketing="yes", first_name="Ada").status == 303
    assert post(serving, link(mail(serving), "confirm", serving.port), {}).status == 200
    return mail(serving)


# From the form to the welcome -----------------------------------------------------------------------------------------


def test_a_sign_up_is_answered_by_the_page_that_says_check_your_inbox_and_its_mail_is_there(empty: Serving) -> None:
    told = sign_up(empty)
    assert (told.status, told.headers["location"]) == (303, f"http://127.0.0.1:{empty.port}/check-inbox/")
    assert [subject for _, subject in subjects(empty)] == ["Please confirm: Salon"]
    assert mail(empty)["Delivered-To"] == mail(empty)["To"] == ADA
    assert ADA in people(empty)
    assert "Nobody has confirmed an address." in people(empty)


def test_the_welcome_is_whole_though_nobody_told_the_secret(empty: Serving) -> None:
    welcome = subscribed(empty)
    assert "The door code is [door_code]. Ring nothing." in text(welcome)
    assert "HANDBILL_RUN_SECRET_DOOR_CODE" in empty.get("/_handbill/inbox/").body
    gate = empty.get(link(welcome, "gate", empty.port))
    assert gate.status == 200
    assert "[door_code]" in gate.body


def test_a_secret_that_is_told_stands_in_the_welcome(site: Site) -> None:
    with Serving(site.root, HANDBILL_RUN_SECRET_DOOR_CODE="4711") as serving:
        assert "The door code is 4711." in text(subscribed(serving))
        assert "SECRET_DOOR_CODE" not in serving.get("/_handbill/inbox/").body


def test_every_address_of_the_site_in_a_mail_leads_to_this_server(empty: Serving) -> None:
    welcome = subscribed(empty)
    body = welcome.get_body(("html",))
    assert body is not None
    shown = text(welcome) + str(body.get_content())
    assert "https://casalume.example" not in shown
    own = set(re.findall(rf'http://127\.0\.0\.1:{empty.port}([^\s"<>]*)', html.unescape(shown)))
    assert len(own) > 4
    for path in own:
        assert empty.get(path or "/").status == 200, path


def test_a_form_that_lacks_something_is_shown_again_and_nothing_is_sent(empty: Serving) -> None:
    told = sign_up(empty, "nobody")
    assert told.status == 422
    assert f'action="http://127.0.0.1:{empty.port}/api/subscribe"' in told.body
    assert subjects(empty) == []


def test_one_address_gets_one_confirm_mail_and_the_outbox_says_why_there_is_no_second(empty: Serving) -> None:
    first, second = sign_up(empty), sign_up(empty)
    assert (first.status, first.headers["location"], first.body) == (
        second.status, second.headers["location"], second.body,
    )  # fmt: skip
    assert len(subjects(empty)) == 1
    assert "this address has had one a moment ago" in people(empty)


# Leaving --------------------------------------------------------------------------------------------------------------


def test_preferences_can_be_chosen_by_the_link_of_the_mail(empty: Serving) -> None:
    path = link(subscribed(empty), "preferences", empty.port)
    assert ADA in empty.get(path).body
    told = post(empty, path, {"language": "pt", "pause": "30"})
    assert told.status == 200
    contact = re.search(r'/_handbill/people/([0-9a-f]{32})/">', empty.get("/_handbill/people/").body)
    assert contact is not None
    page = bare(empty.get(f"/_handbill/people/{contact[1]}/").body)
    assert "Language pt" in page
    assert "Rests until" in page
    assert "withdrawn" in page


def test_whoever_erases_themselves_is_found_nowhere(empty: Serving, site: Site) -> None:
    path = link(subscribed(empty), "preferences", empty.port)
    erase = re.search(r'href="http://127\.0\.0\.1:\d+(/api/erase/[\w-]+)"', empty.get(path).body)
    assert erase is not None
    assert post(empty, erase[1], {}).status == 200
    assert "(erased)" in people(empty)
    assert ADA not in people(empty)


# What is kept, and where ----------------------------------------------------------------------------------------------


def test_the_ledger_of_a_contact_is_shown_and_a_row_that_was_altered_is_named(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with Serving(site.root) as serving:
        subscribed(serving)
        contact = re.search(r'/_handbill/people/([0-9a-f]{32})/">', serving.get("/_handbill/people/").body)
        assert contact is not None
        path = f"/_handbill/people/{contact[1]}/"
        assert "It holds: no row was altered" in serving.get(path).body
        with sqlite3.connect(site.root / ".handbill" / "serve" / str(serving.port) / "people.db") as store:
            store.execute("UPDATE item SET data = replace(data, 'marketing', 'tracking') WHERE sk = 'LEDGER#00000003'")
        assert "<b>It does not hold:</b> row 3 was altered." in serving.get(path).body


def test_people_and_mails_are_found_again_after_a_restart_on_the_same_port(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with Serving(site.root) as serving:
        welcome = subscribed(serving)
        port, before = serving.port, subjects(serving)
    with Serving(site.root, port=port) as serving:
        assert serving.port == port
        assert subjects(serving) == before
        assert ADA in people(serving)
        assert ADA in serving.get(link(welcome, "preferences", port)).body, "its links work as before"


def test_two_servers_on_one_site_share_nobody(serving: Serving, site: Site) -> None:
    forget(serving)
    with Serving(site.root) as other:
        subscribed(other)
        assert (len(subjects(other)), len(subjects(serving))) == (2, 0)
        assert ADA not in people(serving)


def test_the_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    keys = own_keys(tmp_path / ".handbill" / "keys")
    assert own_keys(tmp_path / ".handbill" / "keys") == keys
    assert stat.S_IMODE((tmp_path / ".handbill" / "keys").stat().st_mode) == 0o600
    assert len({keys.contact, keys.ledger, *keys.leave, *keys.links}) == 4
    assert sorted(path.name for path in (tmp_path / ".handbill").iterdir()) == [".gitignore", "keys"]


def test_neither_keys_nor_people_are_ever_added_to_a_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    site = make_site(tmp_path, FILES)
    with Serving(site.root) as serving:
        subscribed(serving)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    added = subprocess.run(["git", "ls-files"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    assert added == ["content/events/salon.md", "content/site.yaml"]


def test_keys_that_are_damaged_are_told_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("HANDBILL_RUN_CONTACT_KEY=short\n")
    with pytest.raises(SettingsError, match="is damaged"):
        own_keys(path)
    assert path.read_text() == "HANDBILL_RUN_CONTACT_KEY=short\n"


def test_nothing_of_anybody_is_in_what_is_published(empty: Serving, site: Site) -> None:
    subscribed(empty)
    keys = (site.root / ".handbill" / "keys").read_text().split()
    secret = [line.partition("=")[2].encode() for line in keys]
    below = site.root / ".handbill" / "serve" / str(empty.port)
    for folder in ("public", "private"):
        for path, data in tree(below / folder).items():
            assert ADA.encode() not in data, path
            assert not any(key in data for key in secret), path
    assert not (site.root / "public").exists()
    for name in ("inbox", "people.db"):
        assert stat.S_IMODE((below / name).stat().st_mode) & 0o077 == 0, f"{name} is for its owner alone"
    for path in ("/people.db", "/.handbill/keys", "/../people.db", "/_handbill/inbox/../people.db"):
        assert empty.get(path).status == 404


def test_everybody_can_be_forgotten_and_only_by_a_page_of_this_server(empty: Serving, site: Site) -> None:
    subscribed(empty)
    for origin in ("", "null", "https://evil.example", f"http://127.0.0.1:{empty.port + 1}"):
        assert post(empty, "/_handbill/forget", {}, origin=origin).status == 403
    assert ask(empty.port, "GET", "/_handbill/forget").status == 404
    assert len(subjects(empty)) == 2
    assert forget(empty).headers["location"] == "/_handbill/people/"
    assert subjects(empty) == []
    assert ADA not in people(empty)
    below = site.root / ".handbill" / "serve" / str(empty.port)
    for path in below.glob("people.db*"):
        assert ADA.encode() not in path.read_bytes(), path.name
    assert subscribed(empty)["Subject"] == "You are on the list: Salon", "and then it begins anew"


# Who may ask ----------------------------------------------------------------------------------------------------------


def test_a_form_of_another_site_is_refused_and_a_text_browser_is_not(empty: Serving) -> None:
    fields = {"email": ADA}
    for origin in ("https://evil.example", "https://casalume.example"):
        assert post(empty, "/api/subscribe", fields, origin=origin).status == 403
    assert post(empty, "/api/subscribe", fields, origin="").status == 400, "it is read, and lacks the form's own fields"
    assert subjects(empty) == []


def test_this_machine_may_be_called_localhost_and_links_lead_there(empty: Serving) -> None:
    page = empty.get("/events/salon/", Host=f"localhost:{empty.port}").body
    form = re.search(r'<form[^>]*action="([^"]*/subscribe)"(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[2])) | {"email": ADA}
    own = f"localhost:{empty.port}"
    headers = {"Host": own, "Origin": f"http://{own}", "Content-Type": "application/x-www-form-urlencoded"}
    told = ask(empty.port, "POST", form[1], headers, urlencode(fields))
    assert told.headers["location"] == f"http://{own}/check-inbox/"
    assert f"http://{own}/api/confirm/" in text(mail(empty))


def test_the_functions_are_not_asked_by_a_name_that_is_not_this_machines(empty: Serving) -> None:
    assert ask(empty.port, "POST", "/api/subscribe", {"Host": "evil.example"}, "email=a").status == 421
    assert ask(empty.port, "GET", "/api/health", {"Host": "evil.example"}).status == 421


def test_a_form_posted_where_no_form_is_taken_is_refused(serving: Serving) -> None:
    told = ask(serving.port, "POST", "/events/salon/", body="email=ana@example.org")
    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD")
    assert "reload.js" not in told.body, "to load it anew would send the form again"


def test_a_page_of_one_person_is_kept_by_no_browser(empty: Serving) -> None:
    told = empty.get(link(subscribed(empty), "preferences", empty.port))
    assert told.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in told.headers["content-security-policy"]


# Time, and what is saved ----------------------------------------------------------------------------------------------


def test_a_reminder_comes_when_the_time_is_moved_beyond_it_and_once(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with Serving(site.root, "--at", AT) as serving:
        subscribed(serving)
        for moment in ("2026-12-03T18:00", "2026-12-03T19:30", "2026-12-03T20:00"):
            assert post(serving, "/_handbill/at", {"at": moment}).status == 204
            serving.state(lambda state, moment=moment: state["at"].startswith(moment))
            end = time.monotonic() + 20
            while moment != "2026-12-03T18:00" and len(subjects(serving)) < 3:
                assert time.monotonic() < end
                time.sleep(0.02)
        assert "Salon" in subjects(serving)[0][1]
        assert mail(serving)["Date"].startswith("Thu, 03 Dec 2026")
        assert len(subjects(serving)) == 3


def test_a_request_that_nobody_confirmed_is_gone_after_seven_days(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with Serving(site.root, "--at", AT) as serving:
        sign_up(serving)
        path = link(mail(serving), "confirm", serving.port)
        assert post(serving, "/_handbill/at", {"at": "2026-12-01T12:00"}).status == 204
        serving.state(lambda state: state["at"].startswith("2026-12-01"))
        assert "Nothing waits to be confirmed." in people(serving)
        assert serving.get(path).status == post(serving, path, {}).status == 410
        assert "Nobody has confirmed an address." in people(serving)


def test_a_changed_evening_is_told_to_those_who_come_as_soon_as_it_is_saved(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with Serving(site.root, "--at", AT) as serving:
        subscribed(serving)
        site.edit("content/events/salon.md", "starts: 2026-12-04 19:00", "starts: 2026-12-05 20:00\nrevision: 1")
        end = time.monotonic() + 30
        while len(subjects(serving)) < 3:
            assert time.monotonic() < end, serving.lines
            time.sleep(0.02)
        assert "5 December 2026, 20:00" in text(mail(serving))


# Where forms do not post here -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signup", "said"),
    [
        ("signup: { action: buttondown, username: lume }", "Forms of this site post to Buttondown"),
        ("", "Forms of this site post nowhere"),
    ],
)
def test_a_site_whose_forms_post_elsewhere_says_so_in_the_inbox(tmp_path: Path, signup: str, said: str) -> None:
    site = make_site(tmp_path, site=SITE.replace("signup: /api", signup))
    with Serving(site.root) as serving:
        for page in ("/_handbill/inbox/", "/_handbill/people/"):
            assert said in serving.get(page).body
        assert post(serving, "/api/subscribe", {"email": ADA}).status == 405


@pytest.mark.parametrize(
    ("action", "place"),
    [
        ("https://forms.example.org/api", "/api"),
        ("https://casalume.example/x/", "/x"),
        ("https://forms.example.org", "/api"),
    ],
)
def test_a_form_that_posts_to_functions_at_a_full_url_posts_to_this_server(
    tmp_path: Path, action: str, place: str
) -> None:
    site = make_site(tmp_path, FILES, site=SITE.replace("signup: /api", f"signup: {action}"))
    with Serving(site.root) as serving:
        told = sign_up(serving)
        assert (told.status, told.headers["location"]) == (303, f"http://127.0.0.1:{serving.port}/check-inbox/")
        found = re.search(rf"http://127\.0\.0\.1:{serving.port}({place}/confirm/[\w-]+)", text(mail(serving)))
        assert found is not None
        assert "You are in" in post(serving, found[1], {}).body
        assert "Forms of this site post" not in serving.get("/_handbill/inbox/").body
        shown = serving.get("/events/salon/")
        assert "form-action 'self'" in shown.headers["content-security-policy"]


def test_a_site_without_a_sender_gets_one_for_the_inbox(tmp_path: Path) -> None:
    sender = 'sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }\n'
    site = make_site(tmp_path, FILES, site=SITE.replace(sender, ""))
    with Serving(site.root) as serving:
        assert "hello@casalume.example" in subscribed(serving)["From"]


def test_a_site_below_a_base_path_has_its_functions_there(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES, site=SITE.replace("https://casalume.example", "https://casalume.example/lamp"))
    with Serving(site.root) as serving:
        told = sign_up(serving, page="/lamp/events/salon/")
        place = told.headers["location"].removeprefix(f"http://127.0.0.1:{serving.port}")
        assert serving.get(place).status == 200
        assert place == "/lamp/check-inbox/"
        path = link(mail(serving), "confirm", serving.port)
        assert path.startswith("/lamp/api/confirm/")
        assert "You are in" in post(serving, path, {}).body


# The preview, and tests -----------------------------------------------------------------------------------------------


def test_the_preview_leads_to_everything_and_follows_what_is_built(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with Serving(site.root, "--at", AT) as serving:
        index = serving.get("/_handbill/").body
        for place in ("/_handbill/inbox/", "/_handbill/people/", "/_handbill/emails/events/salon/welcome/en/"):
            assert f'href="{place}"' in index
            assert serving.get(place).status == 200
        site.edit("content/events/salon.md", "title: Salon", "title: Soirée")
        serving.until("/_handbill/emails/events/salon/welcome/en/", "Soirée")


def test_the_last_good_preview_stays_while_its_theme_is_broken(tmp_path: Path) -> None:
    theme = {"themes/own/theme.yaml": "name: own\nversion: 1.0.0\nextends: base\n"}
    site = make_site(tmp_path, {**FILES, **theme}, site=f"{SITE}theme: own\n")
    with Serving(site.root) as serving:
        assert "Theme <b>own</b>" in serving.get("/_handbill/").body
        site.write({"themes/own/theme.yaml": "name: own\nversion: 1.0.0\nextends: nobody\n"})
        serving.state(lambda state: state["failed"])
        assert "Theme <b>own</b>" in serving.get("/_handbill/").body


def test_a_test_e_mail_goes_to_the_address_of_the_command_line(tmp_path: Path) -> None:
    site = make_site(tmp_path, FILES)
    with (
        smtp_sink(starttls=False) as sink,
        Serving(site.root, "--smtp", f"smtp://localhost:{sink.port}", "--test-to", "me@example.org") as serving,
    ):
        page = serving.get("/_handbill/emails/events/salon/welcome/en/").body
        form = re.search(r'<form method="post" action="/_handbill/send">(.*?)</form>', page, re.DOTALL)
        assert form is not None
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[1]))
        assert post(serving, "/_handbill/send", fields, origin="https://evil.example").status == 403
        assert post(serving, "/_handbill/send", {**fields, "token": "guessed"}).status == 403
        assert sink.envelopes == []
        assert post(serving, "/_handbill/send", fields).status == 303
        assert [to for _, to in sink.envelopes] == ["me@example.org"]


# In a browser ---------------------------------------------------------------------------------------------------------

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, chromium: str, node: str, node_modules: Path) -> Seen:
    folder = tmp_path_factory.mktemp("signup-browser")
    site = make_site(
        folder, {**FILES, "content/events/_emails/welcome.md": "---\nsubject: Welcome\n---\nUntil then.\n"}
    )
    with Serving(site.root, "--at", AT) as serving:
        job = {"chromium": chromium, "url": serving.url, "root": str(site.root)}
        if shots := os.environ.get("HANDBILL_TEST_SHOTS"):
            job["shots"] = shots
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [node, str(HERE / "signup.mjs"), str(folder / "job.json"), str(folder / "report.json")],
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:] + "\n".join(serving.lines[-20:])
    found: Seen = json.loads((folder / "report.json").read_text())
    return found


def test_with_script_off_a_newcomer_gets_from_the_page_to_the_welcome(seen: Seen) -> None:
    assert seen["posted"].endswith("/check-inbox/")
    assert seen["inbox"] == ["Please confirm: Salon"]
    assert seen["asked"] == "Confirm your sign-up"
    assert seen["confirmed"] == "You are in"
    assert "Thank you for coming." in seen["thanked"]
    assert seen["after"] == ["Welcome", "Please confirm: Salon"]
    assert "The door code is [door_code]. Ring nothing." in seen["welcome"]


def test_with_script_off_preferences_are_saved_from_the_mail(seen: Seen) -> None:
    assert seen["saved"] == "pt"


def test_a_mail_that_comes_in_is_shown_in_the_open_inbox_and_counted_in_the_bar(seen: Seen) -> None:
    assert seen["came"][0] == "Please confirm: Salon"
    assert len(seen["came"]) == len(seen["after"]) + 1
    assert seen["bar"] == f"Inbox: {len(seen['came'])}"


def test_an_e_mail_whose_words_are_saved_is_shown_anew_where_it_is_looked_at(seen: Seen) -> None:
    assert "Until then." in seen["before"]
    assert "Until soon." in seen["changed"]


def test_no_page_of_it_asks_anybody_else_or_breaks_its_own_policy(seen: Seen) -> None:
    assert seen["elsewhere"] == []
    assert seen["console"] == []
