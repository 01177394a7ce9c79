"""The sockets: requests in, answers out, and the live events of each open page.

A server for one person on their own machine, and only for them: it listens on 127.0.0.1, and answers no request whose
Host is another name, since a page elsewhere may point a name of its own at this machine (DNS rebinding). A GET changes
nothing. What changes the moment is a POST, and only from a page of this server's own.

The script that reloads pages is put into them on their way out, and the policy of the page is widened by exactly its
address. It is in no output of any build.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import Message
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from handbill.answer import JSON, TEXT, Answer, Header
from handbill.errors import MachineError
from handbill.serve.answer import OWN, Responder, note
from handbill.serve.functions import Functions
from handbill.serve.host import Host
from handbill.serve.live import Live, Shown, problem_json
from handbill.serve.moments import moments
from handbill_functions.web import Request

OURS = "/_handbill/"
SCRIPT = f"{OURS}reload.js"
BEAT = 15.0
"""Seconds between signs of life on a silent stream of events."""
IDLE = 60.0
"""Seconds that a connection may stay open without a request, and a request may take to arrive."""
LARGEST = 1_000_000
"""Bytes of a form that is read before it is answered."""
TRIES = 100
"""Ports looked at after the one that was asked for."""

_STYLE = re.compile(
    rb"""<style\b[^>]*>.*?</style>|<meta\b[^>]*>|<script type="application/ld\+json">.*?</script>""", re.DOTALL
)
"""All of a page that the script can exchange in place: its style, and what only machines read."""
_HEAD = re.compile(rb"</head\s*>", re.IGNORECASE)


class Server(ThreadingHTTPServer):
    """Listens from the moment it is made, and answers from `show` and `serve_forever` on (in a thread of its own)."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # there it would let two servers listen on one port
    request_queue_size = 64
    live: Live
    host: Host
    base: Callable[[], str]
    also: Sequence[Responder]
    wake: Callable[[], None]
    functions: Functions

    def __init__(self, port: int) -> None:
        """Raises OSError where the port is taken."""
        super().__init__(("127.0.0.1", port), _Handler)

    def show(
        self, live: Live, base: Callable[[], str], wake: Callable[[], None], functions: Functions,
        also: Sequence[Responder] = (),
    ) -> None:  # fmt: skip
        """Says what to answer: `base` gives the base path of the site (`/lamp`, or empty), `wake` is called where a
        build is wanted, `functions` answer below the path that forms post to, and `also` below /_handbill/."""
        self.live, self.base, self.wake, self.functions, self.also = live, base, wake, functions, also
        self.host = Host(live.options.public)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.origin}{self.base()}/"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle of an answer is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def listen(wanted: int) -> Server:
    """A Server on `wanted`, or on the next port that nobody listens on; on any for 0. Raises MachineError."""
    last = min(wanted + TRIES, 65_535) if wanted else 0
    for port in range(wanted, last + 1):
        try:
            return Server(port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise MachineError(f"Cannot listen on port {port}: {error.strerror}.") from error
    raise MachineError(f"No port from {wanted} to {last} is free. Name another one: --port 9000")


@cache
def _script() -> bytes:
    return Path(__file__).with_name("reload.js").read_bytes()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    headers = Message()
    path = command = ""
    _trusted = False
    """True where the request names this machine as its host."""
    _host = ""
    """The name it calls it, with the port."""
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "handbill", ""
    timeout = IDLE
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """The terminal is for what was built."""

    # ---- requests

    def do_GET(self) -> None:
        found = self._place()
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # what follows is nothing that a GET has
        if isinstance(found, Answer):
            self._send(found)
            return
        path, query = found
        if path == f"{OURS}events":
            self._events(query.get("shown", ""))
            return
        self._send(self._of_functions(b"") or self._answer(path, query))

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        found = self._place()
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            self._send(note(413 if length.isdecimal() else 411, "That is too long", "Nothing of it was read."))
            return
        body = self.rfile.read(int(length))
        if isinstance(found, Answer):
            self._send(found)
            return
        self._send(self._of_functions(body) or self._take(found[0], body))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server answers by itself: a request that is none, a method that nobody knows."""
        self.close_connection = True
        if code == 501:
            self._send(
                note(
                    405, "Not that way", "Pages can be asked for with GET and HEAD.", headers=(("Allow", "GET, HEAD"),)
                )
            )
        else:
            self._send(note(code, "This request cannot be read", message or ""))

    # ---- answers

    def _place(self) -> tuple[str, Mapping[str, str]] | Answer:
        """(decoded path, query), or why it is not answered."""
        try:
            parts = urlsplit(self.path if not self.path.startswith("//") else f"/{self.path.lstrip('/')}")
        except ValueError:
            return note(400, "This request cannot be read", "Its address is none.")
        hosts = self.headers.get_all("Host", [])
        host = parts.netloc or (hosts[0] if len(hosts) == 1 else "")
        self._host, self._trusted = host.lower(), _ours(host, self.server.port)
        if not self._trusted:
            return note(
                421, "Not under this name",
                f"This is a preview for the person at this machine. Ask for it as {self.server.url}",
            )  # fmt: skip
        try:
            path = unquote(parts.path, errors="strict")
        except UnicodeDecodeError:
            path = ""
        if not path.startswith("/") or "\0" in path:
            return note(404, "Nothing stands here", "No page of this site has that address.")
        return path, dict(parse_qsl(parts.query))

    def _answer(self, path: str, query: Mapping[str, str]) -> Answer:
        live = self.server.live
        shown = live.shown
        if path.startswith(OURS):
            return self._own(path, query, shown)
        if not shown.outputs:
            return _broken(shown)
        answer = self.server.host.respond(path, shown.outputs, self.server.base())
        if answer.type.startswith("text/html"):
            return answer._replace(body=self.server.functions.led_here(answer.body))
        return answer

    def _own(self, path: str, query: Mapping[str, str], shown: Shown) -> Answer:
        if path == SCRIPT:
            return Answer(200, "text/javascript; charset=utf-8", _script(), OWN)
        if path == f"{OURS}moments":
            rows = shown.memory.rows if shown.memory is not None else {}
            asked = query.get("path", "/").removeprefix(self.server.base())
            return _json(moments(self.server.live.options, rows, asked, shown.at, shown.timezone))
        for responder in self.server.also:
            answer = responder.respond(path, query)
            if answer is not None:
                return answer
        return note(404, "Nothing stands here", f"The preview has no page {path}.")

    def _of_functions(self, body: bytes) -> Answer | None:
        """What the site's functions answer; None where it is not theirs to answer."""
        parts = urlsplit(self.path)
        if parts.path.startswith(OURS):
            return None
        headers = {name.lower(): value for name, value in self.headers.items()}
        id = secrets.token_hex(8)
        request = Request(self.command, parts.path, headers, body, self.client_address[0], id, parts.query)
        return self.server.functions.handle(request, self._origin)

    @property
    def _origin(self) -> str:
        """Of this server, by the name that the request calls it."""
        return f"http://{self._host}"

    def _take(self, path: str, body: bytes) -> Answer:
        """The answer to a form. Only a page of this server may post below /_handbill/."""
        if not path.startswith(OURS):
            headers = (("Allow", "GET, HEAD"),)
            return note(405, "Not that way", "Nobody takes a form at this address: nothing was kept.", headers=headers)
        origin = self.headers.get("Origin", "")
        if origin.lower() != self._origin:
            return note(403, "Not from elsewhere", "Only a page of this preview may ask for that.")
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if path == f"{OURS}at":
            return self._move(form.get("at", ""))
        for responder in self.server.also:
            answer = responder.take(path, form, origin)
            if answer is not None:
                return answer
        return note(404, "Nothing stands here", f"The preview takes no form at {path}.")

    def _move(self, written: str) -> Answer:
        """Moves the moment that is shown."""
        try:
            at = _instant(written, self.server.live.shown.timezone) if written else None
        except (ValueError, OverflowError):
            return note(400, "That is no moment", "Write it so: 2026-12-04T19:00")
        self.server.live.move(at)
        self.server.wake()
        return Answer(204, TEXT, b"")

    def _events(self, known: str) -> None:
        """A stream of what is shown, for as long as the page is open (Server-Sent Events, HTML living standard 9.2)."""
        live = self.server.live
        self.close_connection = True
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
            "Cross-Origin-Resource-Policy: same-origin\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
            "retry: 300\n\n"
        )
        try:
            self.wfile.write(head.encode())
            if self.command == "HEAD":
                return
            while not live.closed:
                shown = live.after(known, BEAT)
                if shown.id == known:
                    self.wfile.write(b": still here\n\n")
                else:
                    known = shown.id
                    told = {**state(shown), "inbox": len(self.server.functions.inbox.names())}
                    self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
        except OSError:
            pass  # the page was closed

    def _send(self, answer: Answer) -> None:
        body, headers = answer.body, list(answer.headers)
        if answer.type.startswith("text/html"):
            body, headers = self._with_script(body, headers)
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        status = answer.status
        theirs = ("Cache-Control", "no-store") in headers
        kept = "no-store" if status != 200 or theirs or self.path.startswith(OURS) else "no-cache"
        headers = [each for each in headers if each[0] != "Cache-Control"] + [("Cache-Control", kept)]
        if status == 200:
            headers.append(("ETag", tag))
            if tag in self.headers.get("If-None-Match", ""):
                status, body = 304, b""
        if status not in (204, 304):
            headers += [("Content-Type", answer.type), ("Content-Length", str(len(body)))]
        if self.close_connection:
            headers.append(("Connection", "close"))
        lines = [f"{self.protocol_version} {status} {self.responses.get(status, ('',))[0]}", "Server: handbill"]
        lines += [f"{name}: {_one_line(value)}" for name, value in headers]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def _with_script(self, body: bytes, headers: list[Header]) -> tuple[bytes, list[Header]]:
        """The page with the script in it, where it is a page that somebody looks at and not a frame inside one.

        Whoever fetches a page to compare it learns the same marks from its headers.
        """
        page, frame = _digest(body), _digest(_STYLE.sub(b"", body))
        headers = [*headers, ("Handbill-Page", page), ("Handbill-Frame", frame)]
        if self.command == "POST" or not self._trusted or self.headers.get("Sec-Fetch-Dest", "document") != "document":
            return body, headers
        shown = self.server.live.shown
        tag = f'<script src="{SCRIPT}?shown={shown.id}&amp;page={page}&amp;frame={frame}" defer></script>'
        place = _HEAD.search(body)
        at = place.start() if place else 0
        url = f"http://{self.headers.get('Host', '')}{SCRIPT}"
        allowed = [(name, widen(value, url) if name.lower() == "content-security-policy" else value)
                   for name, value in headers]  # fmt: skip
        return body[:at] + tag.encode() + body[at:], allowed


def widen(policy: str, script: str) -> str:
    """A Content-Security-Policy that allows one script more, and connections to where the page is from."""
    parts = {words[0].lower(): words[1:] for part in policy.split(";") if (words := part.split())}
    fallback = parts.get("default-src", ["*"])
    for name, source in (("script-src", script), ("connect-src", "'self'")):
        known = [word for word in parts.get(name, fallback) if word != "'none'"]
        parts[name] = known if source in known or "*" in known else [*known, source]
    return "; ".join(" ".join([name, *words]) for name, words in parts.items())


def state(shown: Shown) -> dict[str, Any]:
    """What a page must know of what is shown."""
    zone = ZoneInfo(shown.timezone)
    local = datetime.fromtimestamp(shown.at, UTC).astimezone(zone)
    # one slip in a part of the theme is found once on each page that uses it
    problems = {(each.path, each.line, each.column, each.what): each for each in reversed(shown.problems)}
    return {
        "shown": shown.id,
        "reload": shown.reload,
        "failed": shown.failed,
        "problems": [problem_json(problem) for problem in sorted(problems.values())],
        "at": local.isoformat(timespec="seconds"),
        "said": f"{local:%a %d %b %Y, %H:%M}",
        "fixed": shown.fixed,
        "zone": shown.timezone,
    }


def _broken(shown: Shown) -> Answer:
    """The page of a site that could not be built once."""
    title = "This site cannot be built yet" if shown.problems else "Building"
    answer = note(503, title, *(str(problem) for problem in shown.problems if problem.level == "error"))
    return answer._replace(body=answer.body.replace(b'<html lang="en">', b'<html lang="en" data-handbill="none">'))


def _ours(host: str, port: int) -> bool:
    """True for a Host header that means this machine."""
    name, colon, number = host.rpartition(":") if re.search(r":\d*$", host) else (host, "", "")
    if (number if colon else "80") != str(port):
        return False
    return name.lower() in ("127.0.0.1", "localhost", "[::1]") or name.lower().endswith(".localhost")


def _instant(text: str, timezone: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(timezone))).timestamp()


def _json(value: Any) -> Answer:
    return Answer(200, JSON, json.dumps(value, ensure_ascii=False).encode(), OWN)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")
