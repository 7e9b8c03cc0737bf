"""What the API is made of, opened in order and closed in reverse."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.common.deployment import Deployment, deployment_of
from libs.common.ledger.commits import open_commits
from libs.common.runtime.container import settings_that_fit
from libs.common.runtime.readiness import Readiness
from libs.common.settings import ApiSettings
from libs.jobs.attempt import open_attempt
from libs.jobs.documents import bench_of
from libs.jobs.engines import Engines, open_engines
from libs.jobs.synchronous import InProcess
from libs.translation.workbench.bench import Bench
from services.api.access.guard import open_authenticator
from services.api.app import build_app
from services.api.context import Context, RunJob


@asynccontextmanager
async def open_api(
    settings: ApiSettings, readiness: Readiness
) -> AsyncIterator[tuple[web.Application, Deployment]]:
    """The application, and the storage it needs. It may be served before that was reached, as ``readiness``
    knows: it refuses everything but probes then.
    """
    settings = settings_that_fit(settings)
    async with (
        open_authenticator(settings) as authenticator,
        deployment_of(settings) as deployment,
        bench_of(settings) as bench,
        open_engines(settings) as engines,
        _runner(settings, deployment, engines, bench) as run_job,
    ):
        context = Context(deployment, settings, engines, bench, run_job)
        yield build_app(context, authenticator, readiness), deployment


@asynccontextmanager
async def _runner(
    settings: ApiSettings, deployment: Deployment, engines: Engines, bench: Bench
) -> AsyncIterator[RunJob | None]:
    """In synchronous mode, what runs a job in this process; otherwise nothing."""
    if settings.enable_batch_queue:
        yield None
        return
    async with (
        open_commits(deployment.file_table, f"api-{secrets.token_hex(8)}") as commits,
        open_attempt(settings, deployment, engines, bench, commits) as attempt,
    ):
        yield InProcess(deployment, attempt, commits, settings.max_concurrent_files).run
