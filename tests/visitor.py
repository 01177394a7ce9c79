"""A person at a real browser, with script off unless said: opens, writes, ticks, presses, and sees what comes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SCRIPT = Path(__file__).parent / "browser" / "visitor.mjs"


class Seen(NamedTuple):
    """What stands in the window after something was done."""

    url: str
    statuses: list[int]
    """Of the documents fetched by what was done, redirects with them: [303, 200]."""
    heading: str
    text: str
    html: str
    looked: str
    """The text of what was waited for."""
    cookies: int
    elsewhere: list[str]
    """What was asked of other origins than the page's own, since the person came."""
    console: list[str]
    """Errors and warnings of the browser, since the person came."""


class Visitor:
    """One person. What cannot be done fails the test, with what was tried."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def arrive(self, *, script: bool = False) -> None:
        """Comes as a stranger: no cookie, nothing remembered."""
        self._do(arrive={"script": script})

    def open(self, url: str) -> Seen:
        return self._seen(open=url)

    def fill(self, **fields: str) -> Seen:
        """Writes into fields of the page's main part, by their names."""
        return self._seen(fill=fields)

    def tick(self, name: str) -> Seen:
        return self._seen(tick=name)

    def press(self, selector: str) -> Seen:
        """Clicks a button or link that leads to another page."""
        return self._seen(press=selector)

    def look(self, selector: str) -> Seen:
        """Waits until something is to be seen."""
        return self._seen(look=selector)

    def gone(self, selector: str) -> Seen:
        """Waits until something is no longer to be seen."""
        return self._seen(gone=selector)

    def _seen(self, **job: Any) -> Seen:
        return Seen(**self._do(**job))

    def _do(self, **job: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "The browser is gone."
        told: dict[str, Any] = json.loads(line)
        assert "failed" not in told, told
        return told


@contextmanager
def visiting(node: str, chromium: str) -> Iterator[Visitor]:
    """A browser, for as long as it is needed."""
    process = subprocess.Popen(
        [node, str(SCRIPT), chromium], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        yield Visitor(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
