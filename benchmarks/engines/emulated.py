"""Worker processes with Azure Translator's emulator behind them: what they ask of it, and how fast."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from pydantic import SecretStr

from deploy.local.azurite import azurite
from deploy.local.ports import free_port
from deploy.local.processes import Process, child_environment
from deploy.local.stack import service_command
from libs.common.clock import utc_now
from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger import keys
from libs.common.ledger.records import IfExists, JobRow, Progress
from libs.common.settings import ServiceSettings
from libs.jobs.submit import submit

_EMULATOR = "deploy.local.emulators.azure_translator"
_START_SECONDS, _DEADLINE = 30.0, 900.0


@dataclass(frozen=True, slots=True)
class Site:
    """Storage, an emulated engine, and workers that share both."""

    deployment: Deployment
    emulator: str
    http: aiohttp.ClientSession

    async def upload(self, container: str, files: Mapping[str, str]) -> None:
        await self.deployment.blobs.create_container(container)
        bound = asyncio.Semaphore(16)

        async def put(name: str, text: str) -> None:
            async with bound:
                await self.deployment.blobs.write(
                    container, name, text.encode(), over=None, content_type="text/plain", metadata={}
                )

        await asyncio.gather(*(put(name, text) for name, text in files.items()))

    async def post(self, source: str, target: str) -> JobRow:
        now = utc_now()
        job = JobRow(
            job_id=keys.new_job_id(),
            source_container=source,
            target_container=target,
            source_language="en",
            target_languages=("es",),
            if_exists=IfExists.OVERWRITE,
            engine="azure",
            created_at=now,
            updated_at=now,
        )
        return await submit(self.deployment, job)

    async def ended(self, job_id: str) -> Progress:
        """Wait for the job's end, and give its counts."""

        async def has_ended() -> bool:
            job = await self.deployment.jobs.get(job_id)
            return job is not None and job.status.ended

        await until(has_ended)
        job = await self.deployment.jobs.get(job_id)
        if job is None or job.final is None:
            raise RuntimeError("an ended job has its final counts")
        return job.final

    async def stats(self, *, forget: bool = False) -> dict[str, Any]:
        """What the emulator counted. ``forget``: it begins anew then."""
        method = "DELETE" if forget else "GET"
        async with self.http.request(method, f"{self.emulator}/_stats") as response:
            counted: dict[str, Any] = await response.json()
            return counted

    async def turn(self, **knobs: Any) -> None:
        async with self.http.post(f"{self.emulator}/_knobs", json=knobs) as response:
            response.raise_for_status()


@asynccontextmanager
async def site(workers: int, knobs: list[str], settings: Mapping[str, str]) -> AsyncIterator[Site]:
    """``knobs`` are the emulator's command line, ``settings`` the workers' environment."""
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(azurite())
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        python = service_command("")[0]
        emulator = Process(
            "emulator", [python, "-m", _EMULATOR, "--port", str(port), *knobs], env=child_environment({})
        )
        stack.push_async_callback(emulator.stop, 2)
        await emulator.start()
        await emulator.wait_for_line("EMULATED", _START_SECONDS)
        environment = child_environment(
            {
                "AZURE_STORAGE_CONNECTION_STRING": storage.connection_string,
                "TRANSLATION_ENGINE": "azure",
                "AZURE_TRANSLATOR_ENDPOINT": url,
                "AZURE_TRANSLATOR_KEY": "emulated",
                "LOG_LEVEL": "WARNING",
                "DRAIN_SECONDS": "2",
                **settings,
            }
        )
        for name in ["dispatcher", *["worker"] * workers]:
            service = Process(name, service_command(name), env=environment)
            stack.push_async_callback(service.stop, 10)
            await service.start()
        secret = SecretStr(storage.connection_string)
        given = ServiceSettings(azure_storage_connection_string=secret, _env_file=None)
        deployment = await stack.enter_async_context(open_deployment(given))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Site(deployment, url, http)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_DEADLINE):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.5)
