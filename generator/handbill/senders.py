"""Where a sign-up form posts: our own functions, or a mailing service by name.

A creator without functions still has a working form: the service's own field names, hidden values and origins, from
that service's published embed form. Adding one is one entry in SENDERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit


@dataclass(frozen=True, slots=True)
class Target:
    """How a form must look so that its receiver understands it."""

    action: str
    """URL that the form posts to; empty when site.yaml names none."""
    ours: bool
    """True for handbill's functions, which know forms, purposes and wordings."""
    email: str = "email"
    """Name of the address field."""
    honeypot: str = ""
    """Name of the field that must stay empty."""
    hidden: tuple[tuple[str, str], ...] = ()
    """Pairs to post as they are."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Our field name → the receiver's."""
    origins: tuple[str, ...] = ()
    """What the Content-Security-Policy must allow as form-action beside 'self': the receiver and where it redirects."""
    label: str = ""
    """Name of the service for people; empty for our functions."""

    def field_name(self, name: str) -> str:
        """The receiver's name of one of our fields."""
        return self.names.get(name, name)


def target(action: str, settings: Mapping[str, str]) -> Target:
    """The receiver that `signup.action` names: `/api`, `https://api.example/x`, or a service of SENDERS.

    `settings` is the rest of `signup:` in site.yaml, validated there.
    """
    if not action:
        return Target("", True, honeypot="website")
    if action in SENDERS:
        return SENDERS[action].target(settings)
    endpoint = action.rstrip("/") + "/subscribe"
    origins = () if action.startswith("/") else (_origin(action),)
    return Target(endpoint, True, honeypot="website", origins=origins)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _buttondown(settings: Mapping[str, str]) -> Target:
    # The embed form of docs.buttondown.com: `embed` marks a form on another site; metadata fields are prefixed.
    user = quote(settings["username"], safe="")
    return Target(
        f"https://buttondown.com/api/emails/embed-subscribe/{user}",
        False,
        hidden=(("embed", "1"),),
        names={"first_name": "metadata__first_name", "last_name": "metadata__last_name", "city": "metadata__city"},
        origins=("https://buttondown.com", "https://buttondown.email"),
        label="Buttondown",
    )


def _listmonk(settings: Mapping[str, str]) -> Target:
    # listmonk's public form: `l` is the list's UUID, `nonce` must stay empty, the only further field is `name`.
    url = settings["url"].rstrip("/")
    return Target(
        f"{url}/subscription/form",
        False,
        honeypot="nonce",
        hidden=(("l", settings["list"]),),
        names={"first_name": "name"},
        origins=(_origin(url),),
        label="listmonk",
    )


def _mailchimp(settings: Mapping[str, str]) -> Target:
    # The embed form: u and id name the audience, and the honeypot is named after both.
    url = settings["url"]
    query = parse_qs(urlsplit(url).query)
    user, audience = query.get("u", [""])[0], query.get("id", [""])[0]
    return Target(
        url,
        False,
        email="EMAIL",
        honeypot=f"b_{user}_{audience}",
        names={"first_name": "FNAME", "last_name": "LNAME", "phone": "PHONE"},
        origins=(_origin(url),),
        label="Mailchimp",
    )


class Service(NamedTuple):
    """A mailing service by name."""

    needs: tuple[str, ...]
    """Settings of `signup:` in site.yaml that its form cannot be without."""
    target: Callable[[Mapping[str, str]], Target]


SENDERS: Mapping[str, Service] = {
    "buttondown": Service(("username",), _buttondown),
    "listmonk": Service(("url", "list"), _listmonk),
    "mailchimp": Service(("url",), _mailchimp),
}
