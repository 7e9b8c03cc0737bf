"""A running system as a client and an operator see it: HTTP outside, the ledger inside, processes to kill."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from pydantic import SecretStr

from deploy.local.stack import Stack, StackOptions, stack
from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger.records import FileRow
from libs.common.settings import ServiceSettings
from tests.patience import patient

Job = dict[str, Any]


class System:
    """One stack under test."""

    def __init__(self, running: Stack, http: aiohttp.ClientSession, deployment: Deployment) -> None:
        self.stack = running
        self.deployment = deployment
        self._http = http

    async def upload(self, container: str, files: Mapping[str, bytes]) -> None:
        await self.deployment.blobs.create_container(container)
        bound = asyncio.Semaphore(32)

        async def put(name: str, data: bytes) -> None:
            async with bound:
                await self.deployment.blobs.write(
                    container, name, data, over=None, content_type="text/plain", metadata={}
                )

        await asyncio.gather(*(put(name, data) for name, data in files.items()))

    async def download(self, container: str) -> dict[str, bytes]:
        names, marker = [], None
        while True:
            page = await self.deployment.blobs.page(container, "", marker, 5000)
            names += [blob.name for blob in page.blobs]
            marker = page.marker
            if marker is None:
                break
        blobs = await asyncio.gather(
            *(self.deployment.blobs.read(container, name, 1 << 26) for name in names)
        )
        return {name: blob.data for name, blob in zip(names, blobs, strict=True)}

    async def post(self, **request: Any) -> Job:
        async with self._http.post("/api/v1/batch/jobs", json=request) as response:
            assert response.status == 202, await response.text()
            job: Job = await response.json()
            return job

    async def get(self, path: str) -> Any:
        async with self._http.get(f"/api/v1/batch/jobs/{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def answer(self, path: str, **headers: str) -> str:
        """Whatever the API answers: status, headers and body."""
        async with self._http.get(path, headers=headers) as response:
            return f"{response.status} {dict(response.headers)} {await response.text()}"

    async def cancel(self, job_id: str) -> Job:
        async with self._http.post(f"/api/v1/batch/jobs/{job_id}/cancel") as response:
            assert response.status == 202, await response.text()
            job: Job = await response.json()
            return job

    async def rows(self, job_id: str) -> list[FileRow]:
        rows, behind = await self.deployment.files.page(job_id, 1000, None)
        while behind is not None:
            more, behind = await self.deployment.files.page(job_id, 1000, behind)
            rows += more
        return rows

    async def poll(self, job_id: str, seconds: float) -> AsyncIterator[Job]:
        """The job again and again until it has ended; every answer is checked for its sum."""
        deadline = time.monotonic() + seconds
        before: Job | None = None
        while True:
            job = await self.get(job_id)
            check_answer(before, job)
            yield job
            if job["completed_at"]:
                return
            assert time.monotonic() < deadline, f"still running after {seconds} s: {job}"
            before = job
            await asyncio.sleep(0.1)

    async def ended(self, job_id: str, seconds: float | None = None) -> Job:
        return [job async for job in self.poll(job_id, seconds or patient(90))][-1]

    async def until(self, holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
        async with asyncio.timeout(patient(seconds)):
            while not await holds():  # noqa: ASYNC110 - the event is in another process
                await asyncio.sleep(0.01)


def check_answer(before: Job | None, job: Job) -> None:
    """What every answer promises, whatever goes on meanwhile."""
    parts = ("processed_files", "failed_files", "skipped_files", "cancelled_files", "pending_files")
    assert sum(job[part] for part in parts) == job["total_files"], job
    assert min(job[part] for part in parts) >= 0, job
    if job["status"] == "completed":
        assert job["listing_complete"], job
        assert job["processed_files"] + job["skipped_files"] == job["total_files"], job
    if before is not None:
        for part in parts[:-1]:
            assert job[part] >= before[part], (before, job)


@asynccontextmanager
async def system(options: StackOptions, headers: Mapping[str, str] | None = None) -> AsyncIterator[System]:
    """``headers`` go with every call of the API."""
    async with stack(options) as running:
        secret = SecretStr(running.connection_string)
        settings = ServiceSettings(azure_storage_connection_string=secret, _env_file=None)
        async with (
            open_deployment(settings) as deployment,
            aiohttp.ClientSession(running.api_url, headers=headers) as http,
        ):
            yield System(running, http, deployment)
