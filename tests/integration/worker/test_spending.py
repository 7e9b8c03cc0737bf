"""What a job may spend, what it need not spend again, and an engine that lets nobody in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.ledger import keys
from libs.common.ledger.purses import granted
from libs.common.ledger.records import IfExists, JobRow, JobStatus
from libs.common.settings import ApiSettings, DispatcherSettings
from libs.jobs import attempt
from libs.jobs.messages import DispatchTask
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, take_turn
from libs.translation.errors import EngineBlocked
from libs.translation.exchange import pace
from services.dispatcher.resources import open_dispatcher
from tests.conftest import Explicit
from tests.integration.api.conftest import Client, opened
from tests.integration.conftest import Listed, Upload
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import dead_letters, ended, working

JOBS = "/api/v1/batch/jobs"


@pytest.fixture
async def client(explicit: Explicit) -> AsyncIterator[Client]:
    async with opened(explicit(ApiSettings, translation_engine="copy")) as client:
        yield client


@asynccontextmanager
async def dispatching(explicit: Explicit, **settings: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    kind = explicit(DispatcherSettings, watch_interval=0.2, **settings)
    async with open_dispatcher(kind) as (dispatcher, _):
        run = asyncio.create_task(dispatcher.run(stop))
        try:
            yield
        finally:
            stop.set()
            await run


async def view(client: Client, job: JobRow) -> dict[str, Any]:
    found: dict[str, Any] = await (await client.get(f"{JOBS}/{job.job_id}")).json()
    return found


async def test_the_engine_is_not_asked_past_the_bound_and_the_rest_can_be_retried_with_more(
    explicit: Explicit, deployment: Deployment, listed: Listed, client: Client, connection_string: str
) -> None:
    files = {f"{n:02}.txt": f"file number {n:02}".encode() for n in range(20)}  # 14 characters each
    job = await listed(files, max_characters=150)
    engine = StubbornEngine()
    async with (
        dispatching(explicit),
        working(explicit, deployment, engine),
        working(explicit, deployment, engine),
    ):
        first = await ended(deployment, job)
        assert first.status is JobStatus.COMPLETED_WITH_ERRORS
        assert first.final is not None
        counts = first.final.counts
        assert sum(map(len, engine.asked)) == counts.characters <= 150
        assert counts.succeeded >= 8
        url = f"{JOBS}/{job.job_id}"
        rows = await (await client.get(f"{url}/files?status=failed")).json()
        assert {(row["error_code"], row["attempts"]) for row in rows} == {("budget_exhausted", 1)}
        assert len(await dead_letters(connection_string, deployment)) == counts.failed

        spent = await granted(deployment.file_table, job.job_id)
        refused = await client.post(f"{url}/retry", json={"max_characters": counts.characters})
        assert (refused.status, (await refused.json())["field"]) == (422, "max_characters")
        assert (await client.post(f"{url}/retry", json={"colour": "red"})).status == 422
        more = await client.post(f"{url}/retry", json={"max_characters": spent + 1000})
        assert (more.status, (await more.json())["options"]["max_characters"]) == (202, spent + 1000)
        second = await ended(deployment, job)
    assert second.status is JobStatus.COMPLETED
    assert sum(map(len, engine.asked)) == 20 * 14


async def test_a_job_without_a_bound_has_none_to_raise(
    explicit: Explicit, deployment: Deployment, listed: Listed, client: Client
) -> None:
    job = await listed({"bad.txt": bytes(range(256))})
    async with working(explicit, deployment, StubbornEngine()):
        await ended(deployment, job)
    response = await client.post(f"{JOBS}/{job.job_id}/retry", json={"max_characters": 5})
    assert (response.status, (await response.json())["code"]) == (422, "invalid_field")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "_BLOCKED_HOLD", 0.1)
    monkeypatch.setattr("libs.jobs.endings._BLOCKED_PAUSE", 0.2)
    monkeypatch.setattr("libs.common.ledger.notes._AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(pace, "BLOCKED_SECONDS", 0.2)


@pytest.mark.usefixtures("impatient")
async def test_a_job_whose_engine_lets_nobody_in_says_why_and_fails_after_the_minutes(
    explicit: Explicit, deployment: Deployment, listed: Listed, client: Client
) -> None:
    job = await listed({f"{n}.txt": f"poison {n}".encode() for n in range(5)})
    engine = StubbornEngine(EngineBlocked("the key is not valid"))
    async with (
        dispatching(explicit, engine_blocked_minutes=4 / 60),
        working(explicit, deployment, engine),
    ):
        async with asyncio.timeout(20):
            while (await view(client, job))["blocked_reason"] is None:  # noqa: ASYNC110 - it is in storage
                await asyncio.sleep(0.05)
        shown = await view(client, job)
        assert (shown["blocked_reason"], shown["status"]) == ("the key is not valid", "processing")
        assert shown["pending_files"] == 5
        closed = await ended(deployment, job)
    assert closed.status is JobStatus.FAILED
    assert closed.error is not None
    assert "the key is not valid" in closed.error
    assert closed.final is not None
    assert (closed.final.counts.cancelled, closed.final.counts.failed) == (5, 0)
    assert (await view(client, job))["blocked_reason"] is None


@pytest.mark.usefixtures("impatient")
async def test_a_worker_with_an_old_key_kills_no_job_that_another_works_on(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    job = await listed({f"{n:02}.txt": f"poison {n}".encode() for n in range(12)})
    old = StubbornEngine(EngineBlocked("the key is not valid"))
    async with (
        dispatching(explicit, engine_blocked_minutes=2 / 60),
        working(explicit, deployment, old),
        working(explicit, deployment, Slow(), max_concurrent_files=1),
    ):
        closed = await ended(deployment, job, 60)
    assert old.asked
    assert closed.status is JobStatus.COMPLETED
    assert closed.final is not None
    assert closed.final.counts.succeeded == 12


class Slow(StubbornEngine):
    """Takes a while, so that the other one is refused meanwhile."""

    async def translate(self, *given: Any) -> Any:
        await asyncio.sleep(0.3)
        return await super().translate(*given)


async def test_with_the_memory_on_a_second_job_pays_for_what_is_new(
    explicit: Explicit, deployment: Deployment, listed: Listed, upload: Upload, dispatch: Dispatch
) -> None:
    memory = {"translation_memory": True, "translation_memory_table": f"m{deployment.file_queue.name[5:]}"}
    text = "\n\n".join(f"This is paragraph {n} of the file." for n in range(40))
    job = await listed({"a.txt": text.encode(), "b.txt": b"This is another file."})
    async with working(explicit, deployment, StubbornEngine(), **memory):
        first = await ended(deployment, job)
    edited = text.replace("paragraph 7 of", "section 7 of").encode()
    await upload(f"{job.source_container}-2", {"a.txt": edited, "c.txt": b"This is another file."})
    now = utc_now()
    again = replace(
        job,
        job_id=keys.new_job_id(),
        source_container=f"{job.source_container}-2",
        status=JobStatus.QUEUED,
        if_exists=IfExists.OVERWRITE,
        created_at=now,
        updated_at=now,
    )
    await submit(deployment, again)
    await take_turn(dispatch, DispatchTask(job_id=again.job_id))
    engine = StubbornEngine()
    async with working(explicit, deployment, engine, **memory):
        second = await ended(deployment, again)
    assert first.final is not None
    assert second.final is not None
    paid, before = second.final.counts.characters, first.final.counts.characters
    print(f"the second job paid {paid} of {before} characters")
    assert engine.asked == ["This is section 7 of the file."]
    assert paid == len(engine.asked[0]) < before * 0.07
