"""Cancelling: asked for once or often, at any moment, a job ends once and its counts stay exact."""

import asyncio

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileStatus, JobStatus
from libs.jobs.close import close_if_finished
from libs.jobs.stop import cancel
from tests.contract.conftest import counted, end_of, job_row, listed


async def test_a_cancelled_job_ends_when_its_last_file_has(deployment: Deployment) -> None:
    job = await deployment.jobs.create(job_row())
    done, waiting = await listed(deployment.files, job.job_id, ["a", "b"])
    async with open_commits(deployment.file_table, "one") as commits:
        await commits.record(job.job_id, end_of(done))
        asked = await asyncio.gather(
            *(
                cancel(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id)
                for _ in range(3)
            )
        )
        assert {each.status for each in asked if each} == {JobStatus.CANCELLING}
        await commits.record(job.job_id, end_of(waiting, FileStatus.CANCELLED))
    ended = await close_if_finished(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id)
    assert ended is not None
    assert ended.status is JobStatus.CANCELLED
    assert await cancel(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id) == ended
    counts = await counted(deployment.files, job.job_id)
    assert (counts.succeeded, counts.cancelled) == (1, 1)


@pytest.mark.parametrize("others", [1, 3])
async def test_a_cancel_that_meets_other_writers_of_the_job_is_not_lost(
    deployment: Deployment, others: int
) -> None:
    job = await deployment.jobs.create(job_row())
    await asyncio.gather(
        deployment.jobs.move(job, JobStatus.PROCESSING),
        *(
            cancel(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id)
            for _ in range(others)
        ),
        return_exceptions=True,  # the move may be the one that comes too late
    )
    found = await deployment.jobs.get(job.job_id)
    assert found is not None
    assert found.status is JobStatus.CANCELLING


async def test_a_job_that_is_not_there_is_not_cancelled(deployment: Deployment) -> None:
    assert await cancel(deployment.jobs, deployment.files, deployment.notify_queue, job_row().job_id) is None
