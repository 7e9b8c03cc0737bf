"""Expanding a listing: one row and one message a file, whatever interrupts it and whoever helps."""

import asyncio
from dataclasses import replace

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.files import Files
from libs.common.ledger.records import DispatchRow, FileStatus, JobRow
from libs.jobs import expand
from libs.jobs.expand import Expander, expand_slice
from tests.contract.conftest import counted, job_row, messages_of, put_texts, rows_of
from tests.contract.faults import (
    Around,
    Crash,
    Strike,
    around,
    crash_after,
    crash_before,
    fail_before,
    lose_reply,
)

#: Calls of the first slice: row d is read and made, a page listed of the source and of each language's
#: target; then twice a transaction and its messages.
SECOND_TRANSACTION, LAST_MESSAGE, ADVANCE = 8, 12, 13
NAMES = ["a.txt", "b.bin", "c d#?%.txt", "e/1.txt", "e/2.txt", "f.txt", "日本.txt", "👩\u200d👧.txt"]
TRANSLATED = [name for name in NAMES if name.endswith(".txt")]


@pytest.fixture(autouse=True)
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two names of two languages a transaction, so that a slice of four names takes two."""
    monkeypatch.setattr(expand, "FILES_A_TRANSACTION", 4)


@pytest.fixture
async def job(deployment: Deployment, container: str) -> JobRow:
    await put_texts(deployment.blobs, container, NAMES)
    return job_row(container, target_languages=("de", "fr"))


def expander(deployment: Deployment, do: Around | None = None) -> Expander:
    """Slices of four names; with ``do`` around every storage call it makes."""
    files, blobs, queue = deployment.files, deployment.blobs, deployment.file_queue
    if do is not None:
        files = Files(around(deployment.file_table, do, "get", "commit"))
        blobs, queue = around(blobs, do, "page"), around(queue, do, "send")
    return Expander(files, blobs, queue, slice_tasks=8)


async def turns(expanding: Expander, job: JobRow) -> DispatchRow:
    """Turns as a dispatcher takes them, until the listing is sealed."""
    for _ in range(20):
        try:
            row = await expanding.files.begin(job.job_id)
            if row.sealed or (await expand_slice(expanding, job, row)).sealed:
                return row
        except (StorageUnavailable, Crash):
            continue
    raise AssertionError("twenty turns did not seal the listing")


async def check(deployment: Deployment, job: JobRow, names: list[str]) -> None:
    """One row for each name and language, the totals say so, and each pending file has its message."""
    rows = await rows_of(deployment.files, job.job_id)
    expected = [(language, name) for language in job.target_languages for name in names]
    assert sorted((row.language, row.name) for row in rows) == sorted(expected)
    await counted(deployment.files, job.job_id)
    totals = (await deployment.files.progress(job.job_id)).totals_by_language
    assert totals == ({language: len(names) for language in job.target_languages} if names else {})
    sent = {(task.language, task.name, task.tag) for task in await messages_of(deployment.file_queue)}
    assert sent == {(row.language, row.name, row.tag) for row in rows if row.status is FileStatus.PENDING}


async def test_every_file_gets_one_row_and_one_message(deployment: Deployment, job: JobRow) -> None:
    await turns(expander(deployment), job)
    assert await deployment.file_queue.length() == 2 * len(TRANSLATED)
    await check(deployment, job, NAMES)
    skipped = [row for row in await rows_of(deployment.files, job.job_id) if row.name == "b.bin"]
    assert [row.error_code for row in skipped] == ["unsupported_format"] * 2


async def test_a_listing_of_unwanted_files_is_sealed_at_nothing(deployment: Deployment, job: JobRow) -> None:
    nothing = replace(job, include=("*.docx",))
    await turns(expander(deployment), nothing)
    assert (await deployment.files.progress(job.job_id)).sealed
    await check(deployment, nothing, [])


@pytest.mark.parametrize("how", [fail_before, lose_reply, crash_before, crash_after])
async def test_a_slice_interrupted_at_any_storage_call_is_completed_by_another_turn(
    deployment: Deployment, job: JobRow, how: Around
) -> None:
    fired = 0
    while True:
        this = replace(job, job_id=job_row().job_id)
        strike = Strike(at=fired, how=how)
        await turns(expander(deployment, strike), this)
        await check(deployment, this, NAMES)
        await deployment.file_queue.leases.clear_messages()
        if not strike.fired:
            break
        fired += 1
    print(f"{fired} faults fired, one a run")
    assert fired > 20


async def test_a_turn_that_goes_on_after_a_fault_sends_nothing_twice(
    deployment: Deployment, job: JobRow
) -> None:
    strike = Strike(at=SECOND_TRANSACTION, how=fail_before)
    await turns(expander(deployment, strike), job)
    assert strike.fired
    assert await deployment.file_queue.length() == 2 * len(TRANSLATED)


async def test_two_dispatchers_on_one_job_make_each_row_once(deployment: Deployment, job: JobRow) -> None:
    for _ in range(5):
        this = replace(job, job_id=job_row().job_id)
        await asyncio.gather(*(turns(expander(deployment), this) for _ in range(2)))
        await check(deployment, this, NAMES)
        await deployment.file_queue.leases.clear_messages()


async def test_a_dispatcher_that_was_overtaken_ends_its_turn(deployment: Deployment, job: JobRow) -> None:
    expanding = expander(deployment)
    read = await expanding.files.begin(job.job_id)
    overtaken = await expand_slice(expanding, job, read)
    sent = await deployment.file_queue.length()
    assert await expand_slice(expanding, job, read) == overtaken
    assert await deployment.file_queue.length() == sent
    assert overtaken.slice == 1


@pytest.mark.parametrize(("at", "sent"), [(ADVANCE, 6), (LAST_MESSAGE, 5)])
async def test_a_listing_that_changed_since_a_slice_was_interrupted_is_sealed_all_the_same(
    deployment: Deployment, job: JobRow, at: int, sent: int
) -> None:
    broken = expander(deployment, Strike(at=at, how=crash_before))
    read = await broken.files.begin(job.job_id)
    with pytest.raises(Crash):
        await expand_slice(broken, job, read)
    assert len(await rows_of(deployment.files, job.job_id)) == 8
    assert await deployment.file_queue.length() == sent
    # One more name before those that are done: the page now ends one name earlier.
    await put_texts(deployment.blobs, job.source_container, ["a-new.txt"])
    await turns(expander(deployment), job)
    await check(deployment, job, NAMES)
