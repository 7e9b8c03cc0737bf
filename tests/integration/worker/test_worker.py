"""The worker on real storage: what it does with files that go well, badly, or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.storage.queue.aio import QueueServiceClient

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileRow, FileStatus, JobRow, JobStatus
from libs.common.settings import WorkerSettings
from libs.common.waiting import Waiting
from libs.jobs import endings
from libs.jobs.documents import bench_of
from libs.translation.errors import EngineThrottled, EngineUnavailable
from services.worker.resources import assembled
from services.worker.worker import Worker
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.patience import patient

ReadRow = Callable[[JobRow, str], Awaitable[FileRow]]
SETTINGS = {"poll_interval": 0.1, "visibility_timeout": 10, "drain_seconds": 5.0}


@asynccontextmanager
async def working(
    explicit: Explicit, deployment: Deployment, engine: StubbornEngine, **settings: Any
) -> AsyncIterator[asyncio.Event]:
    """A worker that runs while the block does, then drains. Gives its stop event."""
    kind = explicit(WorkerSettings, **{**SETTINGS, **settings})
    async with (
        bench_of(kind) as bench,
        assembled(kind, deployment, bench, engine) as worker,
    ):
        await deployment.create(Waiting())
        async with worker_of(worker) as stop:
            yield stop


@asynccontextmanager
async def worker_of(worker: Worker) -> AsyncIterator[asyncio.Event]:
    """The worker runs while the block does, then drains. Gives its stop event."""
    stop = asyncio.Event()
    run = asyncio.create_task(worker.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await run


async def ended(deployment: Deployment, job: JobRow, seconds: float = 30) -> JobRow:
    async with asyncio.timeout(patient(seconds)):
        while True:
            found = await deployment.jobs.get(job.job_id)
            if found is not None and found.status.ended:
                return found
            await asyncio.sleep(0.05)


async def dead_letters(connection_string: str, deployment: Deployment) -> list[dict[str, Any]]:
    async with QueueServiceClient.from_connection_string(connection_string) as queues:
        queue = queues.get_queue_client(f"{deployment.file_queue.name}-dlq")
        return [json.loads(message.content) for message in await queue.peek_messages(32)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backoff of seconds would only make the test slow."""
    monkeypatch.setattr(endings, "_BACKOFF_BASE", 0.1)


@pytest.mark.usefixtures("impatient")
async def test_a_file_that_always_fails_ends_after_exactly_five_attempts_and_is_a_dead_letter(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow, connection_string: str
) -> None:
    job = await listed({"bad.txt": b"poison", **{f"good-{n}.txt": b"fine" for n in range(9)}})
    engine = StubbornEngine(EngineUnavailable("no answer"))
    async with working(explicit, deployment, engine):
        closed = await ended(deployment, job)

    assert closed.status is JobStatus.COMPLETED_WITH_ERRORS
    assert closed.final is not None
    assert (closed.final.counts.succeeded, closed.final.counts.failed) == (9, 1)
    # A request that it shared with others is asked once more for it alone.
    assert 5 <= engine.asked.count("poison") <= 10
    row = await file_row(job, "bad.txt")
    assert (row.status, row.attempts, row.error_code) == (FileStatus.FAILED, 5, "engine_unavailable")
    (letter,) = await dead_letters(connection_string, deployment)
    assert letter["job_id"] == job.job_id
    assert letter["attempts"] == 5
    assert letter["reason"] == "engine_unavailable"
    assert json.loads(letter["message"])["name"] == "bad.txt"
    assert {"original_message_id", "error", "timestamp"} <= letter.keys()
    assert await deployment.file_queue.length() == 0


async def test_a_message_that_is_none_of_ours_is_a_dead_letter_and_disturbs_nobody(
    explicit: Explicit, deployment: Deployment, listed: Listed, connection_string: str
) -> None:
    bodies = ["not json", '{"v": 9, "job_id": "x"}', "", '{"v": 1}']
    for body in bodies:
        await deployment.file_queue.send(body)
    job = await listed({f"{n}.txt": b"fine" for n in range(5)})
    async with working(explicit, deployment, StubbornEngine()):
        closed = await ended(deployment, job)

    assert closed.status is JobStatus.COMPLETED
    letters = await dead_letters(connection_string, deployment)
    assert sorted(letter["message"] or "" for letter in letters) == sorted(bodies)
    assert {letter["reason"] for letter in letters} == {"undecodable"}


async def test_a_file_that_takes_its_worker_along_each_time_is_given_up_and_is_a_dead_letter(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow, connection_string: str
) -> None:
    job = await listed({"deadly.txt": b"deadly"})
    for _ in range(3):
        (message,) = await deployment.file_queue.receive(1, 300)
        await deployment.file_queue.leases.update_message(message.id, message.receipt, visibility_timeout=0)
    engine = StubbornEngine()
    async with working(explicit, deployment, engine, max_attempts=3):
        closed = await ended(deployment, job)

    assert closed.status is JobStatus.FAILED
    assert engine.asked == []
    row = await file_row(job, "deadly.txt")
    assert (row.status, row.attempts, row.error_code) == (FileStatus.FAILED, 3, "worker_lost")
    (letter,) = await dead_letters(connection_string, deployment)
    assert (letter["reason"], letter["attempts"]) == ("worker_lost", 3)
    assert await deployment.file_queue.length() == 0


async def test_a_throttled_file_spends_no_attempt(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow
) -> None:
    job = await listed({"one.txt": b"poison"})
    engine = StubbornEngine(EngineThrottled("slower", wait=0))
    async with working(explicit, deployment, engine, max_attempts=2):
        await engine.was_asked(2)
        engine.fault = None
        closed = await ended(deployment, job)

    assert closed.status is JobStatus.COMPLETED
    assert (await file_row(job, "one.txt")).attempts == 1


async def test_a_file_over_the_limit_fails_without_being_downloaded(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow
) -> None:
    job = await listed({"large.txt": b"x" * 1001, "small.txt": b"x" * 1000})
    engine = StubbornEngine()
    async with working(explicit, deployment, engine, max_file_bytes=1000):
        await ended(deployment, job)

    assert (await file_row(job, "large.txt")).error_code == "file_too_large"
    assert (await file_row(job, "small.txt")).status is FileStatus.SUCCEEDED


async def test_a_stopping_worker_ends_what_it_can_and_hands_back_the_rest_at_once(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow
) -> None:
    job = await listed({"slow.txt": b"slow"})
    stuck = StubbornEngine(gate=asyncio.Event())
    async with working(explicit, deployment, stuck, drain_seconds=0.2, visibility_timeout=300) as stop:
        await stuck.is_busy_with(1)
        stop.set()

    assert (await file_row(job, "slow.txt")).status is FileStatus.PENDING
    async with working(explicit, deployment, StubbornEngine()):
        closed = await ended(deployment, job, 10)  # far below the 300 s of a lost lease
    assert closed.status is JobStatus.COMPLETED
    assert (await file_row(job, "slow.txt")).attempts == 1


async def test_a_file_that_outlives_its_lease_is_translated_once(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    gate = asyncio.Event()
    engine = StubbornEngine(gate=gate)
    job = await listed({"long.txt": b"long"})
    async with working(explicit, deployment, engine, visibility_timeout=2):
        await engine.is_busy_with(1)
        for _ in range(10):
            assert await deployment.file_queue.receive(1, 1) == []
            await asyncio.sleep(0.5)
        gate.set()
        closed = await ended(deployment, job)
    assert closed.status is JobStatus.COMPLETED
    assert engine.asked == ["long"]


async def test_a_cancelled_job_s_files_end_cancelled_without_being_translated(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    job = await listed({f"{n}.txt": b"text" for n in range(20)})
    await deployment.jobs.move(job, JobStatus.CANCELLING)
    engine = StubbornEngine()
    async with working(explicit, deployment, engine):
        closed = await ended(deployment, job)
    assert closed.status is JobStatus.CANCELLED
    assert closed.final is not None
    assert closed.final.counts.cancelled == 20
    assert engine.asked == []


async def test_when_every_file_fails_the_job_fails_and_says_why(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    job = await listed({"a.txt": bytes(range(256)), "b.txt": bytes(range(256))})
    async with working(explicit, deployment, StubbornEngine()):
        closed = await ended(deployment, job)
    assert closed.status is JobStatus.FAILED
    assert closed.error is not None
    assert "every file failed" in closed.error
    assert "a.txt" in closed.error


async def test_a_free_slot_is_filled_while_others_work_on_long_files(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    gate = asyncio.Event()
    engine = StubbornEngine(gate=gate)
    await listed({f"long-{n}.txt": f"long {n}".encode() for n in range(5)})
    async with working(explicit, deployment, engine):
        await engine.was_asked(5)
        await listed({"late.txt": b"late"})
        await engine.was_asked(6)
        gate.set()


async def test_a_job_for_another_engine_is_not_translated_by_ours(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow
) -> None:
    job = await listed({"a.txt": b"x"}, engine="another")
    engine = StubbornEngine()
    async with working(explicit, deployment, engine):
        await ended(deployment, job)
    assert (await file_row(job, "a.txt")).error_code == "engine_mismatch"
    assert engine.asked == []
