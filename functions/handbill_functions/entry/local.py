"""One machine: the functions as a WSGI application behind waitress, and the sweep beside it.

Chosen: waitress, which is pure Python, runs on every system, and bounds threads, bodies and headers by itself. A proxy
in front (Caddy, nginx) gives TLS and the static pages.
"""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from handbill_functions import sweep
from handbill_functions.app import App
from handbill_functions.entry.work import deliver_some
from handbill_functions.errors import FunctionsError
from handbill_functions.ports import Clock, SystemClock
from handbill_functions.settings import Settings
from handbill_functions.web import LARGEST, Request
from handbill_functions.wire import Wired, wire

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def wsgi(app: App) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """The functions as PEP 3333 has it."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        response = app.handle(request_of(environ))
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(response.headers))
        return [response.body]

    return application


def request_of(environ: dict[str, Any]) -> Request:
    """A Request, of a body at most one byte larger than what is taken."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    length = environ.get("CONTENT_LENGTH") or "0"
    size = min(int(length), LARGEST + 1) if length.isdecimal() else 0
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/"),
        headers=headers,
        body=environ["wsgi.input"].read(size) if size else b"",
        peer=environ.get("REMOTE_ADDR", ""),
        id=secrets.token_hex(8),
    )


class Sweeper:
    """Delivers what is due each second and looks after the rest each minute, until it is stopped."""

    def __init__(self, wired: Wired, settings: Settings, clock: Clock, log: Callable[[dict[str, Any]], None]) -> None:
        self._wired, self._settings, self._clock, self._log = wired, settings, clock, log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the message at hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        minute = -1
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                minute = self.round(minute)
            except FunctionsError as error:
                self._log({"event": "sweep", "fault": str(error)})
            except Exception as error:  # whatever it is, the next round tries again
                self._log({"event": "sweep", "fault": type(error).__name__})
            self._stop.wait(max(0.0, 1.0 - (time.monotonic() - began)))

    def round(self, minute: int) -> int:
        """One second's work; `minute` is that of the last round, and what is given is that of this one."""
        now = self._clock.now()
        deliver_some(self._wired, self._settings, now, self._log)
        if now // 60 != minute:
            queued = sweep.announce(self._wired.ctx, now)
            gone = sweep.purge(self._wired.ctx, now)
            if queued or gone:
                self._log({"event": "sweep", "announced": queued, "purged": gone})
        return now // 60


def run(settings: Settings, log: Callable[[dict[str, Any]], None], clock: Clock | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C, then finishes what is at hand. Raises FunctionsError where it cannot start,
    OSError where the port is taken."""
    from waitress.server import create_server

    clock = clock or SystemClock()
    wired = wire(settings)
    index = wired.ctx.catalog.index()  # a catalog that is missing or of another version is told at once
    app = App(wired.ctx, clock, log, trusted_hops=settings.trusted_hops)
    host, port = settings.listen
    server = create_server(
        wsgi(app), host=host, port=port, threads=settings.workers, ident=None, max_request_header_size=32_768,
        max_request_body_size=4 * LARGEST, channel_timeout=30, clear_untrusted_proxy_headers=False,
    )  # fmt: skip

    def end(number: int, frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    sweeper = Sweeper(wired, settings, clock, log)
    sweeper.start()
    log({"event": "start", "site": index["site"]["base_url"], "listen": f"{host}:{port}"})
    try:
        server.run()
    finally:
        sweeper.stop()
        server.close()
        wired.close()
        log({"event": "stop"})
