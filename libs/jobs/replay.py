"""Replay a dead letter: what it speaks of is tried again, and the letter goes."""

import json
from enum import Enum, auto

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileStatus
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import FileTask, Undecodable, decode
from libs.jobs.retry import failed_files, reopen


class Replay(Enum):
    """How a replay ended."""

    DONE = auto()
    NO_SUCH_LETTER = auto()
    JOB_RUNNING = auto()


async def replay(deployment: Deployment, queue: WorkQueue, letter_id: str) -> Replay:
    """A given-up file becomes pending again through its job's retry; a message that was no message of ours
    goes back into its queue as it was. The letter is deleted last: a crash in between replays twice.
    """
    taken = await queue.dead.take(letter_id)
    if taken is None:
        return Replay.NO_SUCH_LETTER
    letter, receipt = taken
    body = _message_of(letter)
    try:
        task = decode(FileTask, body)
    except Undecodable:
        await queue.send(body)
    else:
        if not await _retried(deployment, task):
            return Replay.JOB_RUNNING
    await queue.dead.delete(letter_id, receipt)
    return Replay.DONE


async def _retried(deployment: Deployment, task: FileTask) -> bool:
    """False: its job runs, so nothing can be retried now. A file that no longer failed needs nothing."""
    job = await deployment.jobs.get(task.job_id)
    row = await deployment.files.file(task.job_id, task.language, task.name)
    if job is None or row is None or row.status is not FileStatus.FAILED:
        return True
    if not job.status.ended:
        return False
    if failed_files(job):
        await reopen(deployment.jobs, deployment.dispatch_queue, job, (task.language, task.name))
    return True


def _message_of(letter: str) -> str:
    try:
        return str(json.loads(letter)["message"])
    except (ValueError, KeyError, TypeError):
        return letter
