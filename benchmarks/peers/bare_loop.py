"""The least a worker must do, and nothing else: receive, get, translate, put, delete. No ledger, no leases.

What the worker costs more is ours. Same clients, same transport, same engine, same number of files at a time,
and as the worker does it, a message is deleted when its file's slot is free already.
Settings come from the environment as the worker's do; the containers are the job's, found in the table.
With the argument ``bytes`` there is no engine: what is left is storage and SDK.
"""

import asyncio
import json
import sys
from typing import Any

from azure.storage.queue.aio import QueueClient

from benchmarks.peers.work import Translate, Work, as_it_is, copying, work_of
from libs.common.settings import WorkerSettings, load
from libs.common.storage.clients import Storage, open_storage


async def main() -> None:
    settings = load(WorkerSettings)
    work = await work_of(settings)
    async with open_storage(settings) as storage:
        if "bytes" in sys.argv:
            await _empty(storage, settings, work, as_it_is)
            return
        async with copying(settings) as translate:
            await _empty(storage, settings, work, translate)


async def _empty(storage: Storage, settings: WorkerSettings, work: Work, translate: Translate) -> None:
    queue = storage.queues.get_queue_client(settings.queue_name)
    hand: asyncio.Queue[Any] = asyncio.Queue(settings.max_messages)
    done = asyncio.Semaphore(0)

    async def settle(message: Any) -> None:
        await queue.delete_message(message)
        done.release()

    async def copy(group: asyncio.TaskGroup) -> None:
        while True:
            message = await hand.get()
            name = json.loads(message.content)["name"]
            stream = await storage.blobs.get_blob_client(work.source, name).download_blob()
            data = await translate(name, await stream.readall())
            await storage.blobs.get_blob_client(work.target, name).upload_blob(data)
            group.create_task(settle(message))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(copy(group)) for _ in range(settings.max_concurrent_files)]
        tasks.append(group.create_task(receive(queue, hand, settings.max_messages)))
        for _ in range(work.files):
            await done.acquire()
        for task in tasks:
            task.cancel()


async def receive(queue: QueueClient, hand: asyncio.Queue[Any], page_size: int | None) -> None:
    """Messages into the hand for ever, a page at a time. ``page_size`` None: the SDK's own, which is one."""
    while True:
        pages = queue.receive_messages(messages_per_page=page_size, visibility_timeout=300).by_page()
        page = await anext(pages, None)
        for message in [] if page is None else [message async for message in page]:
            await hand.put(message)


if __name__ == "__main__":
    asyncio.run(main())
