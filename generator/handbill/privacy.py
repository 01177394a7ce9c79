"""The privacy notice, written from the actual configuration: it names what is really in use, and nothing else.

What a notice must say is Art. 13 GDPR: who, what, why and on which basis, who else sees it, for how long, which rights.
It describes this software's behaviour; it is no legal advice, and a site may say more on a page of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from handbill.config import SiteConfig
from handbill.config.site import Processor
from handbill.render import words
from handbill.senders import Target
from handbill.view import PrivacyView


def privacy_notice(
    config: SiteConfig,
    lang: str,
    *,
    t: Callable[..., str],
    target: Target,
    fields: Iterable[str],
    purposes: Iterable[str],
) -> PrivacyView:
    """The notice in `lang`. `fields` are the labels that any form asks for beside the address, `purposes` the exact
    wordings that any form asks consent for."""
    asked = sorted(set(fields))
    wordings = list(dict.fromkeys(text for text in purposes if text))
    processor = target.label
    sections: list[tuple[str, tuple[str, ...]]] = []

    def section(name: str, *paragraphs: str) -> None:
        kept = tuple(paragraph for paragraph in paragraphs if paragraph)
        if kept:
            sections.append((t(f"privacy.{name}.heading"), kept))

    sender = config.sender
    section(
        "who",
        t("privacy.who.controller", controller=config.consent.controller or config.name),
        t("privacy.who.address", address=sender.address) if sender.address else "",
        t("privacy.who.contact", email=sender.email) if sender.email else "",
    )
    if target.action:
        section(
            "what",
            t("privacy.what.address" if target.ours else "privacy.what.address_sender"),
            t("privacy.what.fields", fields=words.list_words(asked, lang)) if asked else "",
            t("privacy.what.proof") if target.ours else "",
        )
        section(
            "why",
            t("privacy.why.service"),
            t("privacy.why.consent" if target.ours else "privacy.why.consent_sender") if wordings else "",
            *(t("privacy.why.purpose", text=text) for text in wordings),
            t("privacy.why.proof") if target.ours and wordings else "",
            t("privacy.why.abuse") if target.ours else "",
        )
        section(
            "confirm",
            t("privacy.confirm.text") if target.ours else t("privacy.confirm.sender", processor=processor),
        )
    else:
        section("what", t("privacy.what.none"))
    section(
        "receivers",
        (t("privacy.receivers.functions") if target.ours else t("privacy.receivers.sender", processor=processor))
        if target.action
        else "",
        *(_named(each, lang, config) for each in config.privacy.processors),
        t("privacy.receivers.hosting"),
        t("privacy.receivers.nobody"),
    )
    if target.action:
        section(
            "how_long",
            t("privacy.how_long.pending") if target.ours else "",
            t("privacy.how_long.subscribed") if target.ours else t("privacy.how_long.sender", processor=processor),
            t("privacy.how_long.proof") if target.ours else "",
            config.privacy.retention.get(lang, config.languages[0]),
        )
        section("leaving", t("privacy.leaving.text"))
    section("rights", t("privacy.rights.text"), t("privacy.rights.authority"))
    section("site", t("privacy.site.nothing"))
    return PrivacyView(tuple(sections))


def _named(processor: Processor, lang: str, config: SiteConfig) -> str:
    """`Hetzner (Germany): keeps the list.`"""
    purpose = processor.purpose.get(lang, config.languages[0])
    name = f"{processor.name} ({processor.country})" if processor.country else processor.name
    return f"{name}: {purpose}" if purpose else name
