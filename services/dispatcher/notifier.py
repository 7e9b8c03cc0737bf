"""The notifier: tells of ended jobs, where the deployment allows that. Beside it, a sweep of its own."""

import asyncio

import structlog

from libs.common.deployment import Deployment
from libs.common.ledger.owed import OwedRow
from libs.common.settings import DispatcherSettings
from libs.common.storage.leases import Lease, LeaseKeeper
from libs.common.webhook.client import WebhookClient
from libs.jobs.messages import NotifyTask, dead_letter, decode
from libs.jobs.notify import GivenUp, Later, Notifying, Told, notify
from libs.jobs.standing import Standing
from services.dispatcher.receiver import Receiver
from services.dispatcher.rounds import keep_rounds

#: Notifications under way at the same time: receivers that do not answer hold up no others so soon.
_AT_ONCE = 16
#: A stopping notifier lets those under way end for this long (seconds). One that is broken off is told once
#: more, under the same id.
_DRAIN_SECONDS = 6.0

_log = structlog.get_logger(__name__)


class Notifier:
    """Receives what ended jobs have to tell, and tells it."""

    def __init__(
        self,
        settings: DispatcherSettings,
        deployment: Deployment,
        leases: LeaseKeeper,
        webhooks: WebhookClient,
    ) -> None:
        self._queue = deployment.notify_queue
        self._leases = leases
        self._notifying = Notifying(deployment.jobs, deployment.owed, webhooks)
        self._sweep = NotifySweep(settings, deployment)
        self._receiver = Receiver(
            self._queue,
            leases,
            self._tell,
            settings.visibility_timeout,
            at_once=_AT_ONCE,
            drain=_DRAIN_SECONDS,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Tell, and sweep, until ``stop`` is set; then let those under way end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep.run(stop))
            await self._receiver.run(stop)

    async def _tell(self, lease: Lease) -> None:
        task = decode(NotifyTask, lease.body)
        structlog.contextvars.bind_contextvars(job_id=task.job_id)
        match await notify(self._notifying, task):
            case Later(task=again, delay=delay):
                await self._leases.release(lease, delay, again.encode())
            case GivenUp(error=error, attempts=attempts):
                letter = dead_letter(
                    message_id=lease.id,
                    body=lease.body,
                    job_id=task.job_id,
                    error=error,
                    reason="notification_failed",
                    attempts=attempts,
                )
                await self._queue.send_dead(letter)
                await self._leases.delete(lease)
            case Told():
                await self._leases.delete(lease)


class NotifySweep:
    """Sends a fresh message for each notification whose row nobody has written for ``sweep_after`` seconds
    more than the pause it tells of: its message was never sent, or got lost.
    """

    def __init__(self, settings: DispatcherSettings, deployment: Deployment) -> None:
        self._every, self._after = settings.sweep_interval, settings.sweep_after
        self._owed, self._queue = deployment.owed, deployment.notify_queue
        self._standing = Standing()

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until ``stop`` is set."""
        await keep_rounds("sweep of notifications", self.sweep, lambda: self._every, stop)

    async def sweep(self) -> int:
        """One sweep; gives how many were asked for again."""
        rows = {row.job_id: row async for row in self._owed.all()}
        stood = self._standing.look({job_id: row.version for job_id, row in rows.items()})
        left = [row for row in rows.values() if stood[row.job_id] >= row.again_in + self._after]
        return sum([await self._ask_again(row) for row in left])

    async def _ask_again(self, row: OwedRow) -> bool:
        # The stamp comes first and under the version seen: of several dispatchers one sends.
        if not await self._owed.looked_at(row):
            return False
        task = NotifyTask(job_id=row.job_id, retries=row.retries, attempts=row.attempts)
        await self._queue.send(task.encode())
        _log.warning("notification asked for again", job_id=row.job_id)
        return True
