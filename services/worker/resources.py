"""What a worker is made of, opened in order and closed in reverse."""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger.commits import open_commits
from libs.common.runtime.health import Check
from libs.common.settings import WorkerSettings
from libs.common.storage.leases import keep_leases
from libs.jobs.attempt import make_attempt
from libs.jobs.close import open_closer
from libs.jobs.settle import Desk
from libs.translation.engines import EngineOptions, engine_session
from libs.translation.engines.engine import Engine
from services.worker.worker import Worker


@asynccontextmanager
async def open_worker(settings: WorkerSettings) -> AsyncIterator[tuple[Worker, Check]]:
    """A worker ready to run, and its readiness check."""
    options = EngineOptions(
        pseudo_delay=settings.pseudo_delay_ms / 1000, apertium_chains=settings.apertium_chains
    )
    async with (
        open_deployment(settings) as deployment,
        engine_session(settings.translation_engine, options) as engine,
        assembled(settings, deployment, engine) as worker,
    ):
        yield worker, deployment.ready


@asynccontextmanager
async def assembled(
    settings: WorkerSettings, deployment: Deployment, engine: Engine
) -> AsyncIterator[Worker]:
    """A worker on an open deployment, with the engine given."""
    attempt = make_attempt(settings, deployment, engine)
    async with (
        keep_leases(deployment.file_queue, settings.visibility_timeout) as leases,
        open_commits(deployment.file_table, _writer_name()) as commits,
        open_closer(deployment.jobs, deployment.files, commits.forget) as closer,
    ):
        desk = Desk(deployment.file_queue, leases, deployment.files, commits, closer)
        yield Worker(settings, attempt, desk)


def _writer_name() -> str:
    """Host (pod) name and something random: a restarted pod keeps its name, and must not keep its counter."""
    return f"{socket.gethostname()[:60]}-{secrets.token_hex(6)}"
