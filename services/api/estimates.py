"""``POST /batch/estimates``: what a job would do, without doing it."""

from aiohttp import web

from libs.common.errors import NotFound
from libs.jobs.estimate import estimate
from services.api.context import CONTEXT
from services.api.names import no_container
from services.api.submission import wanted_job

routes = web.RouteTableDef()


@routes.post("/api/v1/batch/estimates")
async def post_estimate(request: web.Request) -> web.Response:
    """The same body as for a job."""
    job, _ = await wanted_job(request)
    try:
        found = await estimate(request.app[CONTEXT].deployment.blobs, job)
    except NotFound:
        raise no_container(job.source_container, "source_container") from None
    return web.json_response(
        {
            "complete": found.complete,
            "files": found.files,
            "files_by_format": dict(found.by_format),
            "unsupported_files": found.unsupported,
            "unchanged_files": found.unchanged,
            "bytes": found.bytes,
            "sampled": found.sampled,
            "characters": found.characters * len(job.target_languages),
            "target_languages": list(job.target_languages),
        }
    )
