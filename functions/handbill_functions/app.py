"""From a request to its response: which action answers, and what holds for all of them.

Routes stand below the path that forms post to (`/api`, behind the path of the site where it has one):

    POST      subscribe            GET POST  confirm/TOKEN        GET POST  unsubscribe/TOKEN
    POST      resend               GET POST  preferences/TOKEN    GET       gate/TOKEN
    GET       export/TOKEN         GET POST  erase/TOKEN          GET       health

A GET changes nothing. What goes wrong is answered with a page that a person can read, and a line in the log without
personal data: no address, no token, no field.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from handbill_functions.actions import Call
from handbill_functions.actions.confirm import confirm
from handbill_functions.actions.gate import gate
from handbill_functions.actions.leave import leave
from handbill_functions.actions.preferences import erase, export, preferences
from handbill_functions.actions.resend import resend
from handbill_functions.actions.subscribe import subscribe
from handbill_functions.catalog import Index
from handbill_functions.context import Context
from handbill_functions.errors import CatalogError, FunctionsError, Unavailable
from handbill_functions.limits import Limits
from handbill_functions.links import links_of
from handbill_functions.pages import say
from handbill_functions.ports import Clock
from handbill_functions.web import (
    BadRequest,
    Request,
    Response,
    foreign,
    health,
    lang_of,
    method_of,
    networks_of,
    origin_of,
    text,
)

Action = Callable[[Call], Response]
Header = tuple[str, str]


class Route(NamedTuple):
    """What answers below one word of the path."""

    action: Action
    methods: frozenset[str]
    token: bool
    """Whether a token stands behind the word."""
    anywhere: bool = False
    """Whether a post may come from any site: one-click posts come from mail programs."""


_READ, _WRITE, _BOTH = frozenset({"GET"}), frozenset({"POST"}), frozenset({"GET", "POST"})
ROUTES: Mapping[str, Route] = {
    "subscribe": Route(subscribe, _WRITE, token=False),
    "resend": Route(resend, _BOTH, token=False),
    "confirm": Route(confirm, _BOTH, token=True),
    "unsubscribe": Route(leave, _BOTH, token=True, anywhere=True),
    "preferences": Route(preferences, _BOTH, token=True),
    "gate": Route(gate, _READ, token=True),
    "export": Route(export, _READ, token=True),
    "erase": Route(erase, _BOTH, token=True),
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,800}")


class App(NamedTuple):
    """The functions of one site."""

    ctx: Context
    clock: Clock
    log: Callable[[dict[str, Any]], None]
    """Takes one event: plain values, nothing personal."""
    limits: Limits = Limits()
    trusted_hops: int = 0
    """Proxies of our own in front: see web.networks_of."""

    def handle(self, request: Request) -> Response:
        """The response. Never raises: what we did not think of is a 500 with a page, and a line in the log."""
        began = time.monotonic()
        fault = ""
        if (answer := health(request)) is not None:
            return answer
        try:
            index = self.ctx.catalog.index()
        except FunctionsError as error:
            self.log({"event": "request", "status": 503, "fault": type(error).__name__, "request": request.id})
            return text(503, "This site cannot take sign-ups just now. Please try again in a few minutes.")
        lang = lang_of(request, index["site"]["languages"])
        word, _, token = self._below(request, index).partition("/")
        route = word if word in ROUTES else ""
        try:
            response = self._answer(request, index, lang, ROUTES.get(word), token)
        except BadRequest as error:
            fault = str(error)
            response = self._said(index, error.status, "misread", lang)
        except (Unavailable, CatalogError) as error:  # a store or a bucket that is away for now
            fault = str(error)
            response = self._said(index, 503, "failed", lang, headers=[("Retry-After", "60")])
        except Exception as error:
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else ""
            fault = f"{type(error).__name__} in {where}"
            response = self._said(index, 500, "failed", lang)
        took = round((time.monotonic() - began) * 1000)
        self.log(
            {"event": "request", "route": route, "method": method_of(request), "status": response.status, "ms": took,
             "request": request.id, **({"fault": fault} if fault else {})}
        )  # fmt: skip
        if request.method == "HEAD":
            return Response(response.status, response.headers, b"")
        return response

    def _said(self, index: Index, status: int, key: str, lang: str, headers: Iterable[Header] = ()) -> Response:
        """A page that says what went wrong, or a line where even that cannot be read."""
        try:
            return say(self.ctx, index, status, key, lang, headers=headers)
        except FunctionsError:
            return text(status, "Something went wrong, and nothing was saved. Please try again.")

    def _below(self, request: Request, index: Index) -> str:
        """What stands below the path of the functions: the name of a route, and a token."""
        prefix = urlsplit(links_of(index["site"], self.ctx.keys).base).path
        return _below(request.path.partition("?")[0], prefix)

    def _answer(self, request: Request, index: Index, lang: str, route: Route | None, token: str) -> Response:
        now, site = self.clock.now(), index["site"]
        if route is None or bool(token) != route.token or (token and not _TOKEN.fullmatch(token)):
            return say(self.ctx, index, 404, "unknown", lang)
        method = "GET" if request.method == "HEAD" else request.method
        if method not in route.methods:
            allowed = ", ".join(sorted(route.methods))
            return say(self.ctx, index, 405, "misread", lang, headers=[("Allow", allowed)])
        ours = frozenset({origin_of(site["base_url"]), origin_of(site["action"])} - {""})
        if method == "POST" and not route.anywhere and foreign(request, ours):
            return say(self.ctx, index, 403, "refused", lang)
        networks = networks_of(request, self.trusted_hops)
        call = Call(self.ctx, index, self.limits, request, now, token, networks)
        return route.action(call)


def _below(path: str, prefix: str) -> str:
    """What of a path stands below the functions' own place, or empty where it is elsewhere.

    A proxy may hand a path on as it came (`/lamp/api/subscribe`), or without what it matched: `/api/subscribe`, or
    `/subscribe`. Nobody but these functions answers here, so each of them can only mean one thing.
    """
    while True:
        if path.startswith(f"{prefix}/"):
            return path.removeprefix(f"{prefix}/")
        if not prefix:
            return ""
        _, slash, rest = prefix[1:].partition("/")
        prefix = slash + rest
