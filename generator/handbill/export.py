"""E-mails for another sender: plain files with that sender's merge tags.

What the build knows is filled in. What only sending knows becomes a merge tag in the place where the slot stands. What
a sender cannot do (a secret, a link that only our functions answer) is said in `notes` and left out where the layout
can do without it; where it cannot, the e-mail is not exported. Nothing is faked.

Everything of ours that the sender would take for a tag (an author's `{{ }}` in a title) is written so that it prints as
it stands. Adding a sender is one entry in SENDERS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

from handbill.emails import SEND_VALUES, Composed
from handbill.render.programs import compile_html, splice
from handbill_functions.catalog import EmailFile, Fragment
from handbill_functions.fill import fill

Nodes = list[Any]


@dataclass(frozen=True, slots=True)
class MergeTags:
    """How one sender writes what only it knows."""

    label: str
    """The sender's name for people."""
    tags: Mapping[str, str]
    """Our name → the tag that prints it. Names not in it, the sender does not know."""
    either: Callable[[str, str], str]
    """(tag, words) → what prints the tag's value, or the words where it is empty."""
    literal: Callable[[str, bool], str]
    """(text of ours, whether it is HTML) → the same, so that the sender prints it as it stands."""
    html: Callable[[str], str] = field(default=lambda html: html)
    """What else a whole HTML document needs."""
    says: Mapping[str, str] = field(default_factory=dict)
    """Our name → what a person should know who looks for it there."""


class Exported(NamedTuple):
    """One e-mail in a sender's form."""

    subject: str
    preheader: str
    html: str
    text: str
    mjml: str
    notes: tuple[str, ...]
    """What is different from the e-mail that our functions send."""


def export_email(email: EmailFile, composed: Composed, sender: str) -> tuple[Exported | None, tuple[str, ...]]:
    """(the e-mail for `sender`, what to know about it); None with the reason where that sender cannot send it.

    `sender` is a name in SENDERS, `composed` is what `email` was made from.
    """
    merge = SENDERS[sender]
    layout, program = composed.layout, composed.program
    fragments = dict(email["fragments"])
    notes: list[str] = []
    for name, words in list(fragments.items()):
        if _secrets(words["html"]):
            del fragments[name]
            notes.append(f"The gated words are left out: they hold a secret, which {merge.label} does not know.")
    work = _Merging(merge, set(fragments))
    head = {name: work.nodes(program[name]) for name in ("subject", "preheader")}
    html = work.nodes(program["html"])
    text = work.nodes(program["text"])
    mjml = work.nodes(splice(compile_html(layout.mjml), "body", composed.body))
    kept = {
        name: Fragment(html=work.nodes(words["html"]), text=work.nodes(words["text"]))
        for name, words in fragments.items()
    }
    if work.impossible:
        why = "; ".join(merge.says.get(name, f"it does not know {name}") for name in sorted(work.impossible))
        return None, (f"{merge.label} cannot send '{email['name']}': {why}.",)
    notes += [f"{merge.label}: {merge.says[name]}." for name in sorted(work.left_out) if name in merge.says]
    if email["attachments"]:
        notes.append("The calendar file is linked, not attached.")
    values: dict[str, Any] = dict(email["values"])
    lines = {name: fill(nodes, values, part="header") for name, nodes in head.items()}
    values["preheader"] = lines["preheader"]

    def finish(nodes: Nodes, part: Any, is_html: bool) -> str:
        filled = fill(nodes, values, fragments=kept, part=part)
        return work.reveal(merge.literal(filled, is_html))

    return Exported(
        subject=work.reveal(merge.literal(lines["subject"], False)),
        preheader=work.reveal(merge.literal(lines["preheader"], False)),
        html=merge.html(finish(html, "html", True)),
        text=finish(text, "text", False),
        mjml=finish(mjml, "html", True),
        notes=tuple(notes),
    ), tuple(notes)


def _secrets(nodes: Any) -> bool:
    """Whether a program asks for a secret."""
    return any(
        not isinstance(node, str)
        and (
            str(node[1]).startswith("secret.") or any(_secrets(inner) for inner in node[2:] if isinstance(inner, list))
        )
        for node in nodes
    )


class _Merging:
    """Replaces the slots of sending by tags. A tag travels through the filling as a mark that nothing else can be."""

    def __init__(self, merge: MergeTags, fragments: set[str]) -> None:
        self.merge, self.fragments = merge, fragments
        self.marks: dict[str, str] = {}
        self.left_out: set[str] = set()
        self.impossible: set[str] = set()

    def nodes(self, program: Any) -> Nodes:
        out: Nodes = []
        for node in program:
            if isinstance(node, str):
                out.append(node)
            elif node[0] == "if":
                out += self._if(node)
            elif node[0] == "each" and node[1] in SEND_VALUES:
                self.impossible.add(node[1])
            elif node[0] == "each":
                out.append(["each", node[1], self.nodes(node[2])])
            else:
                out.append(self._slot(node))
        return out

    def _if(self, node: Any) -> Nodes:
        """Whether a sender knows a value is known now; whether an entry has one is known when it is filled."""
        _, name, first, other = node
        if name in self.merge.tags and name in SEND_VALUES:
            return self.nodes(first)
        if name in SEND_VALUES or name.startswith("secret.") or (name == "gate" and "gate" not in self.fragments):
            self.left_out.add(name)
            return self.nodes(other)
        return [["if", name, self.nodes(first), self.nodes(other)]]

    def _slot(self, node: Any) -> Any:
        context, name, *rest = node
        if name in self.merge.tags:
            tag = self.merge.tags[name]
            if rest:
                words = escape(rest[0]) if context in ("text", "attr") else rest[0]
                tag = self.merge.either(tag, self.merge.literal(words, context in ("text", "attr")))
            return self._mark(tag)
        if name in SEND_VALUES or name.startswith("secret."):
            self.left_out.add(name)
            if not rest:
                self.impossible.add("secret" if name.startswith("secret.") else name)
        return node

    def _mark(self, tag: str) -> str:
        mark = f"\ue000{len(self.marks)}\ue001"
        self.marks[mark] = tag
        return mark

    def reveal(self, text: str) -> str:
        return re.sub("\ue000[0-9]+\ue001", lambda found: self.marks.get(found[0], found[0]), text)


# ------------------------------------------------------------------------------------------------------------ senders


def _go_literal(text: str, _: bool) -> str:
    return text.replace("{{", '{{ "{{" }}')


def _go_comments(html: str) -> str:
    """Go's html/template takes comments away, and Outlook's layout with them; `Safe` prints them as they are."""

    def safe(found: re.Match[str]) -> str:
        return found[0] if "{{" in found[0] or "`" in found[0] else "{{ Safe `" + found[0] + "` }}"

    return re.sub(r"<!--.*?-->", safe, html, flags=re.DOTALL)


_DJANGO = {"{{": "openvariable", "{%": "openblock", "{#": "opencomment"}


def _django_literal(text: str, _: bool) -> str:
    return re.sub(r"\{[{%#]", lambda found: f"{{% templatetag {_DJANGO[found[0]]} %}}", text)


def _mailchimp_literal(text: str, is_html: bool) -> str:
    return text.replace("*|", "*&#124;" if is_html else "* |")


_OURS = "the link to the gated page is left out, since only our functions answer it"
_PURPOSES = "it cannot list what somebody agreed to; its own form and confirmation do"
_NO_SECRETS = "it does not know the secrets in the functions' settings"

SENDERS: Mapping[str, MergeTags] = {
    # https://listmonk.app/docs/templating/: Go templates; `UnsubscribeURL` leads to the preferences as well.
    "listmonk": MergeTags(
        label="listmonk",
        tags={
            "first_name": "{{ .Subscriber.FirstName }}",
            "confirm_url": "{{ OptinURL }}",
            "unsubscribe_url": "{{ UnsubscribeURL }}",
            "preferences_url": "{{ UnsubscribeURL }}?manage=true",
        },
        either=lambda tag, words: f"{{{{ if {tag[2:-2].strip()} }}}}{tag}{{{{ else }}}}{words}{{{{ end }}}}",
        literal=_go_literal,
        html=_go_comments,
        says={"gate_url": _OURS, "purposes": _PURPOSES, "secret": _NO_SECRETS},
    ),
    # https://mailchimp.com/help/all-the-merge-tags-cheat-sheet/, /help/use-conditional-merge-tag-blocks/
    "mailchimp": MergeTags(
        label="Mailchimp",
        tags={
            "first_name": "*|FNAME|*",
            "unsubscribe_url": "*|UNSUB|*",
            "preferences_url": "*|UPDATE_PROFILE|*",
            "sender_address": "*|LIST:ADDRESSLINE|*",
        },
        either=lambda tag, words: f"*|IF:{tag[2:-2]}|*{tag}*|ELSE:|*{words}*|END:IF|*",
        literal=_mailchimp_literal,
        says={
            "confirm_url": "it sends a confirmation of its own (double opt-in, in the audience's settings)",
            "gate_url": _OURS,
            "purposes": _PURPOSES,
            "secret": _NO_SECRETS,
        },
    ),
    # https://docs.buttondown.com/using-templating and /template-variables: Django's template language.
    "buttondown": MergeTags(
        label="Buttondown",
        tags={
            "first_name": "{{ subscriber.metadata.first_name }}",
            "unsubscribe_url": "{{ unsubscribe_url }}",
        },
        either=lambda tag, words: f"{{% if {tag[2:-2].strip()} %}}{tag}{{% else %}}{words}{{% endif %}}",
        literal=_django_literal,
        says={
            "confirm_url": "it sends a confirmation of its own",
            "gate_url": _OURS,
            "preferences_url": "it has no link to preferences; the link to leave is there",
            "purposes": _PURPOSES,
            "secret": _NO_SECRETS,
        },
    ),
}
"""Senders by the name that is typed after --for."""
