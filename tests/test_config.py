"""content/site.yaml: what it may say, what goes over it, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handbill.config import SENDERS, SiteConfig, Text, load_config
from handbill.digest import digest
from handbill.model import Source
from handbill.senders import SENDERS as TARGETS
from handbill.senders import target
from handbill.yaml import dump

LEAST = """
name: Casa Lume
base_url: https://casalume.example
timezone: Europe/Lisbon
"""
LAWFUL = """
sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: Yes. }
signup: /api
"""


def load(text: str, environ: Mapping[str, str] | None = None) -> tuple[SiteConfig | None, list[str]]:
    data = text.encode()
    config, problems = load_config(Source("content/site.yaml", data, digest(data)), environ or {})
    return config, [problem.what for problem in problems]


def site(text: str = "", environ: Mapping[str, str] | None = None) -> SiteConfig:
    config, problems = load(LEAST + (text if "consent" in text else LAWFUL + text), environ)
    assert problems == []
    assert config is not None
    return config


def test_three_lines_are_enough_for_a_site() -> None:
    config, problems = load(LEAST)
    assert config is not None
    assert (config.languages, config.theme, config.per_page, config.social_cards) == (("en",), "base", 48, True)
    assert len(problems) == 5  # what the law and the forms want, as warnings


def test_an_error_gives_no_configuration() -> None:
    assert load(LEAST + "curency: EUR\n")[0] is None
    assert load("name: [")[0] is None


@pytest.mark.parametrize(
    ("written", "base_url", "base_path"),
    [
        ("https://casalume.example", "https://casalume.example", ""),
        ("https://casalume.example/", "https://casalume.example", ""),
        ("HTTPS://CasaLume.Example/Lume/", "https://casalume.example/Lume", "/Lume"),
        ("http://localhost:1313/a/b/", "http://localhost:1313/a/b", "/a/b"),
        ("https://bücher.example", "https://bücher.example", ""),
    ],
)
def test_the_base_url_ends_without_a_slash(written: str, base_url: str, base_path: str) -> None:
    config = site(environ={"HANDBILL_BASE_URL": written})
    assert (config.base_url, config.base_path) == (base_url, base_path)


@pytest.mark.parametrize(
    "written", ["casalume.example", "ftp://x.example", "https://", "https://a b", "https://u:p@x.example", "/x"]
)
def test_what_is_no_base_url_is_refused(written: str) -> None:
    assert load(LEAST + LAWFUL, {"HANDBILL_BASE_URL": written})[0] is None


def test_the_environment_goes_over_the_file() -> None:
    config = site(
        "per_page: 5\n",
        {
            "HANDBILL_PER_PAGE": "7",
            "HANDBILL_LANGUAGES": "pt,",
            "HANDBILL_SENDER_EMAIL": "other@casalume.example",
            "HANDBILL_CONSENT_MARKETING": "Sim.",
            "HANDBILL_SOCIAL_CARDS": "false",
            "HANDBILL_NAME": "",
            "HANDBILL_UNKNOWN": "x",
            "PATH": "/bin",
        },
    )
    assert (config.name, config.per_page, config.languages, config.social_cards) == (
        "Casa Lume",
        7,
        ("pt",),
        False,
    )
    assert (config.sender.email, config.sender.address) == ("other@casalume.example", "Rua da Luz 7, Lisboa")
    assert str(config.consent.marketing) == "Sim."


def test_what_is_missing_is_missing_in_the_file_and_not_in_the_environment() -> None:
    source = Source("content/site.yaml", b"sender: {}\n", "")
    _, problems = load_config(
        source, {"HANDBILL_BASE_URL": "https://x.example", "HANDBILL_SENDER_EMAIL": "a@b.example"}
    )
    assert {problem.path for problem in problems} == {"content/site.yaml"}
    assert "`name` is missing in site.yaml." in [problem.what for problem in problems]
    assert [problem.line for problem in problems if "sender.address" in problem.what] == [1]


@pytest.mark.parametrize("code", ["en", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419", "gsw", "de-CH", "ca-valencia"])
def test_languages_are_those_of_bcp_47(code: str) -> None:
    assert site(f"languages: [{code}]\n").language == code


@pytest.mark.parametrize("code", ["english", "EN", "pt_BR", "pt-br", "jp", "x", "", "en-", "zh-hant", "../en"])
def test_what_is_no_language_is_refused(code: str) -> None:
    assert load(LEAST + LAWFUL + f'languages: ["{code}"]\n')[0] is None
    assert load(LEAST + LAWFUL + "languages: []\n")[0] is None
    assert load(LEAST + LAWFUL + "languages: [en, en]\n")[0] is None


def test_a_text_serves_all_languages_or_each_its_own() -> None:
    one, each = Text((("", "Lamps"),)), Text((("en", "Lamps"), ("pt", "Candeeiros")))
    assert (one.get("pt"), one.get("en", "pt"), str(one)) == ("Lamps", "Lamps", "Lamps")
    assert (each.get("pt"), each.get("pt-BR"), each.get("fr", "pt"), each.get("fr")) == (
        "Candeeiros",
        "Candeeiros",
        "Candeeiros",
        "Lamps",
    )
    assert each.missing(["en", "pt-BR", "fr"]) == ["fr"]
    assert one.missing(["en", "pt"]) == ["en", "pt"]
    assert (bool(one), bool(Text()), Text().get("en")) == (True, False, "")


def test_texts_are_read_from_a_text_or_a_map() -> None:
    config = site(
        "languages: [en, pt]\n"
        "sender: { email: hello@casalume.example, address: Rua da Luz 7 }\n"
        "consent: { controller: Lume, marketing: { en: Yes., pt: Sim. }, research: { en: Ask me., pt: Perguntem. } }\n"
        "signup: /api\ndescription: >\n  Evenings\n  of light\n"
        "sections: { events: { title: { en: Evenings, pt: Noites } }, drops: Things }\n"
    )
    assert config.description.get("pt") == "Evenings of light"
    assert config.consent.names == ("marketing", "research")
    assert config.consent.wording("research").get("pt") == "Perguntem."
    assert not config.consent.wording("nothing")
    assert (
        config.section_title("events", "pt"),
        config.section_title("drops", "pt"),
        config.section_title("hosts", "pt"),
    ) == ("Noites", "Things", "")


def test_a_purpose_must_be_readable_in_every_language() -> None:
    config, problems = load(LEAST + LAWFUL + "languages: [en, pt]\n")
    assert config is not None
    assert problems == ["The purpose `marketing` has no wording of its own in en, pt."]


@pytest.mark.parametrize(
    ("written", "service", "settings"),
    [
        ("/api", "", {}),
        ("https://api.casalume.example/x", "", {}),
        ("http://localhost:8000/api", "", {}),
        ("{ action: buttondown, username: lume }", "buttondown", {"username": "lume"}),
        (
            "{ action: listmonk, url: https://lists.example, list: eb420c55-4cfb-4972-92ba-c93c34ba475d }",
            "listmonk",
            {"url": "https://lists.example", "list": "eb420c55-4cfb-4972-92ba-c93c34ba475d"},
        ),
        (
            "{ action: mailchimp, url: 'https://x.us1.list-manage.com/subscribe/post?u=1a&id=2b' }",
            "mailchimp",
            {"url": "https://x.us1.list-manage.com/subscribe/post?u=1a&id=2b"},
        ),
    ],
)
def test_forms_post_to_our_functions_or_to_a_service(written: str, service: str, settings: dict[str, Any]) -> None:
    law = "sender: { email: hello@casalume.example, address: Rua }\nconsent: { controller: L, marketing: Yes. }\n"
    config = site(f"{law}signup: {written}\n")
    assert (config.signup.service, config.signup.settings) == (service, settings)
    assert target(config.signup.action, config.signup.settings).action


@pytest.mark.parametrize(
    "action", ["api", "//evil.example", "http://api.example", "/a b", "javascript:x", "mailgun", "https://u@x.example"]
)
def test_a_form_that_could_post_anywhere_is_refused(action: str) -> None:
    assert load(LEAST + LAWFUL.replace("/api", f'"{action}"'))[0] is None


def test_the_services_are_those_that_forms_can_post_to() -> None:
    assert set(SENDERS) == set(TARGETS)


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("/:section/:slug/", "/:section/:slug/"),
        ("/:year/:month/:day/:title", "/:year/:month/:day/:title/"),
        ("/x/:series/:locality/:slug/", None),
    ],
)
def test_permalinks_are_made_of_known_parts(pattern: str, kept: str | None) -> None:
    assert site(f"permalinks: {{ events: {pattern} }}\n").permalinks == {"events": kept or pattern}


@pytest.mark.parametrize(
    "pattern", ["/:section/", "/:yaer/:slug/", ":slug", "/../:slug/", "//:slug/", "/:slug?x", "/a b/:slug/"]
)
def test_a_permalink_that_is_none_is_refused(pattern: str) -> None:
    assert load(LEAST + LAWFUL + f'permalinks: {{ events: "{pattern}" }}\n')[0] is None


@pytest.mark.parametrize(
    ("written", "fine"),
    [("EUR", True), ("JPY", True), ("eur", False), ("Euro", False), ("XXX", False), ("DEM", False), ("E U", False)],
)
def test_the_currency_is_one_that_people_pay_in(written: str, fine: bool) -> None:
    assert (load(LEAST + LAWFUL + f"currency: {written}\n")[0] is not None) is fine


def test_profiles_may_be_a_list_or_named() -> None:
    ours = ("https://a.example/@lume", "https://b.example/lume")
    assert site(f"same_as: [{', '.join(ours)}]\n").same_as == ours
    assert site(f"socials: {{ a: {ours[0]}, b: {ours[1]} }}\n").same_as == ours
    assert site(f"sameAs: {ours[0]}\n").same_as == ours[:1]


def test_an_address_is_brought_into_one_spelling() -> None:
    law = "consent: { controller: L, marketing: Yes. }\nsignup: /api\n"
    assert (
        site(law + "sender: { email: Hello@CASALUME.example, address: Rua }\n").sender.email == "Hello@casalume.example"
    )


junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 10**6),
        st.decimals(-9, 9, places=2),
        st.sampled_from(
            ["", "x", "a b", "../x", "https://x.example", "EUR", "en", "/api", "/:slug/", "a@b.example", "{{ x }}"]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["en", "pt", "name", "url", "events", "action", "title", "marketing"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(SiteConfig.model_fields)), junk, max_size=6))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_the_answer_is_in_our_words(fields: dict[str, Any]) -> None:
    text = dump({"name": "x", "base_url": "https://x.example", "timezone": "UTC", **fields})
    config, problems = load_config(Source("content/site.yaml", text.encode(), ""), {})
    assert (config is None) == any(problem.level == "error" for problem in problems)
    for problem in problems:
        assert problem.fix, problem
        assert problem.what.endswith("."), problem
        assert not {"Input", "valid", "pydantic", "Value", "NoneType"} & set(problem.what.split()), problem
        assert 1 <= problem.line <= text.count("\n")
