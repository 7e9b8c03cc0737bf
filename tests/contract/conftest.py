"""Jobs, files and queues as the contract tests need them, and the one checker of the ledger's sums.

The tests of tables, blobs and queues run twice: on Azurite as it is, and through a proxy that has Azure's
manners.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.ledger.files import FILES_A_TRANSACTION, Files
from libs.common.ledger.keys import new_job_id
from libs.common.ledger.records import Counts, FileEnd, FileRow, FileStatus, JobRow
from libs.common.storage.blobs import Blobs
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import FileTask, decode
from tests.azure_manners.proxy import Manners, azure
from tests.faults.places import ports_of
from tests.patience import patient

PATIENCE = 30.0

#: Modules whose tests hold for Azure's manners too. The others ask nothing of storage that these do not.
ON_AZURE_TOO = {"test_blobs", "test_ledger", "test_owed", "test_queues", "test_retention", "test_turn"}
#: ``ServerBusy`` is seldom, because each costs the second of its ``Retry-After``.
AZURE = Manners(
    hierarchical=True, busy_every=50, busy=frozenset({"table query", "table get", "blob get", "blob list"})
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_on_both = metafunc.module.__name__.rpartition(".")[2] in ON_AZURE_TOO
    if is_on_both and "account" in metafunc.fixturenames:
        metafunc.parametrize("account", ["azurite", "azure"], indirect=True)


@pytest.fixture
async def account(request: pytest.FixtureRequest, connection_string: str) -> AsyncIterator[str]:
    """Azurite, or Azurite with Azure's manners."""
    if getattr(request, "param", "azurite") == "azurite":
        yield connection_string
        return
    async with azure(ports_of(connection_string), AZURE) as running:
        yield running.connection_string


def job_row(container: str = "source", **values: object) -> JobRow:
    """A job as the API would post it."""
    fields: dict[str, object] = {
        "job_id": new_job_id(),
        "source_container": container,
        "target_container": f"{container}-out",
        "source_language": "en",
        "target_languages": ("de",),
        "engine": "copy",
        "created_at": utc_now(),
        "updated_at": utc_now(),
    }
    return JobRow(**{**fields, **values})  # type: ignore[arg-type]  # a test's own keywords


async def listed(files: Files, job_id: str, names: Sequence[str], *, sealed: bool = True) -> list[FileRow]:
    """File rows as the dispatcher makes them, with their tags."""
    dispatch, made = await files.begin(job_id), []
    for begin in range(0, len(names), FILES_A_TRANSACTION):
        group = names[begin : begin + FILES_A_TRANSACTION]
        rows = [FileRow(language="de", name=name, updated_at=utc_now()) for name in group]
        dispatch, more = await files.extend(job_id, dispatch, rows, group[-1])
        made += more
    if sealed:
        await files.advance(job_id, dispatch, None, sealed=True)
    return made


def end_of(row: FileRow, status: FileStatus = FileStatus.SUCCEEDED) -> FileEnd:
    is_failed = status is FileStatus.FAILED
    return FileEnd(
        language=row.language,
        name=row.name,
        tag=row.tag,
        status=status,
        characters=len(row.name),
        error_code="broken" if is_failed else None,
        error=f"{row.name} is broken" if is_failed else None,
    )


async def rows_of(files: Files, job_id: str) -> list[FileRow]:
    """Every file row, page by page."""
    rows, behind = await files.page(job_id, 1000, None)
    while behind is not None:
        more, behind = await files.page(job_id, 1000, behind)
        rows += more
    return rows


async def counted(files: Files, job_id: str) -> Counts:
    """The counters of a job, after checking them against its rows: the invariant of every test here."""
    progress, rows = await files.progress(job_id), await rows_of(files, job_id)

    def having(status: FileStatus) -> int:
        return sum(row.status is status for row in rows)

    assert progress.counts == Counts(
        succeeded=having(FileStatus.SUCCEEDED),
        failed=having(FileStatus.FAILED),
        skipped=having(FileStatus.SKIPPED),
        cancelled=having(FileStatus.CANCELLED),
        characters=sum(row.characters for row in rows),
        repairs=sum(row.repairs for row in rows),
    )
    assert (progress.total, progress.pending) == (len(rows), having(FileStatus.PENDING))
    return progress.counts


async def put_texts(blobs: Blobs, container: str, names: Sequence[str]) -> None:
    """Small text files in a container that is made if need be."""
    await blobs.create_container(container)
    for name in names:
        await blobs.write(container, name, b"Hello.", over=None, content_type="text/plain", metadata={})


async def messages_of(queue: WorkQueue) -> list[FileTask]:
    """Every visible file message; they stay in the queue, invisible."""
    tasks: list[FileTask] = []
    while page := await queue.receive(32, 300):
        tasks += [decode(FileTask, message.body) for message in page]
    return tasks


async def eventually(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until ``holds()``, which other tasks of this loop bring about; fail after ``seconds``."""
    async with asyncio.timeout(patient(seconds)):
        while not holds():  # noqa: ASYNC110 - what is awaited sets no event
            await asyncio.sleep(0.01)


@pytest.fixture
async def files(deployment: Deployment) -> Files:
    return deployment.files


@pytest.fixture
async def queue(deployment: Deployment) -> WorkQueue:
    return deployment.file_queue
