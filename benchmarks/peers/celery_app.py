"""Celery's side, run by an environment of its own, which has Celery and the storage SDKs.

    python -m benchmarks.peers.celery_app     send a task a file
    python -m celery -A benchmarks.peers.celery_app worker

Its transport deletes a message before the task begins, so a file under way is lost with its worker. It leaves
out: any accounting. Every process tells what it counted into ``BENCH_FOLDER`` when it ends.
"""

import os
import sys
from pathlib import Path
from typing import Any

from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobServiceClient
from celery import Celery  # type: ignore[import-not-found]  # not in our own environment
from celery.signals import (  # type: ignore[import-not-found]
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
)

from benchmarks.tally import Tally, count_sync, services_of

_ACCOUNT = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
_PARTS = dict(part.partition("=")[::2] for part in _ACCOUNT.rstrip(";").split(";"))
_FOLDER = Path(os.environ["BENCH_FOLDER"])
_SOURCE, _TARGET = os.environ["BENCH_SOURCE"], os.environ["BENCH_TARGET"]

app = Celery("bench", broker=f"azurestoragequeues://{_PARTS['AccountKey']}@{_PARTS['QueueEndpoint']}")
app.conf.update(
    task_default_queue="celery-bench",
    task_ignore_result=True,
    worker_enable_remote_control=False,
    # With its default of a second, it sleeps so long each time that it has prefetched enough.
    broker_transport_options={"polling_interval": 0.05},
)


class _Counting:
    """The tally of this process; a forked one begins anew."""

    tally = Tally()


def _begin(**_: Any) -> None:
    _Counting.tally = Tally()
    _Counting.tally.watch_collector()
    count_sync(RequestsTransport, _Counting.tally, services_of(_ACCOUNT))


def _begin_child(**_: Any) -> None:
    RequestsTransport.send = _SEND
    _begin()


def _tell(**_: Any) -> None:
    _Counting.tally.write(_FOLDER / f"celery-{os.getpid()}.json")


_SEND = RequestsTransport.send
_begin()
worker_process_init.connect(_begin_child)
worker_process_shutdown.connect(_tell)
worker_shutdown.connect(_tell)

_BLOBS = BlobServiceClient.from_connection_string(_ACCOUNT)


def copy(name: str) -> None:
    data = _BLOBS.get_blob_client(_SOURCE, name).download_blob().readall()
    _BLOBS.get_blob_client(_TARGET, name).upload_blob(data)


copy_task = app.task(copy, name="copy")


def send() -> None:
    names = [blob.name for blob in _BLOBS.get_container_client(_SOURCE).list_blobs()]
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for name in names:
            copy_task.apply_async((name,), producer=producer)
    print(len(names))


if __name__ == "__main__":
    send()
    sys.exit(0)
