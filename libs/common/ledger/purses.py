"""What a job may spend at most, handed out to the workers in small leases from one row.

Row ``b`` of the job holds how many characters are granted: spent, or in the hands of a process. A lease adds
to it, what is left of one is taken off again, both under the row's ETag and never above the limit. So what
all workers spend together is never more than the limit, whatever crashes. A crash strands what its process
had in hand: less is spent then, never more. Leases shrink as the rest does: near the end little is in hand.

As ever an error is not a "no": each change bears a token and the row keeps the last of them; a change whose
token is found was made, and one whose version is gone will never be. Where too many came in between to tell,
a lease counts as not had and what was to be given back as gone: again less is spent, never more.
"""

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import structlog
from azure.data.tables import EdmType, EntityProperty

from libs.common.errors import AppError, BudgetExhausted, Conflict, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.rows import version_of
from libs.common.ledger.tables import Table

#: A lease is what is asked for and this part of what is left then, at most so many characters of it.
_PART, _LARGEST_EXTRA = 16, 50_000
#: Tokens that the row remembers: so many changes by others may come between ours and its read-back.
_TOKENS = 32
#: Times a change is tried, and the bound of the pause, under full jitter, between two tries (seconds).
_TRIES, _PAUSE = 40, 0.1
#: How long what was refused is not asked for again (seconds): another process may give back.
_REFUSED_SECONDS = 2.0
#: How long a process without a file of the job keeps what it has in hand (seconds).
_IDLE_SECONDS = 1.0
#: How long a stopping process takes to give back (seconds).
_STOP_SECONDS = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Row:
    """``changes`` counts them all, ``tokens`` are of the last. ``etag`` None: there is no row."""

    granted: int = 0
    changes: int = 0
    tokens: tuple[str, ...] = ()
    etag: str | None = None


class Purse:
    """What one job may spend, as one process sees it. Made by `Purses.open`."""

    def __init__(
        self, table: Table, job_id: str, limit: int, on_left: Callable[["Purse"], None] | None = None
    ) -> None:
        self._table, self.job_id = table, job_id
        self._turn = asyncio.Lock()
        self._on_left = on_left
        self._refused = (0, 0, 0.0)  # limit, characters, until when
        self.limit = limit
        self.in_hand = 0
        self.users = 0

    async def take(self, characters: int) -> None:
        """Set so many aside, from what is in hand or from a new lease.

        `BudgetExhausted`: so many are not left. `StorageUnavailable`: no clear answer; nothing is taken.
        """
        async with self._turn:
            if characters > self.in_hand:
                self.in_hand += await self._lease(characters - self.in_hand)
            self.in_hand -= characters

    def give_back(self, characters: int) -> None:
        """They were not spent after all; the next file of this process has them. Possible at any time."""
        self.in_hand += characters
        self.left_alone()

    def left_alone(self) -> None:
        """If no file has the purse any more, see to it that what is in hand goes back."""
        if not self.users and self._on_left is not None:
            self._on_left(self)

    async def hand_in(self) -> None:
        """Give the row back what is in hand; after an error it may be stranded."""
        async with self._turn:
            left, self.in_hand = self.in_hand, 0
            if left:
                await self._change(lambda row: 0 if row.etag is None else -left)

    async def granted(self) -> int:
        """What is spent, in the hands of a process, or stranded."""
        return (await self._read()).granted

    async def _lease(self, need: int) -> int:
        limit, least, until = self._refused
        if limit == self.limit and need >= least and time.monotonic() < until:
            raise BudgetExhausted(f"the job has spent the {limit} characters it may spend")

        def amount(row: _Row) -> int:
            rest = self.limit - row.granted
            if need > rest:
                self._refused = (self.limit, need, time.monotonic() + _REFUSED_SECONDS)
                said = f"{max(0, rest)} are left, and {need} are needed"
                raise BudgetExhausted(f"the job may spend {self.limit} characters; {said}")
            return need + min(_LARGEST_EXTRA, (rest - need) // _PART)

        return await self._change(amount)

    async def _change(self, amount: Callable[[_Row], int]) -> int:
        """Add to what is granted, once: how much, ``amount`` says of the row as it is."""
        token, sent = secrets.token_hex(8), _Row()
        change = 0
        for _ in range(_TRIES):
            row = await self._read()
            if token in row.tokens:
                return change
            if change and row.changes - sent.changes > _TOKENS:
                break
            sent, change = row, amount(row)
            if not change:
                return 0
            try:
                await self._write(row, change, token)
            except (Conflict, StorageUnavailable):
                await asyncio.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - jitter, not a secret
            else:
                return change
        raise StorageUnavailable(f"the purse of job {self.job_id} gave no clear answer")

    async def _read(self) -> _Row:
        found = await self._table.get(self.job_id, keys.PURSE_KEY)
        if found is None:
            return _Row()
        tokens = tuple(json.loads(found["tokens"]))
        return _Row(found["granted"].value, found["changes"], tokens, version_of(found))

    async def _write(self, row: _Row, change: int, token: str) -> None:
        entity = {
            "PartitionKey": self.job_id,
            "RowKey": keys.PURSE_KEY,
            "granted": EntityProperty(row.granted + change, EdmType.INT64),
            "changes": row.changes + 1,
            "tokens": json.dumps([*row.tokens, token][-_TOKENS:]),
        }
        operation = tables.insert(entity) if row.etag is None else tables.replace(entity, row.etag)
        await self._table.commit([operation])


class Purses:
    """The purses of one process. Make one with `open_purses`."""

    def __init__(self, table: Table, group: asyncio.TaskGroup) -> None:
        self._table, self._group = table, group
        self._purses: dict[str, Purse] = {}
        self._tended: set[Purse] = set()

    @contextmanager
    def open(self, job_id: str, limit: int) -> Iterator[Purse]:
        """The job's purse for one file. When no file has it any more, what is in hand goes back soon."""
        purse = self._purses.setdefault(job_id, Purse(self._table, job_id, limit, self._tend))
        purse.limit = limit
        purse.users += 1
        try:
            yield purse
        finally:
            purse.users -= 1
            purse.left_alone()

    async def hand_in(self) -> None:
        """Give back all that is in hand."""
        for purse in list(self._purses.values()):
            await _handed_in(purse)

    def _tend(self, purse: Purse) -> None:
        if purse not in self._tended:
            self._tended.add(purse)
            self._group.create_task(self._idle(purse), name=f"purse {purse.job_id}")

    async def _idle(self, purse: Purse) -> None:
        await asyncio.sleep(_IDLE_SECONDS)
        self._tended.discard(purse)
        if not purse.users:
            await _handed_in(purse)
        if not purse.users and not purse.in_hand and self._purses.get(purse.job_id) is purse:
            del self._purses[purse.job_id]


async def granted(table: Table, job_id: str) -> int:
    """What of a job's limit is spent, or stranded; all of it, once the job has ended."""
    return await Purse(table, job_id, 0).granted()


@asynccontextmanager
async def open_purses(table: Table) -> AsyncIterator[Purses]:
    """Purses that give back what is in hand when the block ends, as far as storage answers in time."""
    async with asyncio.TaskGroup() as group:
        purses = Purses(table, group)
        yield purses
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await purses.hand_in()
        except TimeoutError:
            _log.warning("characters in hand are not given back: storage does not answer")


async def _handed_in(purse: Purse) -> None:
    try:
        await purse.hand_in()
    except AppError as error:
        _log.warning("characters in hand are stranded", job_id=purse.job_id, error=str(error))
