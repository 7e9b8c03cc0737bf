"""The way of the system before this one: one worker, synchronous SDKs as they come, one file after the other.

Ten messages a poll; for each file the progress row is read, changed and written back without asking whether
somebody else changed it meanwhile. It leaves out: counts that hold with a second worker or a message that
comes twice, renewed leases, dead letters.
"""

import asyncio
import json
import time
from typing import Any

from azure.data.tables import TableClient, UpdateMode
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient

from benchmarks.peers.work import Work, work_of
from libs.common.settings import WorkerSettings, load

_MESSAGES_A_POLL, _POLL_SECONDS, _VISIBILITY = 10, 2.0, 300
_PARTITION, _ROW = "job", "progress"


def main() -> None:
    settings = load(WorkerSettings)
    assert settings.azure_storage_connection_string is not None  # noqa: S101 - `counted` asked for it
    account = settings.azure_storage_connection_string.get_secret_value()
    work = asyncio.run(work_of(settings))
    with (
        BlobServiceClient.from_connection_string(account) as blobs,
        QueueClient.from_connection_string(account, settings.queue_name) as queue,
        TableClient.from_connection_string(account, "firstgeneration") as table,
    ):
        table.create_table()
        table.create_entity({"PartitionKey": _PARTITION, "RowKey": _ROW, "processed_files": 0})
        _empty(blobs, queue, table, work)


def _empty(blobs: BlobServiceClient, queue: QueueClient, table: TableClient, work: Work) -> None:
    done = 0
    while done < work.files:
        page = next(
            queue.receive_messages(
                messages_per_page=_MESSAGES_A_POLL, visibility_timeout=_VISIBILITY
            ).by_page(),
            (),
        )
        messages = list(page)
        for message in messages:
            _copy(blobs, work, message)
            _count(table)
            queue.delete_message(message)
        done += len(messages)
        if not messages:
            time.sleep(_POLL_SECONDS)


def _copy(blobs: BlobServiceClient, work: Work, message: Any) -> None:
    name = json.loads(message.content)["name"]
    data = blobs.get_blob_client(work.source, name).download_blob().readall()
    blobs.get_blob_client(work.target, name).upload_blob(data)


def _count(table: TableClient) -> None:
    row = table.get_entity(_PARTITION, _ROW)
    row["processed_files"] += 1
    table.update_entity(row, mode=UpdateMode.MERGE)


if __name__ == "__main__":
    main()
