"""Writes the e-mails, gated words and answer pages of a site: the theme's layouts, the nearest words, an entry's facts.

Layouts are compiled once a language, words joined to them once a file; an entry costs a map of values
(see `handbill.emails`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from handbill import calendars, emails
from handbill.catalog import Shelf
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import Entry, Event
from handbill.model import Call
from handbill.present import Chrome, Presenter, Surroundings, calendar_path, find_product
from handbill.project import Project
from handbill.render import ics
from handbill.render.programs import ProgramError, compile_html
from handbill.view import AnswerView, EmailView, FormView
from handbill_functions.catalog import Answer, Attachment, Gate

if TYPE_CHECKING:
    from handbill.content.parsed import ParsedUnit

ANSWERS = ("confirm", "unsubscribe", "preferences", "gate", "form", "message")
ATTACHED: Mapping[str, ics.Method] = {
    "welcome": "PUBLISH",
    "reminder": "PUBLISH",
    "changed": "PUBLISH",
    "cancelled": "CANCEL",
}
"""E-mails that carry the event's .ics, and its method."""
SPOKEN = ("answer.error.", "answer.say.")
"""Groups of the theme's words that only the functions say."""


class Mailroom:
    """All e-mails of a site. One in each process; remembers what entries share."""

    def __init__(self, project: Project, presenter: Callable[[str], Presenter]) -> None:
        self.project = project
        self.config = project.config
        self.presenter = presenter
        self._layouts: dict[tuple[str, str], emails.Layout] = {}
        self._composed: dict[tuple[str, str, str], emails.Composed] = {}
        self._site_values: dict[str, dict[str, str]] = {}

    def begin(self, project: Project) -> None:
        """Makes it ready for another build, of a project with the same theme and settings."""
        self.project = project
        self._composed = {key: kept for key, kept in self._composed.items() if not key[2].startswith("content/")}

    # ---- e-mails

    def email(self, name: str, parsed: ParsedUnit, around: Surroundings, shelf: Shelf, problems: list[Problem]) -> str:
        """Shelves one e-mail of an entry with its program; gives the hash of the e-mail."""
        composed, key, data = self.write(name, parsed, around, problems)
        shelf.files[f"programs/{composed.hash}.json"] = composed.data
        shelf.files[f"emails/{key}.json"] = data
        return key

    def write(
        self, name: str, parsed: ParsedUnit, around: Surroundings, problems: list[Problem]
    ) -> tuple[emails.Composed, str, bytes]:
        """One e-mail of an entry: what it shares with others, its hash, and its file."""
        lang = around.lang
        entry = parsed.entries[lang]
        show = self.presenter(lang)
        unit = parsed.unit
        words = self._words_of(name, entry.kind, lang, unit.words, unit.section)
        say = self._say(entry, around, parsed, show) if words in unit.words.values() else None
        composed = self._compose(name, lang, words, say, problems)
        gate = None
        body = parsed.bodies[lang]
        if body.gate is not None and composed.gated:
            gate = emails.gated(
                body.gate, composed.layout, t=show.t, say=self._say(entry, around, parsed, show), path=unit.path
            )
        attachments: list[Attachment] = []
        if isinstance(entry, Event) and name in ATTACHED:
            method = ATTACHED[name]
            content = parsed.calendars.get((lang, method))
            if content is None:
                content = calendars.event_file(entry, around, show, method).decode()
                parsed.calendars[lang, method] = content
            kind = f"text/calendar; charset=utf-8; method={method}"
            attachments.append(Attachment(name=f"{entry.slug}.ics", type=kind, content=content))
        key, data = emails.email_file(
            composed,
            entry=entry.id,
            values=self._values(entry, around, parsed, show),
            path=unit.path,
            gate=gate,
            fact=lambda call: show.shortcodes.fact(call, entry, around),
            attachments=attachments,
        )
        return composed, key, data

    def site_email(self, name: str, lang: str, shelf: Shelf, problems: list[Problem]) -> str:
        """Shelves one e-mail of the site's own sign-up; gives its hash. The words beside home's own are nearest."""
        show = self.presenter(lang)
        words = self._words_of(name, "site", lang, self.project.home_words, "pages")
        composed = self._compose(name, lang, words, None, problems)
        shelf.files[f"programs/{composed.hash}.json"] = composed.data
        values = {
            **self._of_site(lang),
            "title": self.config.name,
            "summary": show.text(self.config.description),
            "kind": "site",
            "url": show.absolute(f"{show.prefix}/"),
        }
        key, data = emails.email_file(composed, entry="site", values=values, path="content/site.yaml")
        shelf.files[f"emails/{key}.json"] = data
        return key

    def letter(
        self, words: emails.MailWords, lang: str, *, id: str, title: str, say: emails.Say
    ) -> tuple[emails.Composed, str, bytes]:
        """A letter in one language, as `write` gives an entry's e-mail. `title` is its heading, `say` says links and
        pictures."""
        composed = emails.compose(self.layout("letter", lang), words, t=self.presenter(lang).t, say=say)
        values = {**self._of_site(lang), "title": title}
        key, data = emails.email_file(composed, entry=id, values=values, path=words.path)
        return composed, key, data

    def layout(self, name: str, lang: str) -> emails.Layout:
        """The theme's layout of one e-mail, compiled once a language."""
        found = self._layouts.get((name, lang))
        if found is None:
            show = self.presenter(lang)
            context = {
                "site": show.site(Chrome((), False)),
                "email": EmailView(name, emails.EMAILS[name], lang, show.dir),
            }
            sources = {file.shown: file.text for file in self.project.theme.files("emails")}
            direction: Literal["ltr", "rtl"] = "rtl" if show.dir == "rtl" else "ltr"
            found = self._layouts[name, lang] = emails.compile_layout(
                name,
                lang=lang,
                dir=direction,
                render=lambda template: self.project.templates.render(template, context, lang),
                sources=sources,
            )
        return found

    def _words_of(self, name: str, kind: str, lang: str, own: Mapping[tuple[str, str], str], section: str) -> str:
        """Shown path of the nearest words."""
        shelf = {
            (email, code): path
            for (where, email, code), path in self.project.content.section_words.items()
            if where == section
        }

        def in_theme(path: str) -> str | None:
            file = self.project.theme.find(path)
            return None if file is None else file.shown

        found = emails.find_words(
            name, kind=kind, lang=lang, default=self.config.languages[0], own=own, section=shelf, theme=in_theme,
            languages=self.config.languages,
        )  # fmt: skip
        if found is None:
            path = f"themes/{self.project.theme.name}/emails/words/{lang}/{name}.md"
            raise ProblemsFound(
                [Problem(path, 0, 0, f"There are no words for the e-mail '{name}'.", "Write this file.")]
            )
        return found

    def _compose(
        self, name: str, lang: str, path: str, say: emails.Say | None, problems: list[Problem]
    ) -> emails.Composed:
        if say is None and (name, lang, path) in self._composed:
            return self._composed[name, lang, path]
        if path.startswith("content/"):
            data = (self.project.root / path).read_bytes()
        else:
            data = next(file.data for file in self.project.theme.files("emails/words") if file.shown == path)
        words, found = emails.read_words(data, path=path, name=name, html=self.config.html)
        if words is None:
            raise ProblemsFound(found)
        problems += found
        composed = emails.compose(self.layout(name, lang), words, t=self.presenter(lang).t, say=say)
        if say is None:
            self._composed[name, lang, path] = composed
        return composed

    def _say(self, entry: Entry, around: Surroundings, parsed: ParsedUnit, show: Presenter) -> emails.Say:
        return lambda call, way: show.shortcodes.say(call, entry, around, parsed.pictures, way)

    def _of_site(self, lang: str) -> dict[str, str]:
        found = self._site_values.get(lang)
        if found is None:
            show = self.presenter(lang)
            sender = self.config.sender
            found = self._site_values[lang] = {
                "site_name": self.config.name,
                "site_url": show.absolute(f"{show.prefix}/"),
                "sender_name": sender.name or self.config.name,
                "sender_address": sender.address,
                "controller": self.config.consent.controller or self.config.name,
                "privacy_url": show.absolute(f"{show.prefix}/privacy/"),
            }
        return found

    def _values(self, entry: Entry, around: Surroundings, parsed: ParsedUnit, show: Presenter) -> dict[str, str]:
        """What the build knows of an entry, for its e-mails. Kept on the unit: five e-mails ask for the same."""
        kept = parsed.mail_values.get(around.lang)
        if kept is not None and kept[0] is around:
            return kept[1]
        values = {
            **self._of_site(around.lang),
            "title": entry.title,
            "summary": entry.summary,
            "kind": entry.kind,
            "url": show.absolute(dict(around.urls)[around.lang]),
        }
        when = show.entry_when(entry)
        if when is not None:
            values |= {"when": when.text, "date": when.date, "time": when.time, "doors": when.doors}
            values["previous"] = when.previous
        place = show.place(entry, around.host)
        if place is not None and entry.kind == "event":
            values |= {"where": place.name or place.online, "where_address": place.address}
        product = find_product(entry, "") if entry.kind in ("event", "drop") else None
        if product is not None and product.price is not None:
            values["price"] = show.money(product.price)
        state = show.state(entry.kind, around.state)
        if state is not None:
            values["state_label"] = state.label
        image = entry.images[0] if entry.images else None
        picture = parsed.pictures.get(image.src) if image is not None else None
        if picture is not None and image is not None and picture.mail:
            values |= {
                "picture": show.absolute(picture.mail),
                "picture_alt": image.alt or entry.title,
                "picture_width": str(picture.mail_width),
                "picture_height": str(picture.mail_height),
            }
        if isinstance(entry, Event):
            event = calendars.from_entry(entry, around, show)
            values |= {
                "calendar_url": show.absolute(calendar_path(entry, around)),
                "google_calendar_url": ics.google_calendar_url(event),
                "outlook_calendar_url": ics.outlook_calendar_url(event),
            }
        parsed.mail_values[around.lang] = (around, values)
        return values

    # ---- gated words and answers

    def gate(self, parsed: ParsedUnit, around: Surroundings) -> Gate | None:
        """The gated words of an entry in one language, for a page that the functions show; None without any."""
        body = parsed.bodies[around.lang]
        if body.gate is None:
            return None
        entry = parsed.entries[around.lang]
        show = self._answering(around.lang)

        def say(call: Call, way: Literal["html", "text"]) -> str:
            return show.shortcodes.say(call, entry, around, parsed.pictures, way)

        fragment = emails.gate_page(body.gate, say)
        return Gate(entry=entry.id, lang=around.lang, html=fragment["html"], text=fragment["text"])

    def _answering(self, lang: str) -> Presenter:
        """The presenter of pages that the functions show: on the site's own origin, or on theirs."""
        show = self.presenter(lang)
        return show.on_another_origin() if self.config.signup.action.startswith("http") else show

    def answers(self, lang: str, chrome: Chrome, form: FormView | None) -> Iterable[tuple[str, Answer]]:
        """(name, program) of every page that the functions show in one language."""
        show = self._answering(lang)
        site = show.site(chrome)
        action = self.config.signup.action
        for name in ANSWERS:
            template = f"pages/answers/{name}.html"
            titles = {"gate": "answer.gate.title", "form": "answer.form.title", "message": "answer.say.title"}
            title = show.t(titles.get(name, f"answer.{name}.title"))
            page = show.page("answer", title, "", robots="noindex", canonical="")
            view = AnswerView(name, action if action.startswith(("http", "/")) else "", form)
            html = self.project.templates.render(template, {"site": site, "page": page, "answer": view}, lang)
            try:
                program = compile_html(html)
            except ProgramError as error:
                file = self.project.theme.find(template)
                raise ProblemsFound([error.problem(file.shown if file else template, html)]) from error
            yield name, Answer(name=name, lang=lang, dir="rtl" if show.dir == "rtl" else "ltr", html=program)

    def answer_strings(self, lang: str) -> dict[str, str]:
        """The theme's words that the functions put into answers, by key."""
        words = self.project.strings(lang).words
        return {key: text for key, text in words.items() if key.startswith(SPOKEN) and isinstance(text, str)}
