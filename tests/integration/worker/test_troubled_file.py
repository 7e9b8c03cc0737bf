"""Storage that is away, and one file that is: the first is waited for, the second given up."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger.records import FileStatus, JobStatus
from libs.common.settings import WorkerSettings
from libs.common.storage import clients
from libs.jobs import endings
from tests.conftest import Explicit
from tests.faults.places import ports_of
from tests.faults.plan import Fault
from tests.faults.proxy import Proxy, proxy
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ended, working

#: Deliveries until a file is given up, in these tests.
MOST = 3


@pytest.fixture
async def between(connection_string: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """What stands between a worker without long pauses and storage."""
    monkeypatch.setattr(endings, "_STORAGE_PAUSE", 0.1)
    monkeypatch.setattr(endings, "_MOST_TROUBLES", MOST)
    monkeypatch.setitem(clients._DATA, "retry_total", 0)
    async with proxy(ports_of(connection_string)) as running:
        yield running


@pytest.fixture
async def theirs(explicit: Explicit, between: Proxy) -> AsyncIterator[Deployment]:
    """The same deployment, by way of the proxy."""
    secret = SecretStr(between.connection_string)
    async with open_deployment(explicit(WorkerSettings, azure_storage_connection_string=secret)) as opened:
        yield opened


async def test_a_file_that_storage_never_answers_for_fails_alone_and_its_job_ends(
    explicit: Explicit, deployment: Deployment, theirs: Deployment, between: Proxy, listed: Listed
) -> None:
    job = await listed({"good.txt": b"One.", "broken.txt": b"Two."})
    between.broken = f"/{job.source_container}/broken.txt"
    async with working(explicit, theirs, StubbornEngine()):
        end = await ended(deployment, job)
    fired = between.faults[Fault.TIMED_OUT]
    print(f"faults fired: {fired} reads of one file answered 500")
    rows = {name: await deployment.files.file(job.job_id, "es", name) for name in ("good.txt", "broken.txt")}
    good, broken = rows["good.txt"], rows["broken.txt"]
    assert good is not None
    assert broken is not None
    assert fired >= MOST
    assert end.status is JobStatus.COMPLETED_WITH_ERRORS
    assert good.status is FileStatus.SUCCEEDED
    assert (broken.status, broken.error_code, broken.attempts) == (FileStatus.FAILED, "file_unavailable", 1)


def asked_in_vain(between: Proxy) -> int:
    """How often a file was asked for while the blob service was away."""
    return sum(between.fired[name, Fault.DOWN] for name in ("blob get", "blob head"))


async def test_an_outage_is_no_files_trouble_however_often_it_is_tried(
    explicit: Explicit, deployment: Deployment, theirs: Deployment, between: Proxy, listed: Listed
) -> None:
    job = await listed({"good.txt": b"One."})
    between.down = {"blob"}
    async with working(explicit, theirs, StubbornEngine()):
        async with asyncio.timeout(30):
            while asked_in_vain(between) <= 3 * MOST:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0.05)
        between.down = set()
        end = await ended(deployment, job)
    print(f"faults fired: {between.faults[Fault.DOWN]} requests refused")
    assert end.status is JobStatus.COMPLETED
    row = await deployment.files.file(job.job_id, "es", "good.txt")
    assert row is not None
    assert row.attempts == 1
