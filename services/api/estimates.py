"""``POST /batch/estimates``: what a job would do, without doing it."""

from aiohttp import web

from libs.common.errors import NotFound
from libs.jobs.estimate import estimate
from services.api.context import CONTEXT
from services.api.names import no_container
from services.api.problems import Code, Problem
from services.api.submission import wanted_job
from services.api.views import View, answer

routes = web.RouteTableDef()

#: Seconds after which another estimate may well be over: it takes 20 at most.
_RETRY_AFTER = 10


class EstimateView(View):
    """What such a job would do."""

    complete: bool
    """Whether every name was looked at."""
    files: int
    files_by_format: dict[str, int]
    """`unknown` are those that only their content tells."""
    unsupported_files: int
    """As far as names tell; skipped or, with `unsupported: copy`, copied."""
    unchanged_files: int
    """Those whose translations are there in every language."""
    bytes: int
    """Of what would be translated."""
    sampled: int
    """How many files were read to tell the characters."""
    characters: int
    """Over all languages, in UTF-16 units."""
    target_languages: list[str]


@routes.post("/api/v1/batch/estimates")
async def post_estimate(request: web.Request) -> web.Response:
    """The same body as for a job."""
    context = request.app[CONTEXT]
    job, _ = await wanted_job(request)
    if context.estimates.locked():
        raise Problem(Code.TOO_BUSY, headers={"Retry-After": str(_RETRY_AFTER)})
    try:
        async with context.estimates:
            found = await estimate(context.deployment.blobs, context.bench, job)
    except NotFound:
        raise no_container(job.source_container, "source_container") from None
    return answer(
        EstimateView(
            complete=found.complete,
            files=found.files,
            files_by_format=dict(found.by_format),
            unsupported_files=found.unsupported,
            unchanged_files=found.unchanged,
            bytes=found.bytes.total(),
            sampled=found.sampled,
            characters=found.characters * len(job.target_languages),
            target_languages=list(job.target_languages),
        )
    )
