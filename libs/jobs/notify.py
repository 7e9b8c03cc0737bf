"""Tell of a job's end: at least once, to the address the job names, as one end with one id.

receive → read the job: told, given up, opened again, or a later message is under way → done
        → post it
        → write into the job row how that ended; with it goes the ``~notify`` row, or tells of the next try
        → the message goes back for as long, or away; of what is given up a dead letter is written first

A crash before the job row is written tells once more, under the same id: the receiver goes by that. A crash
after it leaves a message that is of another time (it is dropped) or none, and then the sweep of the
``~notify`` rows sends the next one.
"""

import json
import random
from dataclasses import dataclass, replace

import structlog

from libs.common.clock import utc_now
from libs.common.errors import AppError, Conflict, StorageUnavailable
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.notification import Notification, NotificationStatus, event_id
from libs.common.ledger.owed import Owed
from libs.common.ledger.records import JobRow, Progress
from libs.common.storage.queues import WorkQueue
from libs.common.webhook.client import Accepted, Reply, WebhookClient
from libs.common.webhook.hooks import place_of
from libs.jobs.messages import NotifyTask
from libs.jobs.views import job_view

EVENT_TYPE = "batch_job.ended"
#: Attempts before a notification is given up. With the pauses below they take 20 hours on average.
MOST_ATTEMPTS = 30
#: Full jitter below ``10 * 2^n`` seconds behind attempt n (0, 1, ...), never above two hours.
_PAUSE_BASE, _PAUSE_CAP = 10.0, 7200.0
#: Times an unclear answer of storage is read back before the message comes back another time.
_TRIES = 5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Notifying:
    """What telling takes."""

    jobs: Jobs
    owed: Owed
    webhooks: WebhookClient


@dataclass(frozen=True, slots=True)
class Later:
    """The message goes back as ``task``, visible after ``delay`` seconds."""

    task: NotifyTask
    delay: float


@dataclass(frozen=True, slots=True)
class Told:
    """There is nothing more to tell, or it is another message's business: this one may go."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The row says so; a dead letter is due, then the message may go."""

    error: str
    attempts: int


NotifyEnd = Later | Told | GivenUp


async def announce(queue: WorkQueue, job: JobRow) -> None:
    """Ask for the notification of an ended job, if it has one to send. The sweep does it where this fails."""
    if not job.owes_notification:
        return
    try:
        await queue.send(NotifyTask(job_id=job.job_id, retries=job.retries).encode())
    except AppError as error:
        _log.warning("notification not asked for; the sweep does it", job_id=job.job_id, error=str(error))


async def notify(notifying: Notifying, task: NotifyTask) -> NotifyEnd:
    """One attempt. Storage errors are the caller's: the message comes back, and so does the attempt."""
    job = await notifying.jobs.get(task.job_id)
    told = None if job is None else job.notification
    if job is None or told is None or not job.status.ended or job.retries != task.retries:
        return Told()
    if told.status is NotificationStatus.FAILED:
        return _given_up(told)
    if told.status is NotificationStatus.DELIVERED or task.attempts < told.attempts:
        return Told()
    reply = await notifying.webhooks.post(told.url, event_id(job.job_id, job.retries), body_of(job))
    pause = random.uniform(0, min(_PAUSE_BASE * 2**told.attempts, _PAUSE_CAP))  # noqa: S311 - jitter
    written = await _written(notifying, job, reply, pause)
    if written is None:
        return Told()
    _log_attempt(job, written)
    if written.status is NotificationStatus.PENDING:
        return Later(task.model_copy(update={"attempts": written.attempts}), pause)
    return Told() if written.status is NotificationStatus.DELIVERED else _given_up(written)


def body_of(job: JobRow) -> bytes:
    """What is posted, the same in each attempt: the job as it was answered in the moment of its end."""
    told = None if job.notification is None else job.notification.anew()
    view = job_view(replace(job, notification=told), job.final or Progress())
    event = {
        "id": event_id(job.job_id, job.retries),
        "type": EVENT_TYPE,
        "timestamp": job.completed_at,
        "data": view.model_dump(mode="json"),
    }
    return json.dumps(event, separators=(",", ":")).encode()


async def _written(notifying: Notifying, job: JobRow, reply: Reply, pause: float) -> Notification | None:
    """Write how an attempt ended, and give what is written. None: the job was opened again or removed, or
    another message told of this end, or tried in vain as we did.
    """
    for _ in range(_TRIES):
        told = job.notification
        if told is None:
            return None
        after = _after(told, reply)
        try:
            await notifying.owed.record(job, after, pause)
        except (Conflict, StorageUnavailable) as error:
            _log.info("notification is read back", job_id=job.job_id, error=str(error))
        else:
            return after
        found = await notifying.jobs.get(job.job_id)
        if found is None or not found.is_same_end(job) or found.notification is None:
            return None
        if found.notification == after:
            return after  # our own, whose answer was lost
        if found.notification != told and not (found.owes_notification and isinstance(reply, Accepted)):
            return None
        job = found
    raise StorageUnavailable(f"how a notification of job {job.job_id} ended met {_TRIES} unclear answers")


def _after(told: Notification, reply: Reply) -> Notification:
    attempts = told.attempts + 1
    if isinstance(reply, Accepted):
        delivered = NotificationStatus.DELIVERED
        return replace(told, status=delivered, attempts=attempts, last_error=None, delivered_at=utc_now())
    failed = NotificationStatus.FAILED if reply.gone or attempts >= MOST_ATTEMPTS else told.status
    return replace(told, status=failed, attempts=attempts, last_error=reply.reason)


def _given_up(told: Notification) -> GivenUp:
    return GivenUp(told.last_error or "", told.attempts)


def _log_attempt(job: JobRow, told: Notification) -> None:
    log = _log.info if told.status is NotificationStatus.DELIVERED else _log.warning
    log(
        f"Notification {told.status}: {job.job_id}",
        job_id=job.job_id,
        host=place_of(told.url),
        attempts=told.attempts,
        error=told.last_error,
    )
