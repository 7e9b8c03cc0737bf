"""Characters a minute that all workers together send to an engine, shared out from one row.

The row says up to what moment the rate is given away, and what the rate is (`Rate`). A lease moves the moment
on by what it takes, under the row's ETag, and is used when its own stretch of time begins: so leases line up,
whoever takes them, and nobody looks again and again. All leases are alike, half a second of the rate, and a
process waits for one at a time: so workers share alike, however large their requests are; a large one takes
several. A complaint of the engine lowers the rate in the row, once for all workers that meet it, and leases
taken before are void: whoever waited for one looks once more before he uses it.

The clock is the storage service's, as its answers tell it (whole seconds, made finer by our own monotonic
clock), so clocks of pods may disagree as they like. In t seconds no more than ``rate * (t + LEASE_SECONDS)``
and one lease of each process is let go. A crash loses a lease.
"""

import asyncio
import json
import math
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from libs.common.errors import AlreadyExists, Conflict, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.rates import LEASE_SECONDS, Complaint, Rate
from libs.common.ledger.rows import version_of
from libs.common.ledger.tables import Table

__all__ = ["LEASE_SECONDS", "ServiceClock", "TableAllowance"]

#: How long what is in hand may be kept before it is used (seconds); then it is no longer of this moment.
_KEPT_SECONDS = 5.0
#: A lease that was waited for this long (seconds) may be void since.
_LOOK_AGAIN = 0.2
#: How long a lease is tried for while storage gives no clear answer, how long a complaint is, and the bound
#: of the pause, under full jitter, between two tries (seconds).
_PATIENCE, _COMPLAINT_PATIENCE, _PAUSE = 20.0, 2.0, 0.1
#: Readings of the storage service's clock that are remembered.
_READINGS = 64
#: A request larger than a lease waits for several and goes all at once; smaller ones than this help nobody.
_SMALLEST_REQUEST = 250

_Result = TypeVar("_Result")

_log = structlog.get_logger(__name__)


class ServiceClock:
    """The storage service's clock. Each answer says at least how late it is; the latest of these holds."""

    def __init__(self) -> None:
        self._ahead: deque[float] = deque(maxlen=_READINGS)

    def answered(self, moment: float) -> float:
        """Learn from an answer of ``moment`` (Unix time); gives the service's time now."""
        self._ahead.append(moment - time.monotonic())
        return max(self._ahead) + time.monotonic()


@dataclass(slots=True)
class _Hand:
    characters: float = 0.0
    at: float = -math.inf


@dataclass(frozen=True, slots=True)
class _Lease:
    """``wait``: seconds until it begins; ``resumed``: the row's, when it was taken."""

    wait: float
    characters: float
    resumed: float


class TableAllowance:
    """The allowance of one engine (``name``), as one process sees it."""

    def __init__(self, table: Table, name: str, characters_a_minute: int) -> None:
        self._table, self._name, self._most = table, name, characters_a_minute
        self._clock = ServiceClock()
        self._usual = characters_a_minute * LEASE_SECONDS / 60  # of the latest lease
        self._hand = _Hand()
        self._in_vain = 0.0  # let go by the row and not used, and the row does not know yet
        self._turn = asyncio.Lock()

    @property
    def largest(self) -> int:
        """Characters that a request should have at most: about what one lease lets go."""
        return max(_SMALLEST_REQUEST, int(self._usual))

    async def take(self, characters: int) -> None:
        """Return when so many may be sent. `StorageUnavailable`: no answer; nothing is taken."""
        async with self._turn:
            if time.monotonic() - self._hand.at > _KEPT_SECONDS:
                self._drop()
            while self._hand.characters < characters:
                lease = await self._lease()
                await asyncio.sleep(lease.wait)
                if lease.wait < _LOOK_AGAIN or await self._still_holds(lease):
                    self._hand = _Hand(self._hand.characters + lease.characters, time.monotonic())
                else:
                    self._in_vain += lease.characters
            self._hand.characters -= characters

    async def throttled(self, characters: int, seconds: float, wish: float) -> float:
        """A request of so many characters, sent so many seconds ago, was refused as too fast; it will take
        again. ``wish``: seconds the engine wants to be left alone. What is in hand is not used. Gives the
        seconds for which nobody gets anything; never fails: without storage the rate stays as it is.
        """
        self._drop()
        self._in_vain += characters

        def complain(rate: Rate, now: float, in_vain: int) -> tuple[Rate, float]:
            after = rate.refused(now, self._most, Complaint(in_vain, now - seconds, wish))
            return after, max(0.0, after.resumed - now)

        try:
            async with asyncio.timeout(_COMPLAINT_PATIENCE):
                return await self._changed(complain)
        except (StorageUnavailable, TimeoutError) as error:
            _log.warning("a complaint was not passed on", engine=self._name, error=str(error))
            return 0.0

    def _drop(self) -> None:
        self._in_vain += self._hand.characters
        self._hand.characters = 0.0

    async def _lease(self) -> _Lease:
        """Take the next stretch of the rate."""
        patience = time.monotonic() + _PATIENCE
        while True:
            try:
                return await self._changed(self._leased)
            except StorageUnavailable as error:
                # If it was carried out, a stretch of the rate is lost; nothing is ever taken twice.
                if time.monotonic() > patience:
                    raise
                _log.info("allowance gave no clear answer", engine=self._name, error=str(error))
            await _pause()

    def _leased(self, rate: Rate, now: float, in_vain: int) -> tuple[Rate, _Lease]:
        after, begin, characters = rate.leased(now, self._most, in_vain)
        self._usual = characters
        return after, _Lease(max(0.0, begin - now), characters, rate.resumed)

    async def _still_holds(self, lease: _Lease) -> bool:
        """Whether the engine has not complained since it was taken. Without an answer: it has not."""
        try:
            rate, *_ = await self._read()
        except StorageUnavailable:
            return True
        return rate.resumed == lease.resumed

    async def _changed(self, step: Callable[[Rate, float, int], tuple[Rate, _Result]]) -> _Result:
        """One step of the row. Whoever was faster is waited for; `StorageUnavailable` may have been done."""
        while True:
            rate, now, found = await self._read()
            in_vain, self._in_vain = self._in_vain, 0.0
            after, result = step(rate, now, round(in_vain))
            entity = {"PartitionKey": keys.ALLOWANCES_PARTITION, "RowKey": self._name, **_properties(after)}
            operation = tables.insert(entity) if found is None else tables.replace(entity, version_of(found))
            try:
                await self._table.commit([operation])
            except (Conflict, AlreadyExists):
                self._in_vain += in_vain
                await _pause()
            else:
                return result

    async def _read(self) -> tuple[Rate, float, Mapping[str, Any] | None]:
        """The row, and the time there."""
        found, answered = await self._table.get_dated(keys.ALLOWANCES_PARTITION, self._name)
        now = self._clock.answered(answered)
        return _rate(found, now), now, found


def _rate(found: Mapping[str, Any] | None, now: float) -> Rate:
    if found is None:
        return Rate(now)
    given = tuple((int(begin), int(characters)) for begin, characters in json.loads(found["given"]))
    return Rate(float(found["until"]), float(found["limit"]), float(found["resumed"]), given)


def _properties(rate: Rate) -> dict[str, Any]:
    given = json.dumps(rate.given, separators=(",", ":"))
    return {"until": rate.until, "limit": rate.limit, "resumed": rate.resumed, "given": given}


async def _pause() -> None:
    await asyncio.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - jitter, not a secret
