import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence

from tests.cluster.cluster import Document
from tests.cluster.faults import STORM
from tests.cluster.jobs import Jobs
from tests.cluster.plan import SERVICES
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.workload import ready_pods_of

#: Between two faults (seconds).
_PAUSE = 3.0


async def test_in_a_storm_of_faults_every_file_is_translated_as_without(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.calm()
    targets = [f"storm-{number}" for number in range(stage.plan.jobs)]
    faults: Counter[tuple[str, str]] = Counter()
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(jobs.run(target)) for target in targets]
        await _storm(stage, running, faults)
    took = time.monotonic() - began
    compared = await jobs.check(*targets)
    kinds = {kind: sum(count for (it, _), count in faults.items() if it == kind) for kind in STORM}
    hit = {service: sum(count for (_, it), count in faults.items() if it == service) for service in SERVICES}
    counts = ", ".join(f"{count} {name}" for name, count in (kinds | hit).items())
    report.say(f"storm: {stage.plan.jobs} jobs in {took:.0f} s, {faults.total()} faults ({counts})")
    report.say(f"storm: {compared}")
    assert min(*kinds.values(), *hit.values()) > 0, faults


async def _storm(
    stage: Stage, running: Sequence[asyncio.Task[Document]], faults: Counter[tuple[str, str]]
) -> None:
    """A fault every few seconds while the jobs run: for the time asked for, and until each kind has fired."""
    dice = random.Random(17)
    ends = time.monotonic() + stage.plan.storm
    # Four kinds and three services: after twelve faults each kind has met each service.
    for (kind, fault), service in zip(
        itertools.cycle(STORM.items()), itertools.cycle(SERVICES), strict=False
    ):
        if all(task.done() for task in running) or (time.monotonic() > ends and _each_fired(faults)):
            return
        pods = await ready_pods_of(stage.cluster, service)
        if pods and await fault(stage.cluster, dice.choice(pods)):
            faults[kind, service] += 1
        await asyncio.sleep(_PAUSE)


def _each_fired(faults: Counter[tuple[str, str]]) -> bool:
    return {kind for kind, _ in faults} == set(STORM) and {service for _, service in faults} == set(SERVICES)
