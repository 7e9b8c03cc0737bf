"""What a run left in storage, read in one go for the checker."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from azure.storage.queue.aio import QueueClient

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileRow, JobRow, Progress
from libs.common.storage.queues import WorkQueue

#: Targets are read whole; the largest of any test.
_LARGEST = 1 << 27
_READS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``rows`` by (language, name); ``failures`` and ``letters`` are such pairs; ``lengths`` by queue."""

    job: JobRow
    progress: Progress
    rows: Mapping[tuple[str, str], FileRow]
    failures: set[tuple[str, str]]
    targets: Mapping[str, bytes]
    lengths: Mapping[str, int]
    letters: set[tuple[str, str]]
    is_open: bool
    is_owed: bool


async def gather(deployment: Deployment, job_id: str) -> Evidence:
    job = await deployment.jobs.get(job_id)
    assert job is not None, f"job {job_id} is not in the ledger"
    rows = await rows_of(deployment, job_id)
    failures, _ = await deployment.files.failures(job_id, 1000, None)
    return Evidence(
        job=job,
        progress=await deployment.files.settled_progress(job_id),
        rows={(row.language, row.name): row for row in rows},
        failures={(row.language, row.name) for row in failures},
        targets=await blobs_of(deployment, job.target_container),
        lengths=await lengths_of(deployment),
        letters=await letters_of(deployment.file_queue, job_id),
        is_open=job_id in {job.job_id async for job in deployment.jobs.open.all()},
        is_owed=job_id in {row.job_id async for row in deployment.owed.all()},
    )


async def rows_of(deployment: Deployment, job_id: str) -> list[FileRow]:
    """Every file row, page by page."""
    rows, behind = await deployment.files.page(job_id, 1000, None)
    while behind is not None:
        more, behind = await deployment.files.page(job_id, 1000, behind)
        rows += more
    return rows


async def blobs_of(deployment: Deployment, container: str) -> dict[str, bytes]:
    """Every blob of a container with its bytes."""
    bound = asyncio.Semaphore(_READS)
    names: list[str] = []
    marker = None
    while True:
        page = await deployment.blobs.page(container, "", marker, 5000)
        names += [blob.name for blob in page.blobs]
        marker = page.marker
        if marker is None:
            break

    async def read(name: str) -> bytes:
        async with bound:
            return (await deployment.blobs.read(container, name, _LARGEST)).data

    return dict(zip(names, await asyncio.gather(*map(read, names)), strict=True))


async def lengths_of(deployment: Deployment) -> dict[str, int]:
    """Messages in the work queues, invisible ones included."""
    queues = {
        "dispatch": deployment.dispatch_queue,
        "file": deployment.file_queue,
        "notification": deployment.notify_queue,
    }
    return {name: await queue.length() for name, queue in queues.items()}


async def letters_of(queue: WorkQueue, job_id: str) -> set[tuple[str, str]]:
    """The file tasks of a job that have a dead letter, from the first 32: more than tests make."""
    letters = [json.loads(message.content) for message in await dead_letters(queue).peek_messages(32)]
    messages = [json.loads(letter["message"]) for letter in letters if letter["job_id"] == job_id]
    return {(message["language"], message["name"]) for message in messages}


def dead_letters(queue: WorkQueue) -> QueueClient:
    return queue._dead
