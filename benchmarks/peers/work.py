"""What the loops of our own share: their messages, containers and number of files, and the copying engine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.common.deployment import open_deployment
from libs.common.settings import WorkerSettings
from libs.jobs.engines import open_engines
from libs.translation.translator import Order, Translator

#: Name and bytes of a document to what is written in its place.
Translate = Callable[[str, bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Work:
    source: str
    target: str
    files: int


async def work_of(settings: WorkerSettings) -> Work:
    """The one job of the account, as a dispatcher has listed it."""
    async with open_deployment(settings) as deployment:
        ((job, *_), _) = await deployment.jobs.page(1, None)
        files = (await deployment.files.progress(job.job_id)).total
    return Work(job.source_container, job.target_container, files)


@asynccontextmanager
async def copying(settings: WorkerSettings) -> AsyncIterator[Translate]:
    """What the worker does between download and upload: a document is taken apart, its segments go through
    the copying engine, and it is put together again.
    """
    order = Order("en", "es")
    async with open_engines(settings) as engines:
        translator = Translator(
            engines.default,
            requests_in_flight=settings.max_engine_requests,
            request_seconds=settings.engine_timeout,
        )

        async def translate(name: str, data: bytes) -> bytes:
            return (await translator.translate(name, data, order)).data

        try:
            yield translate
        finally:
            await translator.close()


async def as_it_is(_name: str, data: bytes) -> bytes:
    """No engine at all: bytes in, the same bytes out."""
    return data
