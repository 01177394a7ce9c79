"""Reads a catalog from a private S3 prefix, so that publishing a site redeploys no code.

The role needs `s3:GetObject` below the prefix and `s3:ListBucket` on the bucket: without the second S3 answers for a
file that is not there as for one that may not be read.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from handbill_functions import aws
from handbill_functions.catalog import refuse_outside
from handbill_functions.errors import CatalogError, TornCatalog

FRESH = 5.0
"""Seconds for which a file may be taken from memory: one request reads the index and its entry several times, and what
was just published may be seen so much later. What is immutable the Catalog itself keeps."""
MOST = 64
"""Files in memory at once."""


class S3Reader:
    """See catalog.Reader."""

    def __init__(
        self, bucket: str, prefix: str = "", *, client: Any = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`prefix` is the folder of the catalog within the bucket. `client`: a botocore client of S3; by default the
        process's own, made when first used."""
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._given = client
        self._clock = clock
        self._files: dict[str, tuple[float, bytes]] = {}
        self._turn = threading.Lock()

    @classmethod
    def at(cls, url: str) -> S3Reader:
        """The reader of `s3://bucket/prefix`. Raises CatalogError for what is none."""
        found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", url)
        if found is None:
            raise CatalogError("A catalog in S3 is written s3://bucket/prefix.")
        return cls(found[1], found[2] or "")

    def read(self, path: str) -> bytes | None:
        """See Reader."""
        refuse_outside(path)
        with self._turn:
            until, data = self._files.get(path, (0.0, b""))
        if until > self._clock():
            return data
        found = self._fetch(path)
        if found is not None:
            with self._turn:
                self._files.pop(path, None)
                self._files[path] = (self._clock() + FRESH, found)
                while len(self._files) > MOST:
                    self._files.pop(next(iter(self._files)))
        return found

    def _fetch(self, path: str) -> bytes | None:
        client = self._given or aws.client("s3")
        try:
            answer = client.get_object(Bucket=self._bucket, Key=self._prefix + path)
        except aws.errors() as error:
            code = aws.code_of(error)
            if code == "NoSuchKey":
                return None
            raise CatalogError(f"The catalog's bucket cannot be read: {code}.") from None
        broken: tuple[type[Exception], ...] = (*aws.errors(), OSError)
        try:
            data: bytes = answer["Body"].read()
        except broken:
            raise TornCatalog(f"{path} broke off while it was read.") from None
        return data
