import asyncio
import time

from tests.cluster.jobs import Jobs
from tests.cluster.report import Report
from tests.cluster.rollouts import roll
from tests.cluster.stage import Stage
from tests.cluster.traffic import traffic

_RATE = 20.0


async def test_services_are_rolled_under_traffic_without_a_lost_request_or_file(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.calm()
    rolled, began = 0, time.monotonic()
    async with traffic(stage.caller, _RATE) as seen, asyncio.TaskGroup() as group:
        job = group.create_task(jobs.run("rolled"))
        while not job.done() or rolled < 2:
            for service in ("worker", "dispatcher", "api"):
                await roll(stage.cluster, service)
            rolled += 1
        took = time.monotonic() - began
    compared = await jobs.check("rolled")
    report.say(
        f"rolling: worker, dispatcher and API each rolled {rolled} times in {took:.0f} s; the job ended "
        f"after {job.result()['seconds']:.0f} s"
    )
    report.say(f"rolling: {seen}, at {_RATE:g} a second, half on new connections; {compared}")
    assert not seen.lost
