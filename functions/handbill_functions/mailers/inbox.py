"""Keeps every message in a folder: a mailer that delivers to the person at this machine.

A message is a file, `00000001.eml`, numbered in the order they came, with the two lines on top that the last server of
a message adds (RFC 5321, 4.4): any mail program opens it. Nothing leaves the machine.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

from handbill_functions.ports import Accepted, Envelope, Later, Outcome

KEEP = 500

_NAME = re.compile(r"[0-9]{8}\.eml")


class InboxMailer:
    """See ports.Mailer. Safe to share between threads and processes; messages survive a restart."""

    def __init__(self, folder: str | Path, *, keep: int = KEEP) -> None:
        """`folder` is made, for its owner alone, with the first message; beyond `keep` messages the oldest goes."""
        self._folder, self._keep = Path(folder), keep
        self._turn = threading.Lock()

    def send(self, envelope: Envelope) -> Outcome:
        """See Mailer. The reference is the name of the message here; it is on the disk when this returns."""
        head = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n"
        try:
            with self._turn:
                return Accepted(self._keep_safe(head.encode() + envelope.message))
        except OSError as error:
            return Later(f"{type(error).__name__}: {error.strerror}", whole=True)

    def _keep_safe(self, data: bytes) -> str:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._folder / f"{os.getpid()}-{threading.get_ident()}.new"
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            names = self.names()
            number = int(names[0][:8]) + 1 if names else 1
            while True:
                name = f"{number:08d}.eml"
                try:
                    os.link(beside, self._folder / name)
                    break
                except FileExistsError:  # another process took the number
                    number += 1
        finally:
            beside.unlink(missing_ok=True)
        for old in names[self._keep - 1 :]:
            (self._folder / old).unlink(missing_ok=True)
        return name

    def names(self) -> list[str]:
        """The messages, newest first."""
        try:
            return sorted((name for name in os.listdir(self._folder) if _NAME.fullmatch(name)), reverse=True)
        except FileNotFoundError:
            return []

    def read(self, name: str) -> bytes | None:
        """A message, CRLF at the end of its lines; None where there is none of that name."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def clear(self) -> None:
        """Removes all of them."""
        with self._turn:
            for name in self.names():
                (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """See Mailer."""
