"""``POST /batch/jobs``: from a request body to an accepted job."""

import hashlib

from aiohttp import web
from pydantic import ValidationError

from libs.common.errors import KeyReused, NotFound
from libs.common.ledger.jobs import RequestKey
from libs.common.ledger.records import JobRow, Progress
from libs.jobs.selection import chosen, reads_its_own_output
from libs.jobs.submit import submit
from libs.translation.engines.engine import Direction
from services.api.context import CONTEXT
from services.api.jobs import view_of
from services.api.names import container_name, no_container
from services.api.problems import Code, Problem, of_validation
from services.api.schemas import JobRequest, job_view

routes = web.RouteTableDef()

_KEY_HEADER = "Idempotency-Key"
_LONGEST_KEY = 200


@routes.post("/api/v1/batch/jobs")
async def post_job(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    job, wanted = await wanted_job(request)
    key = _request_key(request, wanted)
    try:
        accepted = await submit(context.deployment, job, key=key, tell=context.run_job is None)
    except KeyReused:
        raise Problem(Code.IDEMPOTENCY_KEY_REUSED, field=_KEY_HEADER) from None
    except NotFound:
        raise no_container(job.source_container, "source_container") from None
    location = {"Location": f"/api/v1/batch/jobs/{accepted.job_id}"}
    if accepted.job_id != job.job_id:
        status = 200 if accepted.status.ended else 202
        return web.json_response(await view_of(context, accepted), status=status, headers=location)
    if context.run_job is not None:
        ended = await context.run_job(accepted)
        return web.json_response(job_view(ended, ended.final or Progress()), headers=location)
    return web.json_response(job_view(accepted, Progress()), status=202, headers=location)


async def wanted_job(request: web.Request) -> tuple[JobRow, JobRequest]:
    """The job that the body asks for, every part of it checked, and the body."""
    context, wanted = request.app[CONTEXT], await _body(request)
    _check_engine(wanted, context.engine.name)
    job = wanted.job(context.engine, context.settings.default_source_language)
    container_name(job.source_container, "source_container", context.settings.source_containers)
    container_name(job.target_container, "target_container", context.settings.target_containers)
    _check_files(job)
    _check_apart(job)
    _check_directions(context.engine.directions(), job)
    return job, wanted


def _request_key(request: web.Request, wanted: JobRequest) -> RequestKey | None:
    key = request.headers.get(_KEY_HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isprintable():
        said = f"a key has 1 to {_LONGEST_KEY} printable characters"
        raise Problem(Code.INVALID_FIELD, said, _KEY_HEADER)
    return RequestKey(key, hashlib.sha256(wanted.model_dump_json().encode()).hexdigest())


async def _body(request: web.Request) -> JobRequest:
    try:
        body = await request.json()
    except (ValueError, LookupError, RecursionError):
        # Neither JSON nor text, a number of thousands of digits, or a charset that nobody knows.
        raise Problem(Code.INVALID_JSON, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Problem(Code.INVALID_JSON, "the body is not a JSON object")
    try:
        return JobRequest.model_validate(body)
    except ValidationError as error:
        raise of_validation(error) from None


def _check_engine(wanted: JobRequest, name: str) -> None:
    if wanted.engine not in {None, name}:
        raise Problem(Code.INVALID_FIELD, f"this deployment has the engine {name!r} alone", "engine")


def _check_files(job: JobRow) -> None:
    """Names that the job would not find by listing are refused: they could be its own translations."""
    for name in job.files:
        if not chosen(job, name):
            said = f"{name!r} is outside of prefix, include and exclude"
            raise Problem(Code.INVALID_FIELD, said, "files")


def _check_apart(job: JobRow) -> None:
    one_container = job.source_container == job.target_container
    if one_container and reads_its_own_output(job.prefix, job.target_prefix, job.target_languages):
        raise Problem(
            Code.SAME_CONTAINER,
            "source and target are one container and translations could be read as sources again: "
            "name another target_container, or a target_prefix outside prefix",
            "target_container",
        )


def _check_directions(possible: frozenset[Direction] | None, job: JobRow) -> None:
    for language in job.target_languages:
        if possible is not None and Direction(job.source_language, language) not in possible:
            ways = ", ".join(sorted(f"{way.source} to {way.target}" for way in possible)) or "nothing"
            said = f"{job.engine} cannot translate {job.source_language} to {language}; possible: {ways}"
            raise Problem(Code.UNSUPPORTED_DIRECTION, said, "target_language")
