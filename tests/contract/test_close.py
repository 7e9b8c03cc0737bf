"""The closing check: a job ends when all its files have, once, whoever looks."""

import asyncio
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import AppError, Conflict, RowUnreadable, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.commits import open_commits
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.notification import Notification
from libs.common.ledger.records import FileStatus, JobRow, JobStatus
from libs.jobs import closer as closers
from libs.jobs import outlook
from libs.jobs.close import close_if_finished
from libs.jobs.closer import open_closer
from libs.telemetry.catalogue import JOBS_ENDED
from tests.contract.conftest import end_of, job_row, listed
from tests.contract.faults import Call, Script, around
from tests.measuring import figures

SUCCEEDED, FAILED, CANCELLED = FileStatus.SUCCEEDED, FileStatus.FAILED, FileStatus.CANCELLED


async def processing(deployment: Deployment, *ends: FileStatus | None, **values: Any) -> JobRow:
    """A listed job whose files a, b, ... have ended so; None for one that is pending."""
    sealed = values.pop("sealed", True)
    job = await deployment.jobs.move(await deployment.jobs.create(job_row(**values)), JobStatus.PROCESSING)
    rows = await listed(
        deployment.files, job.job_id, [chr(97 + at) for at in range(len(ends))], sealed=sealed
    )
    async with open_commits(deployment.file_table, "one") as commits:
        await asyncio.gather(
            *(
                commits.record(job.job_id, end_of(row, end))
                for row, end in zip(rows, ends, strict=True)
                if end
            )
        )
    return job


async def look(deployment: Deployment, job: JobRow) -> JobRow:
    seen = await close_if_finished(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id)
    assert seen is not None
    assert seen == await deployment.jobs.get(job.job_id)
    return seen


@pytest.mark.parametrize(
    ("ends", "values"),
    [
        ([SUCCEEDED, None], {}),
        ([SUCCEEDED], {"sealed": False}),
        ([], {"sealed": False}),
        ([FAILED], {"retries": 1}),
    ],
    ids=["a file is pending", "not sealed", "nothing listed yet", "a retry is under way"],
)
async def test_a_job_stays_open_while_something_is_to_come(
    deployment: Deployment, ends: list[FileStatus | None], values: dict[str, Any]
) -> None:
    job = await processing(deployment, *ends, **values)
    assert await look(deployment, job) == job


@pytest.mark.parametrize(
    ("ends", "status", "error", "message"),
    [
        ([], JobStatus.COMPLETED, None, "0/0 succeeded"),
        ([SUCCEEDED] * 2, JobStatus.COMPLETED, None, "2/2 succeeded"),
        ([SUCCEEDED, FAILED], JobStatus.COMPLETED_WITH_ERRORS, None, "1/2 succeeded"),
        ([FAILED] * 2, JobStatus.FAILED, "every file failed, first 'a': a is broken", "0/2 succeeded"),
    ],
    ids=["empty", "all succeeded", "some failed", "all failed"],
)
async def test_a_finished_job_ends_as_its_files_did(
    deployment: Deployment, ends: list[FileStatus], status: JobStatus, error: str | None, message: str
) -> None:
    ended = await look(deployment, await processing(deployment, *ends))
    assert (ended.status, ended.error, ended.message) == (status, error, message)
    assert ended.completed_at is not None
    assert ended.final == await deployment.files.progress(ended.job_id)


@pytest.mark.parametrize(("error", "status"), [(None, JobStatus.CANCELLED), ("gone", JobStatus.FAILED)])
async def test_a_stopped_job_ends_as_it_was_stopped(
    deployment: Deployment, error: str | None, status: JobStatus
) -> None:
    job = await processing(deployment, SUCCEEDED, CANCELLED)
    await deployment.jobs.move(job, JobStatus.CANCELLING, error)
    ended = await look(deployment, job)
    assert (ended.status, ended.error) == (status, error)


async def test_of_many_who_look_one_ends_the_job(deployment: Deployment) -> None:
    job = await processing(deployment, SUCCEEDED)
    script = Script()
    jobs = Jobs(around(deployment.jobs._table, script, "commit"))
    looks = await asyncio.gather(
        *(close_if_finished(jobs, deployment.files, deployment.notify_queue, job.job_id) for _ in range(4))
    )
    assert looks == [await deployment.jobs.get(job.job_id)] * 4
    assert len(script.seen) > 1


async def test_a_job_that_changed_since_the_look_began_is_not_ended(deployment: Deployment) -> None:
    job = await processing(deployment, SUCCEEDED)

    async def cancelled_meanwhile(call: Call, *arguments: Any) -> Any:
        progress = await call(*arguments)
        await deployment.jobs.move(job, JobStatus.CANCELLING)
        return progress

    files = around(deployment.files, cancelled_meanwhile, "settled_progress")
    seen = await close_if_finished(deployment.jobs, files, deployment.notify_queue, job.job_id)
    assert seen is not None
    assert seen.status is JobStatus.CANCELLING


async def test_a_process_looks_once_more_after_its_last_commit_and_otherwise_seldom(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "CHECK_EVERY", 0.3)
    job = await processing(deployment, None)
    (row,) = await deployment.files.pending(job.job_id)
    looks = 0

    async def commit_meanwhile(call: Call, *arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        progress = await call(*arguments)
        if looks == 1:
            await commits.record(job.job_id, end_of(row))
            for _ in range(10):
                closer.committed(job.job_id)
        return progress

    files = around(deployment.files, commit_meanwhile, "settled_progress")
    async with (
        open_commits(deployment.file_table, "two") as commits,
        open_closer(deployment.jobs, files, deployment.notify_queue, ended=lambda _job_id: None) as closer,
    ):
        closer.committed(job.job_id)
        await closer.last_look()
    assert looks == 2
    ended = await deployment.jobs.get(job.job_id)
    assert ended is not None
    assert ended.status is JobStatus.COMPLETED


async def test_a_counter_row_that_cannot_be_read_ends_no_process_and_no_job(deployment: Deployment) -> None:
    job = await processing(deployment, SUCCEEDED)
    damaged = {"PartitionKey": job.job_id, "RowKey": keys.counter_key("one"), "languages": "[]"}
    await deployment.file_table.commit([tables.merge(damaged, "*")])
    ended: list[str] = []
    async with open_closer(
        deployment.jobs, deployment.files, deployment.notify_queue, ended.append
    ) as closer:
        closer.committed(job.job_id)
        await closer.last_look()
    assert ended == []
    with pytest.raises(RowUnreadable, match="c:one"):
        await deployment.files.progress(job.job_id)


async def test_jobs_that_others_close_are_not_kept_for_ever(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closers, "_MOST_JOBS", 2)
    jobs = [await processing(deployment, SUCCEEDED, None) for _ in range(4)]
    async with open_closer(
        deployment.jobs, deployment.files, deployment.notify_queue, lambda _job: None
    ) as closer:
        for job in jobs:
            closer.committed(job.job_id)
            await closer.last_look()
        assert len(closer._kept) == 2


@pytest.mark.parametrize("then", [Conflict, StorageUnavailable])
async def test_a_close_whose_reply_is_lost_is_counted_and_told_all_the_same(
    deployment: Deployment, then: type[AppError]
) -> None:
    """The storage SDK sends the transaction again by itself, which then meets the job as it has become."""
    told = Notification(url="https://example.com/hook")
    job = await processing(deployment, SUCCEEDED, notification=told)
    fired = 0

    async def lost(call: Call, *arguments: Any) -> Any:
        nonlocal fired
        answer = await call(*arguments)
        if fired:
            return answer
        fired += 1
        raise then("injected: carried out, reply lost")

    jobs = Jobs(around(deployment.job_table, lost, "commit"))
    ended = figures(JOBS_ENDED).get(("completed",), 0)
    closed = await close_if_finished(jobs, deployment.files, deployment.notify_queue, job.job_id)
    assert fired == 1
    assert closed == await deployment.jobs.get(job.job_id)
    assert closed is not None
    assert closed.status is JobStatus.COMPLETED
    assert figures(JOBS_ENDED)[("completed",)] == ended + 1
    assert await deployment.notify_queue.length() == 1
