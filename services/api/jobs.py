"""The job routes: submit, look, list."""

import asyncio
import json

from aiohttp import web
from pydantic import ValidationError

from libs.common.errors import NotFound
from libs.common.ledger import keys
from libs.common.ledger.records import FileRow, FileStatus, JobRow, Progress
from libs.jobs.selection import reads_its_own_output
from libs.jobs.submit import submit
from libs.translation.engines.engine import Direction
from services.api.context import CONTEXT, Context
from services.api.paging import PageRequest, page_request, page_response
from services.api.problems import Problem, invalid, of_validation
from services.api.schemas import JobRequest, file_view, job_view

routes = web.RouteTableDef()

#: How often a client may well ask for a running job (seconds).
_POLL_SECONDS = 3


@routes.post("/api/v1/batch/jobs")
async def post_job(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    wanted = await _job_request(request)
    job = wanted.job(context.engine.name, context.default_source_language)
    _check_containers(job)
    _check_directions(context, job)
    try:
        accepted = await submit(context.deployment, job)
    except NotFound:
        raise Problem(
            404, "container_not_found", f"there is no container {job.source_container!r}", "source_container"
        ) from None
    headers = {"Location": f"/api/v1/batch/jobs/{accepted.job_id}", "Retry-After": str(_POLL_SECONDS)}
    return web.json_response(job_view(accepted, Progress()), status=202, headers=headers)


@routes.get("/api/v1/batch/jobs/{job_id}")
async def get_job(request: web.Request) -> web.Response:
    job = await _job(request)
    headers = {} if job.status.ended else {"Retry-After": str(_POLL_SECONDS)}
    return web.json_response(await _view(request.app[CONTEXT], job), headers=headers)


@routes.get("/api/v1/batch/jobs")
async def list_jobs(request: web.Request) -> web.Response:
    context, page = request.app[CONTEXT], page_request(request)
    jobs, behind = await context.deployment.jobs.page(page.limit, page.behind)
    views = await asyncio.gather(*(_view(context, job) for job in jobs))
    return page_response(request, views, behind)


@routes.get("/api/v1/batch/jobs/{job_id}/files")
async def list_files(request: web.Request) -> web.Response:
    context, page = request.app[CONTEXT], page_request(request)
    job, status = await _job(request), _status(request)
    rows, behind = await _file_rows(context, job.job_id, page, status)
    return page_response(request, [file_view(row) for row in rows], behind)


async def _job_request(request: web.Request) -> JobRequest:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Problem(400, "invalid_json", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Problem(400, "invalid_json", "the body is not a JSON object")
    try:
        return JobRequest.model_validate(body)
    except ValidationError as error:
        raise of_validation(error) from None


def _check_containers(job: JobRow) -> None:
    if job.source_container == job.target_container and reads_its_own_output(
        job.prefix, job.target_prefix, job.target_languages
    ):
        raise invalid(
            "same_container",
            "source and target are one container and translations could be read as sources again: "
            "name another target_container, or a target_prefix outside prefix",
            "target_container",
        )


def _check_directions(context: Context, job: JobRow) -> None:
    known = context.engine.directions()
    if known is None:
        return
    for language in job.target_languages:
        if Direction(job.source_language, language) not in known:
            possible = ", ".join(sorted(f"{way.source} to {way.target}" for way in known)) or "nothing"
            said = f"cannot translate {job.source_language} to {language}"
            raise invalid(
                "unsupported_direction",
                f"the engine {context.engine.name} {said}; possible: {possible}",
                "target_language",
            )


async def _job(request: web.Request) -> JobRow:
    job_id = request.match_info["job_id"]
    job = await request.app[CONTEXT].deployment.jobs.get(job_id) if keys.is_job_id(job_id) else None
    if job is None:
        raise Problem(404, "job_not_found", f"there is no job {job_id!r}")
    return job


async def _view(context: Context, job: JobRow) -> dict[str, object]:
    """One read more for a job that runs; an ended job carries its figures."""
    progress = job.final or await context.deployment.files.progress(job.job_id)
    return job_view(job, progress)


def _status(request: web.Request) -> FileStatus | None:
    text = request.query.get("status")
    try:
        return None if text is None else FileStatus(text)
    except ValueError:
        possible = ", ".join(FileStatus)
        raise invalid("invalid_status", f"status is one of {possible}", "status") from None


async def _file_rows(
    context: Context, job_id: str, page: PageRequest, status: FileStatus | None
) -> tuple[list[FileRow], str | None]:
    files = context.deployment.files
    if status is FileStatus.FAILED:
        return await files.failures(job_id, page.limit, page.behind)
    return await files.page(job_id, page.limit, page.behind, status)
