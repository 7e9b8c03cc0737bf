import asyncio
from collections import Counter

from tests.cluster.cluster import Cluster, Document, until
from tests.cluster.faults import evict
from tests.cluster.jobs import Jobs
from tests.cluster.places import close_node, open_node
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.workload import PODS

_DRAINED_SECONDS = 400.0


async def test_a_node_is_drained_and_given_back_in_the_middle_of_a_job(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.calm()
    underway = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        job = group.create_task(
            jobs.run("drained", lambda job: underway.set() if job["processed_files"] else None)
        )
        await asyncio.wait_for(underway.wait(), 300)
        evicted = await _drained(stage.cluster)
    compared = await jobs.check("drained")
    report.say(
        f"drain: {evicted} pods evicted, the job ended after {job.result()['seconds']:.0f} s; {compared}"
    )
    assert evicted > 0


async def _drained(cluster: Cluster) -> int:
    """The node with most of the system's pods takes none and loses those it has, then it is given back."""
    where = Counter(pod["spec"]["nodeName"] for pod in await _pods(cluster))
    node = await cluster.get(f"/api/v1/nodes/{where.most_common(1)[0][0]}")
    evicted = set[str]()
    await close_node(cluster, node)
    try:

        async def gone() -> bool:
            pods = [it for it in await _pods(cluster) if it["spec"]["nodeName"] == node["metadata"]["name"]]
            for pod in pods:
                if "deletionTimestamp" not in pod["metadata"] and await evict(cluster, pod):
                    evicted.add(pod["metadata"]["uid"])
            return not pods

        await until("the node is drained", gone, _DRAINED_SECONDS)
    finally:
        await open_node(cluster, node)
    return len(evicted)


async def _pods(cluster: Cluster) -> list[Document]:
    return [pod for pod in await cluster.items(PODS) if pod["spec"].get("nodeName")]
