"""Job rows as workers keep them: bounded, whatever becomes of the reads."""

import asyncio
import gc

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.records import JobRow, JobStatus
from libs.jobs.snapshots import JobSnapshots
from tests.contract.conftest import job_row


async def test_reads_that_fail_leave_nothing_in_memory(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_job_id: str) -> JobRow | None:
        raise StorageUnavailable("no answer")

    snapshots = JobSnapshots(deployment.jobs)
    monkeypatch.setattr(deployment.jobs, "get", away)
    reads = [snapshots.fresh(f"job-{number}") for number in range(1000)]
    failed = await asyncio.gather(*reads, return_exceptions=True)
    print(f"faults fired: {len(failed)}")
    assert {type(error) for error in failed} == {StorageUnavailable}
    del failed, reads
    gc.collect()
    assert len(snapshots._reading) == 0
    assert len(snapshots._kept) == 0


async def test_those_who_ask_at_once_share_one_read(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    read = deployment.jobs.get

    async def counted(job_id: str) -> JobRow | None:
        nonlocal asked
        asked += 1
        return await read(job_id)

    monkeypatch.setattr(deployment.jobs, "get", counted)
    snapshots = JobSnapshots(deployment.jobs)
    await asyncio.gather(*(snapshots.get("000000000000-0000000000") for _ in range(20)))
    assert asked == 1


async def test_a_fresh_job_was_not_read_before_it_was_asked_for(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await deployment.jobs.create(job_row())
    was_read, go_on = asyncio.Event(), asyncio.Event()
    read = deployment.jobs.get

    async def slow(job_id: str) -> JobRow | None:
        found = await read(job_id)
        was_read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(deployment.jobs, "get", slow)
    snapshots = JobSnapshots(deployment.jobs)
    earlier = asyncio.create_task(snapshots.get(job.job_id))
    await was_read.wait()
    moved = await deployment.jobs.move(job, JobStatus.PROCESSING)
    fresh = asyncio.create_task(snapshots.fresh(job.job_id))
    await asyncio.sleep(0)
    go_on.set()
    assert await earlier == job
    assert await fresh == moved
