"""Replay a dead letter: what it speaks of is tried again, and the letter goes."""

import json
from enum import Enum, auto

from libs.common.deployment import Deployment
from libs.common.ledger.notification import NotificationStatus
from libs.common.ledger.records import FileStatus
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import FileTask, NotifyTask, Undecodable, decode
from libs.jobs.notify import announce
from libs.jobs.retry import failed_files, reopen

#: Files of which nothing is left to be tried.
_DONE = frozenset({FileStatus.SUCCEEDED, FileStatus.SKIPPED})


class Replay(Enum):
    """How a replay ended. The letter goes with ``DONE`` alone."""

    DONE = auto()
    NO_SUCH_LETTER = auto()
    JOB_RUNNING = auto()
    NOT_RETRYABLE = auto()


async def replay(deployment: Deployment, queue: WorkQueue, letter_id: str) -> Replay:
    """A given-up file becomes pending again through its job's retry, a given-up notification by itself; a
    message that was no message of ours goes back into its queue as it was. The letter is deleted last: a
    crash in between replays twice.

    After an error the letter is there as it was.
    """
    letter = await queue.dead.take(letter_id)
    if letter is None:
        return Replay.NO_SUCH_LETTER
    outcome = None
    try:
        outcome = await _tried_again(deployment, queue, _message_of(letter.body))
    finally:
        if outcome is not Replay.DONE:
            await queue.dead.give_back(letter)
    if outcome is Replay.DONE:
        await queue.dead.delete(letter)
    return outcome


async def _tried_again(deployment: Deployment, queue: WorkQueue, body: str) -> Replay:
    try:
        if queue is deployment.notify_queue:
            return await _told_again(deployment, decode(NotifyTask, body))
        task = decode(FileTask, body)
    except Undecodable:
        await queue.send(body)
        return Replay.DONE
    return await _retried(deployment, task)


async def _told_again(deployment: Deployment, task: NotifyTask) -> Replay:
    """A notification that is under way, or of an end that a retry took back, needs nothing."""
    job = await deployment.jobs.get(task.job_id)
    told = None if job is None or job.retries != task.retries else job.notification
    if job is not None and told is not None and told.status is NotificationStatus.FAILED:
        await announce(deployment.notify_queue, await deployment.owed.record(job, told.anew()))
    return Replay.DONE


async def _retried(deployment: Deployment, task: FileTask) -> Replay:
    """A file that has been translated since, or is no longer known, needs nothing."""
    job = await deployment.jobs.get(task.job_id)
    row = await deployment.files.file(task.job_id, task.language, task.name)
    if job is None or row is None or row.status in _DONE:
        return Replay.DONE
    if not job.status.ended:
        return Replay.JOB_RUNNING
    if row.status is not FileStatus.FAILED or not failed_files(job):
        return Replay.NOT_RETRYABLE
    await reopen(deployment.jobs, deployment.dispatch_queue, job, (task.language, task.name))
    return Replay.DONE


def _message_of(letter: str) -> str:
    try:
        return str(json.loads(letter)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return letter
