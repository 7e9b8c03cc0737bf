"""What a job would do, told before it does it."""

import asyncio

import pytest

from libs.common.deployment import Deployment
from libs.common.storage.blobs import Listing
from libs.jobs import estimate
from services.api.context import CONTEXT, MOST_ESTIMATES
from services.api.problems import Code
from tests.integration.api.behind import JOBS
from tests.integration.api.conftest import Client
from tests.integration.api.test_codes import app_of, meets
from tests.integration.conftest import Upload


async def test_an_estimate_counts_without_doing_anything(
    client: Client, deployment: Deployment, container: str, upload: Upload
) -> None:
    text = "Twelve chars" * 10
    await upload(container, {f"{n}.txt": text.encode() for n in range(30)} | {"picture.png": b"x"})
    body = {"source_container": container, "target_container": "target", "target_languages": ["es", "ca"]}
    found = await (await client.post("/api/v1/batch/estimates", json=body)).json()
    assert (found["complete"], found["files"], found["unsupported_files"]) == (True, 31, 1)
    assert found["files_by_format"] == {"txt": 30}
    assert found["characters"] == 2 * 30 * len(text)
    assert await deployment.dispatch_queue.length() == 0
    assert await (await client.get(JOBS)).json() == []


async def test_an_estimate_says_in_time_what_it_knows_by_then(
    client: Client, container: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {f"{n}.txt": b"twelve chars" for n in range(5)})
    blobs = app_of(client)[CONTEXT].deployment.blobs
    page = blobs.page

    async def two_and_no_more(
        container: str, prefix: str, marker: str | None, limit: int, **asked: bool
    ) -> Listing:
        if marker is not None:
            await asyncio.Event().wait()
        return await page(container, prefix, marker, min(limit, 2), **asked)

    monkeypatch.setattr(blobs, "page", two_and_no_more)
    monkeypatch.setattr(estimate, "SECONDS", 1.0)
    body = {"source_container": container, "target_container": "target", "target_language": "es"}
    async with asyncio.timeout(10):
        found = await (await client.post("/api/v1/batch/estimates", json=body)).json()
    assert (found["complete"], found["files"]) == (False, 2)
    assert (found["sampled"], found["characters"]) == (2, 24)


async def test_only_so_many_estimates_run_at_once_and_the_next_is_told_when_to_come_again(
    client: Client, container: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {})
    body = {"source_container": container, "target_container": "target", "target_language": "es"}
    blobs = app_of(client)[CONTEXT].deployment.blobs
    page, begun, go_on = blobs.page, asyncio.Semaphore(0), asyncio.Event()

    async def waiting(container: str, prefix: str, marker: str | None, limit: int, **asked: bool) -> Listing:
        begun.release()
        await go_on.wait()
        return await page(container, prefix, marker, limit, **asked)

    monkeypatch.setattr(blobs, "page", waiting)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = [
            group.create_task(client.post("/api/v1/batch/estimates", json=body))
            for _ in range(MOST_ESTIMATES)
        ]
        for _ in running:
            await begun.acquire()
        refused = await client.post("/api/v1/batch/estimates", json=body)
        await meets(Code.TOO_BUSY, refused)
        assert int(refused.headers["Retry-After"]) > 0
        go_on.set()
    assert {task.result().status for task in running} == {200}
    assert (await client.post("/api/v1/batch/estimates", json=body)).status == 200
