"""What stands before `handbill run` in the world: TLS, the static pages with their `_headers`, and /api/ handed on.

A proxy such as Caddy or nginx does this. Here it is a hundred lines, so that a test can have the whole house on a free
port of this machine.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import trustme

from handbill.serve.host import Host
from helpers import Told

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "x-forwarded-for"})
"""Headers that a proxy does not hand on as they came."""


class Front(ThreadingHTTPServer):
    """A proxy at `url`. Set what it serves and where it hands on to before anybody asks."""

    daemon_threads = True
    public = Path()
    """What is served as it lies there."""
    functions = 0
    """Port of the functions on this machine."""
    taken = "/api/"
    """Beginning of the paths that are handed on to them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._trust = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
        self.url = f"https://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle is no error."""

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Told:
        """One request over TLS, as a program makes it: nothing is added, and nothing followed."""
        there = urlsplit(self.url)
        connection = http.client.HTTPSConnection(there.hostname or "", there.port, timeout=20, context=self._trust)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path.removeprefix(self.url), body, {**kind, **given})
        return _told(connection)


def _told(connection: http.client.HTTPConnection) -> Told:
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders() if name.lower() != "date"}
    told = Told(response.status, headers, response.read().decode("utf-8", "replace"))
    connection.close()
    return told


class _Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:
        """A test says itself what it saw."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith(self.server.taken):
            self._hand_on()
            return
        public = self.server.public
        names = {file.relative_to(public).as_posix() for file in public.rglob("*") if file.is_file()}
        answer = Host(public).respond(unquote(path), names)
        self._send(answer.status, [("Content-Type", answer.type), *answer.headers], answer.body)

    do_HEAD = do_POST = do_GET  # noqa: N815

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        headers["X-Forwarded-For"] = self.client_address[0]
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.functions, timeout=20)
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            data = response.read()
        except OSError:
            self._send(502, [("Content-Type", "text/plain")], b"The functions do not answer.")
            return
        kept = [pair for pair in response.getheaders() if pair[0].lower() not in (*HOP, "content-length")]
        self._send(response.status, kept, data)
        connection.close()

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def front() -> Iterator[Front]:
    """A front on a free port, until it is no longer needed."""
    server = Front()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
