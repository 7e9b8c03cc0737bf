"""A job whose engine refused it for too long is given up: what becomes of it, and of a retry."""

import asyncio
from dataclasses import replace

from libs.common.deployment import Deployment
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileEnd, FileStatus, JobRow, JobStatus, Note
from libs.jobs.messages import DispatchTask
from libs.jobs.retry import failed_files, reopen
from libs.jobs.turn import Dispatch, take_turn
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ended, working


async def given_up(deployment: Deployment, dispatch: Dispatch, job: JobRow, failed: int) -> None:
    """Some files have failed when the engine begins to refuse."""
    async with open_commits(deployment.file_table, "before") as commits:
        for row in (await deployment.files.pending(job.job_id))[:failed]:
            end = FileEnd(language="es", name=row.name, tag=row.tag, status=FileStatus.FAILED)
            await commits.record(job.job_id, replace(end, error_code="engine_unavailable", error="no answer"))
        commits.note(job.job_id, Note(blocked_reason="401: the key"))
        async with asyncio.timeout(20):
            while (await deployment.files.progress(job.job_id)).trouble is None:  # noqa: ASYNC110 - in storage
                await asyncio.sleep(0.05)
    await take_turn(replace(dispatch, blocked_seconds=-1), DispatchTask(job_id=job.job_id))


async def test_what_was_given_up_is_not_retried_as_if_only_failures_were_missing(
    explicit: Explicit, deployment: Deployment, dispatch: Dispatch, listed: Listed
) -> None:
    job = await listed({f"{n}.txt": b"x" for n in range(4)})
    await given_up(deployment, dispatch, job, failed=1)
    async with working(explicit, deployment, StubbornEngine()):
        end = await ended(deployment, job)
    assert end.final is not None
    assert (end.status, end.final.counts.failed, end.final.counts.cancelled) == (JobStatus.FAILED, 1, 3)
    assert failed_files(end) == 0


async def test_a_worker_that_knew_the_job_as_given_up_translates_for_its_retry(
    explicit: Explicit, deployment: Deployment, dispatch: Dispatch, listed: Listed
) -> None:
    job = await listed({"a.txt": b"x", "b.txt": b"y"})
    await given_up(deployment, dispatch, job, failed=1)
    async with working(explicit, deployment, StubbornEngine()):
        end = await ended(deployment, job)
        await reopen(deployment.jobs, deployment.dispatch_queue, end)
        await take_turn(dispatch, DispatchTask(job_id=job.job_id))
        again = await ended(deployment, job)
    assert again.final is not None
    assert again.final.counts.succeeded == 1
    # One that was cancelled stays so, and no job with such a file is completed.
    assert (again.status, again.final.counts.cancelled) == (JobStatus.COMPLETED_WITH_ERRORS, 1)
