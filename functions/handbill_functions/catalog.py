"""The catalog: the one contract between the build and the functions, owned by its reader.

The build writes it below `private/`, never published; the functions read it from that folder, or from a private S3
prefix. It is data and no code: JSON in UTF-8, keys sorted. Nothing is read before it is needed and no file grows with
the site, but for the files of one entry: so neither a cold start nor memory does.

    index.json              Index      the version, the site, the answers. Small.
    entries/<id>.json       EntryFile  one an entry: `entries/events/salon.json`; `entries/site.json` is the site's own
    wordings/<hash>.json    Wording    immutable: what a form said when somebody agreed to it
    programs/<hash>.json    Program    immutable: an e-mail's layout and words, shared by many entries
    emails/<hash>.json      EmailFile  immutable: one e-mail of one entry, or a letter, in one language
    answers/<hash>.json     Answer     immutable: one page that the functions show, in one language
    gates/<hash>.json       Gate       immutable: the words of one entry that only confirmed subscribers see

An immutable file bears the digest of its own bytes as its name (`immutable`), and is refused when the two differ. A
form posts the hash of the wording that it showed, and a row of the outbox names the hash of the e-mail that it will
fill: so yesterday's page and yesterday's message keep yesterday's words.

**Write order.** Immutable files first, and never over one that is there; then the entries; `index.json` last. Each file
is written beside its place and moved over it. Then a reader at any moment finds every file that a file it has read
names. Immutable files that nothing names any more stay: pages in caches and rows of the outbox still do.

**Change.** A field may be added without a new VERSION: readers ignore what they do not know. Taking one away, or
another meaning for it, raises VERSION; then the functions are deployed first and the catalog published after them.

What is returned is shared and must not be changed.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, TypeVar, cast

from handbill_functions.errors import CatalogError, NotInCatalog, OtherVersion, TornCatalog

VERSION = 1

Nodes: TypeAlias = Sequence["str | Nodes"]
"""A program: see `handbill_functions.fill`, which checks and fills it."""

ByLang: TypeAlias = dict[str, str]
"""BCP 47 code → text or hash: {"en": "Seat", "pt": "Lugar"}."""


class Price(TypedDict):
    """An amount of money, as Money.to_json gives it."""

    amount: int
    """Minor units: 2500 for 25.00 EUR."""
    currency: str
    """ISO 4217: `EUR`."""


class Sender(TypedDict):
    """Who the site's e-mails come from."""

    name: str
    """`Casa Lume`."""
    email: str
    """Its address, domain in ASCII: `hello@casalume.example`."""
    address: str
    """Postal address in one line: the law wants it in every marketing mail."""


class Site(TypedDict):
    """What the functions know of the site as a whole."""

    name: str
    """`Casa Lume`."""
    base_url: str
    """Absolute, without a slash at its end: `https://casalume.example`. Forms come from its origin alone."""
    languages: list[str]
    """BCP 47 codes; the first is the default, which everything falls back to."""
    timezone: str
    """IANA name: `Europe/Lisbon`."""
    currency: str
    """ISO 4217 of bare prices: `EUR`."""
    sender: Sender | None
    """None where the site sends no e-mail."""
    controller: str
    """Who is responsible for the data, by name: `Casa Lume, Lda`."""
    action: str
    """Where forms post, root-relative or absolute: `/api`. Empty where a named sender takes them."""
    language_names: NotRequired[dict[str, str]]
    """Each language by the name that it calls itself: {"pt": "português"}."""
    pages: NotRequired[dict[str, ByLang]]
    """Static pages to send people to, root-relative: {"check_inbox": {"en": "/check-inbox/"}, "thanks": …}."""


class Index(TypedDict):
    """`index.json`. Written last; it alone carries the version."""

    version: int
    """VERSION of the code that it was written for."""
    site: Site
    """The site as a whole."""
    answers: dict[str, ByLang]
    """Name of an answer → language → hash: {"confirm": {"en": "3f…"}}."""
    strings: NotRequired[dict[str, dict[str, str]]]
    """Language → key → words that the functions put into answers: what is wrong with a field, and such."""


class FormField(TypedDict):
    """One field beside the e-mail address."""

    name: str
    """Name in the post: `first_name`."""
    type: Literal["text", "tel", "number", "select", "checkbox"]
    """Kind of control: what a value may look like."""
    required: bool
    """True where a post without it is refused."""
    label: ByLang
    """Visible label, for the form that is shown again."""
    options: list[str]
    """What a select may say; empty for other types. Anything else is refused."""
    labels: NotRequired[dict[str, ByLang]]
    """A select: what it may say → how that is written in each language: {"small": {"en": "Small"}}."""


class Form(TypedDict):
    """The sign-up form of an entry: what a post may say."""

    list: str
    """The list that people join: `main`."""
    intent: str
    """What they ask for: `event`, `drop`, `stay`, `waitlist` or `newsletter`."""
    fields: list[FormField]
    """Further fields, in order."""
    purposes: list[str]
    """What they may agree to, each by its own box: `marketing`."""
    wordings: ByLang
    """Language → hash of the Wording shown there now. An older hash is as good, if its file is there."""
    thanks: NotRequired[ByLang]
    """The author's sentence for the page after signing up; not there where nobody wrote one, or it is true no more."""


class Product(TypedDict):
    """What can be bought. The price is nowhere else: a form posts an id and a quantity."""

    id: str
    """Stable within the entry: `seat`."""
    name: ByLang
    """`Seat`, for pages and receipts."""
    price: Price | None
    """None where no price is written; an amount of 0 is free."""
    per: NotRequired[Literal["night", "day", "hour", "stay"]]
    """For a space: how long the price is for."""
    stock: int | None
    """Units of its own; None where only the pool limits it, or nothing does."""
    edition: int | None
    """Numbered 1 to this; it is the stock. None where nothing is numbered."""
    per_person: int | None
    """At most so many for one person."""
    online: bool
    """True for a ticket to the stream: outside the pool of the room."""
    pool: str | None
    """Name of the pool it takes from besides, in `pools` of the entry."""
    addons: list["Product"]
    """What can be added to it."""
    until: int | None
    """An add-on: seconds after the purchase during which it can be added. None for no limit."""


class EntryFile(TypedDict):
    """`entries/<id>.json`: one event, drop, host or page, or the site itself (`site`)."""

    id: str
    """`events/salon-to-stream`."""
    kind: str
    """`event`, `drop`, `host`, `page` or `site`."""
    urls: ByLang
    """Absolute URL of its page, for each language that it is in."""
    titles: ByLang
    """Its title, for each language that it is in."""
    status: str
    """As written: `scheduled`, `postponed`, `cancelled`, `sold_out`, …"""
    starts: int | None
    """Event: its start. All moments are seconds of Unix time."""
    ends: int | None
    """Event: its end, exclusive."""
    opens_at: int | None
    """When it opens to everybody; None where it is open from the first, or (drop) not yet known."""
    closes_at: int | None
    """When it closes."""
    early_access: int | None
    """Seconds before `opens_at` at which it opens to confirmed subscribers."""
    timezone: str
    """IANA name of its own zone."""
    revision: int
    """Raised by one when time or place change: `changed` is sent once for each."""
    form: Form | None
    """Its sign-up form, or None."""
    products: list[Product]
    """Tickets, items, spaces and the entry's own add-ons, in order."""
    pools: dict[str, int]
    """Stock that products share: {"room": 40}."""
    emails: dict[str, ByLang]
    """Name of an e-mail → language → hash: {"welcome": {"en": "9c…"}}."""
    gate: ByLang
    """Language → hash of its Gate; empty where nothing is gated."""


class Wording(TypedDict):
    """`wordings/<hash>.json`: what a form said, word for word. Consent points here for ever."""

    lang: str
    """BCP 47 code of the words."""
    controller: str
    """Who was named as responsible."""
    purposes: dict[str, str]
    """Purpose → the sentence beside its box."""
    note: str
    """The line below the field: what is sent, how often, how to leave."""
    button: str
    """The words of the button that was pressed."""


class Program(TypedDict):
    """`programs/<hash>.json`: an e-mail's layout and words, with slots."""

    subject: Nodes
    """One line."""
    preheader: Nodes
    """One line; the HTML holds it by its slot `preheader`."""
    html: Nodes
    """The whole document."""
    text: Nodes
    """The plain-text part, from the same words."""


class Fragment(TypedDict):
    """Words of one entry inside a program that many entries share."""

    html: Nodes
    """For the HTML part."""
    text: Nodes
    """For the text part."""


class Attachment(TypedDict):
    """A file that goes with an e-mail."""

    name: str
    """`salon-to-stream.ics`."""
    type: str
    """MIME type with its parameters: `text/calendar; charset=utf-8; method=PUBLISH`."""
    content: str
    """The text of it, to be sent as UTF-8, line ends as they are."""


class EmailFile(TypedDict):
    """`emails/<hash>.json`: one e-mail of one entry in one language; `fill.fill_email` fills it for one person."""

    name: str
    """`confirm`, `welcome`, `reminder`, `changed`, `cancelled` or `letter`."""
    entry: str
    """Id of the entry; of a letter its own, `letters/june`."""
    lang: str
    """BCP 47 code of its words."""
    dir: Literal["ltr", "rtl"]
    """Direction of that language."""
    stream: Literal["service", "marketing"]
    """`marketing` needs consent and carries a way out; `service` is what the person asked for."""
    program: str
    """Hash of its Program."""
    values: dict[str, str]
    """What the build knew: title, when, where, url, … What it did not know is not there."""
    fragments: dict[str, Fragment]
    """`body`, and `gate` in the one e-mail that may hold it."""
    attachments: list[Attachment]
    """Files that go with it: the .ics."""


class Answer(TypedDict):
    """`answers/<hash>.json`: a page that the functions fill."""

    name: str
    """`confirm`, `unsubscribe`, `preferences`, `gate`, `form` or `message`."""
    lang: str
    """BCP 47 code of its words."""
    dir: Literal["ltr", "rtl"]
    """Direction of that language."""
    html: Nodes
    """The whole page."""


class Gate(TypedDict):
    """`gates/<hash>.json`: a Fragment with the entry that it belongs to."""

    entry: str
    """Id of the entry."""
    lang: str
    """BCP 47 code of the words."""
    html: Nodes
    """For a page, or the HTML part of an e-mail."""
    text: Nodes
    """For the text part of an e-mail."""


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical_json(value: Any) -> bytes:
    """The one JSON text of `value`: sorted keys, no spaces, UTF-8. Equal values give equal bytes."""
    return _canonical(value).encode()


def _digest(data: bytes) -> str:
    # SHA-256 over the length and the bytes, cut to 128 bits: what the build calls digest() of one part.
    return hashlib.sha256(len(data).to_bytes(8, "big") + data).hexdigest()[:32]


def immutable(value: Any) -> tuple[str, bytes]:
    """(name, bytes) of the immutable file that holds `value`: `emails/<name>.json` is these bytes, and no others."""
    data = canonical_json(value)
    return _digest(data), data


_HASH = re.compile(r"[0-9a-f]{32}")


def entry_path(id: str) -> str:
    """Where the file of an entry is: `entries/events/salon.json`. Raises NotInCatalog for what cannot be an id.

    An id is one to four names joined by slashes; a name is letters with their marks, digits, `_`, `-` and `.` of any
    script, does not start with a dot or a hyphen, and has at most 200 bytes in UTF-8.
    """
    if not isinstance(id, str) or id.count("/") > 3 or not all(map(_is_name, id.split("/"))):
        raise NotInCatalog("That is not the id of an entry.")
    return f"entries/{id}.json"


_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


def _is_name(name: str) -> bool:
    if _PLAIN_NAME.fullmatch(name):
        return True
    rest = re.sub(r"[\w.-]", "", name)
    if rest:  # vowel signs of Hindi and Thai are marks, which are no \w
        from unicodedata import category

        if any(category(c)[0] != "M" for c in rest):
            return False
    return re.match(r"\w", name) is not None and len(name.encode()) <= 200


class Reader(Protocol):
    """Where the files of a catalog come from: a folder, an S3 prefix. The one thing an adapter must do."""

    def read(self, path: str) -> bytes | None:
        """The whole file at `path` (relative, forward slashes), or None when it is not there.

        Called at any time, from any thread; changes nothing; calling twice is safe. Raises TornCatalog when the file is
        there and cannot be read whole, CatalogError when the place itself cannot be reached.
        """


@lru_cache(maxsize=256)
def refuse_outside(path: str) -> None:
    """Raises CatalogError for a path that is no path of a catalog: absolute, with `..`, a backslash, a control."""
    if any(name in ("", ".", "..") or re.search(r"[\\:\x00-\x1f]", name) for name in path.split("/")):
        raise CatalogError("That path does not lead into the catalog.")


SETTLED = 10**9
"""Nanoseconds after a change during which another one may leave a file with the same times: until then it is read."""


class FolderReader:
    """Reads a catalog from a folder on this machine. Nothing outside that folder is ever read."""

    def __init__(self, folder: str | os.PathLike[str], *, keep: int = 64) -> None:
        """Keeps the last `keep` files, each for as long as it is the same file, unchanged."""
        self._folder = os.fspath(folder)
        self._kept = lru_cache(maxsize=keep)(lambda path, state: self._fetch(path))

    def read(self, path: str) -> bytes | None:
        """See Reader. CatalogError for an absolute path, `..`, a backslash, and a link that leads out of the folder."""
        refuse_outside(path)
        try:
            found = os.stat(f"{self._folder}/{path}")  # noqa: PTH116
        except OSError:
            return self._fetch(path)
        if time.time_ns() - found.st_ctime_ns < SETTLED:
            return self._fetch(path)
        return self._kept(path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))

    def _fetch(self, path: str) -> bytes | None:
        # The folder itself may be a link that a deploy moves, so it is resolved anew each time.
        root = os.path.realpath(self._folder)
        real = os.path.realpath(f"{root}/{path}")
        if not real.startswith(root.rstrip(os.sep) + os.sep):
            raise CatalogError("That path leads out of the catalog.")
        try:
            with open(real, "rb") as file:  # noqa: PTH123 (pathlib would be one more import before the first answer)
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise TornCatalog(f"{path} cannot be read: {error.strerror}.") from None

    def entries(self) -> list[str]:
        """Ids of all entries, in order."""
        top = os.path.realpath(f"{self._folder}/entries")
        found = []
        for folder, _, names in os.walk(top):
            below = os.path.relpath(folder, top).replace(os.sep, "/")
            found += [f"{below}/{name[:-5]}".removeprefix("./") for name in names if name.endswith(".json")]
        return sorted(found)


File = TypeVar("File", bound=Mapping[str, Any])  # one of the TypedDicts above


class Catalog:
    """What the functions read of a build. Safe to share between threads.

    Raises NotInCatalog where nothing is there by that id, name or hash; TornCatalog where a file is not what it should
    be; OtherVersion. The index and the entries are read anew at every call, since a build may have published between
    two of them: keep the one you have for as long as one request lasts. Immutable files are kept, the last `keep` used.
    """

    def __init__(self, reader: Reader, *, keep: int = 64) -> None:
        self._reader = reader
        self._kept = lru_cache(maxsize=keep)(self._read_immutable)
        self._parsed = lru_cache(maxsize=keep)(_parsed)  # by the bytes that were read: what is the same is parsed once

    def index(self) -> Index:
        """The version, the site and the answers. Ask for it first: it alone tells the version."""
        data = self._reader.read("index.json")
        if data is None:
            raise NotInCatalog("There is no catalog here: index.json is missing. Build the site first.")
        return cast("Index", self._parsed("index.json", data, Index))

    def entry(self, id: str) -> EntryFile:
        """What is sold and asked at one entry: `entry("events/salon-to-stream")`, or `entry("site")`."""
        path = entry_path(id)
        data = self._reader.read(path)
        if data is None:
            raise NotInCatalog("There is no entry of that id.")
        entry = cast("EntryFile", self._parsed(path, data, EntryFile))
        if entry["id"] != id:  # a file system that takes Salon for salon
            raise NotInCatalog("There is no entry of that id.")
        return entry

    def listed(self) -> list[str]:
        """Ids of all entries, where the reader can list them; else none. For an operator, never for a request."""
        return self._reader.entries() if isinstance(self._reader, FolderReader) else []

    def wording(self, hash: str) -> Wording:
        """What a form said, by the hash that it posted."""
        return self._immutable("wordings", hash, Wording)

    def program(self, hash: str) -> Program:
        """The layout and words that an EmailFile names."""
        return self._immutable("programs", hash, Program)

    def email(self, hash: str) -> EmailFile:
        """An e-mail, by the hash that a row of the outbox names."""
        return self._immutable("emails", hash, EmailFile)

    def gate(self, hash: str) -> Gate:
        """The gated words of an entry, by a hash of its `gate`."""
        return self._immutable("gates", hash, Gate)

    def answer(self, name: str, lang: str) -> Answer:
        """A page that the functions fill, in `lang` or else in the site's default language."""
        index = self.index()
        hash = pick(index["answers"].get(name, {}), lang, index["site"]["languages"])
        return self._immutable("answers", hash, Answer)

    def email_for(self, entry_id: str, name: str, lang: str) -> tuple[str, EmailFile]:
        """(hash, e-mail) that an entry sends now under that name: see `email_of`."""
        hash, _ = self.email_of(self.entry(entry_id), name, lang)
        return hash, self.email(hash)

    def email_of(self, entry: EntryFile, name: str, lang: str) -> tuple[str, str]:
        """(hash, language) of the e-mail that an entry sends under that name, in `lang` or else in the site's default
        language.

        The hash is for the row of the outbox: what is queued today is sent in today's words.
        """
        by_lang = entry["emails"].get(name, {})
        found = pick({each: each for each in by_lang}, lang, self.index()["site"]["languages"])
        return by_lang[found], found

    def _immutable(self, folder: str, hash: str, shape: type[File]) -> File:
        if not isinstance(hash, str) or not _HASH.fullmatch(hash):
            raise NotInCatalog("That is not the hash of a file.")
        return cast("File", self._kept(f"{folder}/{hash}.json", shape))

    def _read_immutable(self, path: str, shape: type[Any]) -> Any:
        data = self._reader.read(path)
        if data is None:
            raise NotInCatalog(f"{path} is not in the catalog.")
        if not path.endswith(f"/{_digest(data)}.json"):
            raise TornCatalog(f"{path} is not what its name says.")
        return _parsed(path, data, shape)


def pick(by_lang: Mapping[str, str], lang: str, languages: Sequence[str]) -> str:
    """What is there in `lang`, else in the first of the site's `languages` that has it; else NotInCatalog."""
    for one in (lang, *languages):
        if one in by_lang:
            return by_lang[one]
    raise NotInCatalog("There is nothing of that name in any language.")


def _parsed(path: str, data: bytes, shape: type[Any]) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:  # not UTF-8, or not JSON
        raise TornCatalog(f"{path} is not JSON.") from None
    if not isinstance(value, dict):
        raise TornCatalog(f"{path} is not an object.")
    if shape is Index:  # before its shape, which may be another one in another version
        _refuse_other_version(value.get("version"))
    missing = shape.__required_keys__ - value.keys()
    if missing:
        raise TornCatalog(f"{path} lacks {', '.join(sorted(missing))}.")
    return value


def _refuse_other_version(version: object) -> None:
    if not isinstance(version, int):
        raise TornCatalog("index.json lacks its version.")
    if version != VERSION:
        raise OtherVersion(
            f"The catalog is of version {version}, and these functions read {VERSION}. "
            "Deploy functions and site from the same release."
        )
