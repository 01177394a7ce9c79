"""The laws of the build: an incremental build equals a clean one, and nothing but the input decides the bytes.

A history is a row of rounds; each round does a few edits and builds. After each the outputs must be, byte for byte,
those of a clean build of the same files in another folder: the same pages, the same summary, the same warnings, and
where the site is wrong the same errors, with the outputs of before left standing. `private/` may hold more: immutable
files stay, because a message sent yesterday may name one.

HANDBILL_LAW_HISTORIES says how many histories are tried.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handbill import assemble, crew
from handbill.errors import ProblemsFound
from handbill.options import Report
from helpers import NOW, Site, Tree, difference, handbill, make_site, moment, picture, tree

HISTORIES = int(os.environ.get("HANDBILL_LAW_HISTORIES", "12"))

SITE = """\
name: Casa Lume
description: { en: Lamps., pt: Candeeiros. }
base_url: https://casalume.example
timezone: Europe/Lisbon
currency: EUR
theme: mine
languages: [en, pt]
sender: { email: hello@casalume.example, address: "Rua da Luz 7, Lisboa" }
consent: { controller: "Casa Lume, Lda", marketing: { en: Yes., pt: Sim. } }
signup: /api
"""

SALON = """\
---
title: Salon to Stream
summary: Ninety minutes of lamp-making.
starts: 2026-12-04 19:00
duration: 90m
opens_at: 2026-11-20 10:00
closes_at: 2026-12-04 12:00
early_access: 24h
tickets:
  - { name: Seat, price: 25 EUR, stock: 40 }
  - { name: Stream, price: 0, online: true }
signup: { button: Send me the door code, fields: [first_name] }
images: [bench.jpg]
tags: [light, paper]
---
Come as you are, {{< price Seat >}} on {{< when >}}. See [the map](map.txt) and [the lamp](../../drops/lamp-3.md).

::: gate
The door code is **{{< secret door_code >}}**.
:::
"""

LAMP = """\
---
title: Lamp {n}
series: lamps
chapter: {n}
opens_at: 2026-12-0{n} 18:00
closes_at: 2026-12-1{n}
items:
  - {{ name: Lamp, price: 180 EUR, edition: 80 }}
pickup: [casa-lume]
tags: [light]
---
The lamp number {n}.
"""

FILES: dict[str, str | bytes] = {
    "content/events/_defaults.yaml": "host: casa-lume\norganizer: Friends of Light\n",
    "content/events/_index.md": "---\ntitle: Evenings\n---\nAll of them, with [a lamp](../drops/lamp-3.md).\n",
    "content/events/_emails/reminder.md": "---\nsubject: Soon\npreheader: It is soon.\n---\nSee you {{< when >}}.\n",
    "content/events/salon/index.md": SALON,
    "content/events/salon/index.pt.md": "---\ntitle: Do salão ao ecrã\ntickets: { seat: Lugar }\n---\nVem como és.\n"
    "::: gate\nO código é 4711.\n:::\n",
    "content/events/salon/welcome.md": "---\nsubject: The code\npreheader: Inside.\n---\nHere: {{< price Seat >}}.\n",
    "content/events/salon/bench.jpg": picture("navy"),
    "content/events/salon/map.txt": "Here.",
    "content/events/supper.md": "---\ntitle: Supper\nstarts: 2026-10-01\nends: 2026-10-03\ntags: [paper]\n---\nOver.\n",
    "content/drops/lamp-2.md": LAMP.format(n=2),
    "content/drops/lamp-3.md": LAMP.format(n=3),
    "content/hosts/casa-lume.md": "---\ntitle: Casa Lume\naddress: { city: Lisboa, country: PT }\n"
    "spaces: [{ name: The long table, seats: 14 }]\n---\nA house.\n",
    "content/pages/index.md": "---\ntitle: Welcome\n---\nGood evening.\n",
    "content/pages/about.md": "---\ntitle: About\nmenu: true\n---\nAbout us, and [home](/).\n",
    "content/static/humans.txt": "Ana.",
    "themes/mine/theme.yaml": "name: mine\nversion: 1\n",
}
ENTRIES = [
    path
    for path in FILES
    if path.endswith(".md") and not any(word in path for word in ("_emails", "welcome", ".pt.", "_index"))
]
TIMES = [
    "2026-09-01 00:00", "2026-10-03 23:00", "2026-11-19 09:59", "2026-11-19 10:00", "2026-11-24 12:00",
    "2026-12-02 18:00", "2026-12-04 12:00", "2026-12-04 20:30", "2026-12-13 00:00", "2026-12-14 00:00",
    "2027-02-01 00:00",
]  # fmt: skip


@dataclass
class World:
    """A site that is edited, the moment and the facts it is built at, and with which options."""

    site: Site
    at: float = NOW
    facts: dict[str, Any] = field(default_factory=dict)
    flags: dict[str, Any] = field(default_factory=dict)
    jobs: int = 1

    def entry(self, number: int) -> str | None:
        """One of the entries that are still where they were."""
        path = ENTRIES[number % len(ENTRIES)]
        return path if (self.site.root / path).is_file() else None

    def change(self, path: str | None, old: str, new: str) -> None:
        """Replaces the first such stretch, if there is any."""
        if path is not None and (self.site.root / path).is_file():
            text = (self.site.root / path).read_text("utf-8")
            (self.site.root / path).write_text(text.replace(old, new, 1), "utf-8")

    def front(self, path: str | None, key: str, value: str | None) -> None:
        """Sets or removes a line of front matter."""
        if path is None:
            return
        lines = (self.site.root / path).read_text("utf-8").split("\n")
        lines = [line for line in lines if not line.startswith(f"{key}:")]
        if value is not None:
            lines.insert(1, f"{key}: {value}")
        (self.site.root / path).write_text("\n".join(lines), "utf-8")

    def toggle(self, path: str, content: str | bytes) -> None:
        """Writes a file that is not there, or removes it."""
        if (self.site.root / path).exists():
            (self.site.root / path).unlink()
        else:
            self.site.write({path: content})

    def build(self, site: Site) -> Report | list[str]:
        facts = json.dumps(self.facts).encode() if self.facts else b""
        try:
            return site.build(at=self.at, facts=facts, facts_name="facts.json", jobs=self.jobs, **self.flags)
        except ProblemsFound as found:
            return [str(problem) for problem in found.problems]


Edit = Callable[[World, int], None]
EDITS: list[Edit] = []


def edit(function: Edit) -> Edit:
    EDITS.append(function)
    return function


@edit
def retitle(world: World, n: int) -> None:
    world.front(world.entry(n), "title", f'"Title {n % 3} & <b>"')


@edit
def reword(world: World, n: int) -> None:
    path = world.entry(n)
    if path:
        (world.site.root / path).write_bytes((world.site.root / path).read_bytes() + f"\n\nMore {n}.\n".encode())


@edit
def reword_a_translation(world: World, n: int) -> None:
    world.change("content/events/salon/index.pt.md", "Vem", f"Vem {n}")


@edit
def reprice(world: World, n: int) -> None:
    world.change("content/events/salon/index.md", "25 EUR" if n % 2 else "26 EUR", "26 EUR" if n % 2 else "25 EUR")


@edit
def change_the_edition(world: World, n: int) -> None:
    world.change("content/drops/lamp-3.md", "edition: 80", f"edition: {70 + n}")


@edit
def move_the_host(world: World, n: int) -> None:
    world.front(
        "content/hosts/casa-lume.md" if world.entry(ENTRIES.index("content/hosts/casa-lume.md")) else None,
        "address", ("{ city: Lisboa, country: PT }", "{ city: Porto, country: PT }")[n % 2],
    )  # fmt: skip


@edit
def replace_a_picture(world: World, n: int) -> None:
    if (world.site.root / "content/events/salon").is_dir():
        world.site.write({"content/events/salon/bench.jpg": picture(("red", "green", "navy")[n % 3])})


@edit
def add_or_remove_a_picture(world: World, n: int) -> None:
    world.toggle("content/drops/lamp.jpg", picture("gold"))
    there = (world.site.root / "content/drops/lamp.jpg").exists()
    world.front(world.entry(ENTRIES.index("content/drops/lamp-3.md")), "images", "[lamp.jpg]" if there else None)


@edit
def lose_a_picture(world: World, n: int) -> None:
    world.toggle("content/events/salon/bench.jpg", picture("navy"))


@edit
def change_a_linked_file(world: World, n: int) -> None:
    if (world.site.root / "content/events/salon").is_dir():
        world.site.write({"content/events/salon/map.txt": f"Here {n}."})


@edit
def add_or_remove_a_translation(world: World, n: int) -> None:
    path = ("content/pages/about.pt.md", "content/hosts/casa-lume.pt.md", "content/drops/lamp-2.pt.md")[n % 3]
    if (world.site.root / path.replace(".pt", "")).exists():
        world.toggle(path, f"---\ntitle: Título {n}\n---\nPalavras.\n")


@edit
def change_defaults(world: World, n: int) -> None:
    world.site.write(
        {"content/events/_defaults.yaml": f"host: casa-lume\norganizer: Friends {n % 3}\nweight: {n % 2}\n"}
    )


@edit
def add_or_remove_defaults_of_all(world: World, n: int) -> None:
    world.toggle("content/_defaults.yaml", f"tags: [all, t{n % 2}]\n")


@edit
def change_the_words_of_an_email(world: World, n: int) -> None:
    path = ("events/_emails/welcome.md", "drops/_emails/confirm.md", "events/_emails/reminder.pt.md")[n % 3]
    world.toggle(f"content/{path}", f"---\nsubject: Subject {n}\npreheader: P.\n---\nWords {{{{< title >}}}} {n}.\n")


@edit
def change_the_words_of_an_email_of_one_entry(world: World, n: int) -> None:
    world.change("content/events/salon/welcome.md", "Here", f"Here {n}")


@edit
def change_the_words_above_a_list(world: World, n: int) -> None:
    world.change("content/events/_index.md", "All of them", f"All of them {n}")


@edit
def add_or_remove_a_picture_above_a_list(world: World, n: int) -> None:
    world.toggle("content/events/row.jpg", picture("teal"))
    text = "![Lamps in a row](row.jpg)" if (world.site.root / "content/events/row.jpg").exists() else ""
    world.site.write({"content/events/_index.md": f"---\ntitle: Evenings\n---\nAll of them. {text}\n"})


@edit
def rename_an_entry(world: World, n: int) -> None:
    old, new = world.site.root / "content/events/supper.md", world.site.root / "content/events/late-supper.md"
    if old.exists():
        old.rename(new)
    elif new.exists():
        new.rename(old)


@edit
def make_an_entry_a_folder(world: World, n: int) -> None:
    old, new = world.site.root / "content/drops/lamp-2.md", world.site.root / "content/drops/lamp-2/index.md"
    if old.exists():
        new.parent.mkdir(exist_ok=True)
        old.rename(new)
    elif new.exists():
        new.rename(old)


@edit
def add_or_remove_an_entry(world: World, n: int) -> None:
    path = ("events/walk.md", "drops/lamp-4.md", "pages/terms.md")[n % 3]
    content = {
        "events/walk.md": "---\ntitle: Walk\nstarts: 2026-12-20 09:00\ntags: [paper]\n---\nWe walk.\n",
        "drops/lamp-4.md": LAMP.format(n=4),
        "pages/terms.md": "---\ntitle: Terms\nmenu: true\n---\nTerms.\n",
    }[path]
    world.toggle(f"content/{path}", content)


@edit
def remove_an_entry(world: World, n: int) -> None:
    path = world.entry(n)
    if path:
        (world.site.root / path).unlink()


@edit
def toggle_draft(world: World, n: int) -> None:
    world.front(world.entry(n), "draft", ("true", None)[n % 2])


@edit
def publish_later(world: World, n: int) -> None:
    world.front(world.entry(n), "publish_date", (None, "2026-11-24", "2026-12-02 18:00")[n % 3])


@edit
def expire(world: World, n: int) -> None:
    world.front(world.entry(n), "expiry_date", (None, "2026-12-04 12:00", "2026-11-24")[n % 3])


@edit
def change_a_status(world: World, n: int) -> None:
    path = world.entry((0, 2, 3)[n % 3])
    world.front(path, "status", (None, "cancelled", "postponed", "sold_out")[n % 4])
    world.front(path, "revision", str(n % 3))


@edit
def change_tags_and_weight(world: World, n: int) -> None:
    path = world.entry(n)
    world.front(path, "tags", (None, "[light, dark]")[n % 2])
    world.front(path, "weight", str(n % 3))


@edit
def hide_from_lists(world: World, n: int) -> None:
    world.front(world.entry(n), "robots", (None, "noindex")[n % 2])


@edit
def change_aliases(world: World, n: int) -> None:
    world.front(world.entry(n), "aliases", (None, "[/old/]", "[/old/, /older.html]")[n % 3])


@edit
def change_an_address(world: World, n: int) -> None:
    world.front(world.entry(n), "url", (None, "/elsewhere/")[n % 2])


@edit
def change_an_id(world: World, n: int) -> None:
    world.front(world.entry(n), "id", (None, "things/one")[n % 2])


@edit
def change_the_series(world: World, n: int) -> None:
    world.front(world.entry(ENTRIES.index("content/drops/lamp-2.md")), "series", ("lamps", "Night lamps", None)[n % 3])


@edit
def change_the_site(world: World, n: int) -> None:
    line = (
        "name: Casa Lume", "name: Casa da Luz", "name: Casa Lume\nper_page: 1", "name: Casa Lume\nsocial_cards: false",
        "name: Casa Lume\npermalinks: { drops: /:series/:slug/ }", "name: Casa Lume\nsame_as: [https://a.example/b]",
    )[n % 6]  # fmt: skip
    world.site.write({"content/site.yaml": SITE.replace("name: Casa Lume", line)})


@edit
def change_the_address_of_the_site(world: World, n: int) -> None:
    where = ("https://casalume.example", "https://other.example/lume")[n % 2]
    world.site.write({"content/site.yaml": SITE.replace("https://casalume.example", where)})


@edit
def change_where_forms_post(world: World, n: int) -> None:
    where = ("signup: /api", "signup: { action: buttondown, username: lume }", "")[n % 3]
    world.site.write({"content/site.yaml": SITE.replace("signup: /api", where)})


@edit
def change_languages(world: World, n: int) -> None:
    world.site.write({"content/site.yaml": SITE.replace("[en, pt]", ("[en, pt]", "[en, pt, ar]")[n % 2])})


@edit
def change_the_theme(world: World, n: int) -> None:
    path, content = (
        ("parts/footer.html", "<footer>Mine {{ site.name }}</footer>\n"),
        ("pages/drop.html", '{% extends "base:pages/drop.html" %}\n'),
        ("i18n/en.yaml", "page:\n  home: Front door\n"),
        ("tokens.json", '{"color": {"light": {"accent": {"$type": "color", "$value": "#102030"}}}}'),
        ("assets/mark.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("emails/words/en/welcome.md", "---\nsubject: Mine\npreheader: P.\n---\nMine {{< title >}}.\n"),
    )[n % 6]
    world.toggle(f"themes/mine/{path}", content)


@edit
def change_static_files(world: World, n: int) -> None:
    path, content = (("humans.txt", f"Ana {n}."), ("deep/er.txt", "Deep."), ("deep", "A file where a folder was."))[
        n % 3
    ]
    target = world.site.root / "content/static" / path
    if path == "humans.txt":
        world.site.write({"content/static/humans.txt": content})
    elif target.is_dir():
        shutil.rmtree(target)
        target.write_text(content)
    else:
        if target.parent.is_file():
            target.parent.unlink()
        world.toggle(f"content/static/{path}", content)


@edit
def shadow_a_static_picture(world: World, n: int) -> None:
    """A picture named from the site's root lies in static/, until content/ itself has one of that path."""
    world.site.write({"content/static/drops/shared.jpg": picture("pink")})
    world.front(world.entry(ENTRIES.index("content/pages/about.md")), "images", "[/drops/shared.jpg]")
    if n % 2:
        world.toggle("content/drops/shared.jpg", picture("black"))


@edit
def spoil_an_output(world: World, n: int) -> None:
    files = sorted(path for path in world.site.public.rglob("*") if path.is_file())
    if files:
        chosen = files[n * 37 % len(files)]
        if n % 3 == 0:
            chosen.unlink()
        elif n % 3 == 1:
            chosen.write_bytes(b"By hand.")
        else:
            shutil.rmtree(chosen.parent)
            world.site.public.mkdir(exist_ok=True)


@edit
def spoil_a_private_output(world: World, n: int) -> None:
    files = sorted(path for path in world.site.private.rglob("*") if path.is_file())
    if files:
        chosen = files[n * 37 % len(files)]
        if n % 3 == 0:
            chosen.unlink()
        elif n % 3 == 1 and not re.fullmatch("[0-9a-f]{32}", chosen.stem):  # of those the name tells
            chosen.write_bytes(chosen.read_bytes().swapcase())
        else:
            beside = chosen.with_name("beside")
            beside.write_bytes(b"By hand.")
            beside.replace(chosen)


@edit
def edit_behind_the_back_of_the_clock(world: World, n: int) -> None:
    """Same size, same time stamp: in the same file, or in a new one that took its name."""
    path = world.entry(n)
    if path is None:
        return
    file = world.site.root / path
    data, stat = file.read_bytes(), file.stat()
    changed = data.swapcase() if n % 2 else data.replace(b"e", b"a")
    changed = data[: data.rfind(b"---")] + changed[data.rfind(b"---") :]
    if n % 3:
        beside = file.with_name("beside")
        beside.write_bytes(changed)
        beside.replace(file)
    else:
        file.write_bytes(changed)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@edit
def touch(world: World, n: int) -> None:
    path = world.entry(n)
    if path:
        (world.site.root / path).touch()


@edit
def let_time_pass(world: World, n: int) -> None:
    """Forwards, and back."""
    world.at = moment(TIMES[n % len(TIMES)])


@edit
def let_things_sell(world: World, n: int) -> None:
    world.facts = (
        {},
        {"as_of": "2026-11-24T11:00:00Z", "entries": {"events/salon": {"left": {"seat": n}}}},
        {"entries": {"events/salon": {"sold_out": True}, "drops/lamp-3": {"sold_out": n % 2 == 0}}},
    )[n % 3]


@edit
def choose_what_to_show(world: World, n: int) -> None:
    world.flags = {"drafts": bool(n & 1), "future": bool(n & 2), "expired": bool(n & 4)}


@edit
def be_told_otherwise_by_the_environment(world: World, n: int) -> None:
    world.flags["environ"] = ((), (("HANDBILL_BASE_URL", "https://preview.example"),))[n % 2]


@edit
def lose_what_is_remembered(world: World, n: int) -> None:
    """All but the names of outputs, without which nobody knows what may be removed."""
    path = (
        world.site.root
        / ".handbill"
        / ("manifest", "manifest.memory", "bodies.sqlite", "pictures", "templates", "cards")[n % 6]
    )
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@edit
def build_elsewhere_in_between(world: World, n: int) -> None:
    root = world.site.root
    world.build(Site(root, root / "elsewhere/public", root / "elsewhere/private"))


@edit
def share_the_work(world: World, n: int) -> None:
    world.jobs = 1 + n % 3


rounds = st.lists(
    st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 11)), min_size=1, max_size=3), min_size=1, max_size=4
)


@pytest.fixture(scope="module", autouse=True)
def any_work_pays() -> Iterator[None]:
    """Several processes are used for the smallest site."""
    before, crew.PAYS_FROM = crew.PAYS_FROM, 1
    yield
    crew.PAYS_FROM = before


@contextmanager
def workshop() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="handbill-law-") as folder:
        yield Path(folder)


def compare(world: World, folder: Path) -> None:
    """Builds what is there and, aside, the same from nothing, and compares whatever a person could tell apart."""
    before = tree(world.site.public)
    done = world.build(world.site)
    aside = Site(folder, folder / "public", folder / "private")
    for part in ("content", "themes"):
        shutil.copytree(world.site.root / part, folder / part)
    clean = world.build(aside)
    if isinstance(clean, list):
        assert done == clean
        assert difference(before, tree(world.site.public)) == []
        return
    assert isinstance(done, Report), done
    assert difference(tree(world.site.public), tree(aside.public)) == []
    ours, theirs = tree(world.site.private), tree(aside.private)
    assert difference(changeable(ours), changeable(theirs)) == []
    assert [line for line in difference(ours, theirs) if not line.startswith("-")] == []
    assert summary(done) == summary(clean)


def changeable(private: Tree) -> Tree:
    return {path: data for path, data in private.items() if path == "index.json" or path.startswith("entries/")}


def summary(report: Report) -> tuple[Any, ...]:
    return (
        report.pages, report.emails, report.entries, report.at, report.timezone,
        report.skipped, report.upcoming, report.warnings,
    )  # fmt: skip


def live(history: list[list[tuple[Edit, int]]]) -> None:
    with workshop() as folder:
        world = World(make_site(folder / "site", FILES, site=SITE))
        world.site.settle()
        assert isinstance(world.build(world.site), Report)
        for number, edits in enumerate(history):
            for change, n in edits:
                change(world, n)
            if number % 2:
                world.site.settle()
            compare(world, folder / f"clean-{number}")


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(rounds)
def test_an_incremental_build_equals_a_clean_one_after_any_history(history: list[list[tuple[Edit, int]]]) -> None:
    live(history)


# ---- what the search above may take long to meet, one sentence each


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The site of the laws, built."""
    made = make_site(tmp_path / "site", FILES, site=SITE)
    made.build()
    return made


def clean_outputs(site: Site, **more: Any) -> Tree:
    """What a clean build of the same files gives, elsewhere."""
    aside = Site(site.root.with_name("aside"), site.root.with_name("aside") / "public", site.root / "aside-private")
    shutil.rmtree(aside.root, ignore_errors=True)
    for part in ("content", "themes"):
        if (site.root / part).exists():
            shutil.copytree(site.root / part, aside.root / part)
    aside.build(**more)
    return tree(aside.public)


def test_an_output_that_was_spoiled_by_hand_is_made_again(site: Site) -> None:
    before = tree(site.public)
    (site.public / "index.html").write_text("By hand.")
    (site.public / "events.ics").unlink()
    assert site.build().changed == 2
    assert difference(before, tree(site.public)) == []


def test_a_private_file_that_was_lost_is_made_again(site: Site) -> None:
    before = tree(site.private)
    shutil.rmtree(site.private / "emails")
    (site.private / "entries/events/salon.json").unlink()
    site.build()
    assert difference(before, tree(site.private)) == []


@pytest.mark.parametrize("path", ["index.json", "entries/site.json", "entries/events/salon.json"])
def test_a_private_file_that_was_altered_in_place_is_made_again(site: Site, path: str) -> None:
    before = tree(site.private)
    site.settle()
    (site.private / path).write_bytes(before[path].swapcase())
    site.build()
    assert difference(before, tree(site.private)) == []
    site.settle()
    assert site.build().unchanged


@pytest.mark.parametrize("path", ["content/static/note.txt", "content/pages/map.txt", "content/pages/linked.md"])
def test_a_file_that_is_edited_while_it_is_built_and_set_back_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    files: dict[str, str | bytes] = {
        "content/static/note.txt": "As it is.",
        "content/pages/map.txt": "As it is.",
        "content/pages/linked.md": "---\ntitle: Linked\n---\n[A map](map.txt) As it is.\n",
    }
    site = make_site(tmp_path / "site", files)
    site.build()
    shutil.rmtree(site.public)  # so all is to be made again
    compare_orders = assemble._compare

    def while_it_is_built(*args: Any) -> Any:
        site.edit(path, "As it is.", "Half a thought.")
        return compare_orders(*args)

    with monkeypatch.context() as patched:
        patched.setattr(assemble, "_compare", while_it_is_built)
        site.build()
    site.edit(path, "Half a thought.", "As it is.")
    site.build()
    assert difference(clean_outputs(site), tree(site.public)) == []


def test_an_edit_that_kept_size_and_time_stamp_is_seen(site: Site) -> None:
    path = site.root / "content/pages/about.md"
    stat = path.stat()
    path.write_bytes(path.read_bytes().replace(b"About us", b"About me"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    site.build()
    assert "About me" in site.page("/about/")


def test_defaults_that_changed_reach_every_entry_below_them(site: Site) -> None:
    site.settle()
    site.build()
    site.edit("content/events/_defaults.yaml", "Friends of Light", "Friends of Dusk")
    site.build()
    assert [path for path in ("/events/salon/", "/events/supper/") if "Friends of Light" in site.page(path)] == []


def test_a_warning_is_told_again_by_a_build_that_did_not_look_at_its_entry(site: Site) -> None:
    site.write({"content/pages/odd.md": "---\ntitle: Odd\ncolour: red\n---\nOdd.\n"})
    warned = site.build().warnings
    assert [problem.path for problem in warned] == ["content/pages/odd.md"]
    site.write({"content/pages/about.md": "---\ntitle: About\n---\nOthers.\n"})
    assert site.build().warnings == warned
    site.settle()
    site.build()
    assert site.build().warnings == warned
    assert site.problems(strict=True) != []


def test_a_warning_of_the_theme_is_told_again_by_a_build_that_did_not_look_at_it(site: Site) -> None:
    site.write({"themes/mine/assets/loose.css": "p { margin: 0 }"})
    warned = site.build().warnings
    assert warned
    site.write({"content/pages/about.md": "---\ntitle: About\n---\nOthers.\n"})
    assert site.build().warnings == warned


def test_a_drop_that_was_called_off_moves_to_what_is_over_when_it_would_have_closed(site: Site) -> None:
    site.edit("content/drops/lamp-3.md", "chapter: 3", "chapter: 3\nstatus: cancelled")
    for at in ("2026-12-13 23:59:59", "2026-12-14 00:00", "2026-12-13 23:59:59"):
        site.build(at=moment(at))
        assert difference(tree(site.public), clean_outputs(site, at=moment(at))) == []


def test_a_folder_that_was_built_before_another_has_nothing_left_of_then(site: Site, tmp_path: Path) -> None:
    elsewhere = Site(site.root, tmp_path / "elsewhere", tmp_path / "elsewhere-private")
    elsewhere.build()
    site.remove("content/pages/about.md")
    elsewhere.build()
    site.build()
    assert difference(tree(site.public), clean_outputs(site)) == []
    assert difference(tree(site.public), tree(elsewhere.public)) == []


def test_what_others_put_into_the_output_folder_stays_until_clean_is_asked_for(site: Site) -> None:
    site.write({"public/verification.txt": "By the host.", "public/events/notes.txt": "Mine."})
    site.build()
    assert (site.public / "verification.txt").exists()
    report = site.build(clean=True)
    assert report.removed == 2
    assert difference(tree(site.public), clean_outputs(site)) == []


def test_a_file_may_take_the_place_of_a_folder_and_a_folder_that_of_a_file(site: Site) -> None:
    site.write({"content/static/deep/er.txt": "Deep."})
    site.build()
    site.remove("content/static/deep")
    site.write({"content/static/deep": "Flat."})
    site.build()
    assert site.page("deep") == "Flat."
    site.remove("content/static/deep")
    site.write({"content/static/deep/er.txt": "Deep."})
    site.build()
    assert site.page("deep/er.txt") == "Deep."


def test_immutable_files_of_yesterday_stay(site: Site) -> None:
    before = tree(site.private)
    site.edit("content/events/salon/index.md", "25 EUR", "30 EUR")
    site.build()
    assert before.keys() - tree(site.private).keys() == set()
    site.build(clean=True)
    gone = before.keys() - tree(site.private).keys()
    assert {path for path in gone if not path.startswith("answers/")} == set(), "proofs of consent name them"


# ---- nothing but the input decides the bytes


def test_any_number_of_processes_gives_the_same_bytes(site: Site) -> None:
    one = site.outputs()
    for jobs in (2, 3):
        aside = Site(site.root, site.root / f"public-{jobs}", site.root / f"private-{jobs}")
        aside.build(jobs=jobs)
        assert difference(one[0], tree(aside.public)) == []
        assert difference(one[1], tree(aside.private)) == []


@pytest.mark.parametrize(
    ("environ", "cwd"),
    [
        ({"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C"}, "/"),
        ({"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"}, "content"),
    ],
    ids=["Tokyo", "New York"],
)
def test_neither_hash_seed_nor_zone_nor_locale_nor_folder_of_the_machine_changes_a_byte(
    site: Site, environ: dict[str, str], cwd: str
) -> None:
    where = site.root / "elsewhere"
    done = handbill(
        "build", "-C", site.root, "--at", "2026-11-24T12:00:00+00:00", "-d", where, "--private", site.root / "secret",
        cwd=site.root / cwd, **environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert difference(tree(site.public), tree(where)) == []
    assert difference(tree(site.private), tree(site.root / "secret")) == []


def test_the_zone_of_the_machine_does_not_decide_what_a_moment_without_offset_means(site: Site) -> None:
    for zone in ("Asia/Tokyo", "America/New_York"):
        done = handbill("build", "--at", "2026-12-04T19:00", "--json", cwd=site.root, TZ=zone)
        assert json.loads(done.stdout)["at"] == "2026-12-04T19:00:00+00:00"


# ---- nothing changed


def test_a_second_build_does_nothing(site: Site) -> None:
    site.settle()
    site.build()
    before = {path: path.stat().st_mtime_ns for folder in (site.public, site.private) for path in folder.rglob("*")}
    first = site.build()
    second = site.build()
    assert first.unchanged
    assert second.unchanged
    assert summary(first) == summary(second)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_build_that_changes_one_entry_writes_only_what_shows_it(site: Site) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.public.rglob("*") if path.is_file()}
    site.edit("content/pages/about.md", "About us", "About them")
    assert site.build().changed == 1
    moved = [path for path, stamp in before.items() if path.stat().st_mtime_ns != stamp]
    assert moved == [site.public / "about/index.html"]


def planned_whole(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one each time that the whole site is planned."""
    times: list[object] = []
    whole = assemble.plan

    def count(*args: Any) -> Any:
        times.append(args)
        return whole(*args)

    monkeypatch.setattr(assemble, "plan", count)
    return times


def test_an_entry_whose_text_changed_is_planned_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.settle()
    site.build()
    times = planned_whole(monkeypatch)
    site.edit("content/events/salon/index.md", "Come as you", "Come who you")
    report = site.build()
    assert times == []
    assert "Come who you are" in site.page("/events/salon/")
    site.settle()
    again = site.build(clean=True)
    assert (report.pages, report.emails, report.entries) == (again.pages, again.emails, again.entries)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("content/pages/about.md", "title: ", "title: More "),
        ("content/site.yaml", "name: Casa", "name: Villa"),
    ],
)
def test_what_others_show_has_the_whole_site_planned(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str, old: str, new: str
) -> None:
    site.settle()
    site.build()
    times = planned_whole(monkeypatch)
    site.edit(path, old, new)
    site.build()
    assert len(times) == 1


@pytest.mark.parametrize(("old", "new"), [("Come as you", "Come who you"), ("title: Salon", "title: Saloon")])
def test_of_what_is_remembered_only_what_changed_is_written(site: Site, old: str, new: str) -> None:
    site.settle()
    site.build()
    rest = site.root / ".handbill/manifest.memory"
    written = rest.stat().st_ino
    for one, other in ((old, new), (new, old), (old, new)):
        site.edit("content/events/salon/index.md", one, other)
        site.build()
        assert rest.stat().st_ino == written
    assert difference(tree(site.public), clean_outputs(site)) == []
    site.settle()
    site.build()
    rest.unlink()
    assert site.build().unchanged, "who has nothing to do does not ask"


def test_an_output_lost_while_another_entry_changed_is_made_again(site: Site) -> None:
    site.settle()
    site.build()
    site.edit("content/events/salon/index.md", "Come as you", "Come who you")
    (site.public / "events.ics").unlink()
    site.build()
    assert (site.public / "events.ics").exists()


def test_a_build_with_nothing_to_do_imports_no_heavy_library(site: Site) -> None:
    site.settle()
    words = [sys.executable, "-X", "importtime", "-m", "handbill", "build", "--at", "2026-11-24T12:00:00+00:00"]
    for _ in range(2):
        done = subprocess.run(words, cwd=site.root, capture_output=True, text=True, check=True)
    assert "nothing changed" in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    heavy = {"jinja2", "markdown_it", "pydantic", "PIL", "babel", "mjml", "nh3", "yaml", "rich", "sqlite3"}
    assert imported & heavy == set()


def test_moving_the_moment_within_which_nothing_happens_is_nothing_to_do(site: Site) -> None:
    site.settle()
    site.build()
    assert site.build(at=NOW + 3600).unchanged
    assert not site.build(at=moment("2026-12-02 18:00")).unchanged


# ---- what is remembered may be lost


def spoil(path: Path, number: int) -> None:
    """Changes a byte, cuts, or fills with noise."""
    data = bytearray(path.read_bytes())
    chance = random.Random(number)
    if number % 3 == 0:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif number % 3 == 1:
        del data[chance.randrange(len(data)) :]
    else:
        data[20:] = chance.randbytes(len(data) - 20)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", ["manifest", "manifest.memory", "bodies.sqlite", "templates"])
@pytest.mark.parametrize("number", range(3))
def test_a_spoiled_cache_changes_nothing(site: Site, name: str, number: int) -> None:
    before = tree(site.public)
    if name == "bodies.sqlite" and number == 0:
        (site.root / ".handbill" / name).write_bytes(b"This is no database.")
    else:
        spoil(site.root / ".handbill" / name, number)
    site.edit("content/pages/about.md", "About us", "About them")
    site.build()
    assert difference(tree(site.public), clean_outputs(site)) == []
    assert len(difference(before, tree(site.public))) == 1


def test_a_cache_that_was_removed_is_made_again(site: Site) -> None:
    before = site.outputs()
    shutil.rmtree(site.root / ".handbill")
    assert site.build().changed == 0
    assert site.outputs() == before


def test_pictures_that_were_removed_from_the_cache_are_made_again(site: Site) -> None:
    before = tree(site.public)
    shutil.rmtree(site.root / ".handbill/pictures")
    site.edit("content/site.yaml", "name: Casa Lume", "name: Casa Luz")
    site.build()
    assert before.keys() - tree(site.public).keys() == {path for path in before if path.startswith("media/card-")}
