"""What a caller of the API does: upload documents, post jobs, fetch translations."""

import asyncio
import hashlib
import io
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from libs.client import Client, ClientSettings, JobRequest, open_client
from libs.client.records import Job
from tests.compose.problems import Failed

#: Transfers at once.
_AT_ONCE = 8
_JOB_SECONDS, _ASK_SECONDS, _PAUSE = 600.0, 10.0, 0.2

Fault = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Done:
    #: The job as it ended.
    job: Job
    #: From its post to its end.
    seconds: float


class Outside:
    """The system as its callers see it, at one address on loopback."""

    def __init__(self, url: str, client: Client) -> None:
        self.url = url
        self.client = client

    async def upload(self, container: str, documents: Mapping[str, bytes]) -> None:
        await self.client.create_container(container)
        slots = asyncio.Semaphore(_AT_ONCE)
        with tempfile.TemporaryDirectory(prefix="compose-check-") as folder:

            async def send(number: int, name: str, content: bytes) -> None:
                path = Path(folder) / str(number)
                path.write_bytes(content)
                async with slots:
                    await self.client.upload(container, name, path)

            sent = (send(number, name, documents[name]) for number, name in enumerate(documents))
            await asyncio.gather(*sent)

    async def digests(self, container: str) -> dict[str, str]:
        """The SHA-256 of every file of a container, by its name."""
        names = [file.name async for file in self.client.stored_files(container)]
        slots = asyncio.Semaphore(_AT_ONCE)

        async def fetch(name: str) -> tuple[str, str]:
            into = io.BytesIO()
            async with slots:
                await self.client.download(container, name, into)
            return name, hashlib.sha256(into.getvalue()).hexdigest()

        return dict(await asyncio.gather(*map(fetch, names)))

    async def translated(self, source: str, target: str, during: Fault | None = None, at: int = 0) -> Done:
        """A job to its end; ``during`` is done to the system once ``at`` files have ended. Raises Failed."""
        begin = asyncio.get_running_loop().time()
        job = await self.post(source, target)
        if during is not None:
            await self.until(job.job_id, at)
            await during()
        ended = await self.finish(job.job_id)
        return Done(ended, asyncio.get_running_loop().time() - begin)

    async def finish(self, job_id: str) -> Job:
        """The job as it ended. Raises Failed when it does not end in time."""
        job = None
        try:
            async with asyncio.timeout(_JOB_SECONDS):
                async for sight in self.client.watch(job_id):
                    job = sight.job
        except TimeoutError:
            seen = [] if job is None else [job.model_dump_json()]
            raise Failed(f"the job did not end within {_JOB_SECONDS:g} s", seen) from None
        assert job is not None
        return job

    async def post(self, source: str, target: str) -> Job:
        request = JobRequest(source_container=source, target_container=target, target_languages=("es",))
        return await self.client.submit(request)

    async def until(self, job_id: str, files: int) -> None:
        """Wait until so many files have ended. Raises Failed when the job has, too: a fault came too late."""
        async with asyncio.timeout(_JOB_SECONDS):
            # The API has no other way to say it.
            while (job := await self.client.job(job_id)).ended_files < files and not job.has_ended:  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE)
        if job.has_ended:
            raise Failed("the job ended before the fault: nothing was tried")

    async def pages(self, paths: tuple[str, ...]) -> None:
        """Raises Failed unless each answers 200."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_ASK_SECONDS)) as http:
            for path in paths:
                async with http.get(self.url + path) as response:
                    if not response.ok:
                        raise Failed(f"GET {path}: {response.status}")


@asynccontextmanager
async def open_outside(url: str) -> AsyncIterator[Outside]:
    async with open_client(ClientSettings.of_texts(url, None)) as client:
        yield Outside(url, client)
