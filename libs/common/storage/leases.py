"""Leases: received messages, kept alive by one supervised renewer until they are settled.

A lease is renewed before a third of its life is over, so an event loop may stand still for two thirds of a
life and lose nothing. A renewal that fails is tried again after a sixth of the life, then a twelfth, and so
on. The clock of a lease is monotonic and starts before the request is sent; the lease counts as lost a margin
before the service would give the message to another receiver. One renewal, release or delete of a message is
in flight at a time, because each renewal changes the receipt.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from libs.common.errors import AppError, LeaseLost, StorageUnavailable
from libs.common.storage.faults import storage_call
from libs.common.storage.queues import Received, WorkQueue
from libs.telemetry.catalogue import LEASE_LOSSES, LEASE_RENEWALS

#: A lease counts as lost this part of its life (10 s at most) before it ends on the service.
_MARGIN_PART, _MARGIN_SECONDS = 0.1, 10.0
#: A lease is renewed at this part of its life: a third, less the time that the renewal itself may take (2 s
#: of 60 s).
RENEW_PART = 0.3
#: After a renewal that failed, this part of its life passes before the next; half as much each time after.
_RETRY_PART = 1 / 6
_RENEWALS_IN_FLIGHT = 16
#: Messages deleted at the same time, where the caller does not say: more than one process has turns for.
_DELETES_IN_FLIGHT = 4
#: Shortest pause between two tries to renew one lease (seconds), whatever its life.
_FLOOR_SECONDS = 0.2

_log = structlog.get_logger(__name__)


class Lease:
    """A received message and its newest receipt. `LeaseKeeper` alone changes it."""

    def __init__(self, message: Received, life: float, renew: Callable[["Lease"], Awaitable[None]]) -> None:
        self.id, self.body, self.deliveries = message.id, message.body, message.deliveries
        self.sent_at, self.received_at, self._since = message.sent_at, message.received_at, message.since
        self.lost = False
        self.receipt = message.receipt
        self._life, self._renew = life, renew
        self.turn = asyncio.Lock()
        self.settled = False
        self.renewed(message.since)

    @property
    def held(self) -> bool:
        """Whether the message is surely ours at this moment."""
        return not self.lost and time.monotonic() < self._ends

    @property
    def is_over(self) -> bool:
        """Whether the service may give the message away. Until then a renewal is worth a try."""
        return self.lost or time.monotonic() >= self._over_at

    async def confirmed(self) -> bool:
        """Whether the message is surely ours, asked of storage where our clock alone cannot say so: the event
        loop may have stood still until shortly before the end of the lease.
        """
        if not (self.held or self.lost or self.settled):
            await self._renew(self)
        return self.held

    def service_time(self) -> float:
        """The time now (Unix time, by the queue service's clock), about."""
        return self.received_at + time.monotonic() - self._since

    def renewed(self, since: float) -> None:
        self._over_at = since + self._life
        self._ends = self._over_at - min(_MARGIN_SECONDS, self._life * _MARGIN_PART)
        self.renew_at = since + self._life * RENEW_PART
        self._pause = self._life * _RETRY_PART

    def failed(self) -> None:
        self.renew_at = time.monotonic() + max(self._pause, _FLOOR_SECONDS)
        self._pause /= 2


class LeaseKeeper:
    """Keeps the leases of one queue in one process. Make one with `keep_leases`."""

    def __init__(self, queue: WorkQueue, life: float, deletes: int) -> None:
        self._queue = queue.leases
        self._life = life
        self._kept: set[Lease] = set()
        self._changed = asyncio.Event()
        self.renewals = 0
        self._deletes = asyncio.Semaphore(deletes)

    def keep(self, message: Received) -> Lease:
        """Take over a received message; it is renewed from now on until released or deleted."""
        lease = Lease(message, self._life, self._renew)
        self._kept.add(lease)
        self._changed.set()
        return lease

    async def delete(self, lease: Lease) -> None:
        """Settle for good. A message that is gone, or somebody else's, is no error: its row says enough."""
        async with self._deletes, lease.turn:
            self._forget(lease)
            try:
                async with storage_call("delete message", self._patience):
                    await self._queue.delete_message(lease.id, lease.receipt)
            except LeaseLost:
                self._met_loss(lease)

    async def release(self, lease: Lease, delay: float, body: str | None = None) -> None:
        """Give the message back, visible after ``delay`` seconds, with a new body if one is given."""
        async with lease.turn:
            self._forget(lease)
            try:
                async with storage_call("release message", self._patience):
                    await self._queue.update_message(
                        lease.id, pop_receipt=lease.receipt, content=body, visibility_timeout=round(delay)
                    )
            except LeaseLost:
                self._met_loss(lease)

    def abandon(self, lease: Lease) -> None:
        """Stop renewing and leave the message to its visibility timeout."""
        self._forget(lease)

    @property
    def _patience(self) -> float:
        """Longest a call about a lease may take: a quarter of its life, 15 s at most, 1 s at least."""
        return min(15.0, max(1.0, self._life / 4))

    def _met_loss(self, lease: Lease) -> None:
        if not lease.lost:
            LEASE_LOSSES.add(1)
        lease.lost = True

    def _forget(self, lease: Lease) -> None:
        lease.settled = True
        self._kept.discard(lease)

    async def run(self) -> None:
        while True:
            self._changed.clear()
            now = time.monotonic()
            due = sorted(
                (lease for lease in self._kept if lease.renew_at <= now), key=lambda lease: lease.renew_at
            )
            if due:
                await asyncio.gather(*(self._renew(lease) for lease in due[:_RENEWALS_IN_FLIGHT]))
                continue
            next_at = min((lease.renew_at for lease in self._kept), default=now + 3600)
            try:
                async with asyncio.timeout(next_at - now):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _renew(self, lease: Lease) -> None:
        async with lease.turn:
            if lease.settled:
                return
            since = time.monotonic()
            try:
                async with storage_call("renew lease", self._patience):
                    renewed = await self._queue.update_message(
                        lease.id, pop_receipt=lease.receipt, visibility_timeout=round(self._life)
                    )
            except LeaseLost:
                self._lose(lease, "another receiver has the message")
            except AppError as error:
                LEASE_RENEWALS.add(1, "failed")
                lease.failed()
                if lease.is_over:
                    self._lose(lease, str(error))
                elif not isinstance(error, StorageUnavailable):
                    _log.error("lease.renewal_refused", message_id=lease.id, error=str(error))
            else:
                self.renewals += 1
                LEASE_RENEWALS.add(1, "renewed")
                lease.receipt = str(renewed.pop_receipt)
                lease.renewed(since)

    def _lose(self, lease: Lease, why: str) -> None:
        self._met_loss(lease)
        self._forget(lease)
        _log.warning("lease.lost", message_id=lease.id, why=why)


@asynccontextmanager
async def keep_leases(
    queue: WorkQueue, life: float, *, deletes: int = _DELETES_IN_FLIGHT
) -> AsyncIterator[LeaseKeeper]:
    """Keep leases of ``life`` seconds while the block runs. If the renewer breaks, the block is cancelled
    and its error raised: work without renewal must not go on.

    At most ``deletes`` messages are deleted at the same time: a commit ends many files at once, and their
    messages would crowd out the files under way.
    """
    keeper = LeaseKeeper(queue, life, deletes)
    async with asyncio.TaskGroup() as group:
        renewer = group.create_task(keeper.run(), name="lease-keeper")
        try:
            yield keeper
        finally:
            renewer.cancel()
