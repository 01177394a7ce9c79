"""E-mail addresses: what we take for one, and the one way it is written down.

The rule is that of the browser's own field (WHATWG HTML, "valid e-mail address"), so that what the page lets through is
not refused here, and then what we can really send to: a domain of at least two labels, in ASCII (an international one
as its punycode, RFC 5891), and a local part in ASCII, since neither SES nor most servers take another (RFC 6531).
"""

from __future__ import annotations

import re
import unicodedata

from handbill_functions.errors import AddressError

LONGEST = 254
"""RFC 5321, 4.5.3.1.3: a path has at most 256 octets, two of them its brackets."""

_LOCAL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


def normal(text: str) -> str:
    """The address as it is stored, compared and written to: without spaces around it, its domain lower-case ASCII.

    The local part keeps its capitals, for its server alone may say that they do not matter; `key_form` is what two
    spellings are compared by. Raises AddressError, which never holds what was typed.
    """
    typed = text.strip()
    if len(typed) > 4 * LONGEST:  # composing and encoding take time that grows with the square
        raise AddressError("too_long", "That address is longer than any that exists.")
    address = unicodedata.normalize("NFC", typed)
    if not address:
        raise AddressError("missing", "There is no address.")
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.match(local):
        raise AddressError("wrong", "That is not an e-mail address.")
    domain = _ascii(domain)
    labels = domain.split(".")
    if len(labels) < 2 or not all(map(_LABEL.match, labels)) or labels[-1].isdigit():
        raise AddressError("wrong", "That is not the domain of an e-mail address.")
    if len(local) > 64 or len(local) + 1 + len(domain) > LONGEST:
        raise AddressError("too_long", "That address is longer than any that exists.")
    return f"{local}@{domain}"


def key_form(address: str) -> str:
    """What two spellings of one normalised address are compared by: all of it in small letters.

    Nobody in practice runs a server that tells Ada@ from ada@, and a person who types the one must find the other.
    """
    return address.lower()


def mailbox(address: str) -> str:
    """What the limits of one address count by: where its post arrives, as far as its spelling tells. `ada+1@` is
    `ada@` at most providers, and Gmail sees no dots. Only for counting: who may tell two people apart is their server.
    """
    local, _, domain = key_form(address).rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in GMAIL else local}@{domain}"


GMAIL = ("gmail.com", "googlemail.com")
"""https://support.google.com/mail/answer/7436150: "Dots don't matter in Gmail addresses"."""


def _ascii(domain: str) -> str:
    domain = domain.rstrip(".") if domain.count("..") == 0 else domain
    if domain.isascii():
        return domain.lower()
    try:
        return ".".join(map(_ascii_label, re.split("[.\u3002\uff0e\uff61]", domain)))  # RFC 3490, 3.1
    except UnicodeError:
        raise AddressError("wrong", "That is not the domain of an e-mail address.") from None


def _ascii_label(label: str) -> str:
    """A label as its punycode. The library knows the rules of 2003, which make `fass.de` of `faß.de`: the post of
    somebody else. Those of 2008 (RFC 5894, 7.2) keep ß and ς as they are; the joiners, which nobody sees, are refused.
    """
    if "\u200c" in label or "\u200d" in label:
        raise UnicodeError("joiner")
    if "ß" in (small := unicodedata.normalize("NFKC", label.lower())) or "ς" in small:
        return "xn--" + small.encode("punycode").decode("ascii")
    return label.encode("idna").decode("ascii").lower()
