"""How a turn begins: one message a job, no row of a job that is gone, rows that this version cannot read."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from libs.common.deployment import Deployment
from libs.common.errors import RowUnreadable
from libs.common.ledger import keys, tables
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import FileRow, JobRow, JobStatus
from libs.jobs.look import Begun, Deleted, Held, Needless, begin_look
from libs.jobs.messages import DispatchTask
from libs.jobs.purge import delete, purge
from tests.contract.conftest import job_row
from tests.contract.faults import Call, around

FIRST, SECOND = Held("first", 30), Held("second", 30)


async def spoilt(deployment: Deployment, key: str, **values: Any) -> None:
    row = {"PartitionKey": keys.JOBS_PARTITION, "RowKey": key, **values}
    await deployment.job_table.commit([tables.merge(row, "*")])


async def test_a_second_message_of_a_job_is_dropped_after_one_read(deployment: Deployment) -> None:
    job = await deployment.jobs.create(job_row())
    reads = 0

    async def counted(call: Call, *arguments: Any) -> Any:
        nonlocal reads
        reads += 1
        return await call(*arguments)

    jobs = Jobs(around(deployment.job_table, counted, "get", "commit"))
    files = Files(around(deployment.file_table, counted, "get", "commit"))
    assert isinstance(await begin_look(jobs, files, job.job_id, FIRST), Begun)
    reads = 0
    assert isinstance(await begin_look(jobs, files, job.job_id, SECOND), Needless)
    assert reads == 1


async def test_a_dispatcher_that_read_the_job_before_it_was_deleted_leaves_no_row(
    deployment: Deployment,
) -> None:
    job = await deployment.jobs.create(job_row())
    fired = 0

    async def ends_first(call: Call, *arguments: Any) -> Any:
        """Between the read of the job and the first write of the dispatch row, the job comes to its end."""
        nonlocal fired
        fired += 1
        if fired == 1:
            await ended_and_deleted(deployment, job)
        return await call(*arguments)

    files = Files(around(deployment.file_table, ends_first, "commit"))
    assert isinstance(await begin_look(deployment.jobs, files, job.job_id, FIRST), Deleted)
    assert fired == 1
    assert await purge(deployment.jobs, deployment.files, DispatchTask(job_id=job.job_id)) is None
    assert await deployment.files.dispatch(job.job_id) is None


async def ended_and_deleted(deployment: Deployment, job: JobRow) -> None:
    row = await deployment.files.begin(job.job_id)
    await deployment.files.advance(job.job_id, row, None, sealed=True)
    moved = await deployment.jobs.move(job, JobStatus.PROCESSING)
    progress = await deployment.files.progress(job.job_id)
    closed = await deployment.jobs.close(moved, JobStatus.COMPLETED, progress, "", None)
    await delete(deployment.jobs, deployment.dispatch_queue, closed)
    assert await purge(deployment.jobs, deployment.files, DispatchTask(job_id=job.job_id)) is None


async def test_a_row_of_a_newer_version_is_passed_over_with_one_warning(deployment: Deployment) -> None:
    strange, plain = [await deployment.jobs.create(job_row()) for _ in range(2)]
    await spoilt(deployment, strange.job_id, status="paused")
    await spoilt(deployment, keys.open_key(strange.job_id), status="paused")
    with capture_logs() as logs:
        for _ in range(3):
            rows, _end = await deployment.jobs.page(10, None)
            assert [row.job_id for row in rows] == [plain.job_id]
            with pytest.raises(RowUnreadable, match="paused"):
                await begin_look(deployment.jobs, deployment.files, strange.job_id, FIRST)
            seen = {row.job_id: row.status async for row in deployment.jobs.open.all()}
            assert seen == {strange.job_id: None, plain.job_id: JobStatus.QUEUED}
    warned = [entry["event"] for entry in logs if entry["log_level"] == "warning"]
    assert sorted(warned) == ["open row has an unknown status", "row cannot be read; it is passed over"]


async def test_a_job_that_cannot_be_read_keeps_one_message_which_the_sweep_sees(
    deployment: Deployment,
) -> None:
    job = await deployment.jobs.create(job_row())
    await spoilt(deployment, job.job_id, status="paused")
    await spoilt(deployment, keys.open_key(job.job_id), status="paused")
    versions = set()
    for _ in range(3):
        with pytest.raises(RowUnreadable, match="paused"):
            await begin_look(deployment.jobs, deployment.files, job.job_id, FIRST)
        assert isinstance(await begin_look(deployment.jobs, deployment.files, job.job_id, SECOND), Needless)
        (row,) = [row async for row in deployment.jobs.open.all()]
        assert (row.message_id, row.again_in, row.status) == ("first", FIRST.again_in, None)
        versions.add(row.version)
    assert len(versions) == 3


async def test_of_owed_notifications_one_that_cannot_be_read_hides_no_other(deployment: Deployment) -> None:
    rows = [
        {"PartitionKey": keys.JOBS_PARTITION, "RowKey": keys.owed_key(job_row().job_id), **values}
        for values in ({"retries": 0}, {"retries": 0, "attempts": 1, "again_in": 0.0})
    ]
    await deployment.job_table.commit([tables.insert(row) for row in rows])
    assert [row.attempts async for row in deployment.owed.all()] == [1]


async def test_a_file_row_that_cannot_be_read_hides_no_other(deployment: Deployment) -> None:
    job = await deployment.jobs.create(job_row())
    row = await deployment.files.begin(job.job_id)
    made = [FileRow(language="de", name=name) for name in "ab"]
    await deployment.files.extend(job.job_id, row, made, "b")
    spoilt_row = {"PartitionKey": job.job_id, "RowKey": keys.file_key("de", "a"), "status": "parked"}
    await deployment.file_table.commit([tables.merge(spoilt_row, "*")])
    rows, _end = await deployment.files.page(job.job_id, 10, None)
    assert [it.name for it in rows] == ["b"]
