"""Table operations as the ledger uses them: point reads, range reads, and transactions with their ETags."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from libs.common.errors import AlreadyExists, Conflict, NotFound, StorageUnavailable
from libs.common.ledger.cursors import Position, position
from libs.common.ledger.rows import Entity, etag_of
from libs.common.storage.clients import ONE_TRY
from libs.common.storage.faults import CREATE_SECONDS, storage_call

#: "Performing entity group transactions": at most 100 operations and 4 MiB; our rows stay far below 30 KiB.
TRANSACTION_OPERATIONS = 100
#: A query answers at most this many entities a page.
QUERY_PAGE = 1000
#: Longest that one page of a query may take (seconds). The service gives a page 5 s; the rest is for retries.
_PAGE_SECONDS = 30.0
#: A read steps over pages without a row for this long (seconds) before it answers with none, and where to go
#: on: whoever asked may have a deadline.
_STEPPING_SECONDS = 5.0

Operation = tuple[Any, ...]


def insert(entity: Entity) -> Operation:
    return ("create", entity)


def replace(entity: Entity, etag: str) -> Operation:
    return ("update", entity, {"mode": UpdateMode.REPLACE, **_if_match(etag)})


def merge(entity: Entity, etag: str) -> Operation:
    return ("update", entity, {"mode": UpdateMode.MERGE, **_if_match(etag)})


def put(entity: Entity) -> Operation:
    return ("upsert", entity, {"mode": UpdateMode.REPLACE})


def remove(partition: str, key: str, etag: str | None = None) -> Operation:
    entity = {"PartitionKey": partition, "RowKey": key}
    return ("delete", entity) if etag is None else ("delete", entity, _if_match(etag))


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a range, and the cursor to go on from; None at its end. A page may be empty and yet have
    a cursor.
    """

    entities: list[Mapping[str, Any]]
    behind: str | None


class Table:
    """One table. Errors are the project's; an update of a missing row counts as a `Conflict`."""

    def __init__(self, client: TableClient) -> None:
        self._client = client

    async def create(self) -> None:
        """Create the table where it is missing: one try, which the caller repeats."""
        try:
            async with storage_call("create table", CREATE_SECONDS):
                await self._client.create_table(**ONE_TRY)
        except AlreadyExists:
            pass

    async def get(self, partition: str, key: str) -> Mapping[str, Any] | None:
        try:
            async with storage_call("get entity"):
                return await self._client.get_entity(partition, key)
        except NotFound:
            return None

    async def get_dated(self, partition: str, key: str) -> tuple[Mapping[str, Any] | None, float]:
        """An entity, and when the service answered by its own clock (Unix time, whole seconds)."""
        moments: list[float] = []

        def keep_date(answer: Any) -> None:
            date = answer.http_response.headers.get("Date")
            if date is not None:
                moments.append(parsedate_to_datetime(date).timestamp())

        try:
            async with storage_call("get entity"):
                found = await self._client.get_entity(partition, key, raw_response_hook=keep_date)
        except NotFound:
            found = None
        if not moments:
            raise StorageUnavailable("get entity: the answer has no date")
        return found, moments[-1]

    async def commit(self, operations: Sequence[Operation]) -> list[str]:
        """Carry out all operations or none; gives the new ETags in order.

        `Conflict`: an If-Match or an insert did not hold. `StorageUnavailable`: it may have been committed,
        or may still be.
        """
        try:
            async with storage_call("table transaction"):
                results = await self._client.submit_transaction(operations)
        except (AlreadyExists, NotFound) as error:
            raise Conflict(str(error)) from error
        return [etag_of(result) if "etag" in result else "" for result in results]

    async def range(
        self,
        partition: str,
        first: str,
        end: str,
        *,
        behind: str | None = None,
        where: str = "",
        limit: int = QUERY_PAGE,
    ) -> Page:
        """One page of the rows with ``first <= RowKey < end``, in key order, behind the cursor ``behind``:
        a row key, or what a page of the same range and the same ``where`` gave.
        """
        at = Position(first) if behind is None else position(behind)
        at = Position(max(first, at.first), at.token)
        pages = self._pages(partition, at, end, where=where, limit=limit)
        began = time.monotonic()
        while True:
            found = await _next_of(pages)
            token = pages.continuation_token
            if token is None:
                return Page(found, None)
            if found or time.monotonic() - began > _STEPPING_SECONDS:
                return Page(found, Position(at.first, token).cursor())

    async def scan(self, partition: str, first: str, end: str) -> AsyncIterator[Mapping[str, Any]]:
        """Every row with ``first <= RowKey < end``, page by page, in key order."""
        pages = self._pages(partition, Position(first), end, limit=QUERY_PAGE)
        while True:
            for entity in await _next_of(pages):
                yield entity
            if pages.continuation_token is None:
                return

    def _pages(
        self, partition: str, at: Position, end: str, *, where: str = "", limit: int = QUERY_PAGE
    ) -> Any:
        return self._client.query_entities(
            f"PartitionKey eq @partition and RowKey ge @first and RowKey lt @end{where}",
            parameters={"partition": partition, "first": at.first, "end": end},
            results_per_page=limit,
        ).by_page(continuation_token=at.token)  # type: ignore[arg-type]  # of a table it is a mapping


async def _next_of(pages: Any) -> list[Mapping[str, Any]]:
    """The next page of a query, under a deadline that is its alone."""
    async with storage_call("query entities", _PAGE_SECONDS):
        page = await anext(pages, None)
        return [] if page is None else [entity async for entity in page]


def _if_match(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
