"""What a worker asks of storage for a file, over clients made in different ways: as the SDKs make them, and
with one change, or with what the project has. No engine: what is left is SDK and transport.

    python -m benchmarks.peers.client_loop [CHANGE …]     keys of `CHANGES`
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from benchmarks.peers.bare_loop import receive
from benchmarks.peers.work import Work, work_of
from libs.common.ledger import keys
from libs.common.ledger.commits import WINDOW_SECONDS
from libs.common.runtime.process import collect_less_often
from libs.common.settings import WorkerSettings, load
from libs.common.storage.clients import Storage, open_storage

#: What can be changed by means the SDKs support, and what it means.
CHANGES = {
    "session": "one session, and so one pool of connections, for all clients",
    "environment": "no look into the environment for proxies and passwords at each request",
    "page": "32 messages a receive instead of one",
    "commits": "the rows of many files in one transaction",
    "collector": "fewer garbage collections, and none of what is there after the start",
    "ours": "the project's own clients",
}
_AT_A_TIME = 8
_PAGE = 32
#: Operations of one transaction.
_ROWS = 100


async def main(changes: Collection[str]) -> None:
    settings = load(WorkerSettings)
    work = await work_of(settings)
    async with open_storage(settings) if "ours" in changes else _storage(settings, changes) as storage:
        if "collector" in changes:
            collect_less_often()
        await _empty(storage, settings, work, changes)


async def _empty(storage: Storage, settings: WorkerSettings, work: Work, changes: Collection[str]) -> None:
    queue = storage.queues.get_queue_client(settings.queue_name)
    rows = _Rows(storage.tables.get_table_client(settings.files_table_name), "commits" in changes)
    hand: asyncio.Queue[Any] = asyncio.Queue(_AT_A_TIME)
    done = asyncio.Semaphore(0)

    async def settle(message: Any, task: dict[str, Any]) -> None:
        await rows.write(task)
        await queue.delete_message(message)
        done.release()

    async def copy(group: asyncio.TaskGroup) -> None:
        while True:
            message = await hand.get()
            task = json.loads(message.content)
            stream = await storage.blobs.get_blob_client(work.source, task["name"]).download_blob()
            data = await stream.readall()
            await storage.blobs.get_blob_client(work.target, task["name"]).upload_blob(data)
            group.create_task(settle(message, task))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(copy(group)) for _ in range(_AT_A_TIME)]
        receiving = receive(queue, hand, _PAGE if "page" in changes else None)
        tasks += [group.create_task(receiving), group.create_task(rows.run())]
        for _ in range(work.files):
            await done.acquire()
        for one in tasks:
            one.cancel()


class _Rows:
    """The rows of files that ended, each by itself or many together."""

    def __init__(self, table: TableClient, together: bool) -> None:
        self._table = table
        self._together = together
        self._waiting: list[tuple[dict[str, Any], asyncio.Event]] = []

    async def write(self, task: dict[str, Any]) -> None:
        key = keys.file_key(task["language"], task["name"])
        row = {"PartitionKey": task["job_id"], "RowKey": key, "status": "succeeded"}
        if not self._together:
            await self._table.update_entity(row)
            return
        written = asyncio.Event()
        self._waiting.append((row, written))
        await written.wait()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(WINDOW_SECONDS)
            batch, self._waiting = self._waiting[:_ROWS], self._waiting[_ROWS:]
            if batch:
                await self._table.submit_transaction([("update", row) for row, _ in batch])
            for _, written in batch:
                written.set()


@asynccontextmanager
async def _storage(settings: WorkerSettings, changes: Collection[str]) -> AsyncIterator[Storage]:
    assert settings.azure_storage_connection_string is not None  # noqa: S101 - `counted` asked for it
    account = settings.azure_storage_connection_string.get_secret_value()
    looks_around = "environment" not in changes
    async with AsyncExitStack() as stack:
        shared = await stack.enter_async_context(_session(looks_around)) if "session" in changes else None

        async def client(kind: Any) -> Any:
            options = _transport(shared, looks_around=looks_around)
            return await stack.enter_async_context(kind.from_connection_string(account, **options))

        queues, blobs = await client(QueueServiceClient), await client(BlobServiceClient)
        yield Storage(await client(TableServiceClient), queues, queues, blobs, blobs)


def _session(looks_around: bool) -> aiohttp.ClientSession:
    """As the SDKs make theirs."""
    return aiohttp.ClientSession(
        trust_env=looks_around, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    )


def _transport(shared: aiohttp.ClientSession | None, *, looks_around: bool) -> dict[str, Any]:
    """Options of one client; none where the transport is as the SDK makes it."""
    if shared is None:
        return {} if looks_around else {"transport": AioHttpTransport(use_env_settings=False)}
    transport = AioHttpTransport(session=shared, session_owner=False, use_env_settings=looks_around)
    return {"transport": transport}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
