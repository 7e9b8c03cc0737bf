from tests.cluster.cluster import until
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.timeline import timeline
from tests.cluster.traffic import traffic
from tests.cluster.workload import pods_of, ready_pods_of

#: The most and the fewest that the local overlay has.
_MOST, _FEWEST = 3, 1
#: The autoscaler looks back for five minutes before it takes a pod away.
_UP_SECONDS, _DOWN_SECONDS = 600.0, 900.0


async def test_the_api_grows_under_load_and_shrinks_after_it_without_a_lost_request(
    stage: Stage, report: Report
) -> None:
    async def grown() -> bool:
        return len(await ready_pods_of(stage.cluster, "api")) == _MOST

    async def shrunk() -> bool:
        return len(await pods_of(stage.cluster, "api")) == _FEWEST

    async with timeline(stage.cluster, "api") as apis:
        async with traffic(stage.caller, stage.plan.load) as heavy:
            await until(f"there are {_MOST} APIs", grown, _UP_SECONDS)
        async with traffic(stage.caller, 1) as light:
            await until(f"there is {_FEWEST} API", shrunk, _DOWN_SECONDS)
    report.say(f"load: {stage.plan.load:g} requests a second, then 1; APIs {apis}")
    report.say(f"load: heavy: {heavy}")
    report.say(f"load: light: {light}")
    assert not heavy.lost
    assert not light.lost
