from tests.cluster.cluster import until
from tests.cluster.jobs import CALM, Jobs
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.timeline import timeline
from tests.cluster.workload import pods_of

#: KEDA's cooldown, and what a drain and the loops of three controllers add.
_GONE_SECONDS = 1200.0


async def test_workers_come_for_a_job_and_go_when_it_has_ended(
    stage: Stage, jobs: Jobs, report: Report
) -> None:
    await jobs.upload()

    async def none() -> bool:
        return not await pods_of(stage.cluster, "worker")

    await until("no worker is left", none, _GONE_SECONDS)
    async with timeline(stage.cluster, "worker") as workers:
        job = await jobs.run(CALM)
        most = workers.most
        await until("no worker is left", none, _GONE_SECONDS)
    assert most > 0
    report.say(
        f"scaling: {stage.plan.files:,} files from no worker in {job['seconds']:.0f} s, {most} workers"
    )
    report.say(f"scaling: workers {workers}")
    assert len(await jobs.calm()) == stage.plan.files
