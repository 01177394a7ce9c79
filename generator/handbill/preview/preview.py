"""The preview: from a theme, a site's e-mails and a moment to the pages below `/_handbill/`.

    /_handbill/                                        what there is
    /_handbill/gallery/?scheme&width&lang&text&picture every page of the theme in every state, as a sheet of frames
    /_handbill/gallery/event/open/                     one of them, on a phone and on a desk
    /_handbill/emails/events/salon/welcome/en/?view    an e-mail of the site: light, dark, inverted, pictures off,
    /_handbill/samples/…                               text, headers; the same of the sample season
    /_handbill/season/assets/…                         what the season's pages ask for

No HTTP, no socket, no clock: a request is a path and a query, an answer is an Answer, and the same arguments give the
same bytes. Handing in a test e-mail is `send`, which asks for the token that its form carried and for our own origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hmac import compare_digest
from typing import Any, NamedTuple

from markupsafe import Markup

from handbill.check.email import CLIPPED
from handbill.errors import HandbillError, Problem, ProblemsFound
from handbill.preview import answer as answers
from handbill.preview.answer import MOUNT, Answer, choices, document, own_file, problem_list, url
from handbill.preview.gallery import SCHEMES, WIDTHS, Item, View, items, language_label, read_view
from handbill.preview.mail import FilesReader, Mail, Mailbag
from handbill.preview.season import TEXTS, Season
from handbill.preview.sending import Server, send_test
from handbill.preview.served import at_home, in_scheme, inverted, styles
from handbill.theme import Theme
from handbill_functions.catalog import Catalog
from handbill_functions.errors import FunctionsError, NotInCatalog

SHOWN = 50
"""Entries on one page of the index."""
EMAIL_WIDTHS = (320, 375, 600)
VIEWS: Mapping[str, str] = {
    "light": "Light",
    "dark": "Dark",
    "inverted": "Inverted",
    "images-off": "Pictures off",
    "text": "Text",
    "headers": "Headers",
}
"""Ways to look at an e-mail, and their words."""
SHELVES: Mapping[str, str] = {"emails": "E-mails of the site", "samples": "E-mails of the samples"}


@dataclass(frozen=True, slots=True)
class Tests:
    """Where test e-mails go, and who may ask for one."""

    server: Server
    to: str
    """The operator's own address, given on the command line. Shown in the page, never logged."""
    token: str
    """A secret of this run: a form of another site cannot know it."""
    origins: frozenset[str]
    """Our own: {"http://127.0.0.1:8080"}."""


class _Where(NamedTuple):
    """An e-mail, named."""

    shelf: str
    entry: str
    name: str
    lang: str

    def url(self, query: Mapping[str, str] | None = None, leaf: str = "") -> str:
        return url(self.shelf, self.entry, self.name, self.lang, leaf=leaf, query=query)


class Preview:
    """See the module. Nothing in it changes but what it remembers having made."""

    def __init__(
        self,
        theme: Theme,
        at: datetime,
        *,
        settings: Mapping[str, Any] | None = None,
        site: Mailbag | None = None,
        problems: Sequence[Problem] = (),
        tests: Tests | None = None,
        before: Preview | None = None,
    ) -> None:
        """`at` is the (aware) moment; `site` holds the site's e-mails, None where it has not been built; `problems` are
        why, or whatever is to be said of the site; without `tests` no e-mail can be sent. `before` is the preview of a
        moment ago, from which compiled templates are taken over where they are still the same."""
        self.theme, self.at, self.site, self.tests = theme, at, site, tests
        self.problems = tuple(problems)
        self._settings = settings
        self._before = before.__dict__.get("season") if before is not None else None

    # ---- what there is to look at, made when it is first asked for

    @cached_property
    def season(self) -> Season:
        return Season(self.theme, self._settings, before=self._before)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return items(self.season)

    @cached_property
    def samples(self) -> Mailbag:
        """The e-mails of the season."""
        files, ids = self.season.catalog()
        return Mailbag(Catalog(FilesReader(files)), ids, self.season.config, self.theme.samples, at=self.at)

    def _bag(self, shelf: str) -> Mailbag | None:
        return self.samples if shelf == "samples" else self.site

    # ---- requests

    def respond(self, path: str, query: Mapping[str, str]) -> Answer | None:
        """The answer to a GET of `path` (whole, decoded); None where there is nothing. Never raises for what is wrong
        with a site or a theme: that is said in the answer, of status 500."""
        if not path.startswith(MOUNT):
            return None
        rest = path.removeprefix(MOUNT)
        try:
            return self._route(rest, query)
        except (KeyError, NotInCatalog):
            return None
        except ProblemsFound as found:
            return self._broken(problem_list(found.problems))
        except (HandbillError, FunctionsError) as error:
            return self._broken(Markup('<p class="says">{}</p>').format(str(error)))

    def _route(self, rest: str, query: Mapping[str, str]) -> Answer | None:
        if rest == "":
            return answers.html(self._index(query))
        head, _, tail = rest.partition("/")
        if head == "season":
            data = self.season.asset(tail)
            return None if data is None else answers.file(tail.rpartition("/")[2], data)
        if head == "gallery":
            return self._gallery(tail, read_view(query, self.season.languages))
        if head in SHELVES:
            return self._mail(head, tail, query)
        return own_file(rest)

    def _broken(self, said: Markup) -> Answer:
        main = Markup("<h1>This cannot be shown</h1>{}").format(said)
        return answers.html(document("This cannot be shown", main), 500, framed=True)

    # ---- index

    def _index(self, query: Mapping[str, str]) -> Markup:
        asked = query.get("q", "").strip()
        parts = [
            Markup('<h1>Preview</h1><p class="lead">Theme <b>{}</b> {}, at <time>{}</time>.</p>').format(
                self.theme.name, self.theme.version, f"{self.at:%Y-%m-%d %H:%M %Z}"
            )
        ]
        if self.problems:
            parts.append(Markup("<section><h2>To mend</h2>{}</section>").format(problem_list(self.problems)))
        parts.append(self._guarded(self._index_gallery))
        parts.append(self._guarded(lambda: self._index_mails("emails", asked)))
        parts.append(self._guarded(lambda: self._index_mails("samples", "")))
        return document("Preview", Markup("\n").join(parts))

    def _guarded(self, make: Callable[[], Markup]) -> Markup:
        """A part of the index, or why it cannot be shown: one broken part leaves the others standing."""
        try:
            return make()
        except ProblemsFound as found:
            return problem_list(found.problems)
        except (HandbillError, FunctionsError) as error:
            return Markup('<p class="says">{}</p>').format(str(error))

    def _index_gallery(self) -> Markup:
        groups: dict[str, list[Item]] = {}
        for item in self.items.values():
            groups.setdefault(item.group, []).append(item)
        rows = Markup("").join(
            Markup("<dt>{}</dt><dd>{}</dd>").format(group, _links((i.title, url("gallery", i.path)) for i in members))
            for group, members in groups.items()
        )
        return Markup(
            '<section><h2><a href="{}">Gallery</a></h2><p>Every page of the theme in every state: {} pages.</p>'
            '<dl class="index">{}</dl></section>'
        ).format(url("gallery"), len(self.items), rows)

    def _index_mails(self, shelf: str, asked: str) -> Markup:
        bag, heading = self._bag(shelf), SHELVES[shelf]
        if bag is None:
            text = "They are here as soon as the site has been built once."
            return Markup("<section><h2>{}</h2><p>{}</p></section>").format(heading, text)
        found = [id for id in bag.entries if asked.casefold() in id.casefold()]
        search = Markup("")
        if len(bag.entries) > SHOWN or asked:
            search = Markup(
                '<form class="find" method="get" action="{}"><label for="q">Name of an entry</label>'
                '<input id="q" name="q" type="search" value="{}"><button>Find</button></form>'
            ).format(MOUNT, asked)
        rows = Markup("").join(self._index_entry(shelf, bag, id) for id in found[:SHOWN])
        more = ""
        if len(found) > SHOWN:
            more = Markup('<p class="note">And {} more: find them by name.</p>').format(f"{len(found) - SHOWN:,}")
        elif not rows:
            more = Markup('<p class="note">There are none.</p>')
        return Markup('<section><h2>{}</h2>{}<dl class="index">{}</dl>{}</section>').format(heading, search, rows, more)

    def _index_entry(self, shelf: str, bag: Mailbag, id: str) -> Markup:
        entry = bag.entry(id)
        mails = [
            (name if len(by_lang) == 1 else f"{name} {lang}", _Where(shelf, id, name, lang).url())
            for name, by_lang in entry["emails"].items()
            for lang in by_lang
        ]
        if not mails:
            return Markup("")
        title = next(iter(entry["titles"].values()), id)
        return Markup("<dt>{} <code>{}</code></dt><dd>{}</dd>").format(title, id, _links(mails))

    # ---- gallery

    def _gallery(self, tail: str, view: View) -> Answer | None:
        if tail == "":
            return answers.html(self._sheet(view))
        path, _, last = tail.rpartition("/")
        if last == "page":
            html = in_scheme(self.items[path].make(view.look), view.scheme)
            return answers.page(html, styles(html))
        return answers.html(self._item(self.items[path], view)) if last == "" else None

    def _sheet(self, view: View) -> Markup:
        groups: dict[str, list[Markup]] = {}
        for item in self.items.values():
            groups.setdefault(item.group, []).append(
                Markup('<li><figure>{}<figcaption><a href="{}">{}</a></figcaption></figure></li>').format(
                    _frame(item, view, view.width), url("gallery", item.path, query=view.query()), item.title
                )
            )
        body = Markup("").join(
            Markup('<section><h2>{}</h2><ul class="sheet w{}">{}</ul></section>').format(
                group, view.width, Markup("").join(figures)
            )
            for group, figures in groups.items()
        )
        main = Markup("<h1>Gallery</h1>{}{}").format(self._toggles("gallery", view, width=True), body)
        return document("Gallery", main, trail=[("Preview", MOUNT)], wide=True)

    def _item(self, item: Item, view: View) -> Markup:
        order = list(self.items)
        place = order.index(item.path)
        near = [(self.items[order[other]], word) for other, word in ((place - 1, "Before"), (place + 1, "Next"))
                if 0 <= other < len(order)]  # fmt: skip
        steps = Markup("").join(
            Markup('<li>{}: <a href="{}">{}, {}</a></li>').format(
                word, url("gallery", other.path, query=view.query()), other.group, other.title
            )
            for other, word in near
        )
        frames = Markup("").join(
            Markup('<figure class="w{}"><figcaption>{} px, <a href="{}">alone</a></figcaption>{}</figure>').format(
                width, width, _document(item, view), _frame(item, view, width)
            )
            for width in WIDTHS
        )
        file = self.theme.find(item.template)
        main = Markup(
            '<h1>{}: {}</h1>{}<div class="pair">{}</div><p class="note">Made by <code>{}</code>.</p>'
            '<ul class="steps">{}</ul>'
        ).format(
            item.group, item.title, self._toggles(f"gallery/{item.path}", view, width=False), frames,
            file.shown if file else item.template, steps,
        )  # fmt: skip
        trail = [("Preview", MOUNT), ("Gallery", url("gallery", query=view.query()))]
        return document(f"{item.group}: {item.title}", main, trail=trail, wide=True)

    def _toggles(self, path: str, view: View, *, width: bool) -> Markup:
        def to(changed: View) -> str:
            return url(path, query=changed.query())

        look = view.look
        rows = [choices("Scheme", [(s.capitalize(), to(view._replace(scheme=s)), s == view.scheme) for s in SCHEMES])]
        if width:
            rows.append(choices("Width", [(f"{w} px", to(view._replace(width=w)), w == view.width) for w in WIDTHS]))
        rows.append(
            choices(
                "Language",
                [
                    (language_label(lang), to(view._replace(look=look._replace(lang=lang))), lang == look.lang)
                    for lang in self.season.languages
                ],
            )
        )
        texts = [(t.capitalize(), to(view._replace(look=look._replace(text=t))), t == look.text) for t in TEXTS]
        pictures = [
            (word, to(view._replace(look=look._replace(picture=there))), there == look.picture)
            for word, there in (("Shown", True), ("None", False))
        ]
        rows += [choices("Text", texts), choices("Pictures", pictures)]
        return Markup('<div class="toggles">{}</div>').format(Markup("").join(rows))

    # ---- one e-mail

    def _mail(self, shelf: str, tail: str, query: Mapping[str, str]) -> Answer | None:
        path, _, last = tail.rpartition("/")
        *entry, name, lang = ["", "", *path.split("/")]
        where = _Where(shelf, "/".join(entry).strip("/"), name, lang)
        bag = self._bag(shelf)
        if bag is None or not where.entry or last not in ("", "html", "message.eml"):
            return None
        long = query.get("values") == "long"
        view = query.get("view", "light")
        if view not in VIEWS:
            return None
        mail = bag.mail(where.entry, name, lang, long=long)
        if last == "message.eml":
            return answers.file(f"{where.entry.rpartition('/')[2]}-{name}-{lang}.eml", mail.message(), download=True)
        if last == "html":
            return answers.email(served(mail.filled.html, view, bag.origin), pictures=view != "images-off")
        return answers.html(self._mail_page(where, bag, mail, view, long, sent=query.get("sent") == "yes"))

    def _mail_page(self, where: _Where, bag: Mailbag, mail: Mail, view: str, long: bool, *, sent: bool) -> Markup:
        def query(view: str, long: bool) -> dict[str, str]:
            return {**({} if view == "light" else {"view": view}), **({"values": "long"} if long else {})}

        entry = bag.entry(where.entry)
        names = [(name, where._replace(name=name).url(query(view, long)), name == where.name)
                 for name, by_lang in entry["emails"].items() if where.lang in by_lang]  # fmt: skip
        langs = [(lang, where._replace(lang=lang).url(query(view, long)), lang == where.lang)
                 for lang in entry["emails"][where.name]]  # fmt: skip
        toggles = Markup("").join([
            choices("View", [(word, where.url(query(key, long)), key == view) for key, word in VIEWS.items()]),
            choices("Values", [("Usual", where.url(query(view, False)), not long),
                               ("Long", where.url(query(view, True)), long)]),
            choices("E-mail", names),
            choices("Language", langs),
        ])  # fmt: skip
        status = ""
        if sent and self.tests is not None:
            status = Markup('<p class="says" role="status">Sent to {}.</p>').format(self.tests.to)
        main = Markup(
            '<h1>{}</h1><p class="lead">{}</p>{}<div class="toggles">{}</div>{}'
            '<div class="beside"><section><h2>Size</h2>{}</section><section><h2>Check</h2>{}</section>'
            "<section><h2>Take it away</h2>{}</section></div>"
        ).format(
            mail.filled.subject, mail.filled.preheader, status, toggles, self._shown(where, mail, view, query(view, long)),
            _size(mail), _findings(mail), self._take(where, query(view, long), long),
        )  # fmt: skip
        title = next(iter(entry["titles"].values()), where.entry)
        trail = [("Preview", MOUNT), (f"{SHELVES[where.shelf]}: {title}", MOUNT)]
        return document(mail.filled.subject, main, trail=trail, wide=True)

    def _shown(self, where: _Where, mail: Mail, view: str, query: Mapping[str, str]) -> Markup:
        if view == "text":
            text = Markup('<pre tabindex="0" aria-label="Text part" lang="{}" dir="{}">{}</pre>')
            return text.format(mail.file["lang"], mail.file["dir"], mail.filled.text)
        if view == "headers":
            rows = Markup("").join(Markup("<tr><th scope=row>{}<td>{}").format(*header) for header in mail.headers)
            files = _links((each["name"], "") for each in mail.filled.attachments)
            return Markup(
                '<div class="scroll" tabindex="0" role="region" aria-label="Headers"><table class="headers">{}</table>'
                '</div><p class="note">A signature is added when it is sent.</p>{}'
            ).format(rows, Markup("<p>Attached: {}</p>").format(files) if files else "")
        source = where.url(query, "html")
        frames = Markup("").join(
            Markup(
                '<figure><figcaption>{} px</figcaption><iframe class="email" src="{}" width="{}" height="640" '
                'loading="lazy" title="The e-mail at {} pixels" sandbox="{}"></iframe></figure>'
            ).format(width, source, width, width, "allow-same-origin allow-popups allow-popups-to-escape-sandbox")
            for width in EMAIL_WIDTHS
        )
        return Markup('<div class="frames {}">{}</div>{}').format(view, frames, _ABOUT.get(view, ""))

    def _take(self, where: _Where, query: Mapping[str, str], long: bool) -> Markup:
        source = where.url({"values": "long"} if long else None, "message.eml")
        save = Markup('<p><a class="act" href="{}">Save as .eml</a></p>').format(source)
        if self.tests is None:
            return save
        hidden = {**where._asdict(), **query, "token": self.tests.token}
        return save + Markup(
            '<form method="post" action="{}send"><p>{}<button>Send a test to {}</button></p></form>'
        ).format(
            MOUNT,
            Markup("").join(Markup('<input type="hidden" name="{}" value="{}">').format(*pair) for pair in hidden.items()),
            self.tests.to,
        )  # fmt: skip

    # ---- sending one

    def send(self, form: Mapping[str, str], origin: str | None) -> Answer | None:
        """Sends a test: the answer to a POST of `/_handbill/send` with these fields and this Origin header.

        403 for another origin or a wrong token, 502 with the reason where the server does not take it, 303 back to the
        e-mail once it did. None where there is no such e-mail, or no tests were asked for on the command line.
        """
        tests = self.tests
        if tests is None:
            return None
        if origin not in tests.origins or not compare_digest(form.get("token", "").encode(), tests.token.encode()):
            text = "This request did not come from the preview's own page. Open the e-mail again and press its button."
            main = Markup("<h1>Not sent</h1><p>{}</p>").format(text)
            return answers.html(document("Not sent", main), 403)
        where = _Where(*(form.get(name, "") for name in _Where._fields))
        bag = self._bag(where.shelf) if where.shelf in SHELVES else None
        if bag is None:
            return None
        back = {name: form[name] for name in ("view", "values") if form.get(name)}
        try:
            mail = bag.mail(where.entry, where.name, where.lang, long=back.get("values") == "long", to=("", tests.to))
            send_test(mail.message(), tests.to, tests.server, sender=mail.sender)
        except NotInCatalog:
            return None
        except (HandbillError, FunctionsError) as error:
            main = Markup('<h1>Not sent</h1><p>{}</p><p><a href="{}">Back to the e-mail</a></p>')
            return answers.html(document("Not sent", main.format(str(error), where.url(back))), 502)
        return Answer(303, "text/plain; charset=utf-8", b"", (("Location", where.url({**back, "sent": "yes"})),))


def served(html: str, view: str, origin: str) -> str:
    """An e-mail's HTML as the frame of a view gets it."""
    if view == "inverted":
        return at_home(inverted(html), origin)
    return at_home(in_scheme(html, "dark" if view == "dark" else "light"), origin)


def _links(pairs: Any) -> Markup:
    return Markup("").join(
        Markup('<a href="{}">{}</a> ').format(where, words) if where else Markup("<span>{}</span> ").format(words)
        for words, where in pairs
    )


def _document(item: Item, view: View) -> str:
    query = {name: value for name, value in view.query().items() if name != "width"}
    return url("gallery", item.path, leaf="page", query=query)


def _frame(item: Item, view: View, width: str) -> Markup:
    return Markup(
        '<iframe class="{}" src="{}" loading="lazy" title="{}, {}, at {} pixels" sandbox="allow-same-origin"></iframe>'
    ).format(view.scheme, _document(item, view), item.group, item.title, width)


def _size(mail: Mail) -> Markup:
    return Markup(
        '<p><meter min="0" max="{}" high="81920" value="{}" aria-label="Size of the HTML"></meter></p>'
        "<p>{} of {} bytes, at which Gmail cuts off. {} with all its parts.</p>"
    ).format(CLIPPED, min(mail.size, CLIPPED), f"{mail.size:,}", f"{CLIPPED:,}", f"{len(mail.message()):,}")


def _findings(mail: Mail) -> Markup:
    notes = Markup("").join(Markup('<p class="note">{}</p>').format(note) for note in mail.notes)
    if not mail.findings:
        return Markup("<p>Nothing to mend.</p>") + notes
    return problem_list(mail.findings) + notes


_ABOUT: Mapping[str, Markup] = {
    "dark": Markup('<p class="note">The e-mail’s own rules for prefers-color-scheme: dark, made to hold.</p>'),
    "inverted": Markup(
        '<p class="note">As clients do that turn colours round whatever the e-mail says: lightness inverted by a filter '
        "over the light copy, pictures left. An approximation: each client has shades of its own.</p>"
    ),
    "images-off": Markup('<p class="note">The same e-mail, no picture loaded: what its words say alone.</p>'),
}
