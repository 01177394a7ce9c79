"""What is stored of people, as a whole: what one person is owed of it."""

from __future__ import annotations

from typing import Any

from handbill_functions.context import Context
from handbill_functions.model import CONSENT, INTENT, LEDGER, PROFILE, REQUEST, SUPPRESSED, contact_pk, suppressed_pk


def everything_of(ctx: Context, now: int, contact: str) -> dict[str, Any]:
    """All that is stored about one person, as plain values (GDPR, articles 15 and 20)."""
    items = ctx.store.query(contact_pk(contact), "", now)

    def under(prefix: str) -> dict[str, Any]:
        return {item.sk.removeprefix(prefix): dict(item.data) for item in items if item.sk.startswith(prefix)}

    suppressed = ctx.store.get(suppressed_pk(contact), SUPPRESSED, now)
    return {
        "profile": under(PROFILE).get("", {}),
        "asked_for": under(INTENT),
        "consents": under(CONSENT),
        "not_confirmed": under(REQUEST),
        "ledger": list(under(LEDGER).values()),
        "suppressed": dict(suppressed.data) if suppressed else None,
    }
