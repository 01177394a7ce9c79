"""The mailer that keeps every message on this machine, and the catalog whose addresses lead there."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from conftest import Site
from handbill.serve.local_catalog import LocalCatalog
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.mailers.inbox import InboxMailer
from handbill_functions.ports import Accepted, Envelope, Later

HERE = "http://127.0.0.1:8080"


def envelope(words: str = "Hello") -> Envelope:
    message = f"Subject: {words}\r\nTo: ada@example.org\r\n\r\nOl=C3=A1\r\n".encode()
    return Envelope("hello@casalume.example", "ada@example.org", message, "service", "a" * 32)


# The mailer -----------------------------------------------------------------------------------------------------------


def test_a_message_is_kept_as_it_is_below_the_two_lines_of_its_delivery(tmp_path: Path) -> None:
    inbox = InboxMailer(tmp_path / "inbox")
    assert inbox.names() == []
    assert inbox.send(envelope()) == Accepted("00000001.eml")
    data = inbox.read("00000001.eml")
    assert data is not None
    head = b"Return-Path: <hello@casalume.example>\r\nDelivered-To: ada@example.org\r\n"
    assert data == head + envelope().message
    assert BytesParser(policy=policy.default).parsebytes(data)["Subject"] == "Hello"


def test_messages_are_numbered_on_after_a_restart_and_the_newest_comes_first(tmp_path: Path) -> None:
    for number in range(1, 4):
        inbox = InboxMailer(tmp_path)
        inbox.send(envelope(str(number)))
        inbox.close()
    assert inbox.names() == ["00000003.eml", "00000002.eml", "00000001.eml"]


def test_beyond_its_bound_the_oldest_message_goes(tmp_path: Path) -> None:
    inbox = InboxMailer(tmp_path, keep=3)
    for number in range(7):
        inbox.send(envelope(str(number)))
    assert inbox.names() == ["00000007.eml", "00000006.eml", "00000005.eml"]


def test_many_at_once_lose_none(tmp_path: Path) -> None:
    boxes = [InboxMailer(tmp_path), InboxMailer(tmp_path)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: boxes[number % 2].send(envelope(str(number))), range(40)))
    assert len({each.reference for each in done if isinstance(each, Accepted)}) == 40
    assert len(boxes[0].names()) == 40
    assert {path.suffix for path in tmp_path.iterdir()} == {".eml"}, "nothing half-written stays"


def test_messages_are_for_their_owner_alone(tmp_path: Path) -> None:
    inbox = InboxMailer(tmp_path / "inbox")
    inbox.send(envelope())
    assert stat.S_IMODE((tmp_path / "inbox").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "inbox" / "00000001.eml").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "..", "../keys", "00000001.eml/", "/etc/passwd", "00000002.eml", "1.eml"])
def test_nothing_but_its_messages_is_read(tmp_path: Path, name: str) -> None:
    inbox = InboxMailer(tmp_path / "inbox")
    inbox.send(envelope())
    (tmp_path / "keys").write_text("secret")
    assert inbox.read(name) is None


def test_where_nothing_can_be_written_the_message_waits(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file stands there")
    outcome = InboxMailer(tmp_path / "inbox").send(envelope())
    assert isinstance(outcome, Later)
    assert outcome.whole


# The catalog ----------------------------------------------------------------------------------------------------------


def local(site: Site, secrets: dict[str, str]) -> LocalCatalog:
    return LocalCatalog(FolderReader(site.private), HERE, secrets)


def test_every_address_of_the_site_is_exchanged_and_nothing_else(sample_site: Site) -> None:
    built, here = Catalog(FolderReader(sample_site.private)), local(sample_site, {})
    entry = "events/salon-to-stream"
    assert here.index()["site"]["base_url"] == HERE
    assert here.entry(entry)["urls"]["en"] == f"{HERE}/events/salon-to-stream/"
    hash, email = here.email_for(entry, "welcome", "en")
    as_built = built.email(hash)
    parts = {**email, "attachments": []}, here.program(email["program"]), here.answer("form", "en")
    before = {**as_built, "attachments": []}, built.program(as_built["program"]), built.answer("form", "en")
    for mine, theirs in zip(parts, before, strict=True):
        assert "https://casalume.example" not in json.dumps(mine)
        assert json.dumps(mine) == json.dumps(theirs).replace("https://casalume.example", HERE)
    assert email["attachments"] == as_built["attachments"]


def test_an_address_that_only_begins_like_the_sites_is_left(sample_site: Site) -> None:
    others = ["https://casalume.example.org/", "https://casalume.example:8443/", "https://casalume.examples/"]
    moved = local(sample_site, {})._moved([*others, "See https://casalume.example."], "https://casalume.example")
    assert moved == [*others, f"See {HERE}."]


def test_a_secret_that_nobody_told_gets_a_sample_and_one_that_was_told_stays(sample_site: Site) -> None:
    secrets = {"door_code": "4711"}
    local(sample_site, secrets).email_for("events/salon-to-stream", "welcome", "en")
    assert secrets == {"door_code": "4711", "stream_url": "[stream_url]"}
