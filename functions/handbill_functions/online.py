"""What others see of the sender: DNS and TLS, for `doctor --online`. The one place that asks anybody else.

What is looked for: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), MX (RFC 5321), and a mail server that speaks TLS
with a certificate that is good. Gmail, Yahoo and Microsoft refuse bulk mail without the first three.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from handbill_functions.doctor import Finding
from handbill_functions.settings import Settings

MOST_LOOKUPS = 10
"""Terms of an SPF record that ask DNS again: more is an error to every receiver (RFC 7208, 4.6.4)."""
SELECTORS = ("default", "dkim", "mail", "s1", "s2", "k1", "google", "selector1", "selector2")
"""Where DKIM keys commonly stand, if the operator names none."""


class Dns:
    """Looks names up, at the machine's resolver or at one that is named."""

    def __init__(self, server: tuple[str, int] | None = None, *, timeout: float = 5.0) -> None:
        import dns.resolver

        self._resolver = dns.resolver.Resolver(configure=server is None)
        if server is not None:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
        self._resolver.lifetime = timeout

    def texts(self, name: str) -> list[str]:
        """TXT records, each joined from its pieces; none where there are none. Raises OSError where nobody answers."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> list[str]:
        """Names of MX records, best first; none where there are none."""
        found = sorted((record.preference, str(record.exchange).rstrip(".")) for record in self._ask(name, "MX"))
        return [host for _, host in found if host]

    def _ask(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            return list(self._resolver.resolve(name, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise OSError(f"{type(error).__name__} for {kind} of {name}") from None


def examine(
    settings: Settings, sender: str, dns: Dns, *, selector: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[Finding]:
    """Looks at the domain of `sender` (an address) and at the mail server of the settings. Changes nothing anywhere."""
    domain = sender.rpartition("@")[2]
    looks = (_spf(dns, domain), _dkim(dns, domain, selector), _dmarc(dns, domain), _mx(dns, domain))
    for look in looks:
        try:
            yield from look
        except OSError as error:
            yield Finding("error", f"DNS does not answer: {error}.", "Look at this machine's resolver, and try again.")
    yield from _tls(settings, tls)


def _spf(dns: Dns, domain: str) -> Iterator[Finding]:
    found = [text for text in dns.texts(domain) if text.lower().startswith("v=spf1")]
    if not found:
        yield Finding("error", f"{domain} has no SPF record.", f'Publish TXT {domain} "v=spf1 include:… ~all".')
    elif len(found) > 1:
        yield Finding("error", f"{domain} has {len(found)} SPF records: receivers take none.", "Keep one.")
    else:
        lookups = _lookups(dns, domain, set())
        if lookups > MOST_LOOKUPS:
            yield Finding(
                "error", f"The SPF record of {domain} asks DNS {lookups} times; more than {MOST_LOOKUPS} is an error.",
                "Take out senders that you no longer use.",
            )  # fmt: skip
        elif {"all", "+all"} & set(found[0].lower().split()):
            yield Finding("error", f"The SPF record of {domain} lets anybody send.", "End it with ~all or -all.")
        else:
            yield Finding("fine", f"SPF of {domain} stands, with {lookups} look-ups.")


def _lookups(dns: Dns, domain: str, seen: set[str]) -> int:
    """Terms that cost a look-up, through all that are included."""
    if domain in seen or len(seen) > 2 * MOST_LOOKUPS:
        return 0
    seen.add(domain)
    record = next((text for text in dns.texts(domain) if text.lower().startswith("v=spf1")), "")
    count = 0
    for term in record.lower().split()[1:]:
        name, _, value = term.lstrip("+-~?").partition(":")
        if name == "include" or term.startswith("redirect="):
            count += 1 + _lookups(dns, value or term.partition("=")[2], seen)
        elif name.partition("/")[0] in ("a", "mx", "ptr", "exists"):
            count += 1
    return count


def _dkim(dns: Dns, domain: str, selector: str) -> Iterator[Finding]:
    for name in (selector,) if selector else SELECTORS:
        keys = [text for text in dns.texts(f"{name}._domainkey.{domain}") if "p=" in text]
        if not keys:
            continue
        key = re.sub(r"\s", "", keys[0].partition("p=")[2].partition(";")[0])
        if not key:
            yield Finding("error", f"The DKIM key {name} of {domain} was revoked.", "Publish the key that signs now.")
        elif "k=ed25519" not in keys[0] and len(key) < 200:  # an RSA key of 1024 bits has 216 characters
            yield Finding("warning", f"The DKIM key {name} of {domain} is short.", "Use RSA with 2048 bits.")
        else:
            yield Finding("fine", f"DKIM of {domain} stands: {name}.")
        return
    which = f"{selector} " if selector else ""
    yield Finding(
        "error" if selector else "warning", f"No DKIM key {which}of {domain} was found.",
        "Let your mail service sign for this domain, and name its selector: --selector NAME.",
    )  # fmt: skip


def _dmarc(dns: Dns, domain: str) -> Iterator[Finding]:
    labels = domain.split(".")
    for name in dict.fromkeys([domain, ".".join(labels[-2:])]):
        found = [text for text in dns.texts(f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if len(found) > 1:
            yield Finding("error", f"{name} has {len(found)} DMARC records: receivers take none.", "Keep one.")
            return
        if found:
            policy = re.search(r"\bp\s*=\s*(none|quarantine|reject)", found[0], re.IGNORECASE)
            if policy is None:
                yield Finding("error", f"The DMARC record of {name} has no policy.", 'Write "v=DMARC1; p=none; …".')
            else:
                yield Finding("fine", f"DMARC of {name} stands: p={policy[1].lower()}.")
            return
    yield Finding("error", f"{domain} has no DMARC record.", f'Publish TXT _dmarc.{domain} "v=DMARC1; p=none".')


def _mx(dns: Dns, domain: str) -> Iterator[Finding]:
    found = dns.mail_servers(domain)
    if found:
        yield Finding("fine", f"{domain} takes e-mail at {found[0]}.")
    else:
        yield Finding(
            "warning", f"{domain} takes no e-mail, so answers and bounces are lost.", f"Publish MX for {domain}."
        )


def _tls(settings: Settings, tls: ssl.SSLContext | None) -> Iterator[Finding]:
    parts = urlsplit(settings.mail)
    if parts.scheme not in ("smtp", "smtps"):
        return
    host, port = parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587)
    context = tls or ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            with smtplib.SMTP_SSL(host, port, timeout=10, context=context):
                pass
        else:
            with smtplib.SMTP(host, port, timeout=10) as server:
                server.ehlo()
                if not server.has_extn("starttls"):
                    yield Finding("error", f"{host} offers no TLS.", "Choose a server or a port that does.")
                    return
                server.starttls(context=context)
    except ssl.SSLError as error:
        what = getattr(error, "verify_message", "") or error.reason or "no TLS"
        fix = "Name the server as its certificate does."
        yield Finding("error", f"The certificate of {host} is not good: {what}.", fix)
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("error", f"{host}:{port} cannot be reached: {type(error).__name__}.", "Mend HANDBILL_RUN_MAIL.")
    else:
        yield Finding("fine", f"{host} speaks TLS with a good certificate.")
