"""An e-mail as it goes over the wire: headers that every receiver reads, and parts in the order that they want.

    mixed( alternative( text/plain, text/html ), text/calendar )      the last where something is attached

Text comes first, since readers take the last part that they understand (RFC 2046, 5.1.4); both are UTF-8 in
quoted-printable, never 8bit, which relays change and signatures then do not cover. `headers` gives the headers as they
will be read by a machine: ASCII, encoded, unfolded. `message` folds them and adds the rest.

The standard library's EmailMessage makes none of it. Its policy turns a List-Unsubscribe of more than 78 characters
into an encoded-word, which no receiver decodes there, so that one-click is dead; with a longer limit it makes of a
subject one encoded-word of more than the 75 characters of RFC 2047; and it takes three quarters of the time in which an
e-mail is sent. Here a line breaks at spaces only, so an address is never touched, and words are encoded so that each
fits a line. The library's parser is what the tests read with.
"""

from __future__ import annotations

from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime, quote
from hashlib import sha256
from re import fullmatch
from typing import TYPE_CHECKING
from urllib.parse import quote as percent

from handbill_functions.errors import UnsafeValue

if TYPE_CHECKING:
    from handbill_functions.catalog import Attachment, EmailFile, Sender
    from handbill_functions.fill import FilledEmail

Header = tuple[str, str]
"""(name, value): ASCII, encoded where it must be, on one line however long."""

LINE = 76
"""Characters of a line that has an encoded-word in it (RFC 2047, 2)."""
_BYTES = 39
"""Of a text in one encoded-word: 64 characters, so that the first still fits behind `Subject: `."""


def headers(
    filled: FilledEmail,
    *,
    sender: Sender,
    to: Header,
    date: datetime,
    message_id: str,
    reply_to: str = "",
    unsubscribe_url: str = "",
    list_id: str = "",
    feedback_id: str = "",
) -> list[Header]:
    """Every header of an e-mail for one person but those of its parts and its signature, in the order to send them.

    `to` is (name or empty, address); `date` is aware; `message_id` is without its brackets, on the sender's domain.
    `unsubscribe_url` is the one that stands in the e-mail: with it the e-mail can be left in one click (RFC 8058; the
    URL itself names person and list). `list_id` is a name and a domain, as `main.casalume.example` (RFC 2919);
    `feedback_id` at most four words joined by colons, never a person's (Gmail's feedback loop). A signature must cover
    all of them. Raises UnsafeValue, which repeats no value.
    """
    found = [
        ("From", mailbox(sender["name"], sender["email"])),
        ("To", mailbox(*to)),
        *([("Reply-To", mailbox("", reply_to))] if reply_to else []),
        ("Subject", words(filled.subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", f"<{_opaque('message_id', message_id)}>"),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: no machine shall answer
    ]
    if unsubscribe_url:
        found += [
            ("List-Unsubscribe", f"<{_opaque('unsubscribe_url', unsubscribe_url)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    if list_id:
        found.append(("List-ID", f"<{_opaque('list_id', list_id)}>"))
    if feedback_id:
        found.append(("Feedback-ID", _opaque("feedback_id", feedback_id)))
    return found


def headers_of(
    email: EmailFile,
    filled: FilledEmail,
    *,
    sender: Sender,
    to: Header,
    date: datetime,
    id: str,
    stream: str,
    list: str,
    unsubscribe_url: str = "",
    reply_to: str = "",
) -> list[Header]:
    """The headers of an e-mail of the catalog: marketing can be left in one click and names its list, and what somebody
    asked for does not. `id` is the message's own, `stream` and `list` those it goes by. Raises as `headers` does."""
    domain = sender["email"].rpartition("@")[2]
    marketing = stream == "marketing"
    return headers(
        filled,
        sender=sender,
        to=to,
        date=date,
        message_id=f"{id}@{domain}",
        reply_to=reply_to,
        unsubscribe_url=unsubscribe_url if marketing else "",
        list_id=f"{list}.{domain}" if marketing else "",
        feedback_id=":".join([*map(_word, (email["entry"], email["name"], domain)), "handbill"]),
    )


def _word(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text)[:40]


def message(filled: FilledEmail, headers: Iterable[Header]) -> bytes:
    """The whole message, lines ending in CRLF, as SMTP takes it. The same arguments give the same bytes."""
    # `=_` cannot stand in quoted-printable, so no boundary can stand in a part.
    mark = f"_{sha256(filled.html.encode()).hexdigest()[:24]}"
    found = [_part("text/plain; charset=utf-8", filled.text), _part("text/html; charset=utf-8", filled.html)]
    if filled.attachments:
        body = _multipart("alternative", f"=_1{mark}", found)
        body = _multipart("mixed", f"=_0{mark}", [body, *map(_attached, filled.attachments)])
    else:
        body = _multipart("alternative", f"=_0{mark}", found)
    return b"".join((*(fold(*header) for header in headers), fold("MIME-Version", "1.0"), body))


def _part(kind: str, content: str, *more: Header) -> bytes:
    """A part in quoted-printable, with a line end behind its last line."""
    head = (("Content-Type", kind), ("Content-Transfer-Encoding", "quoted-printable"), *more)
    lines = content.encode().replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    encoded = b2a_qp(lines.replace(b"\n", b"\r\n") + b"\r\n")
    return b"".join((*(fold(*header) for header in head), b"\r\n", encoded))


def _attached(file: Attachment) -> bytes:
    kind, _, parameters = file["type"].partition(";")
    said = "".join(f'; {name}="{quote(value)}"' for name, value in _parameters(parameters).items())
    name = file["name"]
    named = f'filename="{quote(name)}"' if name.isascii() else f"filename*=utf-8''{percent(name, safe='')}"  # RFC 2231
    return _part(f"{kind}; charset=utf-8{said}", file["content"], ("Content-Disposition", f"attachment; {named}"))


def _multipart(kind: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    head, line = fold("Content-Type", f'multipart/{kind}; boundary="{boundary}"'), f"--{boundary}".encode()
    inside = b"".join(b"".join((line, b"\r\n", part, b"\r\n")) for part in parts)
    return b"".join((head, b"\r\n", inside, line, b"--\r\n"))


def fold(name: str, value: str) -> bytes:
    """A header on lines of at most LINE characters where its spaces allow it, with CRLF behind each."""
    first, *rest = value.split(" ")
    lines = [f"{name}: {first}"]
    for word in rest:
        if word and lines[-1].strip() and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def words(text: str) -> str:
    """A line of text as a header has it: as it is, or in encoded-words of at most 75 characters (RFC 2047, 2)."""
    if not text.isprintable():
        raise UnsafeValue("header", "may not hold line breaks or control characters.")
    if text.isascii() and "=?" not in text and all(len(word) < LINE for word in text.split(" ")):
        return text
    chunks = [""]
    for character in text:
        if len((chunks[-1] + character).encode()) > _BYTES:
            chunks.append("")
        chunks[-1] += character
    return " ".join(f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def mailbox(name: str, address: str) -> str:
    """`Casa Lume <hello@casalume.example>`, whatever is in the name. One address: a comma in it is refused."""
    checked = _address(address)
    said = words(name)
    if not name:
        return checked
    if said == name and not fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", name):
        said = f'"{quote(name)}"'
    return f"{said} <{checked}>"


def _address(address: str) -> str:
    """The address with its domain in ASCII (RFC 5890). Raises UnsafeValue."""
    local, at, domain = address.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            domain = ""
    if not fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", local) or not fullmatch(r"[A-Za-z0-9.-]{1,253}", domain):
        raise UnsafeValue("address", "must be one e-mail address, its part before the @ in ASCII.")
    return f"{local}@{domain}"


def _opaque(name: str, value: str) -> str:
    if not fullmatch(r"[!-;=?-~]{1,900}", value):  # what is visible in ASCII, without < and >
        raise UnsafeValue(name, "must be ASCII without spaces and brackets, of at most 900 characters.")
    return value


def _parameters(text: str) -> dict[str, str]:
    """`method=PUBLISH` of a MIME type; the charset is ours to say."""
    pairs = (pair.partition("=") for pair in text.split(";") if "=" in pair)
    found = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    return {name: value for name, value in found.items() if name != "charset"}
