"""One run under a seed: services in this loop behind the proxy, every operation at risk, then the checker."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from libs.common.deployment import open_deployment
from libs.common.settings import ServiceSettings
from tests.faults.checker import Report, check
from tests.faults.places import ports_of
from tests.faults.plan import Fault, Plan
from tests.faults.proxy import proxy
from tests.faults.running import (
    Begun,
    Names,
    drained,
    followed,
    listening,
    new_job,
    services,
    submitted,
    texts,
    upload,
)

#: Names without a document format, and a file that no encoding fits, among the good ones.
ODD = {"folder-1/picture.bin": b"\x00\x01", "folder-2/broken.txt": bytes(range(256))}


@dataclass(frozen=True, slots=True)
class SeededRun:
    seed: int
    report: Report
    fired: Counter[tuple[str, Fault]]
    seconds: float

    def __str__(self) -> str:
        times = sum(self.fired.values())
        return f"seed {self.seed}: {times} faults fired, {self.report}, {self.seconds:.1f} s"


async def run_seed(
    connection_string: str, seed: int, rate: float, begun: Begun, *, files: int = 60, patience: float = 120
) -> SeededRun:
    """A job of ``files`` files and two odd ones from the first request to the last message.

    Raises AssertionError where a look on the way is wrong or it does not end within ``patience`` seconds.
    What is left behind is in the report; whether that is right is for the caller to require.
    """
    names, began = Names(), time.monotonic()
    sources = texts(files) | ODD
    container = f"seed-{names.own}"
    direct = names.settings(ServiceSettings, connection_string)
    async with (
        open_deployment(direct) as seen,
        proxy(ports_of(connection_string), Plan(seed, rate)) as faulty,
        services(names, faulty.connection_string, slice_tasks=20),
        open_deployment(names.settings(ServiceSettings, faulty.connection_string)) as client,
    ):
        await upload(seen, container, sources)
        job = new_job(container)
        await submitted(client, job)
        await followed(seen, job.job_id, patience)
        await drained(seen)
        await faulty.landed()
        report = await check(seen, job.job_id, sources, begun=begun.times[job.job_id])
        return SeededRun(seed, report, faulty.fired, time.monotonic() - began)


async def run_seeds(
    connection_string: str, seeds: list[int], rate: float, *, at_once: int, files: int = 60
) -> list[SeededRun]:
    """Several seeds side by side: most of a run's time is waiting for what lapses and comes back."""
    bound = asyncio.Semaphore(at_once)

    async def one(seed: int, begun: Begun) -> SeededRun:
        async with bound:
            try:
                return await run_seed(connection_string, seed, rate, begun, files=files)
            except Exception as error:
                error.add_note(f"seed {seed}, rate {rate}")
                raise

    with listening() as begun:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(seed, begun)) for seed in seeds]
    return [task.result() for task in tasks]
