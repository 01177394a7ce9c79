"""content/site.yaml: what the whole site shares. Every field says what it is for."""
# ruff: noqa: RUF012 - pydantic never shares a default, and the tables of spellings are never written to

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from handbill.config.known import SENDERS
from handbill.config.text import Text, Texts
from handbill.config.values import BaseUrl, Currency, EMail, Language, Permalink
from handbill.schema import Commas, Flaw, Part
from handbill.schema.fields import Count, FilePath, Free, Line, Slug, WebUrl, Zone
from handbill.slugs import slugify


class Sender(Part):
    """Who the e-mails come from."""

    noun = "`sender`"
    aliases_of = {"from": "email", "postal_address": "address"}

    name: Annotated[Line, Field(description="The name readers see; the site's without it.", examples=["Casa Lume"])] = (
        ""
    )
    email: Annotated[
        EMail, Field(description="The address e-mails come from.", examples=["hello@casalume.example"])
    ] = ""
    address: Annotated[
        Line,
        Field(
            description="Postal address in one line: the law wants it in every marketing mail.",
            examples=["Rua da Luz 7, 1200-001 Lisboa, Portugal"],
        ),
    ] = ""
    reply_to: Annotated[
        EMail, Field(description="Where answers go, where that is elsewhere.", examples=["ana@casalume.example"])
    ] = ""


class Consent(Part):
    """Who is responsible for people's data, and the exact sentences they agree to.

    Beside `marketing`, every further name with its sentence is a purpose of its own: `research: You may ask me …`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Texts]
    noun = "`consent`"
    bare = "marketing"

    controller: Annotated[Line, Field(description="Who is responsible, by full name.", examples=["Casa Lume, Lda"])] = (
        ""
    )
    contact: Annotated[
        Line,
        Field(
            description="Where to write about one's data; the sender's address without it.",
            examples=["privacy@casalume.example"],
        ),
    ] = ""
    policy_version: Annotated[
        Line, Field(description="Raised when the privacy notice changes in substance.", examples=["2026-11"])
    ] = ""
    marketing: Annotated[
        Texts,
        Field(
            description="What people agree to who want news, as a sentence of theirs; one a language.",
            examples=["Yes, write to me about new evenings, at most twice a month. I can leave at any time."],
        ),
    ] = Text()

    @property
    def purposes(self) -> dict[str, Text]:
        """Every purpose that has a wording, `marketing` first."""
        further: dict[str, Text] = self.__pydantic_extra__ or {}
        return {name: text for name, text in {"marketing": self.marketing, **further}.items() if text}

    @property
    def names(self) -> tuple[str, ...]:
        """The purposes that have a wording."""
        return tuple(self.purposes)

    def wording(self, purpose: str) -> Text:
        """The sentence of a purpose; empty when it has none."""
        return self.purposes.get(purpose, Text())


class Capture(Part):
    """Where sign-up forms post: our functions, or a mailing service by name with its settings."""

    noun = "`signup`"
    bare = "action"
    aliases_of = {"user": "username", "list_id": "list"}

    action: Annotated[
        str,
        Field(
            description="/api for our functions on the same origin, their full https URL, or a service: buttondown, "
            "listmonk or mailchimp.",
            examples=["/api"],
        ),
    ] = ""
    username: Annotated[str, Field(description="Buttondown: your user name.", examples=["casalume"])] = ""
    url: Annotated[
        WebUrl,
        Field(
            description="listmonk: the URL of your instance. Mailchimp: the form's whole subscribe URL, with u and id.",
            examples=["https://lists.casalume.example"],
        ),
    ] = ""
    list: Annotated[
        str,
        Field(description="listmonk: the UUID of the public list.", examples=["eb420c55-4cfb-4972-92ba-c93c34ba475d"]),
    ] = ""

    @property
    def service(self) -> str:
        """`buttondown`, `listmonk` or `mailchimp`; empty for our functions and for none."""
        return self.action if self.action in SENDERS else ""

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the service."""
        return {name: getattr(self, name) for name in SENDERS.get(self.action, ())}


class Organization(Part):
    """For search engines: who stands behind the site."""

    noun = "`organization`"
    bare = "logo"
    hints = {"same_as": "Write `same_as:` at the top level: pages show these links too."}

    logo: Annotated[
        FilePath | None,
        Field(description="Picture below content/, with a slash before it.", examples=["/static/logo.svg"]),
    ] = None


class Processor(Part):
    """Somebody who handles people's data for you."""

    noun = "a processor"
    bare = "name"

    name: Annotated[Line, Field(min_length=1, description="Its name.", examples=["Amazon Web Services EMEA SARL"])]
    purpose: Annotated[Texts, Field(description="What it does for you.", examples=["Sends our e-mails."])] = Text()
    country: Annotated[Line, Field(description="Where it handles them.", examples=["Ireland"])] = ""
    url: Annotated[WebUrl, Field(description="Its own notice.", examples=["https://aws.amazon.com/privacy/"])] = ""


class Privacy(Part):
    """What the privacy notice says beyond what follows from the rest."""

    noun = "`privacy`"

    processors: Annotated[
        tuple[Processor, ...],
        Field(description="Those who handle data for you.", examples=["[{ name: Hetzner, purpose: Keeps the list. }]"]),
    ] = ()
    retention: Annotated[
        Texts, Field(description="How long what is kept.", examples=["Until you leave; orders for ten years."])
    ] = Text()


class SectionWords(Part):
    """The words above one list."""

    noun = "a section"
    bare = "title"

    title: Annotated[Texts, Field(description="Its title.", examples=["Evenings"])] = Text()
    intro: Annotated[Texts, Field(description="A sentence below the title.", examples=["Come as you are."])] = Text()


class MenuLink(Part):
    """A link in the main menu."""

    noun = "a menu link"
    aliases_of = {"title": "text", "name": "text", "label": "text", "link": "url", "href": "url"}

    text: Annotated[Texts, Field(description="Its words.", examples=["Shop"])]
    url: Annotated[
        str,
        Field(
            pattern=r"^(/|https?://)[^\s\"'<>\\]*$",
            description="A path of the site, or a whole web address.",
            examples=["https://shop.casalume.example"],
        ),
    ]


def _same_as(value: Any) -> list[str] | Any:
    return list(value.values()) if isinstance(value, dict) else value


class SiteConfig(Part):
    """content/site.yaml, validated."""

    noun = "site.yaml"
    aliases_of = {
        "title": "name", "site_name": "name",
        "url": "base_url", "baseurl": "base_url", "site_url": "base_url",
        "tz": "timezone", "time_zone": "timezone",
        "language": "languages", "lang": "languages",
        "paginate": "per_page",
        "allow_html": "html",
    }  # fmt: skip
    respell = {
        "same_as": lambda value: ("same_as", _same_as(value)),
        "sameAs": lambda value: ("same_as", _same_as(value)),
        "socials": lambda value: ("same_as", _same_as(value)),
    }
    elsewhere = "Put values of your own below `params:`, and settings of the theme below `settings:`."

    name: Annotated[Line, Field(min_length=1, description="The site's name.", examples=["Casa Lume"])]
    base_url: Annotated[
        BaseUrl,
        Field(
            description="Where the site will be, with the path when it lives below one; no slash at its end.",
            examples=["https://casalume.example"],
        ),
    ]
    timezone: Annotated[
        Zone,
        Field(
            min_length=1, description="IANA zone that dates without an offset belong to.", examples=["Europe/Lisbon"]
        ),
    ]
    description: Annotated[
        Texts, Field(description="One sentence about the site.", examples=["Evenings by the light of our own lamps."])
    ] = Text()
    currency: Annotated[
        Currency,
        Field(description="ISO 4217; for prices that are a bare number.", examples=["EUR"]),
    ] = ""
    theme: Annotated[
        Slug, Field(description="Folder below themes/, or a theme that comes with handbill.", examples=["base"])
    ] = "base"
    settings: Annotated[Free, Field(description="Settings of the theme.", examples=["{ accent: plum }"])] = {}
    languages: Annotated[
        tuple[Language, ...],
        Commas(),
        Field(
            description="The first is the default and lives at the root; others below /pt/.",
            examples=["[en, pt]"],
        ),
    ] = ("en",)
    sender: Annotated[Sender, Field(description="Who the e-mails come from.", examples=["{ name: Casa Lume }"])] = (
        Field(default_factory=Sender)
    )
    consent: Annotated[
        Consent,
        Field(description="Who is responsible, and what people agree to.", examples=["{ controller: Casa Lume, Lda }"]),
    ] = Field(default_factory=Consent)
    signup: Annotated[Capture, Field(description="Where sign-up forms post.", examples=["{ action: /api }"])] = Field(
        default_factory=Capture
    )
    html: Annotated[
        bool,
        Field(description="Let authors write HTML; it is cleaned of scripts and outside requests.", examples=["true"]),
    ] = False
    social_cards: Annotated[bool, Field(description="Draw a picture for link previews.", examples=["false"])] = True
    permalinks: Annotated[
        dict[str, Permalink],
        Field(
            description="Path of an entry, by section: of :section :slug :title :year :month :day :series :locality.",
            examples=["{ events: /:year/:slug/ }"],
        ),
    ] = {}
    per_page: Annotated[Count, Field(description="Entries on one page of a list.", examples=[48])] = 48
    feed_limit: Annotated[Count, Field(description="Entries in a feed.", examples=[48])] = 48
    organization: Annotated[
        Organization, Field(description="For search engines.", examples=["{ logo: /static/logo.svg }"])
    ] = Field(default_factory=Organization)
    same_as: Annotated[
        tuple[WebUrl, ...],
        Field(description="Your profiles elsewhere, shown as links.", examples=["[https://social.example/@casalume]"]),
    ] = ()
    privacy: Annotated[
        Privacy, Field(description="Additions to the privacy notice.", examples=["{ retention: Until you leave. }"])
    ] = Field(default_factory=Privacy)
    sections: Annotated[
        dict[str, SectionWords],
        Field(description="Title and intro of lists, by section.", examples=["{ events: { title: Evenings } }"]),
    ] = {}
    tags: Annotated[
        dict[str, Texts],
        Field(
            description="Words of a tag in other languages, by the tag as entries write it, or by its slug.",
            examples=["{ light: { en: Light, pt: Luz } }"],
        ),
    ] = {}
    menu: Annotated[
        tuple[MenuLink, ...],
        Field(
            description="Further links at the end of the main menu.",
            examples=["[{ text: Shop, url: https://shop.casalume.example }]"],
        ),
    ] = ()
    params: Annotated[
        Free, Field(description="Anything else, for a theme of your own.", examples=["{ mood: calm }"])
    ] = {}

    @property
    def base_path(self) -> str:
        """The path of `base_url`, without a slash at its end: empty, or `/lume`."""
        return urlsplit(self.base_url).path

    @property
    def language(self) -> str:
        """The default language."""
        return self.languages[0]

    def section_title(self, section: str, lang: str) -> str:
        """The title written for a section's list, or empty."""
        words = self.sections.get(section)
        return words.title.get(lang, self.languages[0]) if words else ""

    def tag_word(self, tag: str, lang: str) -> str:
        """A tag in a language: as `tags` says, else as entries write it."""
        words = self.tags.get(tag) or self.tags.get(slugify(tag))
        return Text((("", tag), *words.words)).get(lang) if words else tag

    def section_intro(self, section: str, lang: str) -> str:
        """The intro written for a section's list, or empty."""
        words = self.sections.get(section)
        return words.intro.get(lang, self.languages[0]) if words else ""

    @classmethod
    def check(cls, values: Mapping[str, Any], context: Any) -> Iterable[Flaw]:
        from handbill.config.check import flaws

        return flaws(values)
