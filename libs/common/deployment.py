"""All of a deployment's storage under its configured names, opened together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from libs.common.errors import StorageUnavailable
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.owed import Owed
from libs.common.ledger.tables import Table
from libs.common.settings import ServiceSettings
from libs.common.storage.blobs import Blobs
from libs.common.storage.clients import Storage, open_storage
from libs.common.storage.queues import WorkQueue
from libs.common.storage.streams import Streams

#: Pauses between tries while storage is not reachable at the start (seconds); then the process gives up,
#: and whoever started it starts it again.
_START_PAUSES = (1, 2, 4, 8)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The ledger, the three queues and the blobs that all services share."""

    jobs: Jobs
    files: Files
    owed: Owed
    job_table: Table
    file_table: Table
    blobs: Blobs
    streams: Streams
    dispatch_queue: WorkQueue
    file_queue: WorkQueue
    notify_queue: WorkQueue
    storage: Storage

    async def further_table(self, name: str) -> Table:
        """A table beside those that every deployment has, made where it is missing."""
        table = Table(self.storage.tables.get_table_client(name))
        await _created(table)
        return table

    async def ready(self) -> None:
        """Raise an `AppError` unless queue, table and blob service all answer us."""
        await self.file_queue.length()
        await self.jobs.page(1, None)
        await self.blobs.reachable()


@asynccontextmanager
async def open_deployment(settings: ServiceSettings) -> AsyncIterator[Deployment]:
    """Open the storage account and create what is missing of our queues and tables."""
    async with open_storage(settings) as storage:
        jobs = Table(storage.tables.get_table_client(settings.table_name))
        files = Table(storage.tables.get_table_client(settings.files_table_name))
        deployment = Deployment(
            jobs=Jobs(jobs),
            files=Files(files),
            owed=Owed(jobs),
            job_table=jobs,
            file_table=files,
            blobs=Blobs(storage),
            streams=Streams(storage),
            dispatch_queue=WorkQueue(storage, settings.dispatch_queue_name),
            file_queue=WorkQueue(storage, settings.queue_name),
            notify_queue=WorkQueue(storage, settings.notify_queue_name),
            storage=storage,
        )
        queues = (deployment.dispatch_queue, deployment.file_queue, deployment.notify_queue)
        for part in (jobs, files, *queues):
            await _created(part)
        yield deployment


async def _created(part: Table | WorkQueue) -> None:
    """Storage may come up after us, and a role assignment later still: insist for a while."""
    for pause in _START_PAUSES:
        try:
            await part.create()
        except StorageUnavailable as error:
            _log.warning("storage is not ready yet", error=str(error), again_in=pause)
            await asyncio.sleep(pause)
        else:
            return
    await part.create()
