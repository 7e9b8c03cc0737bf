import asyncio

from tests.cluster.cluster import Document
from tests.cluster.faults import exhaust
from tests.cluster.jobs import Jobs
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.workload import ready_pods_of

_SIGKILL = 128 + 9


async def test_a_worker_runs_out_of_memory_in_the_middle_of_a_job(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.calm()
    underway = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        job = group.create_task(
            jobs.run("memory", lambda job: underway.set() if job["processed_files"] else None)
        )
        await asyncio.wait_for(underway.wait(), 300)
        ended = await _exhausted(stage)
    compared = await jobs.check("memory")
    report.say(
        f"memory: a worker ended by {ended['reason']} ({ended['exitCode']}); the job ended after "
        f"{job.result()['seconds']:.0f} s; {compared}"
    )
    assert ended["exitCode"] == _SIGKILL


async def _exhausted(stage: Stage) -> Document:
    pods = await ready_pods_of(stage.cluster, "worker")
    for pod in pods:
        if ended := await exhaust(stage.cluster, pod):
            return ended
    raise AssertionError(f"none of {len(pods)} workers ran out of memory")
