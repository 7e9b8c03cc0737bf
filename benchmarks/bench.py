"""One measured run: Azurite in memory, a queue filled by a real dispatcher, emptied by what is measured."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.local.azurite import Azurite, azurite
from deploy.local.processes import Process, child_environment
from deploy.local.stack import service_command
from libs.common.clock import utc_now
from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger import keys
from libs.common.ledger.records import JobRow
from libs.common.settings import ServiceSettings
from libs.jobs.submit import submit

SOURCE, TARGET = "bench-source", "bench-target"
_TEXT = ("The quick brown fox jumps over the lazy dog. " * 80)[:3000]
_DEADLINE = 300.0


@dataclass(frozen=True, slots=True)
class Calls:
    """Storage requests by service and method, and the bytes of their bodies both ways."""

    requests: Mapping[str, int]
    bytes: int

    @property
    def total(self) -> int:
        return sum(self.requests.values())


@dataclass(frozen=True, slots=True)
class Run:
    """Figures of one run. ``calls`` and ``cpu`` (seconds) are of the measured processes together."""

    files: int
    seconds: float
    cpu: float
    calls: Calls
    dispatcher: Calls

    @property
    def speed(self) -> float:
        return self.files / self.seconds


async def measured(what: str, files: int, folder: Path, processes: int = 1) -> Run:
    """Files a second of ``bare`` or ``worker``: from the first receive to the last delete or commit."""
    async with azurite() as storage, _filled(storage, files, folder) as (deployment, job_id, dispatched):
        programs = [_program(f"{what}-{number}", storage, folder) for number in range(processes)]
        for program in programs:
            await program.start()
        if what == "bare":
            seconds = await _bare_seconds(programs[0])
        else:
            seconds = await _worker_seconds(programs, deployment, job_id)
        counts = [_counts(folder, program.name) for program in programs]
        return Run(
            files=files,
            seconds=seconds,
            cpu=sum(count["cpu_seconds"] for count in counts),
            calls=_calls(*counts),
            dispatcher=dispatched,
        )


@asynccontextmanager
async def _filled(storage: Azurite, files: int, folder: Path) -> AsyncIterator[tuple[Deployment, str, Calls]]:
    """Source files, a job over them, and one message a file in the queue."""
    secret = SecretStr(storage.connection_string)
    settings = ServiceSettings(azure_storage_connection_string=secret, _env_file=None)
    async with open_deployment(settings) as deployment:
        await _upload(deployment, files)
        job = await submit(deployment, _job())
        dispatcher = _program("dispatcher", storage, folder)
        await dispatcher.start()

        async def sealed() -> bool:
            row = await deployment.files.dispatch(job.job_id)
            return row is not None and row.sealed

        await _until(sealed)
        await dispatcher.stop(10)
        yield deployment, job.job_id, _calls(_counts(folder, "dispatcher"))


async def _upload(deployment: Deployment, files: int) -> None:
    await deployment.blobs.create_container(SOURCE)
    bound = asyncio.Semaphore(16)

    async def put(number: int) -> None:
        async with bound:
            await deployment.blobs.write(
                SOURCE,
                f"folder-{number % 10}/{number:06}.txt",
                f"File {number}. {_TEXT}".encode(),
                over=None,
                content_type="text/plain",
                metadata={},
            )

    await asyncio.gather(*(put(number) for number in range(files)))


def _job() -> JobRow:
    now = utc_now()
    return JobRow(
        job_id=keys.new_job_id(),
        source_container=SOURCE,
        target_container=TARGET,
        source_language="en",
        target_languages=("es",),
        engine="copy",
        created_at=now,
        updated_at=now,
    )


def _program(name: str, storage: Azurite, folder: Path) -> Process:
    kind = name.partition("-")[0]
    module = "benchmarks.bare_loop" if kind == "bare" else f"services.{kind}"
    settings = {
        "AZURE_STORAGE_CONNECTION_STRING": storage.connection_string,
        "TRANSLATION_ENGINE": "copy",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "WARNING" if kind == "worker" else "INFO",
        "DISPATCH_BACKLOG": "1000000",
        "DRAIN_SECONDS": "5",
    }
    command = [service_command("")[0], "-m", "benchmarks.counted", module, str(_file(folder, name))]
    return Process(name, command, env=child_environment(settings))


async def _bare_seconds(program: Process) -> float:
    line = await program.wait_for_line('"ended"', _DEADLINE)
    await program.wait()
    said = json.loads(line)
    return float(said["ended"] - said["began"])


async def _worker_seconds(programs: list[Process], deployment: Deployment, job_id: str) -> float:
    """From the first file's begin to the last commit, as the ledger has them."""

    async def ended() -> bool:
        job = await deployment.jobs.get(job_id)
        return job is not None and job.status.ended

    await _until(ended)
    for program in programs:
        await program.stop(10)
    job = await deployment.jobs.get(job_id)
    assert job is not None  # noqa: S101 - just read
    assert job.final is not None  # noqa: S101
    rows, _ = await deployment.files.page(job_id, 100, None)
    begins = [_at(row.updated_at) - row.milliseconds / 1000 for row in rows]
    return _at(job.final.updated_at) - min(begins)


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_DEADLINE):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.25)


def _calls(*counts: Any) -> Calls:
    requests: Counter[str] = Counter()
    for count in counts:
        requests.update(count["requests"])
    return Calls(requests, sum(sum(count["bytes"].values()) for count in counts))


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _counts(folder: Path, name: str) -> Any:
    return json.loads(_file(folder, name).read_text())
