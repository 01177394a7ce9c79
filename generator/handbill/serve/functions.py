"""The functions behind the site's forms, on this machine: the same code as in production, over SQLite and an inbox.

    .handbill/keys                      made once, for this project; readable by its owner alone
    .handbill/serve/PORT/people.db      who signed up here
    .handbill/serve/PORT/inbox/         every e-mail, and none leaves the machine

People belong to a port, as what is built does: two servers on one site share nobody, and the next one on the same port
finds everybody again. `handbill run` has a database of its own.

The clock is the machine's; where the bar in the page holds a moment, it is that moment, and stands still. So a reminder
is sent as soon as the bar is moved beyond it. What expires is not seen from then on, and removed only when the
machine's clock has come there too: moving back brings it back.

One thread does all of it, one thing after the other: it serves one person, and holds one connection to the database.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from handbill.answer import TEXT, Answer
from handbill.config import SiteConfig
from handbill.senders import target
from handbill.serve.answer import note
from handbill.serve.live import Live
from handbill.serve.local_catalog import LocalCatalog, place_of
from handbill_functions import sweep
from handbill_functions.app import App
from handbill_functions.catalog import FolderReader
from handbill_functions.context import Context, Keys
from handbill_functions.deliver import deliver
from handbill_functions.errors import FunctionsError, SettingsError
from handbill_functions.limits import Limits
from handbill_functions.mailers.inbox import InboxMailer
from handbill_functions.model import STREAMS
from handbill_functions.ports import Delete
from handbill_functions.settings import new_keys, read_keys
from handbill_functions.stores.sqlite import SqliteStore
from handbill_functions.web import Request, Response, origin_of

PULSE = 5.0
"""Seconds between looks at what is due, when nothing happens."""
LIMITS = Limits(network=1_000, unsaid=1_000)
"""Everybody who signs up here comes from one machine."""

T = TypeVar("T")


class Functions:
    """The functions of the site that `live` shows. May be called from any thread."""

    def __init__(
        self, live: Live, folder: Path, config: Callable[[], SiteConfig | None], *, origin: str,
        secrets: Mapping[str, str], said: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`folder` holds people and e-mails. `origin` is where links of e-mails lead to that no request caused.
        `secrets` are what content names by `{{< secret … >}}`; what is missing there gets a sample value."""
        self.live, self.folder = live, folder
        self._config, self._origin, self._said = config, origin, said
        self.inbox = InboxMailer(folder / "inbox")
        self.secrets = dict(secrets)
        self._given = frozenset(secrets)
        self._contexts: dict[str, Context] = {}
        self._worker = ThreadPoolExecutor(1, "functions")
        self._timer = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._trouble = ""

    def now(self) -> int:
        """See Clock."""
        shown = self.live.shown
        return int(shown.at if shown.fixed else time.time())

    @property
    def action(self) -> str:
        """Where the site's forms post, as site.yaml has it; empty where they do not, or it cannot be read."""
        config = self._config()
        return config.signup.action if config is not None else ""

    @property
    def lent(self) -> tuple[str, ...]:
        """Names of secrets that content asked for, and nobody told: a sample stands for each."""
        return tuple(sorted(self.secrets.keys() - self._given))

    def elsewhere(self) -> str:
        """Why a form of this site reaches nobody here; empty where it does."""
        config = self._config()
        if config is None:
            return ""
        if not self.action:
            return "Forms of this site post nowhere: write `signup: /api` in content/site.yaml."
        receiver = target(self.action, config.signup.settings)
        if receiver.ours:
            return ""
        return f"Forms of this site post to {receiver.label}, which sends e-mails of its own: none arrives here."

    @property
    def _place(self) -> str | None:
        """The path that the functions answer below; None where no form posts to them."""
        config, action = self._config(), self.action
        if config is None or not action or self.elsewhere():
            return None
        return place_of(action) if origin_of(action) else config.base_path + action.rstrip("/")

    def led_here(self, page: bytes) -> bytes:
        """A page of the site as it is shown on this server: what leads to functions at a full URL leads here."""
        action = self.action
        if not origin_of(action):
            return page
        there, here = (f'="{escape(each)}/' for each in (action.rstrip("/"), place_of(action)))
        return page.replace(there.encode(), here.encode())

    @property
    def home(self) -> str:
        """The path of the home page."""
        config = self._config()
        return f"{config.base_path if config is not None else ''}/"

    @property
    def kept_in(self) -> str:
        """Where people and e-mails are, from the project's folder."""
        return f"{os.path.relpath(self.folder, self.live.options.root)}{os.sep}"

    # ---- requests

    def handle(self, request: Request, origin: str) -> Answer | None:
        """The answer of the functions; None where the path is not theirs. `origin` is that of this server, by the name
        that the request called it."""
        place = self._place
        if place is None or not f"{request.path}/".startswith(f"{place}/"):
            return None
        return self._done(lambda: self._handle(request, origin))

    def _handle(self, request: Request, origin: str) -> Answer:
        try:
            ctx = self._context(origin)
            response = App(ctx, self, self._log, LIMITS).handle(request)
        except (FunctionsError, OSError) as error:
            return note(503, "The functions cannot work", str(error))
        if request.method == "POST":
            self._sweep(ctx)
        return answer_of(response)

    def look(self, at: Callable[[Context, int], T]) -> T:
        """What `at` gives for what is stored at this moment. Raises FunctionsError or OSError where it cannot be
        opened."""
        return self._done(lambda: at(self._context(self._origin), self.now()))

    def forget(self) -> None:
        """Removes everybody and every e-mail. The keys stay."""

        def forget() -> None:
            items = list(self._store.every("", 0))  # at 0 nothing has expired
            for start in range(0, len(items), 100):
                some = items[start : start + 100]
                self._store.transact([Delete(item.pk, item.sk, item.version) for item in some], 0)
            self._store.forget()
            self.inbox.clear()

        self._done(forget)
        self.live.stir()

    # ---- e-mails

    def _sweep(self, ctx: Context) -> None:
        """Hands over all that is due at this moment, and looks after what changed or expired."""
        before, now = self.inbox.names()[:1], self.now()
        try:
            ctx.catalog.index()  # without it nothing could be sent, and all would be given up
            sweep.announce(ctx, now)
            for stream in STREAMS:
                while (done := deliver(ctx, self.inbox, now, stream=stream)).total and not done.stopped:
                    pass
            trouble = done.stopped
            sweep.purge(ctx, min(now, int(time.time())))
        except FunctionsError as error:
            trouble = str(error)
        if trouble and trouble != self._trouble:
            self._said(f"E-mails wait: {trouble}")
        self._trouble = trouble
        if self.inbox.names()[:1] != before:
            self.live.stir()

    def start(self) -> None:
        """From now on, what is due is sent by itself."""
        self._timer.start()

    def _run(self) -> None:
        known = ""
        while not self.live.closed:
            known = self.live.after(known, PULSE).id
            if self._file.exists():
                with suppress(OSError, FunctionsError, RuntimeError):  # RuntimeError: it is just being closed
                    self._done(lambda: self._sweep(self._context(self._origin)))

    def close(self) -> None:
        """Ends after what is at hand. Calling twice is safe."""
        self._worker.shutdown(cancel_futures=True)
        if "_store" in self.__dict__:
            self._store.close()

    # ---- what it stands on

    @property
    def _file(self) -> Path:
        return self.folder / "people.db"

    @cached_property
    def _store(self) -> SqliteStore:
        self.folder.mkdir(parents=True, exist_ok=True)
        return SqliteStore(self._file)

    @cached_property
    def _keys(self) -> Keys:
        return own_keys(self.live.options.cache / "keys")

    def _context(self, origin: str) -> Context:
        """With links that lead to `origin`. Raises FunctionsError, OSError."""
        found = self._contexts.get(origin)
        if found is None:
            catalog = LocalCatalog(FolderReader(self.live.options.private), origin, self.secrets)
            found = Context(self._store, catalog, self._keys, self.secrets)
            if len(self._contexts) < 8:  # a person uses one name of this machine, or two
                self._contexts[origin] = found
        return found

    def _done(self, work: Callable[[], T]) -> T:
        return self._worker.submit(work).result()

    def _log(self, event: dict[str, Any]) -> None:
        if event.get("status", 0) >= 500:
            self._said(f"The functions failed: {event.get('fault', '')}")


def answer_of(response: Response) -> Answer:
    """What the functions said, as this server sends it."""
    headers = {name.lower(): value for name, value in response.headers}
    kept = tuple(pair for pair in response.headers if pair[0].lower() not in ("content-type", "content-length"))
    return Answer(response.status, headers.get("content-type", TEXT), response.body, kept)


def own_keys(path: Path) -> Keys:
    """The keys of this project in `path`, made there where nothing is: lines as `handbill keys` prints them.

    Calling twice, or twice at once, gives the same keys. Raises SettingsError for a file that does not hold them,
    OSError where it cannot be read or made.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(".gitignore").write_text("*\n", "ascii")  # whatever repository the site is kept in
        beside = path.with_name(f"{path.name}.{os.getpid()}.new")
        beside.touch(mode=0o600)
        try:
            beside.write_text(new_keys(), "ascii")
            with suppress(FileExistsError):  # another server was faster: its keys are ours
                os.link(beside, path)
        finally:
            beside.unlink()
    lines = path.read_text("utf-8", "replace").splitlines()
    try:
        return read_keys(dict(line.split("=", 1) for line in lines if "=" in line))
    except SettingsError as error:
        fix = f"{path} is damaged. Put it back; or remove it, and nobody who signed up here is found again."
        raise SettingsError([*error.problems, fix]) from None
