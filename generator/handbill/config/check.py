"""What is wrong between the fields of site.yaml, and what the law wants of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from handbill.config.known import NO_FORM_WORKS, SECTIONS, SENDERS
from handbill.config.text import Text
from handbill.near import did_you_mean
from handbill.schema import Flaw
from handbill.yaml.faults import shown

if TYPE_CHECKING:
    from handbill.config.site import Capture


def flaws(values: Mapping[str, Any]) -> Iterator[Flaw]:
    """All of them. `values` holds only those fields that are right by themselves."""
    yield from _language_flaws(values)
    yield from _section_flaws(values)
    if "signup" in values:
        yield from _capture_flaws(values["signup"])
    yield from _law_flaws(values)


def _texts(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    """Every text of the site with its place."""
    if "description" in values:
        yield ("description",), values["description"]
    for name, text in values["consent"].purposes.items() if "consent" in values else ():
        yield ("consent", name), text
    if "privacy" in values:
        yield ("privacy", "retention"), values["privacy"].retention
        for number, processor in enumerate(values["privacy"].processors):
            yield ("privacy", "processors", number, "purpose"), processor.purpose
    for name, words in values.get("sections", {}).items():
        yield ("sections", name, "title"), words.title
        yield ("sections", name, "intro"), words.intro
    for tag, text in values.get("tags", {}).items():
        yield ("tags", tag), text
    for number, link in enumerate(values.get("menu", ())):
        yield ("menu", number, "text"), link.text


def _language_flaws(values: Mapping[str, Any]) -> Iterator[Flaw]:
    languages: tuple[str, ...] = values.get("languages", ())
    if "languages" in values and not languages:
        yield Flaw(("languages",), "The site has no language.", "Write languages: [en]")
    for number, lang in enumerate(languages):
        if lang in languages[:number]:
            yield Flaw(("languages", number), f"The language '{lang}' is there twice.", "Remove one.")
    if not languages:
        return
    known = ", ".join(languages)
    for place, text in _texts(values):
        for lang, _ in text.words:
            if lang and lang not in languages:
                what = f"'{lang}' is not one of the site's languages ({known})."
                yield Flaw((*place, lang), what, "Add it to `languages`, or remove it here.", on="key")
        if place[0] == "consent" and len(languages) > 1 and text.missing(languages):
            missing = ", ".join(text.missing(languages))
            what = f"The purpose `{place[1]}` has no wording of its own in {missing}."
            fix = f"People must understand what they agree to: {{ {', '.join(f'{lang}: …' for lang in languages)} }}"
            yield Flaw(place, what, fix, "warning")


def _section_flaws(values: Mapping[str, Any]) -> Iterator[Flaw]:
    for name, known in (("sections", (*SECTIONS, "home")), ("permalinks", SECTIONS)):
        for key in values.get(name, {}):
            if key not in known:
                fix = f"{did_you_mean(key, known)}There are {', '.join(known)}."
                yield Flaw((name, key), f"There is no section '{key}'.", fix, on="key")
    for name in values["consent"].purposes if "consent" in values else ():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            what = f"'{name}' cannot be the name of a purpose."
            fix = "Use small letters, digits and _, a letter first: research"
            yield Flaw(("consent", name), what, fix, on="key")


def _capture_flaws(capture: Capture) -> Iterator[Flaw]:
    action, place = capture.action, ("signup", "action")
    if action in SENDERS:
        yield from _service_flaws(capture)
    elif not action:
        fix = f"Write /api for handbill's functions, their https URL, or a service: {', '.join(SENDERS)}."
        yield Flaw(place, NO_FORM_WORKS, fix, "warning")
    elif action.startswith("http://") and not re.match(r"http://(localhost|127\.0\.0\.1)(:\d+)?(/|\Z)", action):
        what = "The form would post people's addresses without encryption."
        yield Flaw(place, what, f"Write https://{action.removeprefix('http://')}")
    elif not re.fullmatch(r"(/(?!/)|https?://[^\s/?#@\"'<>\\]+(?=/|\Z))[^\s?#\"'<>\\]*", action):
        what = f"{shown(action)} is neither a path, nor a web address, nor a service."
        fix = f"{did_you_mean(action.lower(), SENDERS)}Write /api, an https URL, or one of {', '.join(SENDERS)}."
        yield Flaw(place, what, fix)


_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _service_flaws(capture: Capture) -> Iterator[Flaw]:
    service = capture.action
    for name in ("username", "url", "list"):
        value, wanted = getattr(capture, name), name in SENDERS[service]
        info = type(capture).model_fields[name]
        if wanted and not value:
            what = f"The service {service} needs `{name}`."
            yield Flaw(("signup", name), what, f"Add it below `signup:`, such as {name}: {(info.examples or ['…'])[0]}")
        elif value and not wanted:
            yield Flaw(("signup", name), f"The service {service} has no `{name}`.", "Remove it.", "warning")
    if service == "listmonk" and capture.list and not _UUID.fullmatch(capture.list):
        what = f"{shown(capture.list)} is not the UUID of a list."
        yield Flaw(("signup", "list"), what, "listmonk shows it beside the list's name, as eb420c55-4cfb-…")
    if service == "mailchimp" and capture.url:
        query = parse_qs(urlsplit(capture.url).query)
        if "&amp;" in capture.url:
            what = "The address was copied from HTML, where & is written &amp;."
            yield Flaw(("signup", "url"), what, f"Write {capture.url.replace('&amp;', '&')}")
        elif not (query.get("u") and query.get("id")):
            what = "The address lacks `u` or `id`, which name your audience."
            fix = "Copy the form's whole action: https://example.us1.list-manage.com/subscribe/post?u=…&id=…"
            yield Flaw(("signup", "url"), what, fix)


def _law_flaws(values: Mapping[str, Any]) -> Iterator[Flaw]:
    """What the law wants, as warnings: a first build should show a page, not a statute."""
    if "sender" in values and not values["sender"].address:
        fix = "Add it below `sender:`, such as address: Rua da Luz 7, 1200-001 Lisboa, Portugal"
        what = "`sender.address` is missing: the law wants a postal address in every marketing mail."
        yield Flaw(("sender", "address"), what, fix, "warning")
    ours = "signup" in values and not values["signup"].service
    if "sender" in values and ours and not values["sender"].email:
        fix = "Add it below `sender:`, such as email: hello@casalume.example"
        yield Flaw(
            ("sender", "email"), "`sender.email` is missing: e-mails need an address to come from.", fix, "warning"
        )
    if "consent" not in values:
        return
    if not values["consent"].controller:
        fix = "Add it below `consent:`, such as controller: Casa Lume, Lda"
        what = "`consent.controller` is missing: people must know who is responsible for their data."
        yield Flaw(("consent", "controller"), what, fix, "warning")
    if ours and not values["consent"].marketing:
        fix = "Add their sentence below `consent:`, such as marketing: Yes, write to me about new evenings."
        what = "`consent.marketing` is missing: forms cannot ask whether people want news."
        yield Flaw(("consent", "marketing"), what, fix, "warning")
