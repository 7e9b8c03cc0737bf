"""Job rows as workers keep them: bounded, whatever becomes of the reads."""

import asyncio
import gc

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.records import JobRow
from libs.jobs.snapshots import JobSnapshots


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
