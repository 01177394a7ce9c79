"""The inbox: every e-mail that the functions sent on this machine, as pages below `/_handbill/inbox/`.

/_handbill/inbox/                       all of them, newest first
/_handbill/inbox/00000012/              one: its HTML in a frame, its text, its headers, what is attached
/_handbill/inbox/00000012/html          the document of the frame: nothing runs in it, links open tabs of their own
/_handbill/inbox/00000012/message.eml   the whole of it
/_handbill/inbox/00000012/file/1/NAME   an attachment, to be saved
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from markupsafe import Markup

from handbill.answer import Answer
from handbill.serve.functions import Functions

PLACE = "inbox"
_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


class Inbox:
    """A Responder."""

    def __init__(self, functions: Functions, origin: str) -> None:
        """`origin` is this server's, as the links in e-mails have it."""
        self._functions, self._origin = functions, origin

    def respond(self, path: str, query: Mapping[str, str]) -> Answer | None:
        from handbill.preview import answer as answers
        from handbill.preview.served import at_home

        parts = path.removeprefix(answers.MOUNT).split("/")
        if parts[0] != PLACE:
            return None
        if parts[1:] in ([], [""]):
            return answers.html(self._list())
        name, rest = f"{parts[1]}.eml", parts[2:]
        data = self._functions.inbox.read(name)
        if data is None:
            return None
        message = BytesParser(policy=policy.default).parsebytes(data)
        if rest in ([], [""]):
            return answers.html(self._page(name, message))
        if rest == ["html"]:
            part = message.get_body(("html",))
            return answers.email(at_home(part.get_content(), self._origin)) if part is not None else None
        if rest == ["message.eml"]:
            return answers.file(name, data, download=True)
        if rest[0] == "file" and len(rest) == 3:
            attached = {str(number): each for number, each in enumerate(message.iter_attachments(), 1)}.get(rest[1])
            if attached is not None:
                payload = attached.get_payload(decode=True)
                assert isinstance(payload, bytes)
                return answers.file(attached.get_filename() or "attachment", payload, download=True)
        return None

    def take(self, path: str, form: Mapping[str, str], origin: str) -> Answer | None:
        return None

    # ---- pages

    def _list(self) -> Markup:
        from handbill.preview.answer import document

        names = self._functions.inbox.names()
        rows = Markup("").join(self._row(name) for name in names)
        none = Markup('<p>No e-mail has been sent yet. Sign up on <a href="{}">the site</a>, and it arrives here.</p>')
        table = Markup(
            '<div class="scroll" tabindex="0"><table class="mails"><thead><tr><th scope="col">Subject</th>'
            '<th scope="col">To</th><th scope="col">Sent</th></tr></thead><tbody>{}</tbody></table></div>'
        )
        shown = table.format(rows) if rows else none.format(self._functions.home)
        main = Markup('<h1>Inbox</h1><p class="lead">{}</p>{}{}').format(
            "Every e-mail that this site sent on this machine. None left it.", self.notes(), shown
        )
        return document("Inbox", main)

    def _row(self, name: str) -> Markup:
        from handbill.preview.answer import url

        head = BytesParser(policy=policy.default).parsebytes(self._functions.inbox.read(name) or b"", headersonly=True)
        return Markup('<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td></tr>').format(
            url(PLACE, name.removesuffix(".eml")), head["Subject"] or "(no subject)", head["To"], head["Date"]
        )

    def notes(self) -> Markup:
        """What is to be known of the e-mails as a whole."""
        said = []
        if why := self._functions.elsewhere():
            said.append(Markup('<p class="says">{}</p>').format(why))
        for name in self._functions.lent:
            said.append(
                Markup(
                    '<p class="note">Nobody has told the secret <code>{}</code>: a sample stands for it. '
                    "Set <code>HANDBILL_RUN_SECRET_{}</code> to see the real one.</p>"
                ).format(name, name.upper())
            )
        return Markup("").join(said)

    def _page(self, name: str, message: EmailMessage) -> Markup:
        from handbill.preview.answer import SANDBOX, document, url

        number = name.removesuffix(".eml")
        names = self._functions.inbox.names()
        at = names.index(name) if name in names else 0
        steps = Markup("").join(
            Markup('<li><a href="{}">{}</a></li>').format(url(PLACE, names[place].removesuffix(".eml")), words)
            for place, words in ((at - 1, "Newer"), (at + 1, "Older"))
            if 0 <= place < len(names)
        )
        text = message.get_body(("plain",))
        attached = Markup("").join(
            Markup('<li><a href="{}">{}</a></li>').format(
                url(PLACE, number, "file", str(place), leaf=each.get_filename() or "attachment"),
                each.get_filename() or "attachment",
            )
            for place, each in enumerate(message.iter_attachments(), 1)
        )
        headers = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(*header) for header in message.items()
        )
        files = Markup("<section><h2>Attached</h2><ul>{}</ul></section>").format(attached) if attached else ""
        html = Markup(
            '<section aria-label="HTML"><iframe class="email" src="{}" width="600" height="640" title="The e-mail" '
            'sandbox="{}"></iframe></section>'
        ).format(url(PLACE, number, leaf="html"), SANDBOX)
        main = Markup(
            '<h1>{}</h1><p class="lead">To {}, {}.</p><ul class="steps">{}</ul>{}'
            '<div class="both">{}<section><h2>Text</h2><pre tabindex="0">{}</pre></section></div>'
            '<section><h2>Headers</h2><div class="scroll" tabindex="0" role="region" aria-label="Headers">'
            '<table class="headers">{}</table></div></section>'
            '<p><a class="act" href="{}">Save as .eml</a></p>'
        ).format(
            message["Subject"], message["To"], message["Date"], steps, files,
            html if message.get_body(("html",)) is not None else "",
            linked(text.get_content() if text is not None else ""), headers, url(PLACE, number, leaf="message.eml"),
        )  # fmt: skip
        return document(message["Subject"] or name, main, above=("Inbox", url(PLACE)), wide=True)


def linked(text: str) -> Markup:
    """A plain text whose addresses can be followed."""
    parts, end = [], 0
    for found in _URL.finditer(text):
        parts += [Markup("{}").format(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    return Markup("").join([*parts, Markup("{}").format(text[end:])])
