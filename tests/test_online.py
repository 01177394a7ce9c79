"""`doctor --online`: what others see of the sender, on a DNS server and a mail server of our own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from handbill_functions.doctor import Finding
from handbill_functions.online import Dns, examine
from handbill_functions.settings import Settings, read
from smtp_sink import smtp_sink

KEY = "ab" * 32
DOMAIN = "casalume.example"
RSA = "v=DKIM1; k=rsa; p=" + "A" * 392
GOOD: Mapping[tuple[str, str], list[str]] = {
    (DOMAIN, "TXT"): ['"v=spf1 include:mail.example ~all"', '"something else"'],
    ("mail.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"'],
    (f"default._domainkey.{DOMAIN}", "TXT"): [f'"{RSA[:200]}" "{RSA[200:]}"'],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=quarantine"'],
    (DOMAIN, "MX"): ["20 b.mail.example.", "10 a.mail.example."],
}


@contextmanager
def dns_server(records: Mapping[tuple[str, str], list[str]]) -> Iterator[tuple[str, int]]:
    """Answers over UDP what `records` say, and that a name does not exist where they say nothing."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    stop = threading.Event()
    server.settimeout(0.1)

    def serve() -> None:
        while not stop.is_set():
            try:
                data, peer = server.recvfrom(4096)
            except TimeoutError:
                continue
            query = dns.message.from_wire(data)
            question = query.question[0]
            name = str(question.name).rstrip(".")
            kind = dns.rdatatype.to_text(question.rdtype)
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            found = records.get((name, kind), [])
            if found:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
            elif not any(known == name for known, _ in records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()
    finally:
        stop.set()
        thread.join()
        server.close()


def settings(port: int) -> Settings:
    return read(
        {
            "HANDBILL_RUN_MAIL": f"smtp://localhost:{port}",
            **{f"HANDBILL_RUN_{name}": KEY for name in ("CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS")},
        }
    )


def seen(records: Mapping[tuple[str, str], list[str]], **more: str) -> list[Finding]:
    with dns_server(records) as server, smtp_sink() as sink:
        return list(examine(settings(sink.port), f"hello@{DOMAIN}", Dns(server, timeout=2), tls=sink.tls, **more))


def test_a_sender_that_is_well_set_up_has_nothing_to_mend() -> None:
    found = seen(GOOD)
    assert {each.level for each in found} == {"fine"}
    said = " ".join(each.what for each in found)
    assert "with 1 look-ups" in said
    assert "p=quarantine" in said
    assert "a.mail.example" in said
    assert "good certificate" in said


def test_a_domain_that_says_nothing_lacks_everything() -> None:
    levels = [(each.level, each.what.split()[-2:]) for each in seen({})]
    assert [level for level, _ in levels] == ["error", "warning", "error", "warning", "fine"]


@pytest.mark.parametrize(
    ("key", "records", "told"),
    [
        ((DOMAIN, "TXT"), ['"v=spf1 ~all"', '"v=spf1 -all"'], "2 SPF records"),
        ((DOMAIN, "TXT"), ['"v=spf1 +all"'], "lets anybody send"),
        ((DOMAIN, "TXT"), [f'"v=spf1 {" ".join(f"a:h{n}.org" for n in range(11))} ~all"'], "asks DNS 11 times"),
        ((f"_dmarc.{DOMAIN}", "TXT"), ['"v=DMARC1; rua=mailto:x@casalume.example"'], "has no policy"),
        ((f"_dmarc.{DOMAIN}", "TXT"), ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'], "2 DMARC records"),
        ((f"default._domainkey.{DOMAIN}", "TXT"), ['"v=DKIM1; p="'], "was revoked"),
        ((f"default._domainkey.{DOMAIN}", "TXT"), ['"v=DKIM1; p=' + "A" * 120 + '"'], "is short"),
        ((DOMAIN, "MX"), [], "takes no e-mail"),
    ],
)
def test_each_mistake_is_named(key: tuple[str, str], records: list[str], told: str) -> None:
    assert any(told in each.what for each in seen({**GOOD, key: records}))


def test_a_named_selector_is_the_one_that_counts() -> None:
    assert any("No DKIM key other of" in each.what for each in seen(GOOD, selector="other"))


def test_a_dns_that_does_not_answer_is_told_and_not_waited_for() -> None:
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    with smtp_sink() as sink:
        dead = Dns(silent.getsockname(), timeout=0.2)
        found = list(examine(settings(sink.port), f"hello@{DOMAIN}", dead, tls=sink.tls))
    silent.close()
    assert sum("DNS does not answer" in each.what for each in found) == 4


def test_a_certificate_that_is_not_good_and_a_server_that_is_not_there_are_told() -> None:
    with dns_server(GOOD) as server, smtp_sink() as sink:
        found = list(examine(settings(sink.port), f"hello@{DOMAIN}", Dns(server)))
        assert any("certificate of localhost is not good" in each.what for each in found)
    with dns_server(GOOD) as server:
        found = list(examine(settings(1), f"hello@{DOMAIN}", Dns(server)))
        assert any("cannot be reached" in each.what for each in found)
    with dns_server(GOOD) as server, smtp_sink(starttls=False) as sink:
        found = list(examine(settings(sink.port), f"hello@{DOMAIN}", Dns(server)))
        assert any("offers no TLS" in each.what for each in found)
