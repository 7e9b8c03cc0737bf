"""A retry of many files: each is taken up once, in turns, with room in the queue."""

import asyncio
from dataclasses import replace

from libs.common.deployment import Deployment
from libs.common.ledger import keys
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileEnd, FileStatus, JobRow, JobStatus
from libs.jobs.messages import DispatchTask
from libs.jobs.retry import failed_files, reopen
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, Over, take_turn
from tests.integration.conftest import Listed, Upload


async def fail_all(deployment: Deployment, job: JobRow, writer: str) -> None:
    """What a worker does with files that fail at once."""
    async with open_commits(deployment.file_table, writer) as commits:
        ends = [
            FileEnd(language=row.language, name=row.name, tag=row.tag, status=FileStatus.FAILED, error="no")
            for row in await deployment.files.pending(job.job_id)
        ]
        await asyncio.gather(*(commits.record(job.job_id, end) for end in ends))


async def test_files_that_fail_again_at_once_do_not_keep_a_retry_going_for_ever(
    deployment: Deployment, dispatch: Dispatch, listed: Listed
) -> None:
    job = await listed({f"{n:04}.txt": b"x" for n in range(600)})
    await fail_all(deployment, job, "first")
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))
    ended = await deployment.jobs.get(job.job_id)
    assert ended is not None
    assert failed_files(ended) == 600
    await reopen(deployment.jobs, deployment.dispatch_queue, ended)
    await deployment.file_queue.leases.clear_messages()
    turns = 0
    while (row := await deployment.files.dispatch(job.job_id)) is None or row.retried == 0:
        await take_turn(dispatch, DispatchTask(job_id=job.job_id))
        await fail_all(deployment, job, f"turn-{turns}")
        turns += 1
        assert turns < 5, "the same files are taken up again and again"
    assert await deployment.file_queue.length() == 600
    assert sum(row.requeued.values()) == 600
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))
    again = await deployment.jobs.get(job.job_id)
    assert again is not None
    assert again.status is JobStatus.FAILED


async def test_a_retry_waits_for_room_in_the_queue(
    deployment: Deployment, dispatch: Dispatch, listed: Listed
) -> None:
    job = await listed({"a.txt": b"x"})
    await fail_all(deployment, job, "first")
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))
    ended = await deployment.jobs.get(job.job_id)
    assert ended is not None
    await reopen(deployment.jobs, deployment.dispatch_queue, ended)
    full = replace(dispatch, backlog=0)
    await take_turn(full, DispatchTask(job_id=job.job_id))
    row = await deployment.files.dispatch(job.job_id)
    assert row is not None
    assert row.retried == 0, "the queue still holds the first message"
    await deployment.file_queue.leases.clear_messages()
    await take_turn(full, DispatchTask(job_id=job.job_id))
    row = await deployment.files.dispatch(job.job_id)
    assert row is not None
    assert row.retried == 1


async def test_a_job_cut_off_in_its_listing_is_not_retried(
    deployment: Deployment, dispatch: Dispatch, upload: Upload, container: str, listed: Listed
) -> None:
    await upload(container, {f"{n}.txt": b"x" for n in range(40)})
    seed = await listed({})
    small = replace(dispatch, expander=replace(dispatch.expander, slice_tasks=10))
    job = replace(seed, job_id=keys.new_job_id(), status=JobStatus.QUEUED, final=None, completed_at=None)
    await submit(deployment, job)
    await take_turn(small, DispatchTask(job_id=job.job_id))
    await fail_all(deployment, job, "w")
    await deployment.blobs._service.delete_container(container)
    for _ in range(3):
        await take_turn(small, DispatchTask(job_id=job.job_id))
    ended = await deployment.jobs.get(job.job_id)
    assert ended is not None
    assert ended.final is not None
    assert (ended.status, ended.final.counts.failed) == (JobStatus.FAILED, 10)
    assert ended.error is not None
    assert "no longer there" in ended.error
    assert failed_files(ended) == 0, "a retry would end as if all had been listed"


async def test_a_cancelled_retry_ends_without_room_in_the_queue(
    deployment: Deployment, dispatch: Dispatch, listed: Listed
) -> None:
    job = await listed({"a.txt": b"x"})
    await fail_all(deployment, job, "first")
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))
    ended = await deployment.jobs.get(job.job_id)
    assert ended is not None
    again = await reopen(deployment.jobs, deployment.dispatch_queue, ended)
    await deployment.jobs.move(again, JobStatus.CANCELLING)
    assert await deployment.file_queue.length() > 0
    full = replace(dispatch, backlog=0)
    assert isinstance(await take_turn(full, DispatchTask(job_id=job.job_id)), Over)
    stopped = await deployment.jobs.get(job.job_id)
    assert stopped is not None
    assert stopped.status is JobStatus.CANCELLED
    assert stopped.final is not None
    assert stopped.final.counts.failed == 1
