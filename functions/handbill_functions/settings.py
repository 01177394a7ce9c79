"""What the functions are told by their environment: read once, with every problem told at once.

Each variable begins with HANDBILL_RUN_. A secret is written as a reference and read when the process starts:

    secret:env:NAME          another variable
    secret:file:/path        the file's content, without the line end behind it
    secret:ssm:/name         AWS Systems Manager, decrypted

A key may also stand there itself: at least 32 bytes, in hexadecimal or base64.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from handbill_functions.context import Keys
from handbill_functions.errors import SettingsError

PREFIX = "HANDBILL_RUN_"
SECRET = f"{PREFIX}SECRET_"
SSM = "secret:ssm:"
KEYS = ("CONTACT_KEY", "LEDGER_KEY", "LEAVE_KEYS", "LINK_KEYS")
KEY_BYTES = 32
SES = r"ses:[a-z0-9-]+(/[A-Za-z0-9_-]{1,64})?"

VARIABLES: Mapping[str, str] = {
    "CATALOG": "Where private/ of the build is: a folder, or s3://bucket/prefix.",
    "STORE": "sqlite:///path/people.db (relative with two slashes less), or dynamodb:table.",
    "MAIL": "smtp://user@host:587, smtps://user@host:465, or ses:region (ses:region/configuration-set).",
    "MAIL_PASSWORD": "Password of the SMTP server, by reference.",
    "MAIL_MARKETING": "The same for the marketing stream, where it is to go another way.",
    "MAIL_MARKETING_PASSWORD": "Its password.",
    "CONTACT_KEY": "Indexes addresses. Never change or lose it: nobody would be found again.",
    "LEDGER_KEY": "Seals the consent ledger.",
    "LEAVE_KEYS": "Sign unsubscribe links, oldest first, by commas. Never drop one.",
    "LINK_KEYS": "Sign all other links, oldest first, by commas. Two while they rotate.",
    "TRUSTED_HOPS": "How many proxies of your own stand in front and write X-Forwarded-For.",
    "SITE": "https://casalume.example: on AWS, posts of other sites are refused before anything else is loaded.",
    "QUIET_HOURS": "Hours of the site's time zone in which no marketing leaves: 21-8.",
    "RATE": "Most e-mails a second.",
    "HANDS": "How many e-mails may be on their way at once, each over a connection of its own.",
    "LISTEN": "Address and port to serve on: 127.0.0.1:8000.",
    "WORKERS": "Threads that answer requests.",
}
"""Every variable without its prefix, and what it says."""


def read_text(path: str) -> str:
    """The whole file. Raises OSError."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 (pathlib would be one more import before the first answer)
        return file.read()


ReadSsm = Callable[[Sequence[str]], Mapping[str, str]]
"""Names of parameters → those that are there, decrypted."""


class Settings(NamedTuple):
    """See VARIABLES. Printing it shows no secret."""

    catalog: str
    store: str
    mail: str
    keys: Keys
    mail_password: str | None = None
    mail_marketing: str = ""
    mail_marketing_password: str | None = None
    secrets: Mapping[str, str] = MappingProxyType({})
    """What content names by `{{< secret … >}}`: HANDBILL_RUN_SECRET_DOOR_CODE is `door_code`."""
    trusted_hops: int = 0
    quiet_hours: tuple[int, int] | None = None
    rate: int = 10
    hands: int = 4
    listen: tuple[str, int] = ("127.0.0.1", 8000)
    workers: int = 8

    def __repr__(self) -> str:
        hidden = ("keys", "mail_password", "mail_marketing_password", "secrets")
        shown = (f"{name}={value!r}" for name, value in self._asdict().items() if name not in hidden)
        return f"Settings({', '.join(shown)})"


def read(
    environ: Mapping[str, str],
    *,
    read_file: Callable[[str], str] = read_text,
    read_ssm: ReadSsm | None = None,
) -> Settings:
    """The settings. Raises SettingsError with all that is wrong; none of its words holds a secret."""
    return _Reading(environ, read_file, read_ssm).settings()


def new_keys() -> str:
    """New keys, each its own: the lines that set them in the environment."""
    import secrets

    return "".join(f"{PREFIX}{name}={secrets.token_hex(KEY_BYTES)}\n" for name in KEYS)


def read_keys(environ: Mapping[str, str], *, read_file: Callable[[str], str] = read_text) -> Keys:
    """The keys alone. Raises SettingsError."""
    reading = _Reading(environ, read_file, None)
    keys = reading.own_keys()
    if reading.problems:
        raise SettingsError(reading.problems)
    return keys


def read_secrets(environ: Mapping[str, str], *, read_file: Callable[[str], str] = read_text) -> Mapping[str, str]:
    """What content names by `{{< secret … >}}` alone. Raises SettingsError."""
    reading = _Reading(environ, read_file, None)
    found = reading.secrets()
    if reading.problems:
        raise SettingsError(reading.problems)
    return found


class _Reading:
    def __init__(self, environ: Mapping[str, str], read_file: Callable[[str], str], read_ssm: ReadSsm | None) -> None:
        self._environ, self._read_file, self._read_ssm = environ, read_file, read_ssm
        self._parameters: Mapping[str, str] | None = None
        self.problems: list[str] = []

    def settings(self) -> Settings:
        for name in sorted(self._environ):
            short = name.removeprefix(PREFIX)
            if name.startswith(PREFIX) and not name.startswith(SECRET) and short not in VARIABLES:
                from difflib import get_close_matches

                near = get_close_matches(short, VARIABLES, 1, 0.6)
                guess = f" Did you mean {PREFIX}{near[0]}?" if near else ""
                self.problems.append(f"{name} is no setting.{guess}")
        made = Settings(
            catalog=self.text("CATALOG", "private"),
            store=self.text("STORE", "sqlite:.handbill/people.db", r"sqlite:.+|dynamodb:[A-Za-z0-9_.-]{3,255}"),
            mail=self.text("MAIL", "", r"smtps?://.+|" + SES),
            keys=self.own_keys(),
            mail_password=self.secret("MAIL_PASSWORD"),
            mail_marketing=self.text("MAIL_MARKETING", "-", r"-|smtps?://.+|" + SES).removeprefix("-"),
            mail_marketing_password=self.secret("MAIL_MARKETING_PASSWORD"),
            secrets=self.secrets(),
            trusted_hops=self.number("TRUSTED_HOPS", 0, 0, 10),
            quiet_hours=self.hours("QUIET_HOURS"),
            rate=self.number("RATE", 10, 1, 10_000),
            hands=self.number("HANDS", 4, 1, 32),
            listen=self.listen("LISTEN"),
            workers=self.number("WORKERS", 8, 1, 256),
        )  # fmt: skip
        if self.problems:
            raise SettingsError(self.problems)
        return made

    def own_keys(self) -> Keys:
        return Keys(
            contact=self.key("CONTACT_KEY"), ledger=self.key("LEDGER_KEY"),
            leave=self.keys("LEAVE_KEYS"), links=self.keys("LINK_KEYS"),
        )  # fmt: skip

    def value(self, name: str) -> str:
        return self._environ.get(PREFIX + name, "").strip()

    def wrong(self, name: str, what: str) -> None:
        self.problems.append(f"{PREFIX}{name} {what} {VARIABLES.get(name, '')}".rstrip())

    def text(self, name: str, default: str, pattern: str = r".+") -> str:
        value = self.value(name) or default
        if not value:
            self.wrong(name, "is not set.")
        elif not re.fullmatch(pattern, value):
            self.wrong(name, "is not understood.")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.value(name)
        if not value:
            return default
        if not value.isdecimal() or not least <= int(value) <= most:
            self.wrong(name, f"is no whole number from {least} to {most}.")
            return default
        return int(value)

    def hours(self, name: str) -> tuple[int, int] | None:
        value = self.value(name)
        if not value:
            return None
        found = re.fullmatch(r"(\d{1,2})\s*-\s*(\d{1,2})", value)
        if found is None or int(found[1]) > 23 or int(found[2]) > 24:
            self.wrong(name, "is not two hours.")
            return None
        return int(found[1]), int(found[2])

    def listen(self, name: str) -> tuple[str, int]:
        value = self.value(name) or "127.0.0.1:8000"
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            self.wrong(name, "is no address and port.")
            return "127.0.0.1", 8000
        return host.strip("[]"), int(port)

    def secret(self, name: str) -> str | None:
        value = self.value(name)
        return self._resolved(PREFIX + name, value) if value else None

    def secrets(self) -> Mapping[str, str]:
        found = {}
        for name, value in sorted(self._environ.items()):
            if name.startswith(SECRET) and value.strip():
                said = self._resolved(name, value.strip())
                if said is not None:
                    found[name.removeprefix(SECRET).lower()] = said
        return found

    def key(self, name: str) -> bytes:
        value = self.value(name)
        if not value:
            self.wrong(name, "is not set.")
            return b""
        return self._key(name, value)

    def keys(self, name: str) -> tuple[bytes, ...]:
        value = self.value(name)
        if not value:
            self.wrong(name, "is not set.")
            return ()
        return tuple(self._key(name, each.strip()) for each in value.split(",") if each.strip())

    def _key(self, name: str, value: str) -> bytes:
        text = self._resolved(PREFIX + name, value)
        if text is None:
            return b""
        key = _bytes_of(text.strip())
        if key is None or len(key) < KEY_BYTES:
            self.wrong(name, f"is no key of at least {KEY_BYTES} bytes in hexadecimal or base64.")
            return b""
        return key

    def _resolved(self, name: str, value: str) -> str | None:
        """What a reference leads to; what is no reference stands for itself."""
        if not value.startswith("secret:"):
            return value
        kind, _, where = value.removeprefix("secret:").partition(":")
        try:
            if kind == "env":
                return self._environ[where]
            if kind == "file":
                return self._read_file(where).rstrip("\r\n")
            if kind == "ssm":
                return self._parameter(where)
        except KeyError:
            self.problems.append(f"{name} refers to {where}, which is not set.")
            return None
        except OSError as error:
            self.problems.append(f"{name} refers to {where}, which cannot be read: {error.strerror}.")
            return None
        except Exception as error:
            self.problems.append(f"{name} refers to {where}, which cannot be fetched: {type(error).__name__}.")
            return None
        self.problems.append(f"{name} is a reference of no known kind: write secret:env:, secret:file: or secret:ssm:.")
        return None

    def _parameter(self, name: str) -> str:
        """A parameter of AWS Systems Manager. The first that is asked for brings all that are named, in one call."""
        if self._parameters is None:
            ours = (value for variable, value in self._environ.items() if variable.startswith(PREFIX))
            named = {each.strip() for value in ours for each in value.split(",")}
            found = sorted(each.removeprefix(SSM) for each in named if each.startswith(SSM))
            self._parameters = (self._read_ssm or read_ssm)(found)
        return self._parameters[name]


def _bytes_of(text: str) -> bytes | None:
    if re.fullmatch(r"([0-9a-fA-F]{2})+", text):
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        pass
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def read_ssm(names: Sequence[str]) -> Mapping[str, str]:
    """Parameters of AWS Systems Manager, decrypted; those that are not there are left out. The role needs
    ssm:GetParameters."""
    from handbill_functions import aws

    found: dict[str, str] = {}
    for place in range(0, len(names), 10):  # as many as it gives at once
        answer = aws.client("ssm").get_parameters(Names=list(names[place : place + 10]), WithDecryption=True)
        found |= {each["Name"]: str(each["Value"]) for each in answer["Parameters"]}
    return found
