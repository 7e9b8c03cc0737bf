import asyncio

from tests.cluster.cluster import Cluster, until
from tests.cluster.faults import force
from tests.cluster.jobs import Jobs
from tests.cluster.plan import NAMESPACE, SERVICES
from tests.cluster.report import Report
from tests.cluster.stage import Stage, until_ready
from tests.cluster.workload import PODS, is_ready, pods_of, restarts

_AZURITE = f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets/azurite"
_BACK_SECONDS = 300.0


async def test_storage_is_away_and_every_pod_is_killed_meanwhile(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.calm()
    underway = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.run("outage", lambda job: underway.set() if job["processed_files"] else None))
        await asyncio.wait_for(underway.wait(), 300)
        await _storage(stage.cluster, 0)
        killed = 0
        for service in SERVICES:
            for pod in await pods_of(stage.cluster, service):
                killed += await force(stage.cluster, pod)
        await asyncio.sleep(stage.plan.away)
        before = await restarts(stage.cluster)
        await _storage(stage.cluster, 1)
        ready = await until_ready(stage.cluster, _BACK_SECONDS)
        after = await restarts(stage.cluster)
    compared = await jobs.check("outage")
    report.say(f"outage: storage away for {stage.plan.away:g} s, all {killed} pods killed meanwhile")
    report.say(f"outage: all ready {ready:.1f} s after storage, {after} restarts; {compared}")
    assert killed > 0
    assert (before, after) == (0, 0)


async def _storage(cluster: Cluster, replicas: int) -> None:
    """Azurite goes, or comes until it answers."""
    await cluster.patch(_AZURITE, {"spec": {"replicas": replicas}})

    async def settled() -> bool:
        pods = await cluster.items(PODS, {"app.kubernetes.io/name": "azurite"})
        return not pods if replicas == 0 else any(is_ready(pod) for pod in pods)

    await until(f"Azurite has {replicas} pods", settled, _BACK_SECONDS)
