"""Turns: a job is listed, watched, and brought to its end even if its messages get lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.common.clock import rfc3339
from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileStatus, JobRow, JobStatus, Note
from libs.common.storage.queues import PAGE
from libs.jobs.expand import Expander
from libs.jobs.messages import DispatchTask
from libs.jobs.roll_call import RollCall
from libs.jobs.turn import Again, Dispatch, Over, TurnEnd, take_turn
from tests.contract.conftest import counted, end_of, job_row, messages_of, put_texts, rows_of

WATCH = 30.0


@pytest.fixture
async def job(deployment: Deployment, container: str) -> JobRow:
    await put_texts(deployment.blobs, container, ["a.txt", "b.txt", "c.txt"])
    return await deployment.jobs.create(job_row(container))


async def turn(
    deployment: Deployment, job: JobRow, task: DispatchTask | None = None, **values: Any
) -> TurnEnd:
    dispatch = Dispatch(
        jobs=deployment.jobs,
        files=deployment.files,
        queue=deployment.file_queue,
        notify_queue=deployment.notify_queue,
        expander=Expander(deployment.files, deployment.blobs, deployment.file_queue, slice_tasks=2),
        backlog=values.get("backlog", 100),
        watch_seconds=WATCH,
        stalled_seconds=values.get("stalled_seconds", 3600),
        roll_call=values.get("roll_call", RollCall()),
    )
    return await take_turn(dispatch, task or DispatchTask(job_id=job.job_id))


async def guess(deployment: Deployment, job: JobRow, task: DispatchTask) -> DispatchTask:
    """A watch for which anything is a long time."""
    watched = await turn(deployment, job, task, stalled_seconds=-1, backlog=8)
    assert isinstance(watched, Again)
    return watched.task


async def seal(deployment: Deployment, job: JobRow) -> None:
    for _ in range(2):
        await turn(deployment, job)


async def end_all(deployment: Deployment, job: JobRow, status: FileStatus, most: int | None = None) -> None:
    async with open_commits(deployment.file_table, "one") as commits:
        rows = (await deployment.files.pending(job.job_id))[:most]
        await asyncio.gather(*(commits.record(job.job_id, end_of(row, status)) for row in rows))


async def status_of(deployment: Deployment, job: JobRow) -> JobStatus:
    found = await deployment.jobs.get(job.job_id)
    assert found is not None
    return found.status


async def test_a_job_is_listed_slice_by_slice_then_watched_then_over(
    deployment: Deployment, job: JobRow
) -> None:
    first = await turn(deployment, job)
    assert isinstance(first, Again)
    assert first.delay == 0  # the others have their turn, then it goes on
    assert len(await rows_of(deployment.files, job.job_id)) == 2
    assert await status_of(deployment, job) is JobStatus.PROCESSING
    assert await turn(deployment, job) == Again(DispatchTask(job_id=job.job_id), WATCH)
    await end_all(deployment, job, FileStatus.SUCCEEDED)
    assert await turn(deployment, job) == Over()
    assert await status_of(deployment, job) is JobStatus.COMPLETED
    assert await turn(deployment, job) == Over()


async def test_nothing_is_listed_while_enough_is_waiting(deployment: Deployment, job: JobRow) -> None:
    for _ in range(2):
        await deployment.file_queue.send("of other jobs")
    waits = await turn(deployment, job, backlog=1)
    assert isinstance(waits, Again)
    assert waits.delay > 0
    assert await rows_of(deployment.files, job.job_id) == []
    await turn(deployment, job, backlog=2)
    assert len(await rows_of(deployment.files, job.job_id)) == 2


async def test_files_whose_messages_were_cleared_away_are_sent_again(
    deployment: Deployment, job: JobRow
) -> None:
    await seal(deployment, job)
    async with open_commits(deployment.file_table, "one") as commits:
        await commits.record(job.job_id, end_of((await deployment.files.pending(job.job_id))[0]))
    await deployment.file_queue.leases.clear_messages()
    watched = await turn(deployment, job)
    assert isinstance(watched, Again)
    assert watched.task.resent_at
    pending = await deployment.files.pending(job.job_id)
    assert len(pending) == 2
    sent = await messages_of(deployment.file_queue)
    assert {(task.name, task.tag) for task in sent} == {(row.name, row.tag) for row in pending}


async def test_files_in_the_hands_of_workers_are_not_sent_again(deployment: Deployment, job: JobRow) -> None:
    await seal(deployment, job)
    assert len(await deployment.file_queue.receive(PAGE, 300)) == 3
    await turn(deployment, job)
    assert await deployment.file_queue.length() == 3


async def test_files_of_a_job_that_does_not_move_are_sent_again_and_counted_once(
    deployment: Deployment, job: JobRow
) -> None:
    await seal(deployment, job)
    await turn(deployment, job, stalled_seconds=-1)  # the queue is not empty, but nothing has moved
    assert await deployment.file_queue.length() == 6
    await end_all(deployment, job, FileStatus.SUCCEEDED)
    assert (await counted(deployment.files, job.job_id)).succeeded == 3


async def test_guesses_leave_room_in_the_queue_and_attempts_to_the_files(
    deployment: Deployment, job: JobRow
) -> None:
    await seal(deployment, job)
    task = DispatchTask(job_id=job.job_id)
    for _ in range(10):
        task = await guess(deployment, job, task)
    assert await deployment.file_queue.length() <= 8 + 3
    assert max(copy.attempts for copy in await messages_of(deployment.file_queue)) <= 2


async def test_each_guess_waits_twice_as_long_as_the_last_until_something_moves(
    deployment: Deployment, job: JobRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seal(deployment, job)
    monkeypatch.setattr("libs.jobs.turn._seconds_since", lambda _moment: 150.0)

    async def sent(task: DispatchTask) -> tuple[int, DispatchTask]:
        before = await deployment.file_queue.length()
        watched = await turn(deployment, job, task, stalled_seconds=100)
        assert isinstance(watched, Again)
        return await deployment.file_queue.length() - before, watched.task

    first, task = await sent(DispatchTask(job_id=job.job_id))
    second, task = await sent(task)
    await end_all(deployment, job, FileStatus.SUCCEEDED, most=1)
    third, _ = await sent(task)
    assert (first, second, third) == (3, 0, 2)


async def test_a_file_whose_engine_is_at_work_is_not_sent_again(deployment: Deployment, job: JobRow) -> None:
    await seal(deployment, job)
    watched = await turn(deployment, job, stalled_seconds=-1)
    assert isinstance(watched, Again)
    async with open_commits(deployment.file_table, "one") as commits:
        commits.note(job.job_id, Note(answered_at=rfc3339(datetime.now(UTC) + timedelta(minutes=5))))
        async with asyncio.timeout(20):
            while not (await deployment.files.progress(job.job_id)).working_at:  # noqa: ASYNC110 - in storage
                await asyncio.sleep(0.05)
    await turn(deployment, job, watched.task, stalled_seconds=0.001)
    assert await deployment.file_queue.length() == 6


async def test_a_cancelled_job_is_sealed_at_what_is_listed(deployment: Deployment, job: JobRow) -> None:
    await turn(deployment, job)
    read = await deployment.jobs.get(job.job_id)
    assert read is not None
    await deployment.jobs.move(read, JobStatus.CANCELLING)
    await turn(deployment, job)
    assert len(await rows_of(deployment.files, job.job_id)) == 2
    await end_all(deployment, job, FileStatus.CANCELLED)
    assert await turn(deployment, job) == Over()
    assert await status_of(deployment, job) is JobStatus.CANCELLED


async def test_a_job_whose_source_is_gone_fails_and_says_why(deployment: Deployment) -> None:
    job = await deployment.jobs.create(job_row("never-there"))
    for _ in range(2):
        ended = await turn(deployment, job)
    assert ended == Over()
    found = await deployment.jobs.get(job.job_id)
    assert found is not None
    assert found.status is JobStatus.FAILED
    assert found.error is not None
    assert "'never-there' is no longer there" in found.error


async def test_a_message_of_an_unknown_job_may_go(deployment: Deployment) -> None:
    assert await turn(deployment, job_row()) == Over()
