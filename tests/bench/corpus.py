"""The same made-up entries for each tool: as many as asked for, always the same.

A quarter each are events, drops, hosts and pages. Bodies are some 2 KB of plain Markdown: headings, lists, links,
emphasis, a table and a quotation, in different order and length. How each tool reads them is in `contenders`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WORDS = (
    "lamp", "paper", "table", "evening", "linen", "river", "window", "bread", "salt", "copper", "wood", "light", "hand",
    "slow", "house", "garden", "glass", "letter", "music", "street", "winter", "orange", "harbour", "thread", "wool",
    "stone", "kettle", "market", "song", "dance", "candle", "neighbour", "story", "field",
)  # fmt: skip

FIRST = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class Entry:
    """One made-up entry."""

    number: int
    kind: str
    slug: str
    title: str
    summary: str
    day: date
    price: int
    tags: tuple[str, ...]
    body: str


def entries(count: int) -> Iterator[Entry]:
    """`count` entries, the same for the same count."""
    rng = random.Random(count)
    for number in range(count):
        kind = ("event", "drop", "host", "page")[number % 4]
        title = f"{rng.choice(WORDS).capitalize()} and {rng.choice(WORDS)} {number}"
        yield Entry(
            number, kind, f"{kind}-{number}", title, f"{_sentence(rng)}", FIRST + timedelta(days=number % 700),
            5 + number % 90, (f"tag-{number % 25}", f"tag-{25 + number % 15}"), body(rng),
        )  # fmt: skip


def body(rng: random.Random) -> str:
    """About 2 KB of Markdown."""
    parts = [_paragraph(rng, 4)]
    for _ in range(3):
        parts.append(f"## {_sentence(rng)[:-1]}")
        parts.append(_paragraph(rng, 4))
        kind = rng.randrange(4)
        if kind == 0:
            parts.append("\n".join(f"- {_sentence(rng)}" for _ in range(4)))
        elif kind == 1:
            parts.append(f"> {_sentence(rng)} {_sentence(rng)}")
        elif kind == 2:
            rows = "\n".join(f"| {rng.choice(WORDS)} | {rng.randrange(99)} | {rng.choice(WORDS)} |" for _ in range(4))
            parts.append(f"| what | how many | where |\n|---|---|---|\n{rows}")
        else:
            parts.append("\n".join(f"{n + 1}. {_sentence(rng)}" for n in range(3)))
        parts.append(_paragraph(rng, 3))
    return "\n\n".join(parts) + "\n"


def _sentence(rng: random.Random) -> str:
    words = [rng.choice(WORDS) for _ in range(rng.randrange(7, 14))]
    return " ".join(words).capitalize() + "."


def _paragraph(rng: random.Random, sentences: int) -> str:
    out = []
    for _ in range(sentences):
        words = [rng.choice(WORDS) for _ in range(rng.randrange(7, 14))]
        place = rng.randrange(len(words))
        word = words[place]
        words[place] = rng.choice((f"**{word}**", f"*{word}*", f"[{word}](https://example.org/{word})", word))
        out.append(" ".join(words).capitalize() + ".")
    return " ".join(out)
