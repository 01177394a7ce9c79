"""How long a person waits between saving a file and seeing it: each tool's own server, watching the same entries.

All servers run at once and take turns: a sentence is saved into one entry, and its page asked for every millisecond
until it holds that sentence. Asking is the same for all, and stands for the browser, which each tool tells in its own
way (events or a web socket) once the page is there.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from contenders import Tool
from corpus import Entry
from measure import Failed

EVERY = 0.001
"""Seconds between two questions."""
REST = 1.5
"""Seconds of quiet before each save, so that whatever a tool still does after the last one is over."""


class Server:
    """The server of one tool, up until the context is left."""

    def __init__(self, tool: Tool, entry: Entry, patience: float) -> None:
        """Raises Failed where it does not show `entry` within `patience` seconds."""
        self.tool, self._patience = tool, patience
        self._port = _free_port()
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        self._process = subprocess.Popen(
            tool.serve_command(self._port), cwd=tool.root, env=tool.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            self._until(entry, b"<h1", 0.1)
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def visible(self, entry: Entry, sentence: str) -> float:
        """Seconds from saving `sentence` into the entry's text until its page shows it."""
        self._get(entry)
        began = time.perf_counter()
        self.tool.edit_body(entry, sentence)
        self._until(entry, sentence.encode(), EVERY)
        return time.perf_counter() - began

    def _until(self, entry: Entry, words: bytes, every: float) -> None:
        end = time.monotonic() + self._patience
        while words not in self._get(entry):
            if self._process.poll() is not None or time.monotonic() > end:
                raise Failed(f"The server of {self.tool.name} never showed {words!r}")
            time.sleep(every)

    def _get(self, entry: Entry) -> bytes:
        try:
            self._connection.request("GET", self.tool.url(entry))
            return self._connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # not up yet, or it closed this one: the next request opens another
            return b""

    def _end(self) -> None:
        self._connection.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def edits(tools: Sequence[Tool], entries: Sequence[Entry], times: int, patience: float) -> dict[str, list[float]]:
    """Tool → seconds until each of `times` edits was visible, the tools taking turns."""
    found: dict[str, list[float]] = {tool.name: [] for tool in tools}
    with ExitStack() as stack:
        servers = [stack.enter_context(Server(tool, entries[0], patience)) for tool in tools]
        for number in range(times):
            entry = entries[(number * 7) % len(entries)]
            for server in servers[number % len(servers) :] + servers[: number % len(servers)]:
                time.sleep(REST)
                found[server.tool.name].append(server.visible(entry, f"Sentence {number} of the server here."))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
