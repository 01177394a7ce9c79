"""The privacy notice says what is really in use, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from handbill.config import SiteConfig, load_config
from handbill.digest import digest
from handbill.model import Source
from handbill.options import shipped
from handbill.privacy import privacy_notice
from handbill.render.words import plural
from handbill.senders import target
from handbill.theme import load_theme

BASE = """\
name: Casa Lume
base_url: https://casalume.example
timezone: Europe/Lisbon
currency: EUR
sender: { name: Casa Lume, email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: Yes please. }
"""

THEME = load_theme("base", search=[shipped("themes")])


def config_of(more: str) -> SiteConfig:
    data = (BASE + more).encode()
    config, problems = load_config(Source("content/site.yaml", data, digest(data)), {})
    assert config is not None, problems
    return config


def notice(
    more: str, *, fields: Sequence[str] = (), purposes: Sequence[str] = ("Yes please.",), lang: str = "en"
) -> str:
    config = config_of(more)
    strings = THEME.strings(lang, "en", plural)
    receiver = target(config.signup.action, config.signup.settings)
    view = privacy_notice(config, lang, t=strings.t, target=receiver, fields=fields, purposes=purposes)
    return "\n".join(part for heading, paragraphs in view.sections for part in (heading, *paragraphs))


def test_it_names_who_is_responsible_and_how_to_reach_them() -> None:
    text = notice("signup: { action: /api }")
    assert "Casa Lume, Lda" in text
    assert "Rua da Luz 7, Lisboa" in text
    assert "hello@casalume.example" in text


def test_it_quotes_the_very_words_of_the_box() -> None:
    assert "Yes please." in notice("signup: { action: /api }")


def test_it_names_the_fields_that_forms_ask_for() -> None:
    text = notice("signup: { action: /api }", fields=["First name", "City"])
    assert "City" in text
    assert "First name" in text


def test_our_functions_promise_seven_days_and_no_service_is_named() -> None:
    text = notice("signup: { action: /api }")
    assert "7 days" in text
    assert "Buttondown" not in text


def test_a_named_sender_is_named_and_our_own_proof_is_not_claimed() -> None:
    text = notice("signup: { action: buttondown, username: casalume }")
    assert "Buttondown" in text
    assert "our own software" not in text
    assert "7 days" not in text


@pytest.mark.parametrize(
    ("lang", "never"), [("en", ("box", "language", "the time")), ("pt", ("caixa", "língua", "hora"))]
)
def test_a_named_senders_form_has_no_box_and_posts_no_more_than_it_says(lang: str, never: tuple[str, ...]) -> None:
    ours = notice("signup: { action: /api }", lang=lang)
    theirs = notice("signup: { action: buttondown, username: casalume }", lang=lang)
    kept = theirs.partition(THEME.strings(lang, "en", plural).t("privacy.receivers.heading"))[0]
    for words in never:
        assert words in ours
        assert words not in kept
    assert "Yes please." in kept
    assert {"en": "By sending the form you agree", "pt": "Ao enviar o formulário, concorda"}[lang] in kept


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_there_are_words_for_a_named_senders_form_that_promise_no_days(lang: str) -> None:
    t = THEME.strings(lang, "en", plural).t
    assert "Yes please." in t("form.agree", text="Yes please.")
    assert "7" in t("message.check_inbox.p3")
    assert "7" not in t("message.check_inbox.p3_sender")


def test_without_a_form_nothing_is_said_to_be_kept() -> None:
    text = notice("")
    assert "keeps nothing about you" in text
    assert "Leaving" not in text


def test_processors_and_retention_of_the_site_are_told() -> None:
    text = notice(
        "signup: { action: /api }\n"
        "privacy:\n"
        "  processors: [{ name: Hetzner, purpose: Keeps the list., country: Germany }]\n"
        "  retention: Ten years.\n"
    )
    assert "Hetzner (Germany): Keeps the list." in text
    assert "Ten years." in text


def test_it_is_written_in_the_language_of_the_page() -> None:
    assert notice("signup: { action: /api }", lang="pt") != notice("signup: { action: /api }")
