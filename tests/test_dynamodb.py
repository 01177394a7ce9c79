"""What only the DynamoDB store does: it goes on where DynamoDB cancels, slows down, breaks off or loses its answer.

DynamoDB Local never cancels one of two transactions that meet, and loses nothing: so these are put on the wire.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from aws_wire import Fault, Wire, answer, lost, reset
from dynamodb_local import Local, client_at
from handbill_functions.errors import Conflict, StoreError, Unavailable
from handbill_functions.ports import ABSENT, Check, Count, Put, put
from handbill_functions.stores.dynamodb import DynamoStore

NOW = 1_800_000_000


def cancelled(*codes: str) -> Fault:
    return answer(400, "TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


PASSING: dict[str, Fault] = {
    "conflict": cancelled("None", "TransactionConflict"),
    "throttled change": cancelled("ThrottlingError", "None"),
    "throttled partition": cancelled("None", "ProvisionedThroughputExceeded"),
    "throttled request": answer(400, "ThrottlingException"),
    "still at it": answer(400, "TransactionInProgressException"),
    "token mistaken": answer(400, "IdempotentParameterMismatchException"),
    "server error": answer(500, "InternalServerError"),
    "reset": reset,
    "lost answer": lost,
}


@pytest.fixture
def wire(dynamodb: Local) -> Wire:
    return Wire(client_at(dynamodb.endpoint))


@pytest.fixture
def store(dynamodb: Local, wire: Wire) -> DynamoStore:
    return DynamoStore(dynamodb.table(), wire.client)


CHANGES = [Put("x", "1", {"n": 1}, ABSENT, version=77), Count("n", "1", 1, 9)]


def count(store: DynamoStore) -> int:
    found = store.get("n", "1", NOW)
    return 0 if found is None else found.data["count"]


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again_and_done_once(store: DynamoStore, wire: Wire, name: str) -> None:
    wire.faults = [PASSING[name]] * 3
    store.transact(CHANGES, NOW)
    assert len(wire.sent) == 4
    assert count(store) == 1
    assert store.get("x", "1", NOW) is not None


def test_each_try_carries_the_same_token_and_each_transaction_its_own(store: DynamoStore, wire: Wire) -> None:
    wire.faults = [cancelled("TransactionConflict", "None"), reset]
    store.transact(CHANGES, NOW)
    store.transact([Count("n", "1", 1, 9)], NOW)
    tokens = [body["ClientRequestToken"] for body in wire.sent]
    assert len(tokens) == 4
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert all(len(token) <= 36 for token in tokens)


def test_a_lost_answer_that_was_given_up_is_recognised_after_the_token_is_forgotten(
    dynamodb: Local, wire: Wire
) -> None:
    hasty = DynamoStore(dynamodb.table(), wire.client, patience=0)
    wire.faults = [lost]
    with pytest.raises(Unavailable):
        hasty.transact(CHANGES, NOW)
    hasty.transact(CHANGES, NOW)
    assert wire.sent[0]["ClientRequestToken"] != wire.sent[1]["ClientRequestToken"]
    assert count(hasty) == 1


@pytest.mark.parametrize("name", PASSING)
def test_what_does_not_pass_is_unavailable_in_time_and_names_no_item(dynamodb: Local, wire: Wire, name: str) -> None:
    hasty = DynamoStore(dynamodb.table(), wire.client, patience=0.3)
    wire.faults = [PASSING[name]] * 1000
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"^DynamoDB did not do it: \w+\.$"):
        hasty.transact(CHANGES, NOW)
    assert time.monotonic() - began < 2
    assert 1 < len(wire.sent) < 100


def test_readings_are_tried_again_too(store: DynamoStore, wire: Wire) -> None:
    store.transact(CHANGES, NOW)
    throttled = answer(400, "ProvisionedThroughputExceededException")
    key = ("x", "1")
    for read in (
        lambda: store.get(*key, NOW),
        lambda: store.get_each([key], NOW)[0],
        lambda: store.query("x", "", NOW),
        lambda: [*store.every("x", NOW)],
    ):
        wire.faults = [throttled, reset]
        assert read()


def test_what_dynamodb_left_of_several_is_asked_for_again(store: DynamoStore, wire: Wire) -> None:
    """It answers 16 MB at most, and less where it is busy. Here: nothing, twice."""
    store.transact([put(None, "x", str(number), {"n": number}) for number in range(9)], NOW)
    keys = [("x", str(number)) for number in range(9)]

    def left(wire: Wire, request: Any) -> AWSResponse:
        asked = json.loads(request.body)["RequestItems"]
        return answer(200, "", Responses={}, UnprocessedKeys=asked)(wire, request)

    wire.faults = [left, left]
    assert [item and item.data["n"] for item in store.get_each(keys, NOW)] == list(range(9))


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDeniedException", Unavailable), ("ResourceNotFoundException", Unavailable), ("ValidationException", None)],
)
def test_what_will_not_pass_is_told_at_once(
    store: DynamoStore, wire: Wire, code: str, kind: type[StoreError] | None
) -> None:
    wire.faults = [answer(400, code)] * 9
    with pytest.raises(StoreError, match=code) as told:
        store.transact(CHANGES, NOW)
    assert type(told.value) is (kind or StoreError)
    assert len(wire.sent) == 1


def test_what_was_changed_by_another_is_a_conflict_even_beside_one_that_passes(store: DynamoStore, wire: Wire) -> None:
    wire.faults = [cancelled("TransactionConflict", "ConditionalCheckFailed")]
    with pytest.raises(Conflict) as told:
        store.transact([Check("x", "1", ABSENT), Check("x", "2", 5)], NOW)
    assert told.value.place == 1


def test_of_two_transactions_that_cancel_each_other_each_goes_through_in_the_end(dynamodb: Local) -> None:
    table = dynamodb.table()

    def often() -> None:
        wire = Wire(client_at(dynamodb.endpoint))
        store = DynamoStore(table, wire.client)
        for number in range(10):
            wire.faults = [cancelled("TransactionConflict")] * (number % 3)
            store.transact([Count("n", "1", 1, 99)], NOW)

    threads = [threading.Thread(target=often) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(DynamoStore(table, dynamodb.client)) == 30


# ---- counts


def test_a_count_needs_one_request_whether_it_is_new_or_not(store: DynamoStore, wire: Wire) -> None:
    for _ in range(3):
        store.transact([Count("n", "1", 1, 9, expires=NOW + 60)], NOW)
    assert len(wire.sent) == 3


def test_a_count_that_expired_before_ttl_removed_it_starts_anew_beside_other_changes(
    store: DynamoStore, wire: Wire
) -> None:
    store.transact([Count("n", "1", 5, 9, expires=NOW + 60)], NOW)
    store.transact([put(None, "x", "1", {}), Count("n", "1", 1, 9, expires=NOW + 120)], NOW + 60)
    found = store.get("n", "1", NOW + 60)
    assert found is not None
    assert (found.data, found.expires) == ({"count": 1}, NOW + 120)
    assert len(wire.sent) == 4


def test_a_count_gives_no_end_to_one_that_had_none(store: DynamoStore) -> None:
    store.transact([Count("n", "1", 1, 9)], NOW)
    store.transact([Count("n", "1", 1, 9, expires=NOW + 60)], NOW)
    found = store.get("n", "1", NOW + 61)
    assert found is not None
    assert (found.data, found.expires) == ({"count": 2}, None)


# ---- pages


def test_what_is_larger_than_a_page_of_dynamodb_is_read_whole(store: DynamoStore, wire: Wire) -> None:
    for number in range(24):
        store.transact([put(None, "x", f"{number:02}", {"text": "x" * 99_000}, queue="q", due=number)], NOW)
    wire.sent.clear()
    assert len(store.query("x", "", NOW)) == 24
    assert len(wire.sent) > 2
    assert [item.due for item in store.due("q", 99, NOW, limit=99)] == [*range(24)]
    assert len([*store.every("x", NOW)]) == 24
    assert [item.sk for item in store.query("x", "", NOW, newest_first=True, limit=15)] == [
        f"{number:02}" for number in range(23, 8, -1)
    ]


def test_what_has_expired_takes_no_place_on_a_page(store: DynamoStore) -> None:
    for number in range(9):
        end = None if number % 3 == 2 else NOW + 1
        store.transact([put(None, "x", str(number), {}, expires=end, queue="q", due=1)], NOW)
    assert [item.sk for item in store.query("x", "", NOW + 1, limit=2)] == ["2", "5"]
    assert [item.sk for item in store.due("q", 1, NOW + 1, limit=3)] == ["2", "5", "8"]


def test_what_was_put_anew_while_it_was_purged_stays(dynamodb: Local, wire: Wire) -> None:
    store = DynamoStore(dynamodb.table(), wire.client)
    store.transact([put(None, "x", "1", {}, expires=NOW + 1)], NOW)

    def put_anew(wire: Wire, request: Any) -> AWSResponse:
        found = wire.deliver(request)
        DynamoStore(store._table, dynamodb.client).transact([put(None, "x", "1", {"new": 1})], NOW + 1)
        return found

    wire.faults = [put_anew]
    assert store.purge(NOW + 1) == (0, "")
    assert store.get("x", "1", NOW + 1) is not None


# ---- the table


def test_a_table_is_looked_at_and_told_what_it_lacks(dynamodb: Local) -> None:
    def faults(table: str) -> list[str]:
        return DynamoStore(table, dynamodb.client).faults()

    assert faults(dynamodb.table(ttl=True)) == []
    assert [told for told in faults(dynamodb.table()) if "TTL" in told]
    assert "ResourceNotFound" in faults("nothing-there")[0]
    plain = {"AttributeName": "pk", "KeyType": "HASH"}
    dynamodb.client.create_table(
        TableName="other", KeySchema=[plain], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    assert len(faults("other")) == 3


def test_nothing_of_boto3_is_imported_before_the_store_is_asked() -> None:
    words = (
        "import sys; from handbill_functions.stores.dynamodb import DynamoStore; DynamoStore('table'); "
        "print([name for name in sys.modules if name.startswith('boto')])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
