"""The preview: from a theme, a site's e-mails and a moment to the pages below `/_handbill/`.

    /_handbill/                                        what there is
    /_handbill/gallery/?scheme&width&lang&text&picture every page of the theme in every state, as a sheet of frames
    /_handbill/gallery/event/open/                     one of them, on a phone and on a desk
    /_handbill/emails/events/salon/welcome/en/?view    an e-mail of the site: light, dark, inverted, pictures off,
    /_handbill/letters/june/letter/en/?view            text, headers; the same of a letter
    /_handbill/samples/…                               and of the sample season
    /_handbill/season/assets/…                         what the season's pages ask for

No HTTP, no socket, no clock: a request is a path and a query, an answer is an Answer, and the same arguments give the
same bytes. Handing in a test e-mail is `send`, which asks for the token that its form carried and for our own origin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from hmac import compare_digest
from typing import Any

from markupsafe import Markup

from handbill.answer import Answer
from handbill.errors import HandbillError, Problem, ProblemsFound
from handbill.preview import answer as answers
from handbill.preview.answer import MOUNT, document, own_file, problem_list
from handbill.preview.gallery import Item, items, read_view
from handbill.preview.gallery_pages import item_page, page_url, sheet
from handbill.preview.index import index_page
from handbill.preview.leads import led
from handbill.preview.mail import FilesReader, Mailbag
from handbill.preview.mail_pages import SHELVES, VIEWS, Shown, Tests, Where, mail_page, served
from handbill.preview.season import Season
from handbill.preview.sending import send_test
from handbill.preview.served import in_scheme, styles, unfocused
from handbill.theme import Theme
from handbill_functions.catalog import Catalog
from handbill_functions.errors import FunctionsError, NotInCatalog


class Preview:
    """See the module. Nothing in it changes but what it remembers having made."""

    def __init__(
        self,
        theme: Theme,
        at: datetime,
        *,
        settings: Mapping[str, Any] | None = None,
        site: Mailbag | None = None,
        letters: Mailbag | None = None,
        problems: Sequence[Problem] = (),
        tests: Tests | None = None,
        before: Preview | None = None,
    ) -> None:
        """`at` is the (aware) moment; `site` holds the site's e-mails, None where it has not been built; `letters` are
        its letters; `problems` are why, or whatever is to be said of the site; without `tests` no e-mail can be sent.
        `before` is the preview of a moment ago, from which compiled templates are taken over where they are still the
        same."""
        self.theme, self.at, self.site, self.letters, self.tests = theme, at, site, letters, tests
        self.problems = tuple(problems)
        self._settings = settings
        self._before = before.__dict__.get("season") if before is not None else None

    # ---- what there is to look at, made when it is first asked for

    @cached_property
    def season(self) -> Season:
        return Season(self.theme, self._settings, before=self._before)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """The pages of the gallery, by path."""
        return items(self.season)

    @cached_property
    def samples(self) -> Mailbag:
        """The e-mails of the season."""
        files, ids = self.season.catalog()
        return Mailbag(Catalog(FilesReader(files)), ids, self.season.config, self.theme.samples, at=self.at)

    def _bag(self, shelf: str) -> Mailbag | None:
        if shelf not in SHELVES:
            return None
        return self.samples if shelf == "samples" else self.letters if shelf == "letters" else self.site

    # ---- requests

    def respond(self, path: str, query: Mapping[str, str]) -> Answer | None:
        """The answer to a GET of `path` (whole, decoded); None where there is nothing. Never raises for what is wrong
        with a site or a theme: that is said in the answer, of status 500."""
        if not path.startswith(MOUNT):
            return None
        try:
            return self._route(path.removeprefix(MOUNT), query)
        except NotInCatalog:
            return None
        except ProblemsFound as found:
            return _broken(problem_list(found.problems))
        except (HandbillError, FunctionsError) as error:
            return _broken(Markup('<p class="says">{}</p>').format(str(error)))

    def _route(self, rest: str, query: Mapping[str, str]) -> Answer | None:
        if not rest:
            page = index_page(
                self.theme, self.at, self.problems, items=lambda: self.items,
                bags={shelf: partial(self._bag, shelf) for shelf in SHELVES}, asked=query.get("q", "").strip(),
            )  # fmt: skip
            return answers.html(page)
        head, slash, tail = rest.partition("/")
        if not slash:
            return own_file(rest)
        if head == "season":
            data = self.season.asset(tail)
            return None if data is None else answers.file(tail.rpartition("/")[2], data)
        if head == "gallery":
            return self._gallery(tail, query)
        return self._mail(head, tail, query) if head in SHELVES else None

    def _gallery(self, tail: str, query: Mapping[str, str]) -> Answer | None:
        languages = self.season.languages
        view = read_view(query, languages)
        if not tail:
            return answers.html(sheet(self.items, view, languages))
        path, _, last = tail.rpartition("/")
        item = self.items.get(path)
        if item is None or last not in ("", "page"):
            return None
        if last == "page":
            html = led(
                unfocused(in_scheme(item.make(view.look), view.scheme)), path, view.look.lang,
                base=self.season.config.base_path, languages=languages, items=self.items.keys(),
                page=lambda to, lang: page_url(to, view._replace(look=view.look._replace(lang=lang))),
            )  # fmt: skip
            return answers.page(html, styles(html))
        file = self.theme.find(item.template)
        made_by = file.shown if file else item.template
        return answers.html(item_page(item, self.items, view, languages, made_by=made_by))

    def _mail(self, shelf: str, tail: str, query: Mapping[str, str]) -> Answer | None:
        parts = tail.split("/")
        bag = self._bag(shelf)
        if bag is None or len(parts) < 4:
            return None
        *entry, name, lang, last = parts
        where = Where(shelf, "/".join(entry), name, lang)
        shown = Shown(query.get("view", "light"), query.get("values") == "long")
        if shown.view not in VIEWS or last not in ("", "html", "message.eml"):
            return None
        mail = bag.mail(where.entry, name, lang, long=shown.long)
        if last == "message.eml":
            return answers.file(f"{entry[-1]}-{name}-{lang}.eml", mail.message(), download=True)
        if last == "html":
            items = self.items.keys() if shelf == "samples" else ()
            return answers.email(served(mail, shown.view, bag, items), pictures=shown.view != "images-off")
        return answers.html(mail_page(where, bag, mail, shown, self.tests, sent=query.get("sent") == "yes"))

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
            return _not_sent(Markup("<p>{}</p>").format(text), 403)
        where = Where(*(form.get(name, "") for name in Where._fields))
        bag = self._bag(where.shelf)
        shown = Shown(form.get("view", "light"), form.get("values") == "long")
        if bag is None or shown.view not in VIEWS:
            return None
        try:
            mail = bag.mail(where.entry, where.name, where.lang, long=shown.long, to=("", tests.to))
            send_test(mail.message(), tests.to, tests.mailer, sender=mail.sender)
        except NotInCatalog:
            return None
        except (HandbillError, FunctionsError) as error:
            back = Markup('<p>{}</p><p><a href="{}">Back to the e-mail</a></p>')
            return _not_sent(back.format(str(error), where.url(shown.query())), 502)
        to = where.url({**shown.query(), "sent": "yes"})
        return Answer(303, "text/plain; charset=utf-8", b"", (("Location", to),))


def _broken(said: Markup) -> Answer:
    title = "This cannot be shown"
    return answers.html(document(title, Markup("<h1>{}</h1>{}").format(title, said)), 500, framed=True)


def _not_sent(said: Markup, status: int) -> Answer:
    main = Markup("<h1>Not sent</h1>{}").format(said)
    return answers.html(document("Not sent", main), status)
