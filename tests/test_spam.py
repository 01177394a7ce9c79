"""No e-mail of any theme looks like spam: SpamAssassin's own rules, without the network, give each at most 1.0.

All of them go through one run as one mailbox, since loading the rules is what takes time. Each is what a receiver gets:
composed for one person.
"""

from __future__ import annotations

import re
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from conftest import SAMPLE_AT, THEMES, Site
from handbill.emails import sample_values, send_names
from handbill_functions.catalog import Catalog, EmailFile
from handbill_functions.fill import fill_email
from handbill_functions.mime import headers, message

MOST = 1.0
"""What one of ours may have; a receiver's usual limit is 5.0."""

GTUBE = (
    b"Message-ID: <gtube@casalume.example>\r\nFrom: hello@casalume.example\r\n"
    b"To: ada@example.org\r\nSubject: Test\r\n\r\n"
    b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
)
"""What SpamAssassin's rules themselves call spam, for tests such as this."""

LINKS = {
    "confirm_url": "confirm", "gate_url": "gate", "unsubscribe_url": "unsubscribe", "preferences_url": "preferences",
}  # fmt: skip
TOKEN = urlsafe_b64encode(sha256(b"A token is bytes in base64url.").digest() + bytes(range(16))).decode()


def wire(catalog: Catalog, email: EmailFile, name: str) -> bytes:
    """One e-mail as a receiver has it; its Message-ID begins with `name`."""
    sender = catalog.index()["site"]["sender"]
    assert sender is not None
    program = catalog.program(email["program"])
    names = send_names(program, email["fragments"])
    links = {name: f"https://casalume.example/api/{path}/{TOKEN}" for name, path in LINKS.items()}
    values: dict[str, Any] = {**sample_values(email["lang"], names=names), **links}
    filled = fill_email(email, program, values)
    can_be_left = email["stream"] == "marketing" or email["name"] == "reminder"
    found = headers(
        filled,
        sender=sender,
        to=(str(values["first_name"]), "ada.lovelace@example.org"),
        date=SAMPLE_AT,
        message_id=f"{name}@casalume.example",
        unsubscribe_url=str(values["unsubscribe_url"]) if can_be_left else "",
        list_id="main.casalume.example" if can_be_left else "",
    )
    return message(filled, found)


def scores(program: str, folder: Path, messages: list[bytes]) -> dict[str, tuple[float, str]]:
    """First part of the Message-ID → (score, rules that hit) of each message, from one run."""
    mailbox = folder / "mailbox"
    envelope = b"From hello@casalume.example Tue Nov 24 12:00:00 2026\n"
    bodies = [re.sub(rb"(?m)^From ", b">From ", each.replace(b"\r\n", b"\n")) for each in messages]
    mailbox.write_bytes(b"".join(envelope + each + b"\n" for each in bodies))
    done = subprocess.run(
        [program, "--local", "--nocreate-prefs", "--mbox", "--cf=use_bayes 0", "--cf=report_safe 0", str(mailbox)],
        capture_output=True, check=True, env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )  # fmt: skip
    found = {}
    for said in done.stdout.decode("utf-8", "replace").split(envelope.decode())[1:]:
        head = re.sub(r"\n[ \t]+", " ", said.partition("\n\n")[0])
        name, score, rules = (
            re.findall(pattern, head, re.MULTILINE)[0]
            for pattern in ("^Message-ID: <(.+)@", "^X-Spam-Status: .*?score=(-?[0-9.]+)", "tests=(.*?) autolearn=")
        )
        found[name] = (float(score), rules)
    return found


def test_no_email_of_any_theme_looks_like_spam(
    themed_site: Callable[[str], Site], spamassassin: str, tmp_path: Path
) -> None:
    sent: dict[str, bytes] = {}
    what: dict[str, str] = {}
    for theme in THEMES:
        site = themed_site(theme)
        for path in sorted((site.private / "emails").glob("*.json")):
            email = site.catalog.email(path.stem)
            name = f"{theme}.{path.stem}"
            sent[name] = wire(site.catalog, email, name)
            what[name] = f"{email['name']} of {email['entry']} in {theme}, {email['lang']}"
    found = scores(spamassassin, tmp_path, [*sent.values(), GTUBE])
    assert found.keys() == {*sent, "gtube"}
    assert found["gtube"][0] > 100, "the rules are there"
    assert {what[name]: found[name] for name in sent if found[name][0] > MOST} == {}
