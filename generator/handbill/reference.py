"""The reference of what a creator and a designer may write, printed from the classes that the build itself uses."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from handbill.config import SiteConfig
from handbill.content.entry import ITS_OWN
from handbill.content.gather import RESERVED
from handbill.emails import BUILD_VALUES, DERIVED, SEND_VALUES
from handbill.emails.words import IN_A_LINE
from handbill.kinds import KINDS
from handbill.kinds.signup import KNOWN_FIELDS
from handbill.render.shortcodes import SHORTCODES
from handbill.settings import KEYS as SETTING_KEYS
from handbill.settings import MOST as MOST_SETTINGS
from handbill.theme import KEYS as THEME_KEYS
from handbill.tokens import EXAMPLES, PAIRS
from handbill.view import CONTEXTS


def reference(what: str = "all") -> str:
    """Markdown: one of PARTS, or `all` of them. Raises KeyError for any other name."""
    return "\n".join(make().rstrip() + "\n" for make in (PARTS.values() if what == "all" else [PARTS[what]]))


_MARKED = re.compile(r"(<!-- handbill reference ([a-z-]+) -->\n).*?(<!-- end of the reference -->)", re.DOTALL)


def renew(text: str) -> str:
    """`text` with every stretch between `<!-- handbill reference NAME -->` and `<!-- end of the reference -->` written
    anew, its headings two levels deeper. Raises KeyError for a name that is none of PARTS."""

    def part(found: re.Match[str]) -> str:
        deeper = re.sub(r"^#", "###", reference(found[2]), flags=re.MULTILINE)
        return f"{found[1]}\n{deeper}\n{found[3]}"

    return _MARKED.sub(part, text)


def _front_matter() -> str:
    out = ["# Front matter\n"]
    seen: set[type] = set()
    for kind in KINDS:
        out.append(f"## {kind.__name__}: content/{kind.section}/\n\n{_sentence(kind)}\n")
        out.append(_fields(kind))
    for kind in KINDS:
        out.extend(_nested(kind, seen))
    return "\n".join(out)


def _model(model: type[BaseModel], seen: set[type]) -> str:
    return _fields(model) + "\n" + "\n".join(_nested(model, seen))


def _nested(model: type[BaseModel], seen: set[type]) -> list[str]:
    out: list[str] = []
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            if inner not in seen:
                seen.add(inner)
                out.append(f"### {inner.__name__}\n\n{_sentence(inner)}\n")
                out.append(_fields(inner))
                out.extend(_nested(inner, seen))
    return out


def _fields(model: type[BaseModel]) -> str:
    lines = ["| key | type | default | |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
        described = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{name}` | {_type(field.annotation)} | {default} | {described} |")
    return "\n".join(lines) + "\n"


def _templates() -> str:
    out = ["# Template context\n"]
    views: list[type] = []
    for template, context in CONTEXTS.items():
        names = ", ".join(f"`{name}`: {view.__name__}" for name, view in context.items())
        out.append(f"- `{template}`: {names}")
        views += [view for view in context.values() if view not in views]
    out.append("")
    for view in views:
        out.append(f"## {view.__name__}\n\n{_first_line(view)}\n")
        out.append("| field | type | |\n|---|---|---|")
        hints = get_type_hints(view, include_extras=True)
        for field in dataclasses.fields(view):
            hint = hints[field.name]
            inner, text = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, "")
            out.append(f"| `{field.name}` | {_type(inner)} | {str(text).replace('|', chr(92) + '|')} |")
            for found in _dataclasses_in(inner):
                if found not in views:
                    views.append(found)
        out.append("")
    return "\n".join(out)


HELPERS: Mapping[str, str] = {
    't("form.optional")': "The theme's own words for that key, in the language of the page; places are filled: "
    '`t("page.tag", name=tag)`.',
    'asset("icon.svg")': "The URL of a file below `assets/`, its name carrying its hash.",
    'token("color.light.ink")': "The value of a token itself, for e-mails, which know no `var()`.",
    'slot("name")': 'In e-mails and answers: a slot as a value, as in `t("key", title=slot("title"))`.',
}
"""What a template may call, each by an example."""

TAGS: Mapping[str, str] = {
    "{% slot name %}": "A value that is filled later; the text behind the name stands in where there is none.",
    "{% fragment body %}": "Words that are filled in later, with their tags.",
    "{% when name %}…{% otherwise %}…{% endwhen %}": "Only where there is such a value.",
    "{% each name %}…{% endeach %}": "Once for each member of a list.",
}
"""The tags of what is filled later: e-mails, answers, and the parts that these include."""


def _themes() -> str:
    out = ["# Theme files\n", "What a theme.yaml may say:\n", "| key | |\n|---|---|"]
    out += [f"| `{key}` | {_cell(text)} |" for key, text in THEME_KEYS.items()]
    out.append(
        f"\nWhat a setting may say, of {MOST_SETTINGS} at most, the parents' among them:\n\n| key | |\n|---|---|"
    )
    out += [f"| `{key}` | {_cell(text)} |" for key, text in SETTING_KEYS.items()]
    out.append("\nWhat a token in tokens.json may be; any value may be an alias, `{color.light.ink}`:\n")
    out.append("| `$type` | `$value` |\n|---|---|")
    out += [f"| `{kind}` | {_cell(text)} |" for kind, text in EXAMPLES.items()]
    out.append("\nThe colours that every theme has, and the least contrast of each with what it stands on:\n")
    out.append("| colour | on | contrast |\n|---|---|---|")
    out += [f"| `{front}` | `{back}` | {least:g} |" for front, back, least in PAIRS]
    out.append("\nWhat a template may call:\n\n| call | |\n|---|---|")
    out += [f"| `{call}` | {_cell(text)} |" for call, text in HELPERS.items()]
    out.append("\nThe tags of what is filled later (e-mails, answers, and the parts that these include):\n")
    out.append("| tag | |\n|---|---|")
    out += [f"| `{_cell(tag)}` | {_cell(text)} |" for tag, text in TAGS.items()]
    return "\n".join(out)


def _site() -> str:
    return "# site.yaml\n\n" + _model(SiteConfig, set())


def _files() -> str:
    shelves = ", ".join(f"`{kind.section}` ({kind.kind})" for kind in KINDS)
    bundle = f"content/{KINDS[0].section}/salon"
    rows = [
        ("content/site.yaml", "The site: its name, languages, sender, theme. See the part `site`."),
        ("content/SECTION/", f"Entries of one kind. SECTION is one of {shelves}."),
        (f"{bundle}.md", "An entry: front matter between two lines of `---`, then Markdown. Its slug is `salon`."),
        (f"{bundle}/index.md", "The same entry as a bundle: its pictures, files and e-mail words lie beside it."),
        (
            f"{bundle}/index.pt.md, {bundle}.pt.md",
            "A translation: words alone. Facts stay in the first language's file.",
        ),
        (f"{bundle}/welcome.md, welcome.pt.md", "Words of one e-mail of this entry. See the part `emails`."),
        (f"content/{KINDS[0].section}/_emails/", "Words of e-mails for all entries of the section, named likewise."),
        (
            f"content/{KINDS[0].section}/_index.md",
            "Title and words above the section's list; `_index.pt.md` in Portuguese.",
        ),
        (
            "_defaults.yaml",
            f"In any folder: front matter for every entry there; the nearest wins. Never {_names(ITS_OWN, 'or')}.",
        ),
        ("content/pages/index.md", "The words of the home page."),
        ("content/static/", "Copied to the root of the site as it is: `content/static/menu.pdf` is `/menu.pdf`."),
        (", ".join(f"content/{name}/" for name in RESERVED), "Read when something is sent; a build passes over them."),
    ]
    out = ["# Files\n", "| file | |\n|---|---|", *(f"| `{name}` | {_cell(text)} |" for name, text in rows)]
    return "\n".join(out) + _GATE


_GATE = """

## The gate

Words that only confirmed subscribers read. They are on no public page; the welcome e-mail brings them.

    The workshop is on the second floor.

    ::: gate
    The door code is **{{< secret door_code >}}**.
    :::

Each of the two lines stands alone.
"""


def _shortcodes() -> str:
    out = [
        "# Shortcodes\n",
        "It stands for a fact that is written elsewhere. In code it is left as typed; `{{</* when */>}}` prints it.\n",
        "| shortcode | where | |\n|---|---|---|",
    ]
    for spec in SHORTCODES.values():
        where = (
            "anywhere" if spec.where == set(_WHERE) else _names([_WHERE[one] for one in _WHERE if one in spec.where])
        )
        more = f" Options: {_names([f'`{option}`' for option in spec.options])}." if spec.options else ""
        out.append(f"| `{_cell(spec.example)}` | {where} | {_cell(spec.doc + more)} |")
    out.append(
        "\n`{{< when >}}` and `{{< date >}}` are written as in the middle of a sentence, and many languages have no "
        "capital there: `sexta-feira, 4 de dezembro de 2026`. So begin a sentence with another word.\n"
    )
    out.append(f"In the subject and the preheader of an e-mail: {_names([f'`{name}`' for name in IN_A_LINE])}.")
    return "\n".join(out)


_WHERE = {"page": "pages", "gate": "gates", "email": "e-mails"}

EMAILS = {
    "confirm": "Right after sign-up, to ask whether the address is the reader's.",
    "welcome": "Right after confirming; it brings the gated words.",
    "reminder": "Before it begins or opens.",
    "changed": "When a new `revision` says that the date or the place has changed.",
    "cancelled": "When it is cancelled.",
    "letter": "When you send it: `handbill send content/letters/june.md --to main`.",
}
"""When each e-mail is sent."""

SENT = {
    "first_name": "The reader's first name; always with words for those who gave none.",
    "confirm_url": "Where the sign-up is confirmed.",
    "purposes": "A list, each with its `text`: what confirming also agrees to.",
    "gate_url": "Where the gated words can be read.",
    "unsubscribe_url": "Where the reader can leave.",
    "preferences_url": "Where the reader chooses what to get.",
}
"""What only sending knows."""


def _emails() -> str:
    out = ["# E-mails\n", "| e-mail | of | when |\n|---|---|---|"]
    for name, text in EMAILS.items():
        of = [kind.kind for kind in KINDS if name in kind.emails]
        said = "every form" if len(of) == len(KINDS) else _names(of) if of else "a list"
        out.append(f"| `{name}` | {said} | {text} |")
    out.append(
        """
Its words are looked for in this order; words in the reader's language win over nearer ones in another:

1. beside the entry, in its bundle: `content/events/salon/welcome.md`
2. for its section: `content/events/_emails/welcome.md`
3. in the theme: `emails/words/en/welcome.event.md`, then `emails/words/en/welcome.md`, then in the theme it extends

In content/, a language other than the site's first is part of the name: `welcome.pt.md`. The words are Markdown:

    ---
    subject: "You are in: {{< title >}}"
    preheader: When, where, and the door code.
    ---
    Hello {{< first_name "there" >}},

    see you {{< date >}}.

| key | |
|---|---|
| `subject` | Required. Plain text with shortcodes that are facts, or the reader's name. |
| `preheader` | The line that an inbox shows beside the subject. |

## A letter

A Markdown file with the same two keys, sent to all who agreed to hear from you on a list: `content/letters/june.md`,
its translation `june.pt.md` beside it. No page is made of it, and the build leaves it alone; `handbill serve` shows it
among the e-mails of `/_handbill/`, and again whenever it is saved. It may also say:

| key | |
|---|---|
| `title` | The heading, where it is not to be the subject; needed where the subject has the reader's name. |
| `id` | Names the letter; without it, its file does. Nobody gets one letter twice, so never give it to another. |

It is about no entry, so the shortcodes that are facts of one mean nothing in it. `{{< first_name "friend" >}}`, `link`,
`button`, `secret`, `preferences_url` and `unsubscribe_url` do; links may name a page (`/events/`) or an entry's file
(`../events/salon.md`); pictures lie in `content/static/`, as JPEG, PNG or GIF, and must stay on the site.

`handbill send` first shows whom it would go to, and whom not and why, and asks; `--plan` stops there. `--test ADDRESS`
sends it to that one address alone, marked in the subject; it needs no consent of that address, since you typed it, but
none is written to that left, was erased, bounced or complained. `--confirm DIGEST` sends the very plan of that digest,
without a question, and refuses when words or people are others now. Sent means: put into the outbox, which delivers it
with `handbill run`, or at once with `--deliver`. Each message re-reads consent when it leaves; who rests gets it after
their rest. Killed in between, the same command goes on where it stopped.

## Slots of a theme's layout

Written `{% slot name %}` in HTML and `{{ slot("name") }}` in text. What may be absent belongs in `{% when name %}`.
Fragments: `body` (the words), `gate` (the gated words; in `welcome` alone).

| slot | e-mails | |
|---|---|---|"""
    )
    out += [f"| `{name}` | all | {_cell(text)} |" for name, text in (*BUILD_VALUES.items(), *DERIVED.items())]
    out += [
        f"| `{name}` | {_names([f'`{each}`' for each in names])} | {_cell(SENT[name])} Known when it is sent. |"
        for name, names in SEND_VALUES.items()
    ]
    out.append("| `secret.NAME` | all but `confirm` | A secret of the functions' settings. Known when it is sent. |")
    return "\n".join(out)


FACT_WORDS = {
    "sold_out": "`true` or `false`: whether the whole entry is sold out.",
    "left": "A map from the id of a product to how many are left, 0 or more; 0 shows it as sold out.",
    "as_of": "The moment at which this was so, with its offset; without one, that of the whole file. `left` needs one.",
    "revision_announced": "The last `revision` that subscribers have been written to about.",
}
"""What may be told of an entry."""


def _facts() -> str:
    out = [
        "# Facts\n",
        "What only selling knows, handed to a build with `--facts FILE`. JSON; entries by their id:\n",
        *(f"    {line}" for line in FACTS_EXAMPLE.splitlines()),
        "\n| fact of an entry | |\n|---|---|",
        *(f"| `{name}` | {text} |" for name, text in FACT_WORDS.items()),
    ]
    return "\n".join(out)


FACTS_EXAMPLE = """\
{
  "as_of": "2026-12-04T12:00:00Z",
  "entries": {
    "drops/lamp-no-3": {"left": {"lamp": 12, "cord": 0}},
    "events/salon-to-stream": {"sold_out": true, "as_of": "2026-12-04T11:30:00+00:00"}
  }
}"""

PARTS: Mapping[str, Callable[[], str]] = {
    "front-matter": _front_matter,
    "site": _site,
    "files": _files,
    "shortcodes": _shortcodes,
    "emails": _emails,
    "facts": _facts,
    "themes": _themes,
    "templates": _templates,
}
"""The parts of the reference, in order."""


def _sentence(model: type[Any]) -> str:
    """The first line of a model's docstring; where it has none, what it is called. Code names are spelt out."""
    text = _first_line(model) or f"What is written of {model.noun}."
    return text.replace("the names of KNOWN_FIELDS", f"the known names ({', '.join(KNOWN_FIELDS)})")


def _names(names: Iterable[str], last: str = "and") -> str:
    *most, end = names
    return f"{', '.join(most)} {last} {end}" if most else end


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _first_line(thing: type) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0]


def _type(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is Annotated:
        return _type(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type(arg) for arg in get_args(hint) if arg is not type(None))
    if origin is tuple:
        args = [arg for arg in get_args(hint) if arg is not Ellipsis]
        return f"list of {_type(args[0])}" if len(get_args(hint)) == 2 and get_args(hint)[1] is Ellipsis else (
            "(" + ", ".join(_type(arg) for arg in args) + ")"
        )  # fmt: skip
    if origin is not None and getattr(origin, "__name__", "") in ("dict", "Mapping"):
        return "map"
    if origin is not None and str(origin).endswith("Literal"):
        return " or ".join(f"`{arg}`" for arg in get_args(hint))
    names = {
        "str": "text", "Markup": "HTML", "int": "number", "float": "number", "bool": "true or false",
        "timedelta": "duration",
    }  # fmt: skip
    name = getattr(hint, "__name__", str(hint))
    return names.get(name, name)


def _models_in(hint: Any) -> list[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    return [model for arg in get_args(hint) for model in _models_in(arg)]


def _dataclasses_in(hint: Any) -> list[type]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return [hint]
    return [found for arg in get_args(hint) for found in _dataclasses_in(arg)]


def _shown(value: Any) -> str:
    if value is None or value == "" or value == () or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return f"`{value}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(str(item) for item in value) + "]`"
    return ""
