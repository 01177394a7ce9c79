"""Checks the e-mails of a theme before any site sends one: each in every language, on its best and on its barest day.

The theme's own words in the theme's own layouts, filled with samples, read by the rules of `handbill.check.email`:
what a provider would dislike, contrast in light and dark, and the size at which Gmail clips.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from handbill import emails
from handbill.check.email import RULES, Meta, check_email
from handbill.check.samples import BASE_URL, GATE, LETTER, email_values, sample
from handbill.check.theme import placed
from handbill.errors import Problem, ProblemsFound
from handbill.kinds import KINDS
from handbill.render.markdown import parse
from handbill.render.templates import Templates
from handbill.render.words import direction
from handbill.theme import Theme
from handbill.view import EmailView, SiteView
from handbill_functions.catalog import EmailFile
from handbill_functions.errors import FillError
from handbill_functions.fill import FilledEmail, fill_email

OF_WORDS = tuple(rule for rule in RULES if rule.name == "subject")
"""What only the words can break; the rest is for the layout to mend."""
OF_LAYOUT = tuple(rule for rule in RULES if rule not in OF_WORDS)


def check_emails(theme: Theme, templates: Templates, settings: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with a theme's e-mails, each said of a file of the theme. About a second for base."""
    problems: dict[Problem, None] = {}
    for lang in templates.strings:
        for name in emails.EMAILS:
            try:
                for path, values, mail in sample_emails(theme, templates, settings, name, lang):
                    meta = Meta(
                        path=path,
                        name=name,
                        lang=lang,
                        hosts=frozenset({urlsplit(BASE_URL).hostname or ""}),
                        sender_name=values["sender_name"],
                        sender_email=f"hello@{urlsplit(BASE_URL).hostname}",
                        sender_address=values["sender_address"],
                        unsubscribe_url=str(values["unsubscribe_url"]),
                        values={key: value for key, value in values.items() if isinstance(value, str)},
                    )
                    template = f"emails/{name}.mjml"
                    problems |= dict.fromkeys(check_email(mail, meta, OF_WORDS))
                    for problem in check_email(mail, meta, OF_LAYOUT):
                        problems[placed(theme, templates, problem, template, "emails/_layout.mjml")] = None
            except ProblemsFound as found:
                problems |= dict.fromkeys(found.problems)
            except FillError as error:
                what = f"The e-mail '{name}' ({lang}) cannot be filled: {error}"
                problems[Problem(f"themes/{theme.name}/emails/{name}.mjml", 0, 0, what, "Mend its slots.")] = None
    return list(problems)


def sample_emails(
    theme: Theme, templates: Templates, settings: Mapping[str, Any], name: str, lang: str
) -> Iterator[tuple[str, Mapping[str, Any], FilledEmail]]:
    """(shown path of its words, what it was filled with, the e-mail) for all words that the theme has for `name`,
    each full and bare. Raises ProblemsFound for a layout or words that cannot be used."""
    dir: Literal["ltr", "rtl"] = "rtl" if direction(lang) == "rtl" else "ltr"
    given = {"settings": settings, "dir": dir, "language": lang, "privacy": "/privacy/", "home": "/"}
    context = {
        "site": sample(SiteView, full=True, given=given),
        "email": EmailView(name, emails.EMAILS[name], lang, dir),
    }
    layout = emails.compile_layout(
        name,
        lang=lang,
        dir=dir,
        render=lambda template: templates.render(template, context, lang),
        sources={file.shown: file.text for file in theme.files("emails")},
    )
    t = templates.strings[lang].t
    for path, words in _words(theme, name, lang).items():
        composed = emails.compose(layout, words, t=t)
        for full in (True, False):
            gate = None
            if full and composed.gated:
                body, _ = parse(GATE, path=path)
                assert body.gate is not None
                gate = emails.gated(body.gate, layout, t=t, say=None, path=path)
            values = email_values(full=full)
            if name == "letter":
                values = {**{key: values[key] for key in emails.LETTER_VALUES}, **words.more}
            _, data = emails.email_file(
                composed, entry="events/salon", values=values, path=path, gate=gate, fact=lambda call: "€25.00"
            )
            email: EmailFile = json.loads(data)
            names = emails.send_names(composed.program, email["fragments"])
            sent = emails.sample_values(lang, long=full, names=names, base_url=BASE_URL)
            yield path, {**values, **sent}, fill_email(email, composed.program, sent)


def _words(theme: Theme, name: str, lang: str) -> dict[str, emails.MailWords]:
    """The words for an e-mail that entries of some kind would get, by their shown path. Raises ProblemsFound."""
    files = {file.path: file for file in theme.files("emails/words")}
    shown = {path: file.shown for path, file in files.items()}
    texts = {file.shown: file.data for file in files.values()}
    out: dict[str, emails.MailWords] = {}
    if name == "letter":  # its words are nobody's but the sender's
        words, found = emails.read_words(LETTER, path=f"themes/{theme.name}/emails/letter.mjml", name=name)
        assert words is not None, found
        return {words.path: words}
    for kind in (kind.kind for kind in KINDS if name in kind.emails):
        path = emails.find_words(name, kind=kind, lang=lang, default="en", own={}, section={}, theme=shown.get)
        if path is None:
            file = f"themes/{theme.name}/emails/words/{lang}/{name}.md"
            what = f"There are no words for the e-mail '{name}'."
            raise ProblemsFound([Problem(file, 0, 0, what, "Write this file.")])
        words, found = emails.read_words(texts[path], path=path, name=name)
        if words is None:
            raise ProblemsFound(found)
        out[path] = words
    return out
