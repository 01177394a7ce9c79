"""Lambda on this machine: AWS's own runtime client (awslambdaric) in a process of its own, and the Runtime API that it
asks for events, as AWS documents it ("Using the Lambda runtime API")."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:handbill"


@dataclass(frozen=True, slots=True)
class Failed:
    """What the runtime said of a call that raised, or of a handler that could not be loaded."""

    type: str
    message: str


@dataclass
class Lambda:
    """One function, warm until the test is over."""

    process: subprocess.Popen[bytes]
    events: queue.Queue[tuple[str, bytes, int]]
    answers: queue.Queue[tuple[str, Any]]
    output: Any
    timeout: int = 60
    """Seconds after which a call would be ended."""

    def call(self, event: Any) -> Any:
        """What the handler gives for an event, or Failed."""
        id = str(uuid.uuid4())
        self.events.put((id, json.dumps(event).encode(), self.timeout))
        return self.answer(id)

    def answer(self, id: str) -> Any:
        named, answer = self.answers.get(timeout=60)
        assert named == id
        return answer

    @property
    def log(self) -> list[dict[str, Any]]:
        """Its own lines."""
        return [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]

    @property
    def said(self) -> str:
        """All that it wrote."""
        self.output.seek(0)
        return str(self.output.read().decode())

    @property
    def cpu(self) -> float:
        """Seconds of the processor that it has taken since it started."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class _Api:
    events: queue.Queue[tuple[str, bytes, int]] = field(default_factory=queue.Queue)
    answers: queue.Queue[tuple[str, Any]] = field(default_factory=queue.Queue)


def _handler(api: _Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write: two would wait for each other's acknowledgement, 40 ms each time
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            assert self.path == "/2018-06-01/runtime/invocation/next"
            id, body, timeout = api.events.get()
            self._say(
                200, body, **{
                    "Lambda-Runtime-Aws-Request-Id": id, "Lambda-Runtime-Invoked-Function-Arn": ARN,
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + timeout) * 1000)),
                    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
                },
            )  # fmt: skip

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = json.loads(body or b"null")
            words = self.path.split("/")
            if words[-1] == "error":
                said = Failed(said["errorType"], said["errorMessage"])
            api.answers.put(("init" if words[-2] == "init" else words[-2], said))
            self._say(202, b"{}")

        def _say(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *values: Any) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The function was ended while it asked for the next event."""


@contextmanager
def running(handler: str, environ: Mapping[str, str]) -> Iterator[Lambda]:
    """The function with that handler (`package.module.name`), cold, in this environment."""
    api = _Api()
    server = _Server(("127.0.0.1", 0), _handler(api))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler], stdout=output, stderr=output,
            env={**environ, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}"},
        )  # fmt: skip
        try:
            yield Lambda(process, api.events, api.answers, output)
        finally:
            process.kill()
            process.wait()
            server.shutdown()
            server.server_close()
