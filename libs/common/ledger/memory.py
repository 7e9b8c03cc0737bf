"""The translation memory: what was paid for once, in a table of its own.

Best effort in both directions: an outage costs money, never a file. What is found is what somebody kept under
the very same key, so a row that is lost, or the whole table, only makes sentences be paid for again. A crash
between an engine's answer and `keep` costs the sentences of that answer.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import TypeVar

import structlog

from libs.common.errors import AppError
from libs.common.ledger import tables
from libs.common.ledger.rows import Entity
from libs.common.ledger.tables import Table

#: Point reads, and transactions, of one process on their way at once.
_IN_FLIGHT = 16
#: Longest value kept (UTF-16 units): a string property has 32 K of them.
_LONGEST = 30_000
#: Entries of one transaction, and characters of their values (a transaction has 4 MiB, and JSON may make six
#: bytes of a character).
_MOST_ENTRIES, _MOST_CHARACTERS = 100, 300_000
#: How long a look and a write may take, and how long the memory is left alone when one failed (seconds).
_FIND_SECONDS, _KEEP_SECONDS, _REST_SECONDS = 5.0, 10.0, 30.0

_Item = TypeVar("_Item")
_log = structlog.get_logger(__name__)


class TableMemory:
    """A memory on one table. Rows are spread over 16 partitions by the hash of their key: 2,000 entities a
    second each are far more than an engine translates, and fewer partitions make fuller transactions.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._bound = asyncio.Semaphore(_IN_FLIGHT)
        self._resting = 0.0

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """What is known of the keys. Never raises: an outage is an answer with less, or nothing, in it."""
        found: dict[str, str] = {}

        async def look(key: str) -> None:
            async with self._bound:
                row = await self._table.get(*_place(key))
            if row is not None:
                found[key] = row["value"]

        await self._best(_FIND_SECONDS, look, list(dict.fromkeys(keys)))
        return dict(found)

    async def keep(self, entries: Mapping[str, str]) -> None:
        """Keep what is short enough. Never raises."""

        async def write(batch: Sequence[Entity]) -> None:
            async with self._bound:
                await self._table.commit([tables.put(entity) for entity in batch])

        await self._best(_KEEP_SECONDS, write, list(_batches(entries)))

    async def _best(
        self, seconds: float, work: Callable[[_Item], Coroutine[None, None, None]], items: Sequence[_Item]
    ) -> None:
        """Do what can be done in time. After an error the memory rests: nobody waits for it meanwhile."""
        if time.monotonic() < self._resting:
            return
        try:
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
                for item in items:
                    tasks.create_task(work(item))
        except* (AppError, TimeoutError) as errors:
            self._resting = time.monotonic() + _REST_SECONDS
            _log.warning(
                "the translation memory rests", error=str(errors.exceptions[0]), seconds=_REST_SECONDS
            )


def _place(key: str) -> tuple[str, str]:
    """Partition and row: a key may be any text, its hash may stand in a row key."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return digest[0], digest


def _batches(entries: Mapping[str, str]) -> Iterator[list[Entity]]:
    """Entries that share a transaction: of one partition, and small enough together."""
    open_: dict[str, list[Entity]] = {}
    sizes: dict[str, int] = {}
    for key, value in entries.items():
        size = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if size > _LONGEST:
            continue
        partition, row = _place(key)
        batch = open_.setdefault(partition, [])
        if len(batch) == _MOST_ENTRIES or sizes.get(partition, 0) + size > _MOST_CHARACTERS:
            yield batch
            open_[partition] = batch = []
            sizes[partition] = 0
        batch.append({"PartitionKey": partition, "RowKey": row, "value": value})
        sizes[partition] = sizes.get(partition, 0) + size
    yield from (batch for batch in open_.values() if batch)
