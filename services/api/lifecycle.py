"""What can be done with a job: cancel it, retry its failures, delete it."""

from aiohttp import web

from libs.common.ledger.purses import granted
from libs.common.ledger.records import FileStatus, JobRow, JobStatus
from libs.jobs.purge import delete
from libs.jobs.retry import failed_files, reopen
from libs.jobs.stop import cancel
from services.api.bodies import body_of
from services.api.context import CONTEXT
from services.api.jobs import found_job, view_of
from services.api.names import file_of_id
from services.api.problems import Code, Problem
from services.api.requests import RetryRequest
from services.api.views import answer

routes = web.RouteTableDef()

_JOB = "/api/v1/batch/jobs/{job_id}"


@routes.post(_JOB + "/cancel")
async def cancel_job(request: web.Request) -> web.Response:
    deployment = request.app[CONTEXT].deployment
    known = await found_job(request)
    queue = deployment.notify_queue
    job = await cancel(deployment.jobs, deployment.files, queue, known.job_id) or known
    if job.status.ended and job.status is not JobStatus.CANCELLED:
        raise Problem(Code.JOB_ENDED, f"the job has ended as {job.status}; there is nothing to cancel")
    return answer(await view_of(request.app[CONTEXT], job), status=202)


@routes.post(_JOB + "/retry")
async def retry_job(request: web.Request) -> web.Response:
    job = await found_job(request)
    _check_ended(job)
    _check_retryable(job)
    return await _reopened(request, job)


@routes.post(_JOB + "/files/{file}/retry")
async def retry_file(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    job, file = await found_job(request), file_of_id(request.match_info["file"])
    row = None if file is None else await context.deployment.files.file(job.job_id, *file)
    if row is None:
        raise Problem(Code.FILE_NOT_FOUND, "the job has no such file; ids come from its list of files")
    _check_ended(job)
    if row.status is not FileStatus.FAILED:
        raise Problem(Code.NOTHING_TO_RETRY, f"the file is {row.status}; only a failed one can be retried")
    _check_retryable(job)
    return await _reopened(request, job, (row.language, row.name))


@routes.delete(_JOB)
async def delete_job(request: web.Request) -> web.Response:
    """The job and its rows go; its translations stay."""
    deployment = request.app[CONTEXT].deployment
    job = await found_job(request)
    _check_ended(job)
    await delete(deployment.jobs, deployment.dispatch_queue, job)
    return web.Response(status=204)


def _check_ended(job: JobRow) -> None:
    if not job.status.ended:
        raise Problem(Code.JOB_RUNNING, f"the job is {job.status}; this is possible when it has ended")


def _check_retryable(job: JobRow) -> None:
    if failed_files(job):
        return
    stopped = job.final is not None and (job.final.cut or job.final.counts.cancelled > 0)
    if stopped or job.status is JobStatus.CANCELLED:
        said = "a job that was stopped is not retried: post it again, which skips what is translated"
        raise Problem(Code.NOTHING_TO_RETRY, said)
    raise Problem(Code.NOTHING_TO_RETRY)


async def _reopened(request: web.Request, job: JobRow, only: tuple[str, ...] = ()) -> web.Response:
    context = request.app[CONTEXT]
    deployment = context.deployment
    most = await _new_limit(request, job)
    if context.run_job is None:
        opened = await reopen(deployment.jobs, deployment.dispatch_queue, job, only, most)
        return answer(await view_of(context, opened), status=202)
    ended = await context.run_job(await reopen(deployment.jobs, None, job, only, most))
    return answer(await view_of(context, ended))


async def _new_limit(request: web.Request, job: JobRow) -> int | None:
    """What the body of a retry says the job may spend; None: as much as before."""
    wanted = (await body_of(request, RetryRequest, required=False)).max_characters
    if wanted is None:
        return None
    if job.max_characters is None:
        raise Problem(Code.INVALID_FIELD, "the job has no bound that could be raised", "max_characters")
    spent = await granted(request.app[CONTEXT].deployment.file_table, job.job_id)
    if wanted <= spent:
        said = f"{spent} characters are spent, or set aside, by now; say more than that"
        raise Problem(Code.INVALID_FIELD, said, "max_characters")
    return wanted
