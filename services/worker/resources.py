"""What a worker is made of, opened in order and closed in reverse."""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.deployment import Deployment, deployment_of
from libs.common.ledger.commits import open_commits
from libs.common.runtime.container import settings_that_fit
from libs.common.settings import WorkerSettings
from libs.common.storage.leases import keep_leases
from libs.jobs.attempt import open_attempt
from libs.jobs.closer import open_closer
from libs.jobs.documents import bench_of
from libs.jobs.engines import Engines, open_engines
from libs.jobs.settle import Desk
from libs.translation.engines.engine import Engine
from libs.translation.workbench.bench import Bench
from services.worker.worker import Worker

#: Messages deleted at the same time, at least; else half as many as there are slots, which keeps up:
#: a file takes two calls of storage in its slot, and one afterwards.
_DELETES = 4


@asynccontextmanager
async def open_worker(settings: WorkerSettings) -> AsyncIterator[tuple[Worker, Deployment]]:
    """A worker, and the storage that has to be reached before it runs: none of it was asked for anything."""
    settings = settings_that_fit(settings)
    async with (
        deployment_of(settings) as deployment,
        bench_of(settings) as bench,
        open_engines(settings) as engines,
        assembled(settings, deployment, bench, *engines) as worker,
    ):
        yield worker, deployment


@asynccontextmanager
async def assembled(
    settings: WorkerSettings, deployment: Deployment, bench: Bench, engine: Engine, *further: Engine
) -> AsyncIterator[Worker]:
    """A worker on an open deployment, with the bench and the engines given."""
    async with (
        keep_leases(
            deployment.file_queue,
            settings.visibility_timeout,
            deletes=max(_DELETES, (settings.max_concurrent_files + 1) // 2),
        ) as leases,
        open_commits(deployment.file_table, _writer_name()) as commits,
        open_attempt(settings, deployment, Engines(engine, further), bench, commits) as attempt,
        open_closer(deployment.jobs, deployment.files, deployment.notify_queue, commits.forget) as closer,
    ):
        desk = Desk(deployment.file_queue, leases, deployment.files, commits, closer)
        yield Worker(settings, attempt, desk)


def _writer_name() -> str:
    """Host (pod) name and something random: a restarted pod keeps its name, and must not keep its counter."""
    return f"{socket.gethostname()[:60]}-{secrets.token_hex(6)}"
