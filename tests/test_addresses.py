"""E-mail addresses: what is taken for one, and the one way it is written down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill_functions.addresses import key_form, normal
from handbill_functions.errors import AddressError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  ada@example.org\n", "ada@example.org"),
        ("Ada.Lovelace+lamps@EXAMPLE.org", "Ada.Lovelace+lamps@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("o'hara@example.co.uk", "o'hara@example.co.uk"),
        ("ada@example.org.", "ada@example.org"),
    ],
)
def test_an_address_is_written_in_one_way(typed: str, kept: str) -> None:
    assert normal(typed) == kept
    assert normal(kept) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("ada", "wrong"),
        ("ada@", "wrong"),
        ("@example.org", "wrong"),
        ("ada@localhost", "wrong"),
        ("ada@example..org", "wrong"),
        ("ada@-example.org", "wrong"),
        ("ada@[127.0.0.1]", "wrong"),
        ("ada@127.0.0.1", "wrong"),
        ("ada lovelace@example.org", "wrong"),
        ("ada@exa mple.org", "wrong"),
        (".ada@example.org", "wrong"),
        ("ada..l@example.org", "wrong"),
        ("dörte@example.org", "wrong"),
        ("ada@example.org, bob@example.org", "wrong"),
        ("ada@example.org\nBcc: bob@example.org", "wrong"),
        ('"ada"@example.org', "wrong"),
        ("<ada@example.org>", "wrong"),
        ("a" * 65 + "@example.org", "too_long"),
        ("ada@" + ".".join(["e" * 60] * 5) + ".org", "too_long"),
    ],
)
def test_what_is_none_is_refused_without_being_repeated(typed: str, reason: str) -> None:
    with pytest.raises(AddressError) as told:
        normal(typed)
    assert told.value.reason == reason
    assert not typed.strip() or typed not in str(told.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_an_address_error(text: str) -> None:
    try:
        kept = normal(text)
    except AddressError:
        return
    assert normal(kept) == kept
    assert kept.isascii()


def test_capitals_make_no_other_person() -> None:
    assert key_form(normal("Ada@Example.org")) == key_form(normal("ada@example.ORG"))
