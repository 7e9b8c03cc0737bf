"""All of a deployment's storage under its configured names, opened together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.owed import Owed
from libs.common.ledger.tables import Table
from libs.common.settings import ServiceSettings
from libs.common.storage.blobs import Blobs
from libs.common.storage.clients import Storage, open_storage
from libs.common.storage.queues import WorkQueue
from libs.common.storage.streams import Streams
from libs.common.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Deployment:
    """The ledger, the three queues and the blobs that all services share.

    ``further``: tables that only some services use.
    """

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
    further: list[Table] = field(default_factory=list)

    def further_table(self, name: str) -> Table:
        """One more table, which `create` makes like the others."""
        table = Table(self.storage.tables.get_table_client(name))
        self.further.append(table)
        return table

    async def create(self, waiting: Waiting) -> None:
        """Make what is missing of our tables and queues; wait for storage as long as it takes.

        Raises `StorageRejected` when storage says that a name or the request is wrong.
        """
        queues = (self.dispatch_queue, self.file_queue, self.notify_queue)
        tables = (self.job_table, self.file_table, *self.further)
        await waiting.insist(*(table.create for table in tables), *(queue.create for queue in queues))

    async def ready(self) -> None:
        """Raise an `AppError` unless queue, table and blob service all answer us."""
        await self.file_queue.length()
        await self.jobs.page(1, None)
        await self.blobs.reachable()


@asynccontextmanager
async def deployment_of(settings: ServiceSettings) -> AsyncIterator[Deployment]:
    """The parts of a deployment as the settings name them; nothing is asked of storage yet."""
    async with open_storage(settings) as storage:
        jobs = Table(storage.tables.get_table_client(settings.table_name))
        files = Table(storage.tables.get_table_client(settings.files_table_name))
        yield Deployment(
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


@asynccontextmanager
async def open_deployment(settings: ServiceSettings) -> AsyncIterator[Deployment]:
    """The same over storage that has made what was missing: for programs that are no service."""
    async with deployment_of(settings) as deployment:
        await deployment.create(Waiting())
        yield deployment
