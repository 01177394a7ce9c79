"""E-mails: a theme's layout and somebody's words become one program that thousands of entries share.

    Layout     the theme's MJML and text for one e-mail in one language, compiled once
    MailWords  the words: Markdown with a subject and a preheader, from the nearest file
    Composed   both joined: the program, and which values it asks for
    EmailFile  one entry's e-mail: the program's hash, and the values that the build knows

What is about one entry is never in the layout, so the slow steps (Jinja, MJML, reading HTML for slots) are paid once a
language, not once an entry. `email_file` is what an entry costs: a map of texts, written as JSON and named by its hash.

A shortcode in the words becomes a slot. What it says is known at the build (a title, a date: BUILD_VALUES), or only
when the e-mail is sent (a name, a link that carries a token: SEND_VALUES). Nothing else can be asked for.

values.py says what may be asked for, layout.py compiles layouts, words.py finds and reads words, speech.py turns
shortcodes into slots, joining.py puts all together.
"""

from handbill.emails.joining import Composed, Gated, compose, email_file, gate_page, gated
from handbill.emails.layout import Layout, compile_layout, words_styles
from handbill.emails.speech import Say
from handbill.emails.values import (
    BUILD_VALUES,
    DERIVED,
    EMAILS,
    LETTER_VALUES,
    SEND_VALUES,
    may_ask,
    sample_values,
    send_names,
)
from handbill.emails.words import MailWords, find_words, line_parts, read_words

__all__ = [
    "BUILD_VALUES",
    "DERIVED",
    "EMAILS",
    "LETTER_VALUES",
    "SEND_VALUES",
    "Composed",
    "Gated",
    "Layout",
    "MailWords",
    "Say",
    "compile_layout",
    "compose",
    "email_file",
    "find_words",
    "gate_page",
    "gated",
    "line_parts",
    "may_ask",
    "read_words",
    "sample_values",
    "send_names",
    "words_styles",
]
