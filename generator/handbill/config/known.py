"""The names that site.yaml may mention: sections of content, and mailing services with what each needs."""

from __future__ import annotations

from collections.abc import Mapping

from handbill import senders
from handbill.kinds import KINDS

SECTIONS: tuple[str, ...] = tuple(kind.section for kind in KINDS)
SENDERS: Mapping[str, tuple[str, ...]] = {name: service.needs for name, service in senders.SENDERS.items()}
"""Service → the settings that it cannot be without."""

NO_FORM_WORKS = "No sign-up form can work: `signup.action` is missing."
"""A build says so as a warning; `handbill check` as an error."""
