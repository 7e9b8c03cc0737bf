"""The least a worker must do, and nothing else: receive, get, translate, put, delete. No ledger, no leases.

What the worker costs more is ours. Same clients, same transport, same engine, same number of files at a time.
Settings come from the environment as the worker's do; the containers are the job's, found in the table.
With the argument ``bytes`` there is no engine: what is left is storage and SDK.
"""

import asyncio
import json
import sys
from typing import Any

from benchmarks.peers.work import Translate, Work, as_it_is, copying, work_of
from libs.common.settings import WorkerSettings, load
from libs.common.storage.clients import Storage, open_storage


async def main() -> None:
    settings = load(WorkerSettings)
    work = await work_of(settings)
    async with open_storage(settings) as storage, copying(settings) as translate:
        await _empty(storage, settings, work, as_it_is if "bytes" in sys.argv else translate)


async def _empty(storage: Storage, settings: WorkerSettings, work: Work, translate: Translate) -> None:
    queue = storage.queues.get_queue_client(settings.queue_name)
    hand: asyncio.Queue[Any] = asyncio.Queue(settings.max_messages)
    done = asyncio.Semaphore(0)

    async def receive() -> None:
        while True:
            pages = queue.receive_messages(
                messages_per_page=settings.max_messages, visibility_timeout=settings.visibility_timeout
            ).by_page()
            page = await anext(pages, None)
            for message in [] if page is None else [message async for message in page]:
                await hand.put(message)

    async def copy() -> None:
        while True:
            message = await hand.get()
            name = json.loads(message.content)["name"]
            stream = await storage.blobs.get_blob_client(work.source, name).download_blob()
            data = await translate(name, await stream.readall())
            await storage.blobs.get_blob_client(work.target, name).upload_blob(data)
            await queue.delete_message(message)
            done.release()

    tasks = [asyncio.create_task(copy()) for _ in range(settings.max_concurrent_files)]
    tasks.append(asyncio.create_task(receive()))
    for _ in range(work.files):
        await done.acquire()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
