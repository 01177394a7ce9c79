"""An e-mail on the wire: what Python's own parser reads back is what was put in, and no receiver is asked to guess."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill_functions.catalog import Attachment
from handbill_functions.errors import UnsafeValue
from handbill_functions.fill import FilledEmail
from handbill_functions.mime import LINE, fold, headers, mailbox, message, words

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LEAVE = "https://casalume.example/api/leave/" + "3f9a0cdeb2f14c0f" * 20
TEXT = "Olá Inês,\n\n.a line that begins with a dot\nFrom here on\n" + "x" * 2000 + "\n"
HTML = f'<!doctype html>\n<html lang="pt"><p>Olá = {"é" * 500}</p></html>\n'
ICS = "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nSUMMARY:Salão\r\nEND:VCALENDAR\r\n"

printable = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), max_size=200).filter(
    str.isprintable
)


def sent(
    subject: str = "Está na lista", *, leave: str = LEAVE, calendar: bool = True, name: str = "Casa Lume"
) -> bytes:
    kind = "text/calendar; charset=utf-8; method=PUBLISH"
    attachments = (Attachment(name="salão.ics", type=kind, content=ICS),) if calendar else ()
    filled = FilledEmail(subject, "p", HTML, TEXT, attachments)
    head = headers(
        filled, sender={"name": name, "email": "hello@casalume.example", "address": "Lisboa"},
        to=("Inês", "ines@example.org"), date=AT, message_id="1@casalume.example", unsubscribe_url=leave,
    )  # fmt: skip
    return message(filled, head)


def read(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not [defect for part in found.walk() for defect in part.defects]
    return found


def unfolded(data: bytes) -> dict[str, str]:
    """The headers as they stand, decoded by nobody."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii")
    return dict(line.split(": ", 1) for line in re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n"))


def body(part: EmailMessage | None) -> str:
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_text_comes_first_then_html_then_the_calendar() -> None:
    mail = read(sent())
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    assert [part.get_content_type() for part in read(sent(calendar=False)).walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


def test_what_was_put_in_is_read_back() -> None:
    mail = read(sent())
    assert body(mail.get_body(("plain",))) == TEXT
    assert body(mail.get_body(("html",))) == HTML
    attached = next(mail.iter_attachments())
    assert attached.get_filename() == "salão.ics"
    assert attached.get_param("method") == "PUBLISH"
    assert attached.get_content() == ICS


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=400), st.text(st.sampled_from("\r\n .=Fé\t-_"), max_size=200))
def test_any_words_are_read_back_with_their_line_ends_made_one(text: str, html: str) -> None:
    def lines(words: str) -> str:
        return words.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"

    data = message(FilledEmail("s", "p", html, text, ()), [("Subject", "s")])
    mail = read(data)
    assert body(mail.get_body(("plain",))) == lines(text)
    assert body(mail.get_body(("html",))) == lines(html)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    assert all(len(line) <= 78 and not line.endswith((b" ", b"\t")) for line in data.split(b"\r\n"))


def test_every_part_is_quoted_printable_and_every_byte_ascii() -> None:
    data = sent()
    assert data.isascii()
    parts = [part for part in read(data).walk() if not part.is_multipart()]
    assert {part["content-transfer-encoding"] for part in parts} == {"quoted-printable"}


def test_every_line_ends_in_crlf_and_none_but_an_address_is_long() -> None:
    data = sent("Um assunto comprido " * 20)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    long = [line for line in data.split(b"\r\n") if len(line) > 78]
    assert long == [f"List-Unsubscribe: <{LEAVE}>".encode()]


def test_the_address_to_leave_is_neither_folded_nor_encoded() -> None:
    found = unfolded(sent())
    assert found["List-Unsubscribe"] == f"<{LEAVE}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_cannot_be_left_has_no_header_to_leave() -> None:
    assert "List-Unsubscribe" not in unfolded(sent(leave=""))


@settings(deadline=None)
@given(printable)
def test_any_subject_comes_back_as_it_was(subject: str) -> None:
    subject = subject.strip(" ") or "x"
    assert read(sent(subject))["subject"] == subject
    encoded = words(subject)
    assert encoded.isascii()
    assert all(len(word) <= 75 for word in encoded.split(" ") if word.startswith("=?"))
    lines = fold("Subject", encoded).decode("ascii").split("\r\n")
    assert all(len(line) <= LINE or " " not in line.strip() for line in lines)
    assert all(line.strip() for line in lines[:-1]), "a line of spaces alone ends the headers"


@settings(deadline=None)
@given(printable, st.sampled_from(["a@b.example", "o'neil+x@sub.b.example"]))
def test_a_name_never_becomes_a_second_address(name: str, address: str) -> None:
    mail = read(b"".join([fold("From", mailbox(name, address)), b"\r\n", b"x"]))
    assert [each.addr_spec for each in mail["from"].addresses] == [address]


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example, victim@c.example", "a@b.example\r\nBcc: c@d.example", "a b@c.example", "<a@b.example>",
        "josé@b.example", "a@", "@b.example", "a", "",
    ],
)  # fmt: skip
def test_one_address_is_one_address(address: str) -> None:
    with pytest.raises(UnsafeValue) as refused:
        mailbox("Ana", address)
    assert "victim" not in str(refused.value)


def test_the_domain_of_an_address_is_written_in_ascii() -> None:
    assert mailbox("", "ana@exämple.org") == "ana@xn--exmple-cua.org"


@pytest.mark.parametrize("breaking", ["a\nBcc: x@y.example", "a\r\nb", "a\u2028b", "a\x00b"])
def test_a_line_break_ends_no_header(breaking: str) -> None:
    with pytest.raises(UnsafeValue):
        sent(breaking)
    with pytest.raises(UnsafeValue):
        sent(name=breaking)


@pytest.mark.parametrize(
    "url", ["https://a.example/ b", "https://a.example/>", "https://a.example/é", "https://a/" + "x" * 999]
)
def test_an_address_that_would_be_garbled_is_refused(url: str) -> None:
    with pytest.raises(UnsafeValue):
        sent(leave=url)


def test_the_same_e_mail_gives_the_same_bytes() -> None:
    assert sent() == sent()
