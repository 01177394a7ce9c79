"""Attributes in braces: `{.class #id lang=fr title="a value"}`.

Chosen: a grammar of our own, one expression long. Refused: the attrs plugin of mdit-py-plugins, for which `{% raw %}`
on a line is a comment and vanishes, and which drops in silence what it does not allow.
"""

from __future__ import annotations

import re

ALLOWED = frozenset(("class", "id", "lang", "dir", "title"))
"""What may be written in `{…}` behind or above something."""

LIST = re.compile(r"""\{[ \t]*((?:(?:[#.][\w:-]+|[A-Za-z][\w:.-]*=(?:"[^"\n]*"|[\w./:\#%-]+))(?:[ \t]+|(?=\})))+)\}""")
"""One list with its braces; group 1 is what stands between them."""
_ATTRIBUTE = re.compile(r"""([#.])([\w:-]+)|([A-Za-z][\w:.-]*)=(?:"([^"\n]*)"|([\w./:#%-]+))""")
TRAILING_LIST = re.compile(rf"(?:^|[ \t]+){LIST.pattern}[ \t]*$")
"""A list at the end of a heading."""


def read(text: str) -> dict[str, str]:
    """The attributes of what LIST matched, without its braces; classes are gathered."""
    out: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        sign, short, name, quoted, bare = match.groups()
        if sign == "#":
            out["id"] = short
            continue
        name, value = ("class", short) if sign else (name.lower(), quoted if quoted is not None else bare)
        out[name] = f"{out['class']} {value}" if name == "class" and "class" in out else value
    return out


def join(upper: dict[str, str], lower: dict[str, str]) -> dict[str, str]:
    """Two lists that belong to the same thing: the lower one has the last word, classes are gathered."""
    both = {**upper, **lower}
    if "class" in upper and "class" in lower:
        both["class"] = f"{upper['class']} {lower['class']}"
    return both
