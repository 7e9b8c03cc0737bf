"""One measured run: Azurite in memory, a queue filled by a real dispatcher, emptied by what is measured.

The clock runs from the first receive, of a listing that is sealed and a queue that holds every file, to the
last commit.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.filling import USUAL_SIZE, Filled, filled, opened, seconds_of, upload
from benchmarks.peers.celery_peer import Celery
from benchmarks.programs import DEADLINE, Calls, Told, cpu, file_of, program, storage_at, told, until
from benchmarks.stalls import Stall, stalls
from deploy.local.processes import Process
from libs.common.deployment import Deployment
from libs.common.ledger.records import JobStatus

#: Everything shares so many cores, whatever the machine has.
CORES = 2
#: What is started for each kind of contender but Celery.
_COMMANDS = {
    "worker": ("services.worker",),
    "bare": ("benchmarks.peers.bare_loop",),
    "bytes": ("benchmarks.peers.bare_loop", "bytes"),
    "first_generation": ("benchmarks.peers.first_generation",),
    "one_update": ("benchmarks.peers.one_update",),
    "clients": ("benchmarks.peers.client_loop",),
}
#: The request that a contender other than the worker is done with, for each file.
_LAST = "queue DELETE"


@dataclass(frozen=True, slots=True)
class Run:
    """Figures of one run. ``calls`` and ``cpu`` (seconds) are of the measured processes together;
    ``dispatcher`` and ``dispatched`` (seconds from its first receive to the seal) of the one before them.
    ``opening`` of the calls came before anything was received. ``storage_cpu`` (seconds) is Azurite's, while
    the contender ran.
    """

    files: int
    seconds: float
    cpu: float
    calls: Calls
    dispatcher: Calls
    dispatched: float
    storage_cpu: float
    opening: int = 0
    stalls: Sequence[Stall] = ()

    @property
    def speed(self) -> float:
        return self.files / self.seconds

    @property
    def calls_a_file(self) -> float:
        return (self.calls.total - self.opening) / self.files


async def measured(
    what: str,
    files: int,
    folder: Path,
    *,
    processes: int = 1,
    size: int = USUAL_SIZE,
    latency: int = 0,
    arguments: Sequence[str] = (),
) -> Run:
    """One run of a kind of contender, a key of `_COMMANDS`, with ``arguments`` of its own, on storage that
    answers ``latency`` ms later than it could.
    """
    async with storage_at(latency) as storage, opened(storage) as deployment:
        await upload(deployment, files, size)
        before = await filled(storage, deployment, folder)
        module, *given = (*_COMMANDS[what], *arguments)
        programs = [
            program(f"{what}-{number}", module, storage, folder, *given) for number in range(processes)
        ]
        storage_before = cpu(storage.process)
        for one in programs:
            await one.start()
        try:
            ended = await _ended(what, programs, deployment, before.job.job_id)
        finally:
            storage_cpu = cpu(storage.process) - storage_before
            await asyncio.gather(*(one.stop(10) for one in programs))
        said = told([file_of(folder, one.name) for one in programs])
        return _run(files, said, ended or said.last[_LAST], before, storage_cpu)


async def measured_celery(pool: Sequence[str], files: int, folder: Path, latency: int = 0) -> Run:
    """One run of Celery with the options of a pool. It tells who wrote its messages, so no dispatcher did."""
    async with storage_at(latency) as storage, opened(storage) as deployment:
        celery = Celery(storage, folder)
        await upload(deployment, files)
        await celery.fill(files)
        storage_before = cpu(storage.process)
        said, storage_after = await celery.work(deployment, pool, files)
        return _run(files, said, said.last["blob PUT"], None, storage_after - storage_before)


def _run(files: int, said: Told, ended: float, before: Filled | None, storage_cpu: float) -> Run:
    assert len(said.written) >= files, f"{len(said.written)} of {files} files were written"  # noqa: S101
    return Run(
        files=files,
        seconds=ended - said.received,
        cpu=said.cpu,
        calls=said.calls,
        dispatcher=before.told.calls if before else Calls({}, 0),
        dispatched=before.seconds if before else 0.0,
        opening=said.opening,
        storage_cpu=storage_cpu,
        stalls=stalls(said.written, said.received, ended, said.waits),
    )


async def _ended(what: str, programs: Sequence[Process], deployment: Deployment, job_id: str) -> float | None:
    """The last commit; None: it is the last request of the loop, which has ended by itself."""
    if what == "worker":
        return await _job_ended(programs, deployment, job_id)
    await _loop_ended(programs)
    return None


async def _loop_ended(programs: Sequence[Process]) -> None:
    """A loop ends by itself, after the files that it was told."""
    async with asyncio.timeout(DEADLINE):
        for one in programs:
            if await one.wait() != 0:
                raise one.died()


async def _job_ended(programs: Sequence[Process], deployment: Deployment, job_id: str) -> float:
    """The last commit, as the ledger has it. A worker that dies ends the wait."""

    async def ended() -> bool:
        for one in programs:
            if one.returncode is not None:
                raise one.died()
        job = await deployment.jobs.get(job_id)
        return job is not None and job.status.ended

    await until(ended)
    job = await deployment.jobs.get(job_id)
    assert job is not None  # noqa: S101 - just read
    assert job.final is not None  # noqa: S101
    assert job.status is JobStatus.COMPLETED, job.error  # noqa: S101 - a fast failure is no speed
    return seconds_of(job.final.updated_at)
