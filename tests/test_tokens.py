"""Tokens of links: what was signed is read, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill_functions.context import Keys
from handbill_functions.errors import TokenError, TokenExpired
from handbill_functions.links import Links, forged
from handbill_functions.tokens import Purpose, read, sign

KEY = [b"k" * 32]
NOW = 1_800_000_000
PARTS = st.lists(st.binary(max_size=40), max_size=4)


@given(st.sampled_from(Purpose), PARTS, st.integers(NOW + 1, 2**32 - 1))
def test_what_was_signed_is_read(purpose: Purpose, parts: list[bytes], expires: int) -> None:
    token = read(KEY, purpose, sign(KEY, purpose, parts, expires), NOW)
    assert token == (purpose, tuple(parts), expires)


@given(PARTS, st.data())
def test_no_changed_byte_goes_through(parts: list[bytes], data: st.DataObject) -> None:
    token = sign(KEY, Purpose.CONFIRM, parts, NOW + 60)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=0x17F).filter(lambda c: c != token[place]))
    with pytest.raises(TokenError):
        read(KEY, Purpose.CONFIRM, token[:place] + other + token[place + 1 :], NOW)


@given(st.text(max_size=90))
def test_what_we_never_signed_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        read(KEY, Purpose.CONFIRM, text, NOW)


def test_a_token_ends_at_its_second() -> None:
    token = sign(KEY, Purpose.CONFIRM, [b"a"], NOW + 60)
    assert read(KEY, Purpose.CONFIRM, token, NOW + 59).parts == (b"a",)
    with pytest.raises(TokenExpired):
        read(KEY, Purpose.CONFIRM, token, NOW + 60)


def test_a_token_without_end_is_good_for_ever() -> None:
    assert read(KEY, Purpose.LEAVE, sign(KEY, Purpose.LEAVE, [b"a"]), 2**32 - 1).parts == (b"a",)


def test_a_token_for_one_thing_does_no_other() -> None:
    token = sign(KEY, Purpose.LEAVE, [b"a"])
    for purpose in set(Purpose) - {Purpose.LEAVE}:
        with pytest.raises(TokenError):
            read(KEY, purpose, token, NOW)


def test_a_token_of_yesterdays_key_works_until_that_key_is_dropped() -> None:
    old, new = b"o" * 32, b"n" * 32
    token = sign([old], Purpose.CONFIRM, [b"a"], NOW + 60)
    assert read([old, new], Purpose.CONFIRM, token, NOW).parts == (b"a",)
    with pytest.raises(TokenError):
        read([new], Purpose.CONFIRM, token, NOW)


def test_a_token_of_a_contact_and_a_request_fits_a_line() -> None:
    assert len(sign(KEY, Purpose.LEAVE, [b"c" * 16])) <= 51
    assert len(sign(KEY, Purpose.CONFIRM, [b"c" * 16, b"r" * 16], NOW)) <= 74


KEYS = Keys(contact=b"c" * 32, ledger=b"l" * 32, leave=(b"v" * 32,), links=(b"k" * 32,))
OURS = Links("https://casalume.example/api", KEYS)
MADE = {
    "confirm": OURS.confirm("a" * 32, "b" * 32, 1),
    "unsubscribe": OURS.leave("a" * 32, "main"),
    "preferences": OURS.preferences("a" * 32, 1),
    "gate": OURS.gate("a" * 32, "events/salon", 1),
    "export": OURS.export("a" * 32, 1),
    "erase": OURS.erase("a" * 32, 1),
}


@pytest.mark.parametrize("word", MADE)
@given(place=st.integers(0, 200), character=st.sampled_from("AZaz09-_."))
def test_a_link_is_forged_when_any_character_of_it_was_changed_and_not_before(
    word: str, place: int, character: str
) -> None:
    path = MADE[word].removeprefix("https://casalume.example")
    assert forged(path, KEYS) == ""
    head, token = path[: path.rfind("/") + 1], path[path.rfind("/") + 1 :]
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert forged(head + changed, KEYS) == (word if changed != token else "")


@pytest.mark.parametrize("path", ["/api/subscribe", "/api/confirm/", "/", "", "/confirm", "/api/subscribe/AAAA"])
def test_a_path_that_is_no_link_is_not_forged(path: str) -> None:
    assert forged(path, KEYS) == ""
