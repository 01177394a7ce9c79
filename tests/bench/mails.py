"""Our compiled e-mails, so that the other tools can fill the same messages.

A small site of ours is built; its programs are read from private/. What all its entries of a kind have in common (the
sender, the place) counts as a constant; the rest the other tool takes from the entry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

PARTS = ("subject", "preheader", "html", "text")

GO: Mapping[str, str] = {
    "title": ".Title",
    "summary": ".Params.summary",
    "url": ".Permalink",
    "when": '(time.Format "Monday, 2 January 2006, 15:04" .Params.starts)',
    "date": '(time.Format "Monday, 2 January 2006" .Params.starts)',
    "time": '(time.Format "15:04" .Params.starts)',
    "price": '(printf "€%d.00" (index .Params.products 0).price)',
    "calendar_url": '(printf "%sevent.ics" .Permalink)',
    "title_line": '(strings.Repeat (strings.RuneCount .Title) "=")',
    "state_label": '"Open"',
}
"""What we call a value, and how a template of Hugo says it."""
OTHER_LINK = '(printf "%sevent.ics?%s" .Permalink (urlquery .Title))'
"""Links to somebody's calendar, which we write out in full: something of the same kind."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail of a kind of entry."""

    program: Mapping[str, list[Any]]
    """Part → nodes, as handbill_functions.fill reads them."""
    constants: Mapping[str, str]
    """Values that all entries share."""
    varying: frozenset[str]
    """Names of those that differ from entry to entry."""
    attached: bool
    """Whether it carries the event's .ics."""


def read(private: Path) -> dict[str, dict[str, Mail]]:
    """The e-mails of a built site, by kind and name."""
    seen: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for path in sorted((private / "entries").rglob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        for name, by_lang in entry.get("emails", {}).items():
            email = json.loads((private / "emails" / f"{by_lang['en']}.json").read_text(encoding="utf-8"))
            seen.setdefault((entry["kind"], name), []).append(email)
    found: dict[str, dict[str, Mail]] = {}
    for (kind, name), emails in seen.items():
        if kind == "site":
            continue
        program = json.loads((private / "programs" / f"{emails[0]['program']}.json").read_text(encoding="utf-8"))
        values = [email["values"] for email in emails]
        names = set().union(*values)
        constants = {each: values[0][each] for each in names if len({given.get(each) for given in values}) == 1}
        program = {part: program[part] for part in PARTS}
        found.setdefault(kind, {})[name] = Mail(
            program, constants, frozenset(names - constants.keys()), bool(emails[0]["attachments"])
        )  # fmt: skip
    return found


def hugo(mail: Mail) -> str:
    """The whole message as one plain-text template of Hugo."""
    return "\n----\n".join(_go(mail.program[part], mail) for part in PARTS)


def _go(nodes: Sequence[Any], mail: Mail) -> str:
    out = []
    for node in nodes:
        if isinstance(node, str):
            out.append(_literal(node))
            continue
        what, name = node[0], node[1]
        if what == "if":
            known = name in mail.constants or name in mail.varying
            out.append(_go(node[2] if known else (node[3] if len(node) > 3 else []), mail))
        elif what == "each":
            out.append(_go(node[2], mail))
        elif what == "fragment":
            continue
        elif name in mail.constants:
            plain = what in ("plain", "header")
            out.append(_literal(mail.constants[name] if plain else escape(mail.constants[name])))
        elif name in mail.varying:
            call = GO.get(name, OTHER_LINK)
            out.append(f"{{{{ {call} }}}}" if what in ("plain", "header") else f"{{{{ {call} | htmlEscape }}}}")
        else:
            out.append(f"[[{name}]]")
    return "".join(out)


def _literal(text: str) -> str:
    return text.replace("{{", '{{ "{{" }}')
