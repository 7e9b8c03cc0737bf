"""``POST /batch/jobs``: from a request body to an accepted job."""

import hashlib
from collections.abc import Sequence

from aiohttp import web

from libs.common.errors import KeyReused, NotFound
from libs.common.ledger.jobs import RequestKey
from libs.common.ledger.records import JobRow, Progress
from libs.common.webhook.hooks import hook_of
from libs.jobs.selection import choose, reads_its_own_output
from libs.jobs.submit import submit
from libs.jobs.unsupported import JOB_CHOICES, JOB_OPTIONS
from libs.translation.documents import FORMAT_CHOICES, FORMAT_OPTIONS
from libs.translation.engines.engine import Direction, Engine
from libs.translation.terms import Terms
from services.api.bodies import body_of
from services.api.catalog import known_engine
from services.api.context import CONTEXT
from services.api.jobs import view_of
from services.api.names import container_name, no_container
from services.api.problems import Code, Problem
from services.api.requests import JobRequest
from services.api.views import answer, job_view

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
        return answer(await view_of(context, accepted), status=status, headers=location)
    if context.run_job is not None:
        ended = await context.run_job(accepted)
        return answer(job_view(ended, ended.final or Progress()), headers=location)
    return answer(job_view(accepted, Progress()), status=202, headers=location)


async def wanted_job(request: web.Request) -> tuple[JobRow, JobRequest]:
    """The job that the body asks for, every part of it checked, and the body."""
    context, wanted = request.app[CONTEXT], await body_of(request, JobRequest)
    engine = known_engine(context.engines, wanted.engine)
    _check_options(wanted, engine)
    _check_terms(wanted)
    job = wanted.job(engine, context.settings.default_source_language)
    container_name(job.source_container, "source_container", context.settings.source_containers)
    container_name(job.target_container, "target_container", context.settings.target_containers)
    await _check_files(job)
    _check_apart(job)
    _check_hook(job, context.settings.notify_allowed_hosts)
    _check_directions(engine.directions(), job)
    return job, wanted


def _request_key(request: web.Request, wanted: JobRequest) -> RequestKey | None:
    key = request.headers.get(_KEY_HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isprintable():
        said = f"a key has 1 to {_LONGEST_KEY} printable characters"
        raise Problem(Code.INVALID_FIELD, said, _KEY_HEADER)
    return RequestKey(key, hashlib.sha256(wanted.model_dump_json().encode()).hexdigest())


def _check_options(wanted: JobRequest, engine: Engine) -> None:
    known = engine.option_names | FORMAT_OPTIONS.keys() | JOB_OPTIONS.keys()
    unknown = sorted(wanted.options.keys() - known)
    if unknown:
        there_are = ", ".join(sorted(known))
        said = f"neither {engine.name} nor a format has an option {unknown[0]!r}; there are {there_are}"
        raise Problem(Code.INVALID_FIELD, said, "options")
    for name, choices in {**FORMAT_CHOICES, **JOB_CHOICES}.items():
        if wanted.options.get(name, choices[0]) not in choices:
            raise Problem(Code.INVALID_FIELD, f"{name} is one of {', '.join(choices)}", "options")


def _check_terms(wanted: JobRequest) -> None:
    try:
        Terms(wanted.dictionary, wanted.do_not_translate)
    except ValueError as error:
        raise Problem(Code.INVALID_FIELD, str(error), "dictionary") from None


async def _check_files(job: JobRow) -> None:
    """Names that the job would not find by listing are refused: they could be its own translations."""
    for name, is_chosen in zip(job.files, await choose(job, job.files), strict=True):
        if not is_chosen:
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


def _check_hook(job: JobRow, allowed: Sequence[str]) -> None:
    """Its addresses are judged when it is posted to, each time: what a name stands for may change."""
    if job.notification is None:
        return
    if not allowed:
        said = "this deployment sends no notifications: its NOTIFY_ALLOWED_HOSTS is not set"
        raise Problem(Code.NOTIFY_HOST_NOT_ALLOWED, said, "notify_url")
    hook = hook_of(job.notification.url)
    if not hook.is_allowed(allowed):
        said = f"NOTIFY_ALLOWED_HOSTS of this deployment does not have {hook.place}"
        raise Problem(Code.NOTIFY_HOST_NOT_ALLOWED, said, "notify_url")


def _check_directions(possible: frozenset[Direction] | None, job: JobRow) -> None:
    if possible is None:
        return
    for language in job.target_languages:
        if not any(job.source_language in {None, way.source} and way.target == language for way in possible):
            ways = ", ".join(sorted(f"{way.source} to {way.target}" for way in possible)) or "nothing"
            source = job.source_language or "anything"
            said = f"{job.engine} cannot translate {source} to {language}; possible: {ways}"
            raise Problem(Code.UNSUPPORTED_DIRECTION, said, "target_language")
