"""Many small files, few large ones, and one that is too large.

python -m benchmarks.sizes [--scale 0.02]
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import measured
from benchmarks.filling import filled, opened, seconds_of, upload
from benchmarks.goals import Figure, conclude
from benchmarks.programs import Told, file_of, memory, peak_memory, program, told, until
from deploy.local.azurite import azurite
from deploy.local.processes import Process
from libs.common.deployment import Deployment
from libs.common.ledger.records import FileRow, FileStatus
from libs.common.settings import WorkerSettings

_SMALL, _SMALL_BYTES = 5_000, 200
_LARGE, _LARGE_BYTES = 20, 20_000_000
_TOO_LARGE_BYTES = 100_000_000
_MEGABYTE = 1_000_000


async def figures(scale: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        small = await _small(folder, max(50, round(_SMALL * scale)))
        large = await _large(folder, max(2, round(_LARGE * scale)))
        return [small, *large, *await _too_large(folder)]


async def _small(folder: Path, files: int) -> Figure:
    run = await measured("worker", files, folder, size=_SMALL_BYTES)
    note = (
        f"{run.calls.total / files:.2f} calls, {run.cpu / files * 1000:.1f} ms of CPU a file, "
        f"and {run.storage_cpu / files * 1000:.1f} ms of Azurite's"
    )
    return Figure(f"{files:,} files of {_SMALL_BYTES} B", run.speed, "files/s", note=note)


async def _large(folder: Path, files: int) -> list[Figure]:
    """All succeed, and what the worker needs more at its peak stays below the bound on documents in hand."""
    worked = await _worked(folder, files, _LARGE_BYTES)
    bound = WorkerSettings.model_fields["max_bytes_in_flight"].default
    speed = files * _LARGE_BYTES / _MEGABYTE / worked.seconds
    done = sum(row.status is FileStatus.SUCCEEDED for row in worked.rows)
    what = f"{files} files of {_LARGE_BYTES // _MEGABYTE} MB"
    return [
        Figure(f"{what}: succeeded", done, least=files, note=f"{speed:.1f} MB/s"),
        Figure(
            f"{what}: worker's memory at its peak, above that at its start",
            worked.memory / _MEGABYTE,
            "MB",
            most=bound / _MEGABYTE,
            note="the goal is MAX_BYTES_IN_FLIGHT",
        ),
    ]


async def _too_large(folder: Path) -> list[Figure]:
    worked = await _worked(folder, 1, _TOO_LARGE_BYTES)
    refused = sum(row.error_code == "file_too_large" for row in worked.rows)
    read = worked.told.calls.requests.get("blob GET", 0)
    what = f"a file of {_TOO_LARGE_BYTES // _MEGABYTE} MB"
    return [
        Figure(f"{what}: refused as file_too_large", refused, least=1),
        Figure(f"{what}: downloads", read, most=0),
    ]


class _Worked:
    """What one worker made of a job: its file rows, seconds, and bytes of memory above those at its start."""

    def __init__(self, rows: Sequence[FileRow], said: Told, memory: int, ended: str) -> None:
        self.rows = rows
        self.told = said
        self.memory = memory
        self.seconds = seconds_of(ended) - said.received


async def _worked(folder: Path, files: int, size: int) -> _Worked:
    async with azurite() as storage, opened(storage) as deployment:
        await upload(deployment, files, size)
        job = (await filled(storage, deployment, folder)).job
        worker = program("worker", "services.worker", storage, folder, LOG_LEVEL="INFO")
        await worker.start()
        await worker.wait_for_line("Worker started", 60)
        begin = memory(worker)
        try:
            ended = await _ended(worker, deployment, job.job_id)
            peak = peak_memory(worker)
        finally:
            await worker.stop(10)
        rows, _ = await deployment.files.page(job.job_id, files, None)
        return _Worked(rows, told([file_of(folder, "worker")]), peak - begin, ended)


async def _ended(worker: Process, deployment: Deployment, job_id: str) -> str:
    moment = ""

    async def ended() -> bool:
        nonlocal moment
        if worker.returncode is not None:
            raise worker.died()
        job = await deployment.jobs.get(job_id)
        moment = job.completed_at or "" if job else ""
        return bool(moment)

    await until(ended)
    return moment


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args(arguments).scale
    conclude("sizes", asyncio.run(figures(scale)), "Each job on an emulator of its own.", whole=scale >= 1)


if __name__ == "__main__":
    main()
