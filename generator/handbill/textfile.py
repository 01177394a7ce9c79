"""Files that people write, from bytes to text: UTF-8, with or without a BOM, lines ending in LF, CRLF or CR."""

from __future__ import annotations

import codecs

from handbill.errors import Problem
from handbill.model import Source
from handbill.yaml import Document, read

MOST = 2_000_000
"""Bytes of a text that are read. A novel has one million; a file of more is no page and no list of settings."""


def read_yaml(source: Source) -> Document:
    """A file that is YAML from end to end: site.yaml, _defaults.yaml, theme.yaml. What is wrong is in its problems."""
    problems: list[Problem] = []
    text = text_of(source, problems)
    if text is None:
        return Document(source.path, "", 1, problems=problems)
    return read(text, source.path)


def text_of(source: Source, problems: list[Problem]) -> str | None:
    """The text of a file with LF alone, or None (and a problem) when it is no text that can be read."""
    data = source.data
    if len(data) > MOST:
        what = (
            f"The file has {len(data) / 1_000_000:.1f} MB, and a text of more than {MOST // 1_000_000} MB is not read."
        )
        fix = "Divide it into several entries; what is to be downloaded goes into content/static/, with a link to it."
        problems.append(Problem(source.path, 0, 0, what, fix))
        return None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        fix = 'Save it as UTF-8: "Save as", encoding UTF-8.'
        problems.append(Problem(source.path, 0, 0, "The file is UTF-16, not UTF-8.", fix))
        return None
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()  # "utf-8-sig" says the same, in Python and slowly
    except UnicodeDecodeError as error:
        problems.append(_not_utf8(source, error.start + (3 if data.startswith(codecs.BOM_UTF8) else 0)))
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        what = "The file holds a NUL byte, so it is no text."
        problems.append(Problem(source.path, line, 0, what, "Save it as plain text, UTF-8."))
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _not_utf8(source: Source, at: int) -> Problem:
    data = source.data
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    start = before.rfind(b"\n") + 1
    line = before[start:] + data[at:].splitlines()[0]
    guess = line.decode("cp1252", "replace")
    column = len(before[start:].decode("utf-8", "replace"))
    excerpt = before[start:].decode("utf-8", "replace") + line[len(before) - start :].decode("cp1252", "replace")
    sign = guess[len(before) - start]
    what = f"The file is not UTF-8: byte 0x{data[at]:02X} in this line is none of its signs."
    fix = f"Save it as UTF-8. In Windows-1252 the byte is '{sign}'." if sign.isprintable() else "Save it as UTF-8."
    return Problem(source.path, before.count(b"\n") + 1, column + 1, what, fix, "error", excerpt, 1)
