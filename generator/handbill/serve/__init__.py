"""`handbill serve`: the site as it will be, changing while it is written, with all that stands behind its forms.

    watch.py          what was saved, once it has come to rest
    live.py           builds it, and holds what is shown
    host.py           from a path to a file, as a static host would
    functions.py      the functions behind the forms, over SQLite and an inbox; local_catalog.py leads their links here
    previewing.py     every page and e-mail in every state; inbox.py, people.py: what was sent, and to whom
    server.py         the sockets, and the stream of events that each open page listens to
    reload.js         in the page: loads it anew, exchanges its style in place, shows what is wrong, moves the time
    moments.py        the moments that the time can be moved to

The port is the lock: what a server builds and whom it knows lies in `.handbill/serve/PORT/`, and nobody else can have
that port. So two servers on one site do not meet, neither of them touches `public/` or `private/`, and the next one to
start on the same port has little left to do. Chosen over keeping the outputs in memory, which would have to be filled
anew at each start and grow with the site; a page that is asked for is read from the system's page cache.
"""

from __future__ import annotations

import signal
import threading
import webbrowser
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from handbill.config import SiteConfig
from handbill.errors import MachineError, ProblemsFound
from handbill.options import Options
from handbill.serve.functions import Functions
from handbill.serve.inbox import Inbox
from handbill.serve.live import Live, Shown
from handbill.serve.people import People
from handbill.serve.previewing import Previewed
from handbill.serve.server import listen
from handbill.watch import Watcher
from handbill_functions.ports import Mailer

PORT = 8080


class Turn(NamedTuple):
    """One build, for whoever tells a person about it."""

    before: Shown
    now: Shown
    changed: Collection[str]
    """The paths that led to it; empty for the first, and where only time moved."""


def serve(
    options: Options,
    *,
    port: int = PORT,
    at: float | None = None,
    facts: Path | None = None,
    open_page: bool = False,
    secrets: Mapping[str, str] = MappingProxyType({}),
    mailer: Mailer | None = None,
    to: str = "",
    told: Callable[[Turn], None],
    said: Callable[[str], None],
) -> None:
    """Serves the site of `options` until interrupted or told to end (SIGINT, SIGTERM); raises KeyboardInterrupt then,
    with everything closed. To be called in the main thread.

    `port` is where it listens, or the next free one after it; 0 is any. `at` is the moment to begin with; None: now,
    and so on. `secrets` are what content names by `{{< secret … >}}`. `mailer`, where there is one, carries test
    e-mails to the address `to`. `told` is given each build, `said` what there is to say besides. Raises MachineError
    where nothing can be listened on.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with listen(port) as server:
        if port and server.port != port:
            said(f"Port {port} is taken: using {server.port}.")
        folder = f"serve/{server.port}"
        below = options.cache / folder
        own = replace(options, public=below / "public", private=below / "private", memory=f"{folder}/manifest")
        live = Live(own, at=at, facts=facts)
        watcher = Watcher(options.root, ("content", "themes"))
        config = _Config(own)
        functions = Functions(live, below, config, origin=server.origin, secrets=secrets, said=said)
        names = ("127.0.0.1", "localhost", "[::1]")
        previewed = Previewed(live, frozenset(f"http://{name}:{server.port}" for name in names), mailer, to)
        also = (Inbox(functions, server.origin), People(functions), previewed)
        server.show(live, config.base_path, watcher.wake, functions, also)
        told(Turn(live.shown, live.build(), ()))  # before there are threads: it may need more processes
        listening = threading.Thread(target=server.serve_forever, args=(0.05,), name="http", daemon=True)
        listening.start()
        functions.start()
        try:
            with watcher:
                said(f"{server.url} shows it. Stop with Ctrl-C.")
                said(f"{server.origin}/_handbill/ has every state of it, and an inbox for the e-mails of its forms.")
                if watcher.note:
                    said(watcher.note)
                if open_page and not webbrowser.open(server.url):
                    said("No browser could be opened from here.")
                live.options = replace(own, jobs=1)
                while True:
                    changed = watcher.wait(live.due())
                    before = live.shown
                    told(Turn(before, live.build(changed or None), changed))
        finally:
            live.close()
            live.save()
            server.shutdown()
            listening.join(2)
            functions.close()


class _Config:
    """The configuration of the site, read anew when site.yaml was saved; the last good one where it cannot be read."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._known: tuple[int, SiteConfig | None] = (0, None)

    def __call__(self) -> SiteConfig | None:
        from handbill.project import read_config

        with suppress(OSError, ProblemsFound, MachineError):
            stamp = (self._options.root / "content" / "site.yaml").stat().st_mtime_ns
            if stamp != self._known[0]:
                self._known = (stamp, read_config(self._options.root, self._options.environ)[0])
        return self._known[1]

    def base_path(self) -> str:
        """The base path: `/lamp`, or empty."""
        config = self()
        return config.base_path if config is not None else ""
