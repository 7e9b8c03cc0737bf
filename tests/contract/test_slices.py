"""Choosing a slice: a turn reads as much as it lists, and only messages take room in the queue."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileStatus, JobRow
from libs.common.storage.blobs import Listing
from libs.jobs.expand import Expander, expand_slice
from libs.jobs.marks import mark_of
from libs.jobs.selection import target_name
from tests.contract.conftest import counted, job_row, rows_of
from tests.contract.faults import Call, around

NAMES = [f"{number:03}.txt" for number in range(60)]
LANGUAGES = ("ca", "de", "es")


class Reading:
    """Counts the entries that listings of a container read."""

    def __init__(self, deployment: Deployment) -> None:
        self.entries: dict[str, int] = {}
        self.blobs = around(deployment.blobs, self._count, "page")

    async def _count(self, call: Call, container: str, *arguments: Any, **options: Any) -> Listing:
        listing: Listing = await call(container, *arguments, **options)
        self.entries[container] = self.entries.get(container, 0) + len(listing.blobs)
        return listing


async def put_all(deployment: Deployment, container: str, metadata: dict[str, dict[str, str]]) -> None:
    await deployment.blobs.create_container(container)
    bound = asyncio.Semaphore(16)

    async def put(name: str, mark: dict[str, str]) -> None:
        async with bound:
            await deployment.blobs.write(
                container, name, b"Hello.", over=None, content_type="text/plain", metadata=mark
            )

    await asyncio.gather(*(put(name, mark) for name, mark in metadata.items()))


async def translated(deployment: Deployment, job: JobRow, names: Iterable[str]) -> None:
    """Put translations into the target, marked as this job's worker would mark them."""
    listing = await deployment.blobs.page(job.source_container, "", None, 1000)
    etags = {blob.name: blob.etag for blob in listing.blobs}
    marks = {
        target_name(job, language, name): mark_of(job, language, name, etags[name], job.engine_version)
        for language in job.target_languages
        for name in names
    }
    await put_all(deployment, job.target_container, marks)


async def turns(expander: Expander, job: JobRow, room: int) -> int:
    """Take turns until the listing is sealed; returns how many it took."""
    for number in range(1, 200):
        row = await expand_slice(expander, job, await expander.files.begin(job.job_id), room)
        if row.sealed:
            return number
    raise AssertionError("the listing was not sealed")


@pytest.fixture
async def job(deployment: Deployment, container: str) -> JobRow:
    await put_all(deployment, container, {name: {} for name in NAMES})
    return job_row(container, target_languages=LANGUAGES)


def expander(deployment: Deployment, reading: Reading, slice_tasks: int) -> Expander:
    return Expander(deployment.files, reading.blobs, deployment.file_queue, slice_tasks)


@pytest.mark.parametrize(("slice_tasks", "room"), [(1000, 1000), (200, 0), (20, 0)])
async def test_a_rerun_reads_about_as_many_target_entries_as_it_has_tasks(
    deployment: Deployment, job: JobRow, slice_tasks: int, room: int
) -> None:
    await translated(deployment, job, NAMES)
    reading = Reading(deployment)
    await turns(expander(deployment, reading, slice_tasks), job, room)
    counts = await counted(deployment.files, job.job_id)
    assert counts.skipped == len(NAMES) * len(LANGUAGES)
    ratio = reading.entries[job.target_container] / counts.skipped
    print(f"{ratio:.2f} target entries a task")
    assert ratio <= 1.5


async def test_a_rerun_after_new_files_came_reads_little_more(deployment: Deployment, job: JobRow) -> None:
    await translated(deployment, job, [name for number, name in enumerate(NAMES) if number % 10])
    reading = Reading(deployment)
    await turns(expander(deployment, reading, 200), job, 0)
    rows = await rows_of(deployment.files, job.job_id)
    pending = {row.name for row in rows if row.status is FileStatus.PENDING}
    assert pending == set(NAMES[::10])
    assert reading.entries[job.target_container] / len(rows) <= 1.5


async def test_blobs_of_others_in_the_target_hide_no_translation(deployment: Deployment, job: JobRow) -> None:
    await translated(deployment, job, NAMES)
    foreign = [f"{language}/{name}-{n}" for language in LANGUAGES for name in NAMES[:10] for n in range(3)]
    await put_all(deployment, job.target_container, {name: {} for name in foreign})
    await turns(expander(deployment, Reading(deployment), 80), job, 0)
    assert (await counted(deployment.files, job.job_id)).skipped == len(NAMES) * len(LANGUAGES)


async def test_files_that_need_no_message_take_no_room_in_the_queue(
    deployment: Deployment, job: JobRow
) -> None:
    one = replace(job, target_languages=("de",))
    await translated(deployment, one, NAMES)
    assert await turns(expander(deployment, Reading(deployment), 1000), one, room=0) == 1


async def test_a_job_that_wants_few_of_many_names_lists_them_in_one_turn(
    deployment: Deployment, job: JobRow
) -> None:
    few = replace(job, include=("*7.txt",), exclude=("007.txt",))
    assert await turns(expander(deployment, Reading(deployment), 40), few, room=0) == 1
    assert {row.name for row in await rows_of(deployment.files, few.job_id)} == {
        name for name in NAMES if name[2] == "7" and name != "007.txt"
    }


async def test_a_slice_sends_no_more_messages_than_there_is_room_for(
    deployment: Deployment, job: JobRow
) -> None:
    await translated(deployment, job, NAMES[:40])
    row = await deployment.files.begin(job.job_id)
    await expand_slice(expander(deployment, Reading(deployment), 1000), job, row, room=34)
    assert await deployment.file_queue.length() == 33
    assert (await counted(deployment.files, job.job_id)).skipped == 40 * len(LANGUAGES)
