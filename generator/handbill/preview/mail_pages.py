"""One e-mail as a page: in three widths, light, dark and turned round, without pictures, as text, its headers; how
large it is, and what the check says of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from handbill.check.email import CLIPPED, CLOSE
from handbill.content.gather import EMAIL_NAMES
from handbill.preview.answer import MOUNT, SANDBOX, choices, document, problem_list, url
from handbill.preview.leads import email_led
from handbill.preview.mail import Mail, Mailbag, Posted
from handbill.preview.served import at_home, in_scheme, inverted
from handbill_functions.catalog import ByLang
from handbill_functions.ports import Mailer

WIDTHS = (320, 375, 600)
VIEWS: Mapping[str, str] = {
    "light": "Light",
    "dark": "Dark",
    "inverted": "Inverted",
    "images-off": "Pictures off",
    "text": "Text",
    "headers": "Headers",
}
"""Ways to look at an e-mail, and their words."""
SHELVES: Mapping[str, str] = {
    "emails": "E-mails of the site", "letters": "Letters", "samples": "E-mails of the samples",
}  # fmt: skip
_ABOUT: Mapping[str, str] = {
    "dark": "The e-mail’s own rules for prefers-color-scheme: dark, made to hold.",
    "inverted": "As clients do that turn colours round whatever the e-mail says: lightness inverted by a filter over "
    "the light copy, pictures left. An approximation: each client has shades of its own.",
    "images-off": "The same e-mail, no picture loaded: what its words say alone.",
}


class Where(NamedTuple):
    """An e-mail, named."""

    shelf: str
    """One of SHELVES."""
    entry: str
    """`events/salon`."""
    name: str
    lang: str

    def url(self, query: Mapping[str, str] | None = None, leaf: str = "") -> str:
        return url(self.shelf, self.entry, self.name, self.lang, leaf=leaf, query=query)


class Shown(NamedTuple):
    """How it is looked at."""

    view: str = "light"
    long: bool = False

    def query(self) -> dict[str, str]:
        """What differs from the usual."""
        view = {} if self.view == "light" else {"view": self.view}
        return {**view, **({"values": "long"} if self.long else {})}


@dataclass(frozen=True, slots=True)
class Tests:
    """Where test e-mails go, and who may ask for one."""

    mailer: Mailer
    """What carries them: `handbill_functions.mailers.smtp.SmtpMailer(url)`."""
    to: str
    """The operator's own address, from `handbill_functions.addresses.normal`. Shown in the page, never logged."""
    token: str
    """A secret of this run: a form of another site cannot know it."""
    origins: frozenset[str]
    """Our own: {"http://127.0.0.1:8080"}."""


def in_order(emails: Mapping[str, ByLang], languages: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """(name, languages) of an entry's e-mails: as somebody receives them, the site's first language first."""
    names = sorted(
        emails, key=lambda name: (EMAIL_NAMES.index(name) if name in EMAIL_NAMES else len(EMAIL_NAMES), name)
    )
    return [(name, sorted(emails[name], key=lambda lang: (lang not in languages, [*languages, lang].index(lang))))
            for name in names]  # fmt: skip


def title_of(entry: Posted, languages: tuple[str, ...]) -> str:
    """The title of an entry in the first of the site's languages that it is in."""
    titles = entry["titles"]
    return next((titles[lang] for lang in (*languages, *titles) if lang in titles), entry["id"])


def served(mail: Mail, view: str, bag: Mailbag, items: Collection[str]) -> str:
    """An e-mail's HTML as the frame of a view gets it; `items` are the gallery's, where it is one of the samples."""
    html = mail.filled.html
    html = inverted(html) if view == "inverted" else in_scheme(html, "dark" if view == "dark" else "light")
    config = bag.config
    return email_led(
        at_home(html, bag.origin), mail.file["lang"], base=config.base_path, languages=config.languages, items=items
    )


def mail_page(where: Where, bag: Mailbag, mail: Mail, shown: Shown, tests: Tests | None, *, sent: bool) -> Markup:
    """The page of one e-mail. `sent`: a test of it has just gone out."""
    entry = bag.entry(where.entry)
    status = ""
    if sent and tests is not None:
        status = Markup('<p class="says" role="status">Sent to {}.</p>').format(tests.to)
    main = Markup(
        '<h1>{}</h1><p class="lead">{}</p>{}{}'
        '<div class="beside"><section><h2>Size</h2>{}</section><section><h2>Check</h2>{}</section>'
        '<section><h2>Take it away</h2>{}</section></div><section aria-label="{}">{}</section>'
    ).format(
        mail.filled.subject, mail.filled.preheader, status, _toggles(where, entry, bag, shown), _size(mail),
        _findings(mail), _take(where, shown, tests), VIEWS[shown.view], _shown(where, mail, shown),
    )  # fmt: skip
    above = (f"{SHELVES[where.shelf]}: {title_of(entry, bag.config.languages)}", f"{MOUNT}#{where.shelf}")
    return document(mail.filled.subject, main, above=above, wide=True)


def _toggles(where: Where, entry: Posted, bag: Mailbag, shown: Shown) -> Markup:
    now = shown.query()
    ordered = in_order(entry["emails"], bag.config.languages)
    views = [(word, where.url(shown._replace(view=key).query()), key == shown.view) for key, word in VIEWS.items()]
    values = [
        (word, where.url(shown._replace(long=long).query()), long == shown.long)
        for word, long in (("Usual", False), ("Long", True))
    ]
    names = [
        (name, where._replace(name=name).url(now), name == where.name) for name, langs in ordered if where.lang in langs
    ]
    langs = [(lang, where._replace(lang=lang).url(now), lang == where.lang) for lang in dict(ordered)[where.name]]
    rows = [choices("View", views), choices("Values", values), choices("E-mail", names), choices("Language", langs)]
    return Markup('<div class="toggles">{}</div>').format(Markup("").join(rows))


def _shown(where: Where, mail: Mail, shown: Shown) -> Markup:
    if shown.view == "text":
        text = Markup('<pre tabindex="0" role="region" aria-label="Text part" lang="{}" dir="{}">{}</pre>')
        return text.format(mail.file["lang"], mail.file["dir"], mail.filled.text)
    if shown.view == "headers":
        return _headers(mail)
    source = where.url(shown.query(), "html")
    frames = Markup("").join(
        Markup(
            '<figure><figcaption>{} px</figcaption><iframe class="email" src="{}" width="{}" height="640" '
            'loading="lazy" title="The e-mail at {} pixels" sandbox="{}"></iframe></figure>'
        ).format(width, source, width, width, SANDBOX)
        for width in WIDTHS
    )
    about = _ABOUT.get(shown.view)
    note = Markup('<p class="note">{}</p>').format(about) if about else ""
    return Markup('{}<div class="frames {}">{}</div>').format(note, shown.view, frames)


def _headers(mail: Mail) -> Markup:
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(*header) for header in mail.headers
    )
    attached = ", ".join(each["name"] for each in mail.filled.attachments)
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of headers">'
        '<table class="headers">{}</table></div>'
        '{}<p class="note">A signature is added when it is sent.</p>'
    ).format(rows, Markup("<p>Attached: {}</p>").format(attached) if attached else "")


def _size(mail: Mail) -> Markup:
    return Markup(
        '<p><meter min="0" max="{}" high="{}" optimum="0" value="{}" aria-label="Size of the HTML"></meter></p>'
        "<p>{} of {} bytes, at which Gmail cuts off. {} with all its parts.</p>"
    ).format(CLIPPED, CLOSE, min(mail.size, CLIPPED), f"{mail.size:,}", f"{CLIPPED:,}", f"{len(mail.message()):,}")


def _findings(mail: Mail) -> Markup:
    notes = Markup("").join(Markup('<p class="note">{}</p>').format(note) for note in mail.notes)
    return (problem_list(mail.findings) or Markup("<p>Nothing to mend.</p>")) + notes


def _take(where: Where, shown: Shown, tests: Tests | None) -> Markup:
    source = where.url(Shown(long=shown.long).query(), "message.eml")
    save = Markup('<p><a class="act" href="{}">Save as .eml</a></p>').format(source)
    if tests is None:
        return save
    fields = {**where._asdict(), **shown.query(), "token": tests.token}
    hidden = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(*pair) for pair in fields.items()
    )
    return save + Markup(
        '<form method="post" action="{}send"><p>{}<button>Send a test to {}</button></p></form>'
    ).format(MOUNT, hidden, tests.to)
