"""The roll call: dispatchers know which processes count for a job, fold the rows of others, tell workers."""

import asyncio
from dataclasses import replace

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger import tables
from libs.common.ledger.commits import open_commits
from libs.common.ledger.records import FileStatus, JobRow
from libs.common.ledger.rows import entity_of_dispatch
from libs.common.ledger.sights import Sight
from libs.jobs.roll_call import RollCall
from tests.contract.conftest import end_of, job_row, listed
from tests.contract.test_turn import end_all, turn


@pytest.fixture
async def job(deployment: Deployment) -> JobRow:
    return await deployment.jobs.create(job_row())


async def ended_by_many(deployment: Deployment, job: JobRow, names: list[str], processes: int) -> None:
    """So many processes have counted an end each, and are gone."""
    rows = await listed(deployment.files, job.job_id, names)

    async def one(number: int) -> None:
        async with open_commits(deployment.file_table, f"gone-{number}") as commits:
            await commits.record(job.job_id, end_of(rows[number]))

    await asyncio.gather(*(one(number) for number in range(processes)))


@pytest.mark.parametrize("sealed", [True, False], ids=["in the watch", "amid the listing"])
async def test_counter_rows_of_processes_that_are_gone_are_folded(
    deployment: Deployment, job: JobRow, sealed: bool
) -> None:
    await ended_by_many(deployment, job, [f"{number:02}" for number in range(30)], 25)
    if not sealed:
        unsealed = replace(await deployment.files.begin(job.job_id), sealed=False)
        await deployment.file_table.commit([tables.put(entity_of_dispatch(job.job_id, unsealed))])
        await deployment.file_queue.send("of other jobs")
    before = await deployment.files.progress(job.job_id)
    assert len(before.counters) == 25
    await turn(deployment, job, roll_call=RollCall(gone_seconds=0), backlog=100 if sealed else 0)
    after = await deployment.files.progress(job.job_id)
    assert after.counters == {}
    assert (after.counts, after.pending) == (before.counts, 5)
    seen = await deployment.jobs.sights.read(job.job_id)
    assert seen is not None
    assert (seen.writers, seen.pending) == (0, 5 if sealed else None)


async def test_a_job_of_few_processes_costs_no_write_that_tells_of_them(
    deployment: Deployment, job: JobRow
) -> None:
    await ended_by_many(deployment, job, ["a", "b", "c"], 2)
    await turn(deployment, job)
    assert await deployment.jobs.sights.read(job.job_id) == Sight()
    await end_all(deployment, job, FileStatus.SUCCEEDED)
    await turn(deployment, job)
    assert await deployment.jobs.sights.read(job.job_id) is None


def test_a_row_is_of_a_process_that_is_gone_once_it_has_stood_still_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("libs.jobs.standing.time.monotonic", lambda: now)
    roll_call = RollCall(gone_seconds=180)
    rows = {f"c:{number:02}": "1" for number in range(12)}
    for now, living in ((0.0, 12), (179.0, 12), (180.0, 1)):
        rows["c:00"] = str(now)  # one that goes on counting
        roll = roll_call.look("job", rows)
        assert roll.living == living
    assert roll.gone == {key: "1" for key in rows if key != "c:00"}
    assert roll_call.look("another job", rows).gone == {}
    few = dict(list(rows.items())[:5])
    assert roll_call.look("job", few).gone == {}  # not worth a fold
