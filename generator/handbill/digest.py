"""Digests: how we tell that two inputs are the same. The catalog names its immutable files likewise.

SHA-256, cut to 128 bits: enough that nobody meets a collision by chance, and short enough for a file name.
"""

from __future__ import annotations

import hashlib


def digest(*parts: bytes | str) -> str:
    """32 hexadecimal digits that stand for `parts`. Where one part ends and the next begins matters."""
    h = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        h.update(len(data).to_bytes(8, "big"))
        h.update(data)
    return h.hexdigest()[:32]
