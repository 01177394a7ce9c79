"""The store without a machine: one DynamoDB table.

    pk, sk       the key of an item
    data         its JSON; or `count`, a number, for an item that holds a count and nothing else: so it can be added to
    version      another one after each write
    expires      Unix time; also the table's TTL. AWS removes such items within days, and until then they can be read:
                 so every reading and every condition here compares it
    queue, turn  only where an item waits. They key the index `turn`, which is sparse, and `turn` sorts as (due, pk, sk)
    due          when its turn comes

**One index partition a queue, not sixteen.** A partition takes 1,000 writes a second, which is some 250 messages a
second from being written to being sent: above what SES lets a site send. Sixteen would be sixteen queries for each
look, each second, for ever. Where a queue is hotter for a while, DynamoDB slows the writers down and loses nothing.

**Every write is a transaction** with a condition on the version of each item. DynamoDB cancels one of two that meet
(TransactionConflict), and botocore does not try that again: so that is done here, for throttles and lost answers too,
with the same token, which makes DynamoDB answer a transaction that went through with success. After ten minutes,
when it has forgotten the token, the versions that Puts chose tell the same.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from handbill_functions import aws
from handbill_functions.errors import Conflict, StoreError, Unavailable
from handbill_functions.ports import ABSENT, Change, Count, Data, Delete, Item, Key, Purged, Put, new_version
from handbill_functions.stores import LATEST, decode, done_before, encode, refuse_misuse

INDEX = "turn"
TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "queue", "turn")],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": INDEX,
            "KeySchema": [{"AttributeName": "queue", "KeyType": "HASH"}, {"AttributeName": "turn", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""What the table is, as CreateTable takes it."""
TTL = "expires"

_BETWEEN = "\x01"
"""Stands between the parts of `turn`, and sorts before whatever a key is made of."""

AGAIN = frozenset(
    {
        "TransactionConflict", "TransactionConflictException", "TransactionInProgressException", "ThrottlingError",
        "ThrottlingException", "Throttling", "ThrottledException", "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "LimitExceededException",
    }
)  # fmt: skip
"""What DynamoDB says when the same may go through a moment later: of a whole request, or of one of its changes."""

Wire: TypeAlias = Mapping[str, Any]
"""An item, or the values of an expression, as DynamoDB writes them: {"pk": {"S": "C#1"}}."""

Way: TypeAlias = Literal["add", "keep", "restart"]
"""In which state an item is counted on: there is none, or its expiry stays; it is there for ever; it has expired."""


class DynamoStore:
    """See ports.Store. The table has to be there: see `create_table`."""

    def __init__(self, table: str, client: Any = None, *, patience: float = 6.0) -> None:
        """`client`: of DynamoDB, by botocore; by default the process's own, made when first used. `patience`: seconds
        to go on trying while DynamoDB is busy or does not answer, before Unavailable."""
        self._table = table
        self._given = client
        self._patience = patience

    @property
    def _client(self) -> Any:
        return self._given or aws.client("dynamodb", tries=1)

    # ---- reading

    def get(self, pk: str, sk: str, now: int) -> Item | None:
        """See Store."""
        found = self._ask("get_item", Key=_key(pk, sk), ConsistentRead=True).get("Item")
        item = _item(found) if found else None
        return item if item is None or item.expires is None or item.expires > now else None

    def get_each(self, keys: Sequence[Key], now: int) -> list[Item | None]:
        """See Store. DynamoDB may answer a part of what is asked, and names what it left."""
        found: dict[Key, Item] = {}
        asked = {self._table: {"Keys": [_key(*key) for key in keys], "ConsistentRead": True}} if keys else {}
        while asked:
            answer = self._ask("batch_get_item", RequestItems=asked)
            for each in answer["Responses"].get(self._table, []):
                item = _item(each)
                if item.expires is None or item.expires > now:
                    found[item.pk, item.sk] = item
            asked = answer.get("UnprocessedKeys", {})
        return [found.get(key) for key in keys]

    def query(
        self, pk: str, prefix: str, now: int, *, after: str = "", limit: int | None = None, newest_first: bool = False
    ) -> list[Item]:
        """See Store."""
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition, values = f"{condition} AND begins_with(sk, :prefix)", {**values, ":prefix": {"S": prefix}}
        pages = self._pages(
            "query", now, limit, values, _key(pk, after) if after else None, KeyConditionExpression=condition,
            ScanIndexForward=not newest_first, ConsistentRead=True,
        )  # fmt: skip
        return list(pages)

    def due(self, queue: str, until: int, now: int, *, limit: int, after: Item | None = None) -> list[Item]:
        """See Store."""
        if until < 0:
            return []
        values = {":queue": {"S": queue}, ":end": {"S": f"{min(until, LATEST):012d}{chr(ord(_BETWEEN) + 1)}"}}
        start = None
        if after is not None:
            turn = {"S": _turn(after.due or 0, after.pk, after.sk)}
            start = {**_key(after.pk, after.sk), "queue": {"S": queue}, "turn": turn}
        pages = self._pages(
            "query", now, limit, values, start, IndexName=INDEX,
            KeyConditionExpression="#queue = :queue AND #turn < :end",
            names={"#queue": "queue", "#turn": "turn"},
        )  # fmt: skip
        return list(pages)

    def every(self, prefix: str, now: int) -> Iterator[Item]:
        """See Store. Reads the whole table, page after page."""
        values = {":prefix": {"S": prefix}} if prefix else {}
        which = "begins_with(pk, :prefix)" if prefix else ""
        return self._pages("scan", now, None, values, None, which, ConsistentRead=True)

    def _pages(
        self, method: str, now: int, limit: int | None, values: Wire, start: Wire | None, which: str = "",
        names: Mapping[str, str] | None = None, **more: Any,
    ) -> Iterator[Item]:  # fmt: skip
        """What a query or scan finds of what is there at `now`. DynamoDB ends a page at 1 MB, and counts to `limit`
        before it leaves out what has expired: so pages are read until there are enough."""
        there = "(attribute_not_exists(#expires) OR #expires > :now)"
        left = limit
        while left is None or left > 0:
            found = self._ask(
                method,
                **more,
                FilterExpression=f"{which} AND {there}" if which else there,
                ExpressionAttributeNames={"#expires": "expires", **(names or {})},
                ExpressionAttributeValues={":now": _number(now), **values},
                **({} if left is None else {"Limit": left}),
                **({} if start is None else {"ExclusiveStartKey": start}),
            )
            for each in found["Items"]:
                yield _item(each)
            left = None if left is None else left - len(found["Items"])
            start = found.get("LastEvaluatedKey")
            if start is None:
                return

    # ---- writing

    def transact(self, changes: Sequence[Change], now: int) -> None:
        """See Store."""
        refuse_misuse(changes)
        actions = [self._action(change, now) for change in changes]
        for _ in range(1 + 3 * len(changes)):  # each count may be found in another state a few times, not for ever
            failed = self._write(actions)
            if failed is None:
                return
            for place, old in failed.items():
                change = changes[place]
                way = _way(change, old, now) if isinstance(change, Count) else None
                if way is None:
                    if done_before(changes, lambda pk, sk: self.get(pk, sk, now)):
                        return
                    raise Conflict(place, (change.pk, change.sk))
                actions[place] = self._action(change, now, way)
        raise Unavailable("Too many count the same at once.")

    def transact_each(self, transactions: Sequence[Sequence[Change]], now: int) -> list[bool]:
        """See Store."""

        def made(changes: Sequence[Change]) -> bool:
            try:
                self.transact(changes, now)
            except Conflict:
                return False
            return True

        return [made(changes) for changes in transactions]

    def _action(self, change: Change, now: int, way: Way = "add") -> dict[str, Any]:
        """A change as TransactWriteItems takes it."""
        at: dict[str, Any] = {"TableName": self._table}
        if isinstance(change, Put):
            return {"Put": {**at, "Item": _written(change), **_as_seen(change.seen, now)}}
        at["Key"] = _key(change.pk, change.sk)
        if isinstance(change, Count):
            return {"Update": {**at, **_counted(change, now, way)}}
        return {"Delete" if isinstance(change, Delete) else "ConditionCheck": {**at, **_as_seen(change.seen, now)}}

    def _write(self, actions: list[dict[str, Any]]) -> dict[int, Item | None] | None:
        """Writes all or nothing: None where it is done, else the places that were not as they should be, each with the
        item that was there."""
        try:
            # The token belongs to exactly these bytes, and is account-wide.
            self._ask("transact_write_items", TransactItems=actions, ClientRequestToken=secrets.token_hex(16))
        except _Cancelled as cancelled:
            return cancelled.failed
        return None

    def purge(self, now: int, *, limit: int = 1000, after: str = "") -> Purged:
        """See Store. A step reads one page of the table, of 1 MB at most, which costs about 128 read units; `after` is
        the key that it ended at. DynamoDB removes by itself what has expired, free of charge, within days: this is to
        be sure of it, and sooner."""
        start = None if not after else _key(*json.loads(after))
        found = self._ask(
            "scan", Limit=limit, FilterExpression="#expires <= :now", ProjectionExpression="pk, sk",
            ExpressionAttributeNames={"#expires": "expires"}, ExpressionAttributeValues={":now": _number(now)},
            **({} if start is None else {"ExclusiveStartKey": start}),
        )  # fmt: skip
        gone = sum(self._remove(key, now) for key in found["Items"])
        end = found.get("LastEvaluatedKey")
        return Purged(gone, json.dumps([end["pk"]["S"], end["sk"]["S"]]) if end else "")

    def _remove(self, key: Wire, now: int) -> bool:
        action = {
            "TableName": self._table, "Key": key, "ConditionExpression": "#expires <= :now",
            "ExpressionAttributeNames": {"#expires": "expires"}, "ExpressionAttributeValues": {":now": _number(now)},
        }  # fmt: skip
        return self._write([{"Delete": action}]) is None

    def forget(self) -> bool:
        """See Store. What is deleted here is deleted; the table's backups end by themselves, after 35 days at most."""
        return True

    def close(self) -> None:
        """See Store. The connections are the process's, for whoever comes next."""

    # ---- the table

    def faults(self) -> list[str]:
        """What is wrong with the table, as full sentences; none where it is as this store needs it. Changes nothing."""
        client = self._client
        try:
            found = client.describe_table(TableName=self._table)["Table"]
            ttl = client.describe_time_to_live(TableName=self._table)["TimeToLiveDescription"]
        except aws.errors() as error:
            return [f"The table cannot be looked at: {aws.code_of(error)}."]
        told = []
        if found["KeySchema"] != TABLE["KeySchema"]:
            told.append("The table's key is not pk (partition) and sk (sort).")
        wanted = TABLE["GlobalSecondaryIndexes"][0]
        index = {each["IndexName"]: each for each in found.get("GlobalSecondaryIndexes", [])}.get(INDEX)
        if index is None or any(index[part] != wanted[part] for part in ("KeySchema", "Projection")):
            told.append(f"The table lacks the index {INDEX}: queue (partition) and turn (sort), with all attributes.")
        if ttl.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING") or ttl.get("AttributeName") != TTL:
            told.append(f"The table's TTL is not on for {TTL}: what has expired would stay for ever.")
        return told

    # ---- asking

    def _ask(self, method: str, **request: Any) -> Any:
        """What DynamoDB answers, asked again while it is busy or silent and patience lasts; each pause is random, up to
        twice as long as the one before. Raises _Cancelled, Unavailable, StoreError."""
        if method not in ("transact_write_items", "batch_get_item"):  # they name it themselves
            request["TableName"] = self._table
        call: Callable[..., Any] = getattr(self._client, method)
        end = time.monotonic() + self._patience
        pause = 0.025
        while True:
            try:
                return call(**request)
            except aws.errors() as error:
                code = aws.code_of(error)
                if code == "TransactionCanceledException":
                    reasons = error.response["CancellationReasons"]  # type: ignore[attr-defined]
                    failed = {
                        place: _item(reason["Item"]) if reason.get("Item") else None
                        for place, reason in enumerate(reasons)
                        if reason["Code"] == "ConditionalCheckFailed"
                    }
                    if failed:
                        raise _Cancelled(failed) from None
                    code = next((reason["Code"] for reason in reasons if reason["Code"] in AGAIN), code)
                if code == "IdempotentParameterMismatchException":  # of our own token: it was told apart wrongly
                    request["ClientRequestToken"] = secrets.token_hex(16)
                elif code not in AGAIN and aws.status_of(error) < 500 and not aws.unanswered(error):
                    kind = StoreError if code == "ValidationException" else Unavailable
                    raise kind(f"DynamoDB refused: {code}.") from None
                if time.monotonic() + pause > end:
                    raise Unavailable(f"DynamoDB did not do it: {code}.") from None
            time.sleep(random.uniform(0, pause))  # noqa: S311 (a pause, not a secret)
            pause = min(2 * pause, 1.0)


class _Cancelled(Exception):
    """A transaction that was not carried out: something was not as it should be."""

    def __init__(self, failed: dict[int, Item | None]) -> None:
        self.failed = failed
        """Places of the changes, each with the item that was there, where that was asked for."""
        super().__init__("cancelled")


# ---- as DynamoDB writes it


def _key(pk: str, sk: str) -> Wire:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _number(value: int) -> Wire:
    return {"N": str(value)}


def _turn(due: int, pk: str, sk: str) -> str:
    return f"{due:012d}{_BETWEEN}{pk}{_BETWEEN}{sk}"


def _written(change: Put) -> Wire:
    """The item that a Put leaves."""
    item = {**_key(change.pk, change.sk), "version": _number(change.version or new_version())}
    if change.data.keys() == {"count"} and type(change.data["count"]) is int:
        item["count"] = _number(change.data["count"])
    else:
        item["data"] = {"S": encode(change.data)}
    if change.expires is not None:
        item["expires"] = _number(change.expires)
    if change.due is not None:
        item["due"] = _number(change.due)
    if change.queue is not None and change.due is not None:
        item |= {"queue": {"S": change.queue}, "turn": {"S": _turn(change.due, change.pk, change.sk)}}
    return item


def _item(wire: Wire) -> Item:
    def number(name: str) -> int | None:
        return int(wire[name]["N"]) if name in wire else None

    data: Data = decode(wire["data"]["S"]) if "data" in wire else {"count": number("count")}
    queue = wire["queue"]["S"] if "queue" in wire else None
    return Item(
        wire["pk"]["S"], wire["sk"]["S"], data, int(wire["version"]["N"]), number("expires"), queue, number("due")
    )


def _as_seen(seen: int, now: int) -> dict[str, Any]:
    """The condition that an item still is as it was seen."""
    names, values = {"#expires": "expires"}, {":now": _number(now)}
    if seen == ABSENT:
        condition = "attribute_not_exists(pk) OR #expires <= :now"
    else:
        condition = "#version = :seen AND (attribute_not_exists(#expires) OR #expires > :now)"
        names["#version"], values[":seen"] = "version", _number(seen)
    return _expression(condition, names, values)


def _expression(condition: str, names: Mapping[str, str], values: Wire) -> dict[str, Any]:
    return {
        "ConditionExpression": condition, "ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
    }  # fmt: skip


def _counted(change: Count, now: int, way: Way) -> dict[str, Any]:
    """One update that also begins the count where there is none, so that nothing has to be read before. Where it does
    not fit what is there, DynamoDB tells what is, and `_way` which other update does."""
    names = {"#count": "count", "#version": "version", "#expires": "expires"}
    values = {":by": _number(change.by), ":version": _number(new_version()), ":now": _number(now)}
    if change.expires is not None and way != "keep":
        values[":expires"] = _number(change.expires)
    if way == "restart":
        condition, update = "#expires <= :now", "SET #count = :by, #version = :version"
        rest = {f"#{name}": name for name in ("data", "queue", "turn", "due")}
        names |= rest
        if ":expires" in values:
            update = f"{update}, #expires = :expires REMOVE {', '.join(rest)}"
        else:
            update = f"{update} REMOVE #expires, {', '.join(rest)}"
    else:
        update = "SET #count = if_not_exists(#count, :none) + :by, #version = :version"
        condition = "(attribute_not_exists(#expires) OR #expires > :now) AND #count <= :room"
        if ":expires" in values:  # must not give an end to what is there for ever
            update = f"{update}, #expires = if_not_exists(#expires, :expires)"
            condition = "#expires > :now AND #count <= :room"
        values |= {":none": _number(0), ":room": _number(change.at_most - change.by)}
        if change.by <= change.at_most:
            condition = f"attribute_not_exists(pk) OR ({condition})"
    return {
        "UpdateExpression": update, "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **_expression(condition, names, values),
    }  # fmt: skip


def _way(change: Count, there: Item | None, now: int) -> Way | None:
    """How to count on what turned out to be there; None where it would go over."""
    if there is None or (there.expires is not None and there.expires <= now):
        way: Way = "add" if there is None else "restart"
        return way if change.by <= change.at_most else None
    if there.data["count"] + change.by > change.at_most:
        return None
    return "keep" if there.expires is None else "add"


# ---- the table


def create_table(client: Any, table: str, *, ttl: bool = True) -> None:
    """Makes the table and waits until it can be used. A deployment makes it from the same TABLE; this is for tests, and
    for whoever tries it by hand."""
    client.create_table(TableName=table, **TABLE)
    client.get_waiter("table_exists").wait(TableName=table)
    if ttl:
        client.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL})
