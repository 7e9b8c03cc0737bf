"""The job routes that look: a job, jobs, a job's files."""

import asyncio
import hashlib

from aiohttp import ETag, web

from libs.common.ledger import keys
from libs.common.ledger.records import FileStatus, JobRow
from services.api.context import CONTEXT, Context
from services.api.file_lists import FileList, IndexedFailures
from services.api.manifest import manifest
from services.api.paging import begins_with, of_list, page_request, page_response
from services.api.problems import Code, Problem
from services.api.queries import FilesQuery, JobsQuery, query_of
from services.api.views import JobView, answer, file_view, job_view

routes = web.RouteTableDef()

#: How often a client may well ask for a running job (seconds).
_POLL_SECONDS = 3


@routes.get("/api/v1/batch/jobs/{job_id}")
async def get_job(request: web.Request) -> web.Response:
    job = await found_job(request)
    response = answer(await view_of(request.app[CONTEXT], job))
    response.headers["Cache-Control"] = "private, no-cache"
    if not job.status.ended:
        response.headers["Retry-After"] = str(_POLL_SECONDS)
    return _unless_known(request, response)


@routes.get("/api/v1/batch/jobs")
async def list_jobs(request: web.Request) -> web.Response:
    context, query = request.app[CONTEXT], query_of(request, JobsQuery)
    page = page_request(query, of_list(keys.is_job_id))
    jobs, behind = await context.deployment.jobs.page(page.limit, page.behind, query.status)
    views = await asyncio.gather(*(view_of(context, job) for job in jobs))
    return page_response(request, views, behind)


@routes.get("/api/v1/batch/jobs/{job_id}/files")
async def list_files(request: web.Request) -> web.StreamResponse:
    query = query_of(request, FilesQuery)
    if query.format == "csv":
        return await manifest(request, await found_job(request), query)
    kind = IndexedFailures if query.status is FileStatus.FAILED else FileList
    page = page_request(query, of_list(begins_with(kind.rows)))
    chosen = kind(request.app[CONTEXT].deployment.files, await found_job(request), query)
    rows, behind = await chosen.page(page.limit, page.behind)
    return page_response(request, [file_view(row) for row in rows], behind)


async def found_job(request: web.Request) -> JobRow:
    """The job that the path names."""
    job_id = request.match_info["job_id"]
    job = await request.app[CONTEXT].deployment.jobs.get(job_id) if keys.is_job_id(job_id) else None
    if job is None:
        raise Problem(Code.JOB_NOT_FOUND, f"there is no job {job_id[:80]!r}")
    return job


async def view_of(context: Context, job: JobRow) -> JobView:
    """One read more for a job that runs; an ended job carries its figures."""
    progress = job.final or await context.deployment.files.progress(job.job_id)
    return job_view(job, progress)


def _unless_known(request: web.Request, response: web.Response) -> web.Response:
    """304 for a client that has this very answer. Weak: the same job, perhaps not the same bytes."""
    tag = ETag(hashlib.sha256(response.body or b"").hexdigest()[:24], is_weak=True)  # type: ignore[arg-type]  # bytes
    known = request.if_none_match or ()
    if any(other.value in {tag.value, "*"} for other in known):
        response = web.Response(status=304, headers=_without_body(response))
    response.etag = tag
    return response


def _without_body(response: web.Response) -> dict[str, str]:
    kept = ("Cache-Control", "Retry-After")
    return {name: response.headers[name] for name in kept if name in response.headers}
