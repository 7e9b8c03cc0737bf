"""The worker as a process of its own: what a signal does to it."""

import asyncio
import signal

from deploy.local.processes import Process, child_environment
from deploy.local.stack import service_command
from libs.common.deployment import Deployment
from libs.common.ledger.records import FileStatus
from libs.common.settings import WorkerSettings
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.worker.test_worker import ReadRow

#: Long enough for the signal to find the file under way (milliseconds).
TRANSLATING = "1000"


async def test_a_worker_told_to_stop_ends_the_file_in_hand_before_it_leaves(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow, connection_string: str
) -> None:
    job = await listed({"in-hand.txt": b"Some text."}, engine="pseudo")
    settings = explicit(WorkerSettings)
    names = {
        name.upper(): getattr(settings, name)
        for name in ("queue_name", "dispatch_queue_name", "table_name", "files_table_name")
    }
    given = {"TRANSLATION_ENGINE": "pseudo", "PSEUDO_DELAY_MS": TRANSLATING, **names}
    given["AZURE_STORAGE_CONNECTION_STRING"] = connection_string
    worker = Process("worker", service_command("worker"), env=child_environment(given))
    await worker.start()
    try:
        await worker.wait_for_line(f"Processing job {job.job_id}", 30)
        worker.send(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await worker.wait() == 0
    finally:
        await worker.stop()
    assert (await file_row(job, "in-hand.txt")).status is FileStatus.SUCCEEDED
    assert await deployment.file_queue.length() == 0
