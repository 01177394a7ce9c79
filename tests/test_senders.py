"""Where a form posts: our functions, or a service by its own embed form."""

from __future__ import annotations

import pytest

from handbill.senders import SENDERS, target

SETTINGS = {
    "buttondown": {"username": "casa lume"},
    "listmonk": {"url": "https://lists.example/", "list": "eb420c55-4cfb-4972-92ba-c93c34ba475d"},
    "mailchimp": {"url": "https://example.us1.list-manage.com/subscribe/post?u=abc123&id=9f8"},
}


def test_our_functions_on_the_same_origin_need_no_allowance() -> None:
    found = target("/api", {})
    assert (found.action, found.ours, found.origins) == ("/api/subscribe", True, ())


def test_our_functions_elsewhere_are_named_by_their_origin() -> None:
    found = target("https://api.example:8443/lume/", {})
    assert found.action == "https://api.example:8443/lume/subscribe"
    assert found.origins == ("https://api.example:8443",)


def test_without_an_action_there_is_nowhere_to_post() -> None:
    assert target("", {}).action == ""


def test_buttondown_gets_its_own_field_names_and_its_mark_of_an_embedded_form() -> None:
    found = target("buttondown", SETTINGS["buttondown"])
    assert found.action == "https://buttondown.com/api/emails/embed-subscribe/casa%20lume"
    assert dict(found.hidden) == {"embed": "1"}
    assert found.field_name("first_name") == "metadata__first_name"


def test_listmonk_gets_the_list_and_an_empty_nonce() -> None:
    found = target("listmonk", SETTINGS["listmonk"])
    assert found.action == "https://lists.example/subscription/form"
    assert dict(found.hidden) == {"l": "eb420c55-4cfb-4972-92ba-c93c34ba475d"}
    assert found.honeypot == "nonce"


def test_mailchimp_names_its_honeypot_after_user_and_audience() -> None:
    found = target("mailchimp", SETTINGS["mailchimp"])
    assert (found.email, found.honeypot) == ("EMAIL", "b_abc123_9f8")
    assert found.field_name("first_name") == "FNAME"


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_every_service_is_complete(name: str) -> None:
    found = target(name, SETTINGS[name])
    assert found.action.startswith("https://")
    assert found.label
    assert not found.ours
    assert found.origins, "its origin must stand in the Content-Security-Policy"
    assert all(origin.startswith("https://") and origin.count("/") == 2 for origin in found.origins)
    assert any(found.action.startswith(origin) for origin in found.origins)
