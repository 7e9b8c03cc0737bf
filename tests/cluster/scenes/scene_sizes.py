import asyncio

from tests.cluster.jobs import Jobs
from tests.cluster.plan import SERVICES
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.traffic import traffic
from tests.cluster.usage import usage

#: The metrics server reports a quarter of a minute late: a load holds for longer than that.
_SECONDS = 90.0
_RATE = 20.0


async def test_what_each_service_uses_at_a_stated_load_is_measured(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.upload()
    async with usage(stage.cluster) as asked, traffic(stage.caller, _RATE) as seen:
        await asyncio.sleep(_SECONDS)
    async with usage(stage.cluster) as busy:
        job = await jobs.run("sizes")
    loads = {
        f"{_RATE:g} requests a second ({seen})": asked,
        f"a job of {stage.plan.files:,} files in {job['seconds']:.0f} s": busy,
    }
    for load, used in loads.items():
        report.say(f"sizes: {load}")
        for line in used.lines():
            report.say(f"sizes:   {line}")
        assert {*SERVICES[:2]} <= used.cores.keys()
