"""A job that has ended and has not told so has a ``~notify`` row, and no other job has one."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import Conflict, StorageUnavailable
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.records import FileStatus, JobRow, JobStatus
from libs.jobs.close import close_if_finished
from libs.jobs.messages import NotifyTask, decode
from libs.jobs.purge import delete
from libs.jobs.stop import cancel
from tests.contract.conftest import job_row
from tests.contract.faults import Crash, around, crash_after, crash_before
from tests.contract.test_close import processing

URL = "https://hooks.example.com/very-secret"
PENDING = Notification(url=URL)
FAILED = replace(PENDING, status=NotificationStatus.FAILED, attempts=1, last_error="it answered 500")


async def ended(deployment: Deployment, *ends: FileStatus, told: Notification | None = PENDING) -> JobRow:
    job = await processing(deployment, *ends or (FileStatus.FAILED,), notification=told)
    closed = await close_if_finished(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id)
    assert closed is not None
    assert closed.status.ended
    return closed


async def consistent(deployment: Deployment, job_id: str) -> bool:
    """Whether a notification is owed; its row and the job row must agree on that."""
    job = await deployment.jobs.get(job_id)
    owed = {row.job_id: row async for row in deployment.owed.all()}
    assert (job_id in owed) is (job is not None and job.owes_notification)
    if job is not None and job_id in owed:
        assert job.notification is not None
        assert (owed[job_id].retries, owed[job_id].attempts) == (job.retries, job.notification.attempts)
    return job_id in owed


async def asked_for(deployment: Deployment) -> list[NotifyTask]:
    messages = await deployment.notify_queue.receive(32, 300)
    return [decode(NotifyTask, message.body) for message in messages]


@pytest.mark.parametrize("end", [FileStatus.SUCCEEDED, FileStatus.FAILED, FileStatus.SKIPPED])
async def test_the_end_of_a_job_leaves_what_is_to_be_told_and_asks_for_it(
    deployment: Deployment, end: FileStatus
) -> None:
    job = await ended(deployment, end)
    assert await consistent(deployment, job.job_id)
    assert await asked_for(deployment) == [NotifyTask(job_id=job.job_id, retries=0)]


async def test_a_cancelled_job_and_one_without_files_tell_too(deployment: Deployment) -> None:
    empty = await processing(deployment, notification=PENDING)
    stopped = await processing(deployment, FileStatus.CANCELLED, notification=PENDING)
    queue = deployment.notify_queue
    await close_if_finished(deployment.jobs, deployment.files, queue, empty.job_id)
    await cancel(deployment.jobs, deployment.files, queue, stopped.job_id)
    assert await consistent(deployment, empty.job_id)
    assert await consistent(deployment, stopped.job_id)
    assert {task.job_id for task in await asked_for(deployment)} == {empty.job_id, stopped.job_id}


async def test_a_job_that_runs_or_names_nobody_owes_nothing(deployment: Deployment) -> None:
    running = await processing(deployment, FileStatus.FAILED, notification=PENDING)
    silent = await ended(deployment, told=None)
    assert not await consistent(deployment, running.job_id)
    assert not await consistent(deployment, silent.job_id)
    assert await asked_for(deployment) == []


@pytest.mark.parametrize("how", [crash_before, crash_after])
async def test_the_row_is_there_exactly_if_the_job_has_ended_wherever_its_end_broke(
    deployment: Deployment, how: Any
) -> None:
    job = await processing(deployment, FileStatus.FAILED, notification=PENDING)
    jobs = Jobs(around(deployment.jobs._table, how, "commit"))
    with pytest.raises(Crash):
        await close_if_finished(jobs, deployment.files, deployment.notify_queue, job.job_id)
    assert await consistent(deployment, job.job_id) is (how is not crash_before)
    assert await asked_for(deployment) == []


async def test_an_end_whose_message_cannot_be_sent_is_an_end_all_the_same(deployment: Deployment) -> None:
    job = await processing(deployment, FileStatus.FAILED, notification=PENDING)

    async def away(*_call: object) -> None:
        raise StorageUnavailable("away")

    queue = around(deployment.notify_queue, away, "send")
    closed = await close_if_finished(deployment.jobs, deployment.files, queue, job.job_id)
    assert closed is not None
    assert closed.status is JobStatus.FAILED
    assert await consistent(deployment, job.job_id)


async def test_the_row_goes_with_what_is_told_given_up_opened_again_or_deleted(
    deployment: Deployment,
) -> None:
    delivered = replace(PENDING, status=NotificationStatus.DELIVERED, attempts=1)
    for told in (delivered, FAILED):
        job = await ended(deployment)
        await deployment.owed.record(job, replace(PENDING, attempts=1, last_error="x"), 60)
        assert await consistent(deployment, job.job_id)
        await deployment.owed.record(await got(deployment, job), told)
        assert not await consistent(deployment, job.job_id)
        assert (await got(deployment, job)).notification == told
        reopened = await deployment.jobs.reopen(await got(deployment, job), ())
        assert reopened.notification == PENDING
        assert not await consistent(deployment, job.job_id)
    job = await ended(deployment)
    await deployment.jobs.reopen(job, ())
    assert not await consistent(deployment, job.job_id)
    job = await ended(deployment)
    await delete(deployment.jobs, deployment.dispatch_queue, job)
    assert not await consistent(deployment, job.job_id)


async def got(deployment: Deployment, job: JobRow) -> JobRow:
    found = await deployment.jobs.get(job.job_id)
    assert found is not None
    return found


async def test_what_is_asked_of_a_job_does_not_fail_because_its_notification_goes_on(
    deployment: Deployment,
) -> None:
    known = await ended(deployment)
    await deployment.owed.record(known, replace(PENDING, attempts=1, last_error="x"), 60)
    assert (await deployment.jobs.reopen(known, ())).retries == 1
    known = await ended(deployment)
    await deployment.owed.record(known, FAILED)
    await delete(deployment.jobs, deployment.dispatch_queue, known)
    assert await deployment.jobs.get(known.job_id) is None


async def test_a_retry_and_what_is_told_of_the_end_before_it_never_both_hold(deployment: Deployment) -> None:
    job = await ended(deployment)
    results = await asyncio.gather(
        deployment.jobs.reopen(job, ()),
        *(deployment.owed.record(job, FAILED) for _ in range(3)),
        return_exceptions=True,
    )
    assert isinstance(results[0], JobRow)
    assert all(isinstance(result, JobRow | Conflict) for result in results)
    assert (await got(deployment, job)).notification == PENDING
    assert not await consistent(deployment, job.job_id)


async def test_jobs_and_their_lists_show_nothing_of_these_rows(deployment: Deployment) -> None:
    job = await ended(deployment)
    await deployment.jobs.create(job_row())
    listed, behind = await deployment.jobs.page(10, None)
    assert (len(listed), behind) == (2, None)
    assert job.job_id not in {it.job_id async for it in deployment.jobs.open.all()}
