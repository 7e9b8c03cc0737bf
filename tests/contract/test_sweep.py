"""The sweep and the one message that a job has: what is lost is sent again, and what only waits is not."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.open_jobs import Look
from libs.common.ledger.records import JobRow, JobStatus
from libs.common.settings import DispatcherSettings
from libs.common.storage.queues import PAGE
from libs.jobs.messages import DispatchTask, decode
from services.dispatcher.line import Line
from services.dispatcher.sweep import Sweep
from tests.conftest import Explicit
from tests.contract.conftest import job_row
from tests.contract.faults import around

Sweeping = Callable[..., Sweep]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def sweeping(deployment: Deployment, explicit: Explicit, line: Line) -> Sweeping:
    def make(after: float = 0.001) -> Sweep:
        settings = explicit(DispatcherSettings, sweep_after=after)
        return Sweep(settings, deployment.jobs, deployment.dispatch_queue, line)

    return make


async def new_job(deployment: Deployment) -> JobRow:
    """An open job and the message that a submission sends."""
    job = await deployment.jobs.create(job_row())
    await deployment.dispatch_queue.send(DispatchTask(job_id=job.job_id).encode())
    return job


async def swept_twice(sweep: Sweep, line: Line) -> int:
    """The first sweep learns how the rows stand; only the second can find that one has stood still."""
    await sweep.sweep()
    await sweep._queue.length()  # it takes longer than the sweep's patience here, a millisecond
    line.was_empty()
    return await sweep.sweep()


async def test_the_open_job_that_nobody_looks_at_is_taken_up(
    deployment: Deployment, sweeping: Sweeping, line: Line
) -> None:
    lost, watched = [await deployment.jobs.create(job_row()) for _ in range(2)]
    sweep = sweeping()
    assert await sweep.sweep() == 0  # nothing is known yet of how long they were left alone
    await deployment.jobs.open.stamp(watched.job_id)
    line.was_empty()
    assert await sweep.sweep() == 1
    (message,) = await deployment.dispatch_queue.receive(PAGE, 300)
    assert decode(DispatchTask, message.body).job_id == lost.job_id


async def test_of_several_sweeps_one_takes_a_job_up(
    deployment: Deployment, sweeping: Sweeping, line: Line
) -> None:
    await deployment.jobs.create(job_row())
    sweeps = [sweeping() for _ in range(3)]
    for sweep in sweeps:
        await sweep.sweep()
    await deployment.dispatch_queue.length()
    line.was_empty()
    assert sum(await asyncio.gather(*(sweep.sweep() for sweep in sweeps))) == 1
    assert await deployment.dispatch_queue.length() == 1


async def test_a_job_whose_message_waits_in_a_long_line_is_not_taken_for_lost(
    deployment: Deployment, sweeping: Sweeping, line: Line
) -> None:
    await new_job(deployment)
    sweep = sweeping()
    await sweep.sweep()
    line.received(late=3600)
    assert await sweep.sweep() == 0
    assert await swept_twice(sweep, line) == 1


async def test_a_job_is_left_alone_for_as_long_as_its_last_look_said(
    deployment: Deployment, sweeping: Sweeping, line: Line
) -> None:
    job = await new_job(deployment)
    await deployment.jobs.open.look(job.job_id, "first", JobStatus.PROCESSING, 3600)
    assert await swept_twice(sweeping(), line) == 0
    await deployment.jobs.open.look(job.job_id, "first", JobStatus.PROCESSING, 0)
    assert await swept_twice(sweeping(), line) == 1


async def test_no_job_ever_gets_a_third_message(
    deployment: Deployment, sweeping: Sweeping, line: Line
) -> None:
    for _ in range(3):
        await new_job(deployment)
    sent = [await swept_twice(sweeping(), line) for _ in range(4)]
    assert sent == [3, 0, 0, 0]
    assert await deployment.dispatch_queue.length() == 6


async def test_of_two_messages_the_first_that_comes_looks_after_the_job(
    deployment: Deployment, sweeping: Sweeping, line: Line
) -> None:
    job, looks = await new_job(deployment), deployment.jobs.open
    assert await looks.look(job.job_id, "first", JobStatus.PROCESSING, 30) is Look.OURS
    assert await looks.look(job.job_id, "second", JobStatus.PROCESSING, 30) is Look.ANOTHERS
    await looks.look(job.job_id, "first", JobStatus.PROCESSING, 0)
    assert await swept_twice(sweeping(), line) == 1
    assert await looks.look(job.job_id, "second", JobStatus.PROCESSING, 30) is Look.OURS
    assert await looks.look(job.job_id, "first", JobStatus.PROCESSING, 30) is Look.ANOTHERS


async def test_a_look_and_a_sweep_at_the_same_moment_leave_the_job_with_a_message(
    deployment: Deployment,
) -> None:
    job, looks = await new_job(deployment), deployment.jobs.open
    (seen,) = [row async for row in looks.all()]
    fired = 0

    async def sweep_first(call: Callable[..., object], *arguments: object) -> object:
        nonlocal fired
        fired += 1
        if fired == 1:
            assert await looks.let_go(seen)
        return await call(*arguments)  # type: ignore[misc]

    slow = type(looks)(around(looks._table, sweep_first, "commit"))
    assert await slow.look(job.job_id, "first", JobStatus.PROCESSING, 30) is Look.OURS
    assert not await looks.let_go(replace(seen, version="W/\"datetime'2000'\""))
    print(f"{fired - 1} conflicts")
    assert fired == 2
