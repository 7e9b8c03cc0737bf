"""Source files, a job over them, and a dispatcher that lists it to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from benchmarks.programs import Told, file_of, peak_memory, program, told, until
from deploy.local.azurite import Azurite
from libs.common.clock import utc_now
from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger import keys
from libs.common.ledger.records import JobRow
from libs.common.settings import ServiceSettings
from libs.jobs.submit import submit

SOURCE, TARGET = "bench-source", "bench-target"
USUAL_SIZE = 3000
_SENTENCE = b"The quick brown fox jumps over the lazy dog. "
_UPLOADS_IN_FLIGHT = 16


@dataclass(frozen=True, slots=True)
class Filled:
    """A job that is listed to its end. ``seconds`` from the dispatcher's first receive to the seal, ``peak``
    the most bytes it had in memory.
    """

    job: JobRow
    told: Told
    seconds: float
    peak: int


@asynccontextmanager
async def opened(storage: Azurite) -> AsyncIterator[Deployment]:
    secret = SecretStr(storage.connection_string)
    settings = ServiceSettings(azure_storage_connection_string=secret, _env_file=None)
    async with open_deployment(settings) as deployment:
        yield deployment


async def filled(
    storage: Azurite, deployment: Deployment, folder: Path, source: str = SOURCE, target: str = TARGET
) -> Filled:
    """A job over ``source`` with one message a file in the queue; the dispatcher is gone again."""
    job = await submit(deployment, new_job(source, target))
    dispatcher = program("dispatcher", "services.dispatcher", storage, folder)
    await dispatcher.start()

    async def sealed() -> bool:
        row = await deployment.files.dispatch(job.job_id)
        return row is not None and row.sealed

    await until(sealed)
    peak = peak_memory(dispatcher)
    await dispatcher.stop(10)
    row = await deployment.files.dispatch(job.job_id)
    assert row is not None  # noqa: S101 - just read
    said = told([file_of(folder, "dispatcher")])
    return Filled(job, said, seconds_of(row.updated_at) - said.received, peak)


async def upload(
    deployment: Deployment, files: int, size: int = USUAL_SIZE, container: str = SOURCE, kind: str = "txt"
) -> None:
    """Files with different texts, in ten folders."""
    await deployment.blobs.create_container(container)
    bound = asyncio.Semaphore(_UPLOADS_IN_FLIGHT)

    async def put(number: int) -> None:
        async with bound:
            await deployment.blobs.write(
                container,
                f"folder-{number % 10}/{number:06}.{kind}",
                text(number, size),
                over=None,
                content_type="text/plain",
                metadata={},
            )

    await asyncio.gather(*(put(number) for number in range(files)))


def text(number: int, size: int) -> bytes:
    """A text of ``size`` bytes that no other number has."""
    begin = f"File {number}. ".encode()
    return (begin + _SENTENCE * (size // len(_SENTENCE) + 1))[:size]


def new_job(source: str = SOURCE, target: str = TARGET) -> JobRow:
    now = utc_now()
    return JobRow(
        job_id=keys.new_job_id(),
        source_container=source,
        target_container=target,
        source_language="en",
        target_languages=("es",),
        engine="copy",
        created_at=now,
        updated_at=now,
    )


def seconds_of(moment: str) -> float:
    """RFC 3339 as Unix time."""
    return datetime.fromisoformat(moment).timestamp()
