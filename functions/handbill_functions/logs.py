"""The log: one line of JSON for each event, with nothing personal in it."""

from __future__ import annotations

import sys
from typing import Any


def log_to_stderr(event: dict[str, Any]) -> None:
    """One line of JSON for each event."""
    import json

    sys.stderr.write(json.dumps(event, ensure_ascii=False) + "\n")
