"""Turns and the sweep: a job is listed, watched, and brought to its end even if its messages get lost."""

import asyncio
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileStatus, JobRow, JobStatus
from libs.common.settings import DispatcherSettings
from libs.common.storage.queues import PAGE
from libs.jobs.expand import Expander
from libs.jobs.messages import DispatchTask, decode
from libs.jobs.turn import Again, Dispatch, Over, TurnEnd, take_turn
from services.dispatcher.sweep import Sweep
from tests.conftest import Explicit
from tests.contract.conftest import counted, end_of, job_row, messages_of, put_texts, rows_of

WATCH = 30.0


@pytest.fixture
async def job(deployment: Deployment, container: str) -> JobRow:
    await put_texts(deployment.blobs, container, ["a.txt", "b.txt", "c.txt"])
    return await deployment.jobs.create(job_row(container))


async def turn(deployment: Deployment, job: JobRow, **values: Any) -> TurnEnd:
    dispatch = Dispatch(
        jobs=deployment.jobs,
        files=deployment.files,
        queue=deployment.file_queue,
        notify_queue=deployment.notify_queue,
        expander=Expander(deployment.files, deployment.blobs, deployment.file_queue, slice_tasks=2),
        backlog=values.get("backlog", 100),
        watch_seconds=WATCH,
        stalled_seconds=values.get("stalled_seconds", 3600),
    )
    return await take_turn(dispatch, DispatchTask(job_id=job.job_id))


async def seal(deployment: Deployment, job: JobRow) -> None:
    for _ in range(2):
        await turn(deployment, job)


async def end_all(deployment: Deployment, job: JobRow, status: FileStatus) -> None:
    async with open_commits(deployment.file_table, "one") as commits:
        rows = await deployment.files.pending(job.job_id)
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


async def test_the_sweep_takes_up_the_open_job_that_nobody_looks_at(
    deployment: Deployment, explicit: Explicit
) -> None:
    lost, watched, ended = [await deployment.jobs.create(job_row()) for _ in range(3)]
    await deployment.files.advance(
        ended.job_id, await deployment.files.begin(ended.job_id), None, sealed=True
    )
    assert await turn(deployment, ended) == Over()
    sweep = Sweep(explicit(DispatcherSettings, sweep_after=0.1), deployment.jobs, deployment.dispatch_queue)
    assert await sweep.sweep() == 0  # nothing is known yet of how long they were left alone
    taken_up = 0
    async with asyncio.timeout(10):
        while not taken_up:
            await deployment.jobs.looked_at(watched.job_id)
            taken_up = await sweep.sweep()
    (message,) = await deployment.dispatch_queue.receive(PAGE, 300)
    assert decode(DispatchTask, message.body).job_id == lost.job_id


async def test_of_several_sweeps_one_takes_a_job_up(deployment: Deployment, explicit: Explicit) -> None:
    await deployment.jobs.create(job_row())
    settings = explicit(DispatcherSettings, sweep_after=0.001)
    sweeps = [Sweep(settings, deployment.jobs, deployment.dispatch_queue) for _ in range(3)]
    for sweep in sweeps:
        await sweep.sweep()
    assert sum(await asyncio.gather(*(sweep.sweep() for sweep in sweeps))) == 1
    assert await deployment.dispatch_queue.length() == 1
