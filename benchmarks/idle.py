"""What an empty system costs, and how soon it wakes: one dispatcher, two workers, their usual settings.

python -m benchmarks.idle [--scale 0.1]
"""

import argparse
import asyncio
import random
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.filling import opened, seconds_of, upload
from benchmarks.goals import Figure, conclude
from benchmarks.programs import SETTINGS, Told, counting_stack, told_now, until
from deploy.local.stack import Stack
from libs.client.client import Client, open_client
from libs.client.records import JobRequest
from libs.client.settings import ClientSettings
from libs.common.deployment import Deployment

#: Seconds without work after which every pause is at its longest.
_QUIET = 8.0
#: Seconds of silence that are counted: whole rounds of the slowest that an idle dispatcher does, its census.
_SILENCE, _ROUND = 360.0, 120.0
_JOBS = 30
_MOST_CALLS, _MOST_SECONDS = 0.5, 2.5
_PROCESSES = ("dispatcher", "worker-1", "worker-2")


async def figures(scale: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        async with counting_stack(folder, {**SETTINGS, "POLL_INTERVAL": "2"}) as running:
            silence = await _silence(running, folder, max(_ROUND, _SILENCE * scale))
            waits = await _first_files(running, max(3, round(_JOBS * scale)))
    longest = f"{min(waits):.1f} to {max(waits):.1f}, {len(waits)} jobs"
    first = Figure("from POST to the first file", statistics.median(waits), "s", _MOST_SECONDS, note=longest)
    return [*silence, first]


async def _silence(running: Stack, folder: Path, seconds: float) -> list[Figure]:
    """Storage calls a second of each process while nothing happens."""
    await asyncio.sleep(_QUIET)
    before = await _counts(running, folder)
    begin = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    after = await _counts(running, folder)
    passed = asyncio.get_running_loop().time() - begin
    found = []
    for name, old, new in zip(_PROCESSES, before, after, strict=True):
        calls = new.calls.total - old.calls.total
        note = f"{calls} in {passed:.0f} s"
        found.append(Figure(f"{name}: calls a second", calls / passed, most=_MOST_CALLS, note=note))
    return found


async def _counts(running: Stack, folder: Path) -> list[Told]:
    return [await told_now(running.services[name], folder / f"{name}.json") for name in _PROCESSES]


async def _first_files(running: Stack, jobs: int) -> list[float]:
    """Seconds from the POST of a job with one file to the begin of that file, each after some quiet."""
    settings = ClientSettings.of_texts(running.api_url, None)
    async with opened(running.azurite) as deployment, open_client(settings) as client:
        waits = []
        for number in range(jobs):
            await upload(deployment, 1, container=f"one-{number}")
            # A phase of its own: not always the same moment of everybody's pause.
            await asyncio.sleep(_QUIET + random.uniform(0, 2))  # noqa: S311
            waits.append(await _first_file(deployment, client, f"one-{number}"))
        return waits


async def _first_file(deployment: Deployment, client: Client, container: str) -> float:
    request = JobRequest(
        source_container=container, target_container=f"{container}-out", target_languages=("es",)
    )
    job = await client.submit(request)

    async def ended() -> bool:
        found = await deployment.jobs.get(job.job_id)
        return found is not None and found.status.ended

    await until(ended, every=0.5)
    ((row,), _) = await deployment.files.page(job.job_id, 1, None)
    begun = seconds_of(row.updated_at) - row.milliseconds / 1000
    return begun - seconds_of(job.created_at)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args(arguments).scale
    how = f"Counted for {_SILENCE:g} s; {_JOBS} jobs, each after {_QUIET:g} s of silence or more."
    conclude("idle", asyncio.run(figures(scale)), how, whole=scale >= 1)


if __name__ == "__main__":
    main()
