"""The preview beside the site: opened anew when a build has changed something, the last good one kept meanwhile.

It is imported when it is first asked for: a server that only shows pages starts without it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from handbill.answer import Answer
from handbill.errors import MachineError, ProblemsFound
from handbill.serve.answer import note
from handbill.serve.live import Live
from handbill_functions.ports import Mailer

if TYPE_CHECKING:
    from handbill.preview import Preview

SEND = "/_handbill/send"


class Previewed:
    """A Responder: the pages of handbill.preview for what `live` shows."""

    def __init__(self, live: Live, origins: frozenset[str], mailer: Mailer | None = None, to: str = "") -> None:
        """`mailer` carries test e-mails to `to`; without it none can be sent. `origins` are this server's own."""
        self._live, self._mailer, self._to = live, mailer, to
        self._origins, self._token = origins, secrets.token_urlsafe(16)
        self._turn = threading.Lock()
        self._last: tuple[str, Preview] | None = None

    def respond(self, path: str, query: Mapping[str, str]) -> Answer | None:
        with self._turn:
            preview = self._current()
            return preview.respond(path, query) if not isinstance(preview, Answer) else preview

    def take(self, path: str, form: Mapping[str, str], origin: str) -> Answer | None:
        if path != SEND:
            return None
        with self._turn:
            preview = self._current()
            return preview.send(form, origin) if not isinstance(preview, Answer) else preview

    def _current(self) -> Preview | Answer:
        """The preview of what is shown; where it does not open, the last one that did, or why none does."""
        from handbill.preview import Tests, open_preview

        shown = self._live.shown
        last = self._last
        if last is not None and last[0] == shown.built:
            return last[1]
        tests = Tests(self._mailer, self._to, self._token, self._origins) if self._mailer is not None else None
        before = last[1] if last is not None else None
        try:
            options = replace(self._live.options, at=shown.at)
            rows = shown.memory.rows if shown.memory is not None else None
            preview = open_preview(options, tests=tests, before=before, rows=rows)
        except (ProblemsFound, MachineError, OSError) as error:
            if before is not None:
                return before
            said = [str(each) for each in error.problems] if isinstance(error, ProblemsFound) else [str(error)]
            return note(500, "This cannot be shown yet", *said)
        self._last = (shown.built, preview)
        return preview
