"""What the API is made of, opened in order and closed in reverse."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger.commits import open_commits
from libs.common.settings import ApiSettings
from libs.jobs.attempt import make_attempt
from libs.jobs.synchronous import InProcess
from libs.translation.engines import EngineOptions, engine_session
from libs.translation.engines.engine import Engine
from services.api.app import build_app
from services.api.context import Context, RunJob


@asynccontextmanager
async def open_api(settings: ApiSettings) -> AsyncIterator[web.Application]:
    """The application, ready to be served."""
    options = EngineOptions(
        pseudo_delay=settings.pseudo_delay_ms / 1000, apertium_chains=settings.apertium_chains
    )
    async with (
        open_deployment(settings) as deployment,
        engine_session(settings.translation_engine, options) as engine,
        _runner(settings, deployment, engine) as run_job,
    ):
        yield build_app(Context(deployment, settings, engine, run_job))


@asynccontextmanager
async def _runner(
    settings: ApiSettings, deployment: Deployment, engine: Engine
) -> AsyncIterator[RunJob | None]:
    """In synchronous mode, what runs a job in this process; otherwise nothing."""
    if settings.enable_batch_queue:
        yield None
        return
    attempt = make_attempt(settings, deployment, engine)
    async with open_commits(deployment.file_table, f"api-{secrets.token_hex(8)}") as commits:
        yield InProcess(deployment, attempt, commits, settings.max_concurrent_files).run
