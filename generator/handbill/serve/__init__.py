"""`handbill serve`: the site as it will be, changing while it is written.

    watch.py        what was saved, once it has come to rest
    live.py         builds it, and holds what is shown
    host.py         from a path to a file, as a static host would
    server.py       the sockets, and the stream of events that each open page listens to
    reload.js       in the page: loads it anew, exchanges its style in place, shows what is wrong, moves the time
    moments.py      the moments that the time can be moved to

The port is the lock: what a server builds lies in `.handbill/serve/PORT/`, and nobody else can have that port. So two
servers on one site do not meet, neither of them touches `public/` or `private/`, and the next one to start on the same
port has little left to do. Chosen over keeping the outputs in memory: a site of 10,000 entries would be built anew at
each start (half a minute), and would take some 200 MB; a page is read from the system's page cache in 30 microseconds.
"""

from __future__ import annotations

import signal
import threading
import webbrowser
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from handbill.errors import MachineError, ProblemsFound
from handbill.options import Options
from handbill.serve.answer import Responder
from handbill.serve.live import Live, Shown
from handbill.serve.server import listen
from handbill.watch import Watcher

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
    pages: Callable[[Live], Sequence[Responder]] = lambda live: (),
    told: Callable[[Turn], None],
    said: Callable[[str], None],
) -> None:
    """Serves the site of `options` until interrupted or told to end (SIGINT, SIGTERM); raises KeyboardInterrupt then,
    with everything closed. To be called in the main thread.

    `port` is where it listens, or the next free one after it; 0 is any. `at` is the moment to begin with; None: now,
    and so on. `pages` are what else answers below /_handbill/. `told` is given each build, `said` what there is to say
    besides. Raises MachineError where nothing can be listened on.
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
        server.show(live, _Base(own), watcher.wake, pages(live))
        told(Turn(live.shown, live.build(), ()))  # before there are threads: it may need more processes
        listening = threading.Thread(target=server.serve_forever, args=(0.05,), name="http", daemon=True)
        listening.start()
        try:
            with watcher:
                said(f"{server.url} shows it. Stop with Ctrl-C.")
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


class _Base:
    """The base path of the site, read anew when site.yaml was saved."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._known: tuple[int, str] = (0, "")

    def __call__(self) -> str:
        from handbill.project import read_config

        with suppress(OSError, ProblemsFound, MachineError):
            stamp = (self._options.root / "content" / "site.yaml").stat().st_mtime_ns
            if stamp != self._known[0]:
                self._known = (stamp, read_config(self._options.root, self._options.environ)[0].base_path)
        return self._known[1]
