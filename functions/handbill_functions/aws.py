"""The one door to AWS: clients of its services, made when first used.

They are clients of botocore, the part of boto3 that boto3's own clients are: what boto3 adds to it is not used here,
and takes 40 ms of a cold start. botocore takes 150 ms to import, so nothing here is imported before it is needed.
Credentials, region and endpoints are found as boto3 finds them: the role of the function, AWS_DEFAULT_REGION,
AWS_ENDPOINT_URL_<SERVICE>.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

CONNECT, ANSWER = 2.0, 5.0
"""Seconds to wait for a connection, and for an answer: below the time-out of any function."""

SERVICES = ("dynamodb", "s3", "sesv2", "ssm")
"""Those that are used. botocore is told of them: before it opens the model of one it would look through the folders of
all 400, which takes as long as opening it."""

_making = threading.Lock()


def client(service: str, region: str | None = None, *, tries: int = 3, answer: float = ANSWER) -> Any:
    """A client of `service`, the same one each time: clients may be shared between threads. `tries`: how often
    botocore itself asks, the first time included; `answer`: seconds that it waits for each answer."""
    with _making:  # sessions may not be shared while they make clients
        return _client(service, region, tries, answer)


@cache
def _client(service: str, region: str | None, tries: int, answer: float) -> Any:
    with _kept():
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT,
            read_timeout=answer,
            retries={"mode": "standard", "total_max_attempts": tries},
            max_pool_connections=32,
            tcp_keepalive=True,
        )
        return _session().create_client(service, region_name=region, config=config)


@cache
def _session() -> Any:
    from botocore.session import get_session

    session = get_session()
    session.get_component("data_loader").list_available_services = lambda type_name: list(SERVICES)
    return session


@contextmanager
def _kept() -> Iterator[None]:
    """What is made meanwhile is kept until the process ends, and never looked through for garbage: a client and its
    modules are some hundred thousand objects, and looking takes a fifth of the time that making them does."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def errors() -> tuple[type[Exception], ...]:
    """What a call may raise: to be caught. Whoever asks has used a client."""
    from botocore.exceptions import BotoCoreError, ClientError

    return ClientError, BotoCoreError


def code_of(error: Exception) -> str:
    """The name of what went wrong, for decisions and logs: the service's code, or the kind of the connection's error.
    What the service said beside it stays out, since it may repeat an address."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return str(code) or type(error).__name__


def words_of(error: Exception) -> str:
    """What the service said. May hold addresses: to decide by, and never for a log."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Message", "")) if isinstance(response, dict) else ""


def status_of(error: Exception) -> int:
    """The HTTP status of the service's answer; 0 where none came: refused, cut off, too late."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return 0
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def unanswered(error: Exception) -> bool:
    """True where no answer came: nobody knows whether it was done."""
    from botocore.exceptions import ConnectionError as Broken
    from botocore.exceptions import HTTPClientError

    return isinstance(error, (Broken, HTTPClientError))
