"""What the loops of our own share: where their messages, containers and number of files come from."""

from dataclasses import dataclass

from libs.common.deployment import open_deployment
from libs.common.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Work:
    source: str
    target: str
    files: int


async def work_of(settings: WorkerSettings) -> Work:
    """The one job of the account, as a dispatcher has listed it."""
    async with open_deployment(settings) as deployment:
        ((job, *_), _) = await deployment.jobs.page(1, None)
        files = (await deployment.files.progress(job.job_id)).total
    return Work(job.source_container, job.target_container, files)
