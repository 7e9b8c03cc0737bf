"""A worker as asyncio programs are usually written: eight files at a time, one progress update a file.

The update reads the one progress row and replaces it if its ETag still holds, else tries again: so it counts
right as long as nothing crashes. It leaves out: an end that is counted once although its message comes twice,
renewed leases, attempts, a drain.
"""

import asyncio
import json
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from benchmarks.peers.work import Translate, Work, copying, work_of
from libs.common.settings import WorkerSettings, load
from libs.common.storage.clients import Storage, open_storage

_AT_A_TIME = 8
_ROW = {"PartitionKey": "progress", "RowKey": "the job"}


async def main() -> None:
    settings = load(WorkerSettings)
    work = await work_of(settings)
    async with open_storage(settings) as storage, copying(settings) as translate:
        table = storage.tables.get_table_client("oneupdate")
        await table.create_table()
        await table.create_entity({**_ROW, "processed": 0})
        await _empty(storage, settings, work, table, translate)


async def _empty(
    storage: Storage, settings: WorkerSettings, work: Work, table: TableClient, translate: Translate
) -> None:
    queue = storage.queues.get_queue_client(settings.queue_name)
    slots = asyncio.Semaphore(_AT_A_TIME)

    async def handle(message: Any) -> None:
        try:
            await _copy(storage, work, json.loads(message.content)["name"], translate)
            await _count(table)
            await queue.delete_message(message)
        finally:
            slots.release()

    begun = 0
    async with asyncio.TaskGroup() as group:
        while begun < work.files:
            async for message in queue.receive_messages(
                messages_per_page=settings.max_messages, visibility_timeout=settings.visibility_timeout
            ):
                await slots.acquire()
                group.create_task(handle(message))
                begun += 1


async def _copy(storage: Storage, work: Work, name: str, translate: Translate) -> None:
    stream = await storage.blobs.get_blob_client(work.source, name).download_blob()
    data = await translate(name, await stream.readall())
    await storage.blobs.get_blob_client(work.target, name).upload_blob(data)


async def _count(table: TableClient) -> None:
    while True:
        row = await table.get_entity(_ROW["PartitionKey"], _ROW["RowKey"])
        row["processed"] += 1
        try:
            await table.update_entity(
                row,
                mode=UpdateMode.REPLACE,
                etag=row.metadata["etag"],
                match_condition=MatchConditions.IfNotModified,
            )
        except ResourceModifiedError:
            continue  # somebody else counted in between
        return


if __name__ == "__main__":
    asyncio.run(main())
