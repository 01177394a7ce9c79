"""One machine: the server that is really started, asked over real sockets, stopped and killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from conftest import Site
from handbill_functions.catalog import Catalog, FolderReader
from smtp_sink import smtp_sink

HOME = "https://casalume.example"
START = """
import os
from handbill_functions.entry import local
from handbill_functions.logs import log_to_stderr
from handbill_functions.settings import read
local.PATIENCE = {patience}
local.run(read(os.environ), log_to_stderr)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(
    site: Site, folder: Path, smtp_port: int, *, patience: int = 30, start: str = START, within: Sequence[str] = ()
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """(port, process) of a server of the site, with its database in `folder`. `within` is a command that runs it."""
    port = free_port()
    environ = {
        **os.environ,
        "HANDBILL_RUN_CATALOG": str(site.private),
        "HANDBILL_RUN_STORE": f"sqlite:{folder}/people.db",
        "HANDBILL_RUN_MAIL": f"smtp://localhost:{smtp_port}",
        "HANDBILL_RUN_LISTEN": f"127.0.0.1:{port}",
        **{f"HANDBILL_RUN_{name}": "ab" * 32 for name in ("CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS")},
        "HANDBILL_RUN_SECRET_DOOR_CODE": "4711",
        "HANDBILL_RUN_SECRET_STREAM_URL": "https://stream.example/",
    }
    code = start.format(patience=patience)
    process = subprocess.Popen([*within, sys.executable, "-c", code], env=environ, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            try:
                if ask(port, "GET", "/api/health")[0] == 200:
                    break
            except OSError:
                time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def ask(port: int, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": HOME} if body is not None else {}
    connection.request(method, path, body, {**kind, **headers})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def form(site: Site, email: str) -> str:
    wording = Catalog(FolderReader(site.private)).entry("events/salon-to-stream")["form"]["wordings"]["en"]  # type: ignore[index]
    fields = {"email": email, "form": "events/salon-to-stream", "intent": "event", "lang": "en", "wording": wording}
    return urlencode(fields)


def test_a_sign_up_over_sockets_is_answered_and_mailed_and_the_server_ends_gracefully(
    sample_site: Site, tmp_path: Path
) -> None:
    with smtp_sink(starttls=False) as sink, running(sample_site, tmp_path, sink.port) as (port, process):
        assert ask(port, "POST", "/api/subscribe", form(sample_site, "ada@example.org"))[0] == 303
        assert ask(port, "POST", "/api/subscribe", "a=" + "x" * 70_000)[0] == 413
        assert ask(port, "GET", "/api/nothing")[0] == 404
        for _ in range(100):
            if sink.raw:
                break
            time.sleep(0.05)
        assert sink.envelopes == [("hello@casalume.example", "ada@example.org")]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
        assert process.stderr is not None
        events = [json.loads(line) for line in process.stderr.read().splitlines() if line.startswith("{")]
    assert [events[0]["event"], events[-1]["event"]] == ["start", "stop"]
    assert {event["event"] for event in events} == {"start", "request", "message", "stop"}
    assert all(event["request"] for event in events if event["event"] == "request")
    assert "ada@" not in json.dumps(events)


def test_a_server_that_is_killed_has_kept_all_that_it_acknowledged(sample_site: Site, tmp_path: Path) -> None:
    acknowledged = []
    with running(sample_site, tmp_path, 1) as (port, process):
        for number in range(12):
            if ask(port, "POST", "/api/subscribe", form(sample_site, f"p{number}@example.org"))[0] == 303:
                acknowledged.append(f"p{number}@example.org")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(acknowledged) == 12
    with smtp_sink(starttls=False) as sink, running(sample_site, tmp_path, sink.port):
        for _ in range(1600):  # what was put off while nothing answered is tried again within a minute
            if len(sink.raw) == 12:
                break
            time.sleep(0.05)
        assert sorted(to for _, to in sink.envelopes) == sorted(acknowledged)
