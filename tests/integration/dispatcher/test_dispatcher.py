"""The dispatcher on real storage: turns, back-pressure, and jobs that cannot be listed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.storage.queue.aio import QueueServiceClient

from libs.common.deployment import Deployment
from libs.common.ledger.records import DispatchRow, JobStatus
from libs.common.settings import DispatcherSettings
from libs.jobs.submit import submit
from services.dispatcher.resources import open_dispatcher
from tests.conftest import Explicit
from tests.integration.conftest import Upload, new_job
from tests.patience import patient


@asynccontextmanager
async def dispatching(explicit: Explicit, **settings: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with open_dispatcher(explicit(DispatcherSettings, **settings)) as (dispatcher, _ready):
        run = asyncio.create_task(dispatcher.run(stop))
        try:
            yield
        finally:
            stop.set()
            await run


async def post(deployment: Deployment, container: str) -> str:
    return (await submit(deployment, new_job(container))).job_id


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(patient(seconds)):
        while not await holds():  # noqa: ASYNC110 - what is waited for is in storage
            await asyncio.sleep(0.02)


async def row_of(deployment: Deployment, job_id: str) -> DispatchRow:
    return await deployment.files.dispatch(job_id) or DispatchRow()


async def test_no_more_is_listed_than_the_backlog_allows(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    await upload(container, {f"{n:03}.txt": b"x" for n in range(60)})
    job_id = await post(deployment, container)
    longest = 0

    async def drained() -> bool:
        nonlocal longest
        length = await deployment.file_queue.length()
        longest = max(longest, length)
        if length > 20:
            for message in await deployment.file_queue.receive(15, 300):
                await deployment.file_queue.leases.delete_message(message.id, message.receipt)
        return (await row_of(deployment, job_id)).sealed

    async with dispatching(explicit, dispatch_backlog=20, slice_tasks=10):
        await until(drained)
    assert 20 < longest <= 30
    assert (await deployment.files.progress(job_id)).total == 60


async def test_a_job_whose_turn_ended_does_not_wait_for_the_pause_of_an_idle_dispatcher(
    explicit: Explicit,
    deployment: Deployment,
    upload: Upload,
    container: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.dispatcher.receiver._SHORTEST_PAUSE", 60)
    await upload(container, {f"{n}.txt": b"x" for n in range(4)})
    job_id = await post(deployment, container)

    async def is_listed() -> bool:
        return (await row_of(deployment, job_id)).sealed

    async with dispatching(explicit, slice_tasks=1):
        await until(is_listed)
    assert (await row_of(deployment, job_id)).slice == 4


async def test_a_small_job_does_not_wait_for_a_large_one_to_be_listed(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    await upload(container, {f"{n:03}.txt": b"x" for n in range(200)})
    await upload(f"{container}-small", {"only.txt": b"x"})
    large = await post(deployment, container)
    async with dispatching(explicit, slice_tasks=1):

        async def has_begun() -> bool:
            return (await row_of(deployment, large)).slice >= 3

        await until(has_begun)
        small = await post(deployment, f"{container}-small")

        async def is_listed() -> bool:
            return (await row_of(deployment, small)).sealed

        await until(is_listed)
        assert not (await row_of(deployment, large)).sealed


async def test_a_source_container_that_vanishes_ends_the_job_as_failed(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    await upload(container, {"a.txt": b"x"})
    job_id = await post(deployment, container)
    await deployment.blobs._service.delete_container(container)

    async def has_ended() -> bool:
        job = await deployment.jobs.get(job_id)
        return job is not None and job.status.ended

    async with dispatching(explicit):
        await until(has_ended)
    job = await deployment.jobs.get(job_id)
    assert job is not None
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert container in job.error


async def test_an_undecodable_dispatch_message_is_buried_and_the_next_one_served(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str, connection_string: str
) -> None:
    await deployment.dispatch_queue.send("no message of ours")
    await upload(container, {})
    job_id = await post(deployment, container)

    async def has_ended() -> bool:
        job = await deployment.jobs.get(job_id)
        return job is not None and job.status is JobStatus.COMPLETED

    async with dispatching(explicit):
        await until(has_ended)
    async with QueueServiceClient.from_connection_string(connection_string) as queues:
        dead = queues.get_queue_client(f"{deployment.dispatch_queue.name}-dlq")
        (letter,) = await dead.peek_messages(5)
    assert json.loads(letter.content)["message"] == "no message of ours"
