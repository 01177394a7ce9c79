"""What AWS says only on a bad day, put on the wire by botocore's hook before a request is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

Fault = Callable[["Wire", Any], AWSResponse | None]


class Wire:
    """What stands between a client and its server: passes requests on, but for the next ones that have a fault."""

    def __init__(self, client: Any, read: Callable[[Any], Any] = lambda request: json.loads(request.body)) -> None:
        self.client = client
        self._read = read
        self.faults: list[Fault] = []
        self.sent: list[dict[str, Any]] = []
        """The body of each request that came."""
        client.meta.events.register("before-send.*", self._pass)

    def _pass(self, request: Any, **_: Any) -> AWSResponse | None:
        self.sent.append(self._read(request))
        return self.faults.pop(0)(self, request) if self.faults else None

    def deliver(self, request: Any) -> AWSResponse:
        """The server gets it after all."""
        response: AWSResponse = self.client._endpoint.http_session.send(request)
        return response


def answer(status: int, code: str, message: str = "", **more: Any) -> Fault:
    """The server says something else, and does nothing."""
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": message, **more}).encode()
    in_xml = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()

    class Raw(BytesIO):
        def stream(self, **_: Any) -> Any:
            yield self.read()

    def fault(wire: Wire, request: Any) -> AWSResponse:
        speaks_xml = wire.client.meta.service_model.service_name == "s3"
        return AWSResponse(request.url, status, {"x-amzn-errortype": code}, Raw(in_xml if speaks_xml else body))

    return fault


def reset(wire: Wire, request: Any) -> AWSResponse:
    """The connection breaks before the request has arrived."""
    raise ConnectionClosedError(endpoint_url=request.url)


def lost(wire: Wire, request: Any) -> AWSResponse:
    """The server does it, and its answer does not arrive."""
    wire.deliver(request)
    raise ReadTimeoutError(endpoint_url=request.url)
