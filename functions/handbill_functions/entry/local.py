"""One machine: the functions as a WSGI application behind waitress, and the sweep beside it.

Chosen: waitress, which is pure Python, runs on every system, and bounds threads, bodies and headers by itself. What it
lets through is refused here: a request that takes for ever to arrive, and one whose end two readers see at different
places. A proxy in front (Caddy, nginx) gives TLS and the static pages.
"""

from __future__ import annotations

import logging
import re
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

PATIENCE = 30
"""Seconds for a request to arrive whole, and for a connection to be silent."""
MOST_CONNECTIONS = 500
AFTER_FAULT = 5.0
"""Seconds between rounds of the sweep while the store cannot be used."""
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
        query=environ.get("QUERY_STRING", ""),
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
        self._resting: dict[str, float] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the message at hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        minute = -1
        while not self._stop.is_set():
            began, pause = time.monotonic(), 1.0
            try:
                minute = self.round(minute)
            except FunctionsError as error:
                pause = AFTER_FAULT
                self._log({"event": "sweep", "fault": str(error)})
            except Exception as error:  # whatever it is, the next round tries again
                pause = AFTER_FAULT
                self._log({"event": "sweep", "fault": type(error).__name__})
            self._stop.wait(max(0.0, pause - (time.monotonic() - began)))

    def round(self, minute: int) -> int:
        """One second's work; `minute` is that of the last round, and what is given is that of this one."""
        now = self._clock.now()
        deliver_some(self._wired, self._settings, now, self._log, self._resting)
        if now // 60 != minute:
            queued = sweep.announce(self._wired.ctx, now)
            gone = sweep.purge(self._wired.ctx, now)
            if queued or gone:
                self._log({"event": "sweep", "announced": queued, "purged": gone})
        return now // 60


def run(settings: Settings, log: Callable[[dict[str, Any]], None], clock: Clock | None = None) -> None:
    """Serves until SIGTERM or Ctrl-C, then finishes what is at hand. Raises FunctionsError where it cannot start,
    OSError where the port is taken."""
    clock = clock or SystemClock()
    wired = wire(settings)
    index = wired.ctx.catalog.index()  # a catalog that is missing or of another version is told at once
    app = App(wired.ctx, clock, log, trusted_hops=settings.trusted_hops)
    host, port = settings.listen
    server = server_of(wsgi(app), host, port, settings.workers)

    def end(number: int, frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    said = _Said(log)
    logging.getLogger("waitress").addHandler(said)
    sweeper = Sweeper(wired, settings, clock, log)
    sweeper.start()
    log({"event": "start", "site": index["site"]["base_url"], "listen": f"{host}:{port}"})
    try:
        server.run()
    finally:
        sweeper.stop()
        server.close()
        wired.close()
        logging.getLogger("waitress").removeHandler(said)
        log({"event": "stop"})


def server_of(application: Any, host: str, port: int, workers: int) -> Any:
    """A server of waitress that listens, and serves once it is run."""
    from waitress.channel import HTTPChannel
    from waitress.parser import HTTPRequestParser, ParsingError
    from waitress.server import BaseWSGIServer, create_server

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """Refuses what a proxy in front may have taken for one request and this server would take for two, and repeats
        nothing of what it refuses."""

        def parse_header(self, header_plus: bytes) -> None:
            try:
                super().parse_header(header_plus)
            except (ParsingError, ValueError):  # ValueError: a length of 5,000 digits, an address that is none
                raise ParsingError("That is no request.") from None
            chunked_and_counted = self.chunked and "CONTENT_LENGTH" in self.headers  # RFC 9112, 6.3
            if chunked_and_counted or "TRANSFER_ENCODING" in self.headers:  # still there: it is of HTTP 1.0
                raise ParsingError("That request has two ends.")

    class Channel(HTTPChannel):  # type: ignore[misc]
        """A request that comes a byte at a time keeps its connection no longer than one that does not come."""

        parser_class = Parser
        last_activity: float
        began = 0.0

        def received(self, data: bytes) -> bool:
            done: bool = super().received(data)
            if self.request is None:
                self.began = 0.0
            else:  # a part of it: the connection is as old as its request
                self.last_activity = self.began = self.began or self.last_activity
            return done

    sockets: dict[int, Any] = {}
    server = create_server(
        application, map=sockets, host=host, port=port, threads=workers, ident=None, max_request_header_size=32_768,
        max_request_body_size=4 * LARGEST, channel_timeout=PATIENCE, cleanup_interval=max(1, PATIENCE // 6),
        connection_limit=MOST_CONNECTIONS, asyncore_use_poll=True, log_socket_errors=False,
        clear_untrusted_proxy_headers=False,
    )  # fmt: skip
    for each in sockets.values():
        if isinstance(each, BaseWSGIServer):
            each.channel_class = Channel
    return server


class _Said(logging.Handler):
    """What the server says of itself, in our log: its first words alone, since a path or an address may follow."""

    def __init__(self, log: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        what = re.split("[^A-Za-z ]", str(record.msg))[0].strip()
        self._log({"event": "server", "what": what, **({"fault": fault} if fault else {})})
