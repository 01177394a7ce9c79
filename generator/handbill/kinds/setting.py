"""What an entry takes from around it: the zone of its times, the site's currency, the consents the site knows."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ValidationInfo

UTC = ZoneInfo("UTC")


class Setting(NamedTuple):
    """Handed to validation as its context."""

    zone: ZoneInfo = UTC
    """The entry's own `timezone`, or the site's."""
    site_zone: ZoneInfo = UTC
    currency: str | None = None
    """ISO 4217, for a bare number as a price; None where the site names none."""
    purposes: tuple[str, ...] = ("marketing",)
    """Purposes of consent that have their wording in site.yaml."""


NOWHERE = Setting()
"""For an entry that stands alone: UTC, no currency."""


def setting(info: ValidationInfo) -> Setting:
    """The setting of the running validation."""
    return info.context if isinstance(info.context, Setting) else NOWHERE
