"""A machine that has no room for one more process: the documents that need one wait, and none is to blame."""

import asyncio
import sys
from pathlib import Path

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileStatus
from libs.common.settings import WorkerSettings
from libs.jobs import endings
from libs.jobs.documents import bench_of
from libs.translation.errors import NoProcess
from libs.translation.workbench import pool
from libs.translation.workbench.member import COMMAND
from services.worker.resources import assembled
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import SETTINGS, ended, worker_of
from tests.unit.translation.office_files import docx

#: More than the attempts a file has.
REFUSALS = 3
OFFICE = docx("<w:p><w:r><w:t>Hello you</w:t></w:r></w:p>")


async def test_documents_wait_without_spending_attempts_until_a_process_can_be_started(
    explicit: Explicit,
    deployment: Deployment,
    listed: Listed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endings, "_ROOM_PAUSE", 0.1)
    refused = asyncio.Semaphore(0)

    def count(problem: str) -> NoProcess:
        refused.release()
        return NoProcess(problem)

    monkeypatch.setattr(pool, "NoProcess", count)
    program = tmp_path / "python"
    settings = explicit(WorkerSettings, **SETTINGS, max_attempts=2)
    job = await listed({"letter.docx": OFFICE})
    async with (
        bench_of(settings, (str(program), *COMMAND[1:])) as bench,
        assembled(settings, deployment, bench, StubbornEngine()) as worker,
        worker_of(worker),
    ):
        async with asyncio.timeout(30):
            for _ in range(REFUSALS):
                await refused.acquire()
        program.symlink_to(sys.executable)
        await ended(deployment, job)
    print(f"faults fired: at least {REFUSALS} processes were not started")
    row = await deployment.files.file(job.job_id, "es", "letter.docx")
    assert row is not None
    assert (row.status, row.attempts) == (FileStatus.SUCCEEDED, 1)
