"""The catalog is read as it was written, and nothing but the catalog is read."""

import ast
import inspect
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handbill.digest import digest
from handbill_functions import catalog as contract
from handbill_functions.catalog import (
    VERSION,
    Catalog,
    FolderReader,
    canonical_json,
    entry_path,
    immutable,
    pick,
)
from handbill_functions.errors import CatalogError, NotInCatalog, OtherVersion, TornCatalog
from handbill_functions.fill import fill_answer, fill_email


def named(value: Any) -> str:
    """The name of the immutable file that holds `value`."""
    return immutable(value)[0]


PROGRAM = {
    "subject": [["header", "title"]],
    "preheader": ["Soon"],
    "html": ["<p>", ["text", "title"], "</p>"],
    "text": [["plain", "title"]],
}
WORDING = {"lang": "en", "controller": "Casa Lume", "purposes": {"marketing": "Yes"}, "note": "", "button": "Send"}
ANSWER = {"name": "confirm", "lang": "en", "dir": "ltr", "html": ["<h1>One tap left</h1>"]}
GATE = {"entry": "events/salon", "lang": "en", "html": ["<p>18:55</p>"], "text": ["18:55"]}
EMAIL = {
    "name": "welcome",
    "entry": "events/salon",
    "lang": "en",
    "dir": "ltr",
    "stream": "service",
    "program": named(PROGRAM),
    "values": {"title": "Salon"},
    "fragments": {},
    "attachments": [],
}
EMAIL_PT = {**EMAIL, "lang": "pt", "values": {"title": "Salão"}}
ENTRY = {
    "id": "events/salon",
    "kind": "event",
    "urls": {"en": "https://casalume.example/events/salon/"},
    "titles": {"en": "Salon"},
    "status": "scheduled",
    "starts": 1796410800,
    "ends": 1796416200,
    "opens_at": None,
    "closes_at": None,
    "early_access": None,
    "timezone": "Europe/Lisbon",
    "revision": 0,
    "form": None,
    "products": [],
    "pools": {},
    "emails": {"welcome": {"en": named(EMAIL), "pt": named(EMAIL_PT)}},
    "gate": {"en": named(GATE)},
}
SITE = {
    "name": "Casa Lume",
    "base_url": "https://casalume.example",
    "languages": ["en", "pt"],
    "timezone": "Europe/Lisbon",
    "currency": "EUR",
    "sender": None,
    "controller": "Casa Lume",
    "action": "/api",
}
INDEX = {"version": VERSION, "site": SITE, "answers": {"confirm": {"en": named(ANSWER)}}}


@pytest.fixture
def folder(tmp_path):
    """A small catalog, whole."""
    for name, value in [
        ("programs", PROGRAM),
        ("wordings", WORDING),
        ("answers", ANSWER),
        ("gates", GATE),
        ("emails", EMAIL),
        ("emails", EMAIL_PT),
    ]:
        hash, data = immutable(value)
        write(tmp_path / "private" / name / f"{hash}.json", data)
    write(tmp_path / "private" / entry_path("events/salon"), canonical_json(ENTRY))
    write(tmp_path / "private" / "index.json", canonical_json(INDEX))
    return tmp_path / "private"


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def catalog(folder):
    return Catalog(FolderReader(folder))


# Reading


def test_what_was_written_is_read(catalog):
    assert catalog.index() == INDEX
    assert catalog.entry("events/salon") == ENTRY
    assert catalog.program(named(PROGRAM)) == PROGRAM
    assert catalog.wording(named(WORDING)) == WORDING
    assert catalog.gate(named(GATE)) == GATE
    assert catalog.email(named(EMAIL_PT)) == EMAIL_PT


def test_an_email_is_found_by_entry_and_name_and_filled(catalog):
    hash, email = catalog.email_for("events/salon", "welcome", "pt")
    assert hash == named(EMAIL_PT)
    assert fill_email(email, catalog.program(email["program"]), {}).subject == "Salão"


def test_an_answer_is_found_by_its_name_and_filled(catalog):
    assert fill_answer(catalog.answer("confirm", "en"), {}) == "<h1>One tap left</h1>"


def test_a_language_that_is_not_there_falls_back_to_the_default(catalog):
    assert catalog.answer("confirm", "pt")["lang"] == "en"
    assert catalog.email_for("events/salon", "welcome", "de")[1]["lang"] == "en"


def test_the_languages_of_the_site_are_tried_in_their_order():
    assert pick({"pt": "a", "en": "b"}, "de", ["en", "pt"]) == "b"
    assert pick({"pt": "a"}, "en", ["en", "pt"]) == "a"
    assert pick({"pt": "a", "en": "b"}, "pt", ["en", "pt"]) == "a"


def test_the_site_itself_is_an_entry(folder, catalog):
    write(folder / "entries/site.json", canonical_json({**ENTRY, "id": "site", "kind": "site"}))
    assert catalog.entry("site")["kind"] == "site"


def test_an_entry_may_bear_a_name_in_any_script(folder, catalog):
    write(folder / entry_path("events/東京の夜"), canonical_json({**ENTRY, "id": "events/東京の夜"}))
    assert catalog.entry("events/東京の夜")["id"] == "events/東京の夜"


def test_a_new_index_and_a_new_entry_are_seen_at_once(folder, catalog):
    catalog.index(), catalog.entry("events/salon")
    write(folder / "index.json", canonical_json({**INDEX, "answers": {}}))
    write(folder / "entries/events/salon.json", canonical_json({**ENTRY, "revision": 1}))
    assert catalog.index()["answers"] == {}
    assert catalog.entry("events/salon")["revision"] == 1


def test_a_field_that_nobody_knows_yet_is_no_error(folder, catalog):
    write(folder / "index.json", canonical_json({**INDEX, "mood": "sunny"}))
    assert catalog.index()["version"] == VERSION


# What is kept in memory


class CountingReader(FolderReader):
    def __init__(self, folder):
        super().__init__(folder)
        self.paths = []

    def read(self, path):
        self.paths.append(path)
        return super().read(path)


def test_an_immutable_file_is_read_once(folder):
    reader = CountingReader(folder)
    catalog = Catalog(reader)
    for _ in range(3):
        catalog.program(named(PROGRAM))
    assert len(reader.paths) == 1


def test_no_more_files_are_kept_than_asked(folder):
    reader = CountingReader(folder)
    catalog = Catalog(reader, keep=1)
    for hash in [named(EMAIL), named(EMAIL_PT), named(EMAIL)]:
        catalog.email(hash)
    assert len(reader.paths) == 3


def test_what_is_not_there_yet_is_looked_for_again(folder, catalog):
    late = {**WORDING, "button": "Late"}
    with pytest.raises(NotInCatalog):
        catalog.wording(named(late))
    write(folder / "wordings" / f"{named(late)}.json", canonical_json(late))
    assert catalog.wording(named(late)) == late


def test_an_email_is_never_taken_for_an_answer(catalog):
    with pytest.raises(NotInCatalog):
        catalog.wording(named(EMAIL))


# What is refused


def test_no_catalog_at_all_is_said(tmp_path):
    with pytest.raises(NotInCatalog, match=r"index\.json is missing"):
        Catalog(FolderReader(tmp_path / "nothing")).index()


@pytest.mark.parametrize("version", [0, VERSION + 1, 99])
def test_another_version_is_said_and_not_guessed_at(folder, catalog, version):
    write(folder / "index.json", canonical_json({"version": version}))
    with pytest.raises(OtherVersion, match=f"version {version}"):
        catalog.index()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"version": 1', b'{"version": "1"}', b"{}"]
)
def test_a_torn_index_is_said(folder, catalog, data):
    write(folder / "index.json", data)
    with pytest.raises(TornCatalog, match=r"index\.json"):
        catalog.index()


@pytest.mark.parametrize("field", sorted(set(INDEX) - {"version"}))
def test_an_index_without_a_field_is_torn(folder, catalog, field):
    write(folder / "index.json", canonical_json({k: v for k, v in INDEX.items() if k != field}))
    with pytest.raises(TornCatalog, match=field):
        catalog.index()


@pytest.mark.parametrize("field", sorted(set(ENTRY) - {"id"}))
def test_an_entry_without_a_field_is_torn(folder, catalog, field):
    write(folder / "entries/events/salon.json", canonical_json({k: v for k, v in ENTRY.items() if k != field}))
    with pytest.raises(TornCatalog, match=field):
        catalog.entry("events/salon")


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data + b"\n", lambda data: data.replace(b"S", b"s")]
)
def test_an_immutable_file_that_was_changed_is_refused(folder, catalog, change):
    hash, data = immutable(EMAIL)
    write(folder / "emails" / f"{hash}.json", change(data))
    with pytest.raises(TornCatalog, match="not what its name says"):
        catalog.email(hash)


def test_an_immutable_file_without_a_field_is_torn(folder, catalog):
    hash, data = immutable({"name": "confirm"})
    write(folder / "answers" / f"{hash}.json", data)
    write(folder / "index.json", canonical_json({**INDEX, "answers": {"confirm": {"en": hash}}}))
    with pytest.raises(TornCatalog, match="lacks dir, html, lang"):
        catalog.answer("confirm", "en")


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.entry("events/none"),
        lambda c: c.wording("0" * 32),
        lambda c: c.email_for("events/salon", "reminder", "en"),
        lambda c: c.email_for("events/none", "welcome", "en"),
        lambda c: c.answer("none", "en"),
    ],
)
def test_what_is_not_there_is_not_in_the_catalog(catalog, ask):
    with pytest.raises(NotInCatalog):
        ask(catalog)


def test_another_spelling_of_an_id_is_another_id(folder, catalog):
    # As on a file system that takes Salon for salon: the file is there, and it is not the one.
    write(folder / "entries/events/Salon.json", canonical_json(ENTRY))
    with pytest.raises(NotInCatalog):
        catalog.entry("events/Salon")


BAD_IDS = [
    "",
    "/",
    ".",
    "..",
    "../index",
    "events/../../index",
    "events/./salon",
    "events//salon",
    "/etc/passwd",
    "events/salon/",
    "events\\salon",
    "C:/x",
    "events/salon\n",
    "events/salon\x00",
    "-rf",
    "events/.hidden",
    "events/sa lon",
    "a/b/c/d/e",
    "x" * 201,
    "ana@example.org",
    None,
    7,
]


@pytest.mark.parametrize("id", BAD_IDS)
def test_what_cannot_be_an_id_never_touches_the_disk(folder, id):
    reader = CountingReader(folder)
    with pytest.raises(NotInCatalog):
        Catalog(reader).entry(id)
    assert reader.paths == []


@pytest.mark.parametrize(
    "hash", ["", "0" * 31, "0" * 33, "0" * 31 + "G", "A" * 32, "../" + "0" * 29, "0" * 32 + "\n", "٠" * 32, None, 7, []]
)
def test_what_cannot_be_a_hash_never_touches_the_disk(folder, hash):
    reader = CountingReader(folder)
    for ask in (Catalog(reader).wording, Catalog(reader).email, Catalog(reader).program, Catalog(reader).gate):
        with pytest.raises(NotInCatalog):
            ask(hash)
    assert reader.paths == []


@given(st.text(max_size=40) | st.sampled_from(["events/jane-doe", "jane.doe", "jane@example.org"]))
def test_an_error_never_repeats_what_a_visitor_posted(tmp_path_factory, id):
    catalog = Catalog(FolderReader(tmp_path_factory.getbasetemp() / "nothing"))
    with pytest.raises(NotInCatalog) as refused:
        catalog.entry(id)
    assert str(refused.value) in ("There is no entry of that id.", "That is not the id of an entry.")


# The folder


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/index.json",
        "../index.json",
        "a/../index.json",
        "./index.json",
        "a//b",
        "a\\b",
        "C:x",
        "index.json\x00",
        "a/",
    ],
)
def test_a_folder_reads_nothing_outside_itself(folder, path):
    write(folder.parent / "index.json", b"secret")
    with pytest.raises(CatalogError):
        FolderReader(folder).read(path)


def link(target, path):
    try:
        path.symlink_to(target)
    except OSError:  # pragma: no cover
        pytest.skip("no symbolic links here")


def test_a_link_that_leads_out_is_refused(folder):
    write(folder.parent / "private-too" / "secret.json", b"secret")
    link(folder.parent / "private-too" / "secret.json", folder / "a.json")
    link(folder.parent / "private-too", folder / "more")
    for path in ("a.json", "more/secret.json"):
        with pytest.raises(CatalogError, match="leads out"):
            FolderReader(folder).read(path)


def test_a_link_inside_is_followed_and_the_folder_may_be_one(folder):
    link(folder / "index.json", folder / "same.json")
    link(folder, folder.parent / "current")
    assert FolderReader(folder.parent / "current").read("same.json") == canonical_json(INDEX)


def test_a_folder_that_is_swapped_is_read_anew(folder, tmp_path):
    link(folder, tmp_path / "current")
    reader = FolderReader(tmp_path / "current")
    assert reader.read("index.json") == canonical_json(INDEX)
    write(tmp_path / "next" / "index.json", b"next")
    (tmp_path / "current").unlink()
    link(tmp_path / "next", tmp_path / "current")
    assert reader.read("index.json") == b"next"


def test_what_is_not_there_is_none(folder):
    assert FolderReader(folder).read("entries/none.json") is None
    assert FolderReader(folder).read("index.json/none.json") is None


def test_what_cannot_be_read_is_torn(folder):
    (folder / "entries/odd.json").mkdir()
    with pytest.raises(TornCatalog, match=r"entries/odd\.json"):
        FolderReader(folder).read("entries/odd.json")


# Names


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_both_sides_give_the_same_name_to_the_same_content(value):
    try:
        data = canonical_json(value)
    except UnicodeEncodeError:  # a lone surrogate is in no file
        with pytest.raises(UnicodeEncodeError):
            immutable(value)
        return
    assert immutable(value) == (digest(data), data)
    assert named(value) == digest(data)
    assert named(json.loads(data)) == named(value)


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        immutable({"price": float("nan")})


# The contract


def test_every_field_of_the_contract_has_its_sentence():
    silent = []
    for node in ast.parse(inspect.getsource(contract)).body:
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "TypedDict" for b in node.bases):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if isinstance(field, ast.AnnAssign) and not said:
                    silent.append(f"{node.name}.{field.target.id}")
    assert not silent


def test_importing_the_catalog_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import handbill_functions.catalog; print(*(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    heavy = {"dataclasses", "inspect", "pathlib", "email", "decimal", "urllib", "handbill", "boto3", "pydantic"}
    assert not heavy & set(run.stdout.split())
