"""The catalog from a private S3 prefix: the same files as from a folder, and what S3 says on a bad day."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_wire import Wire, answer, lost, reset
from conftest import Site
from dynamodb_local import client_at
from handbill_functions.catalog import Catalog, FolderReader
from handbill_functions.catalog_s3 import FRESH, S3Reader
from handbill_functions.errors import CatalogError, NotInCatalog, TornCatalog


class Hands:
    """A clock that stands still until it is set."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def wire(aws_server: str) -> Wire:
    return Wire(client_at(aws_server, "s3"), read=lambda request: {})


@pytest.fixture
def reader(bucket: str, wire: Wire, clock: Hands) -> S3Reader:
    return S3Reader(bucket, "site/", client=wire.client, clock=clock)


def test_every_file_is_the_same_from_s3_as_from_a_folder(sample_site: Site, reader: S3Reader) -> None:
    files = [path for path in sorted(sample_site.private.rglob("*.json")) if path.is_file()]
    assert len(files) > 20
    folder = FolderReader(sample_site.private)
    for path in files:
        name = path.relative_to(sample_site.private).as_posix()
        assert reader.read(name) == folder.read(name)


def test_a_catalog_reads_a_site_in_it(sample_site: Site, reader: S3Reader) -> None:
    catalog = Catalog(reader)
    assert catalog.index() == sample_site.catalog.index()
    assert catalog.email_for("events/salon-to-stream", "welcome", "pt") == sample_site.catalog.email_for(
        "events/salon-to-stream", "welcome", "pt"
    )
    with pytest.raises(NotInCatalog):
        catalog.entry("events/nothing")


@pytest.mark.parametrize("path", ["/index.json", "../index.json", "a//b", "a\\b", ""])
def test_nothing_outside_the_prefix_is_asked_for(reader: S3Reader, wire: Wire, path: str) -> None:
    with pytest.raises(CatalogError):
        reader.read(path)
    assert wire.sent == []


def test_one_request_of_a_visitor_asks_for_a_file_once_and_what_was_published_is_seen_soon(
    bucket: str, reader: S3Reader, wire: Wire, clock: Hands, aws_server: str
) -> None:
    other = client_at(aws_server, "s3")
    other.put_object(Bucket=bucket, Key="site/changing.json", Body=b"1")
    assert (reader.read("changing.json"), reader.read("changing.json")) == (b"1", b"1")
    assert len(wire.sent) == 1
    other.put_object(Bucket=bucket, Key="site/changing.json", Body=b"2")
    clock.at = FRESH
    assert reader.read("changing.json") == b"2"


def test_what_is_not_there_is_looked_for_again(bucket: str, reader: S3Reader, wire: Wire, aws_server: str) -> None:
    assert reader.read("later.json") is None
    client_at(aws_server, "s3").put_object(Bucket=bucket, Key="site/later.json", Body=b"3")
    assert reader.read("later.json") == b"3"


def test_memory_is_bounded(bucket: str, aws_server: str, clock: Hands) -> None:
    client = client_at(aws_server, "s3")
    reader = S3Reader(bucket, "many", client=client, clock=clock)
    for number in range(80):
        client.put_object(Bucket=bucket, Key=f"many/{number}", Body=b"x")
        reader.read(str(number))
    assert len(reader._files) == 64


def test_a_bucket_that_may_not_be_read_or_does_not_answer_is_told_without_the_path(
    reader: S3Reader, wire: Wire
) -> None:
    for fault in (answer(403, "AccessDenied"), answer(404, "NoSuchBucket"), answer(503, "SlowDown"), reset, lost):
        wire.faults = [fault]
        with pytest.raises(CatalogError, match=r"^The catalog's bucket cannot be read: \w+\.$"):
            reader.read("entries/secret-party.json")


def test_a_file_that_broke_off_is_torn(reader: S3Reader, wire: Wire) -> None:
    whole = wire.deliver

    def cut(wire: Wire, request: object) -> object:
        response = whole(request)
        response.headers["Content-Length"] = "999999"
        return response

    wire.faults = [cut]  # type: ignore[list-item]
    with pytest.raises(TornCatalog):
        reader.read("index.json")


@pytest.mark.parametrize("url", ["s3://", "s3://B/x", "s3:bucket", "https://bucket"])
def test_what_is_no_place_in_s3_is_refused(url: str) -> None:
    with pytest.raises(CatalogError):
        S3Reader.at(url)


def test_a_place_in_s3_is_a_bucket_and_a_prefix(tmp_path: Path) -> None:
    assert (S3Reader.at("s3://a-bucket/a/b/")._prefix, S3Reader.at("s3://a-bucket")._prefix) == ("a/b/", "")
