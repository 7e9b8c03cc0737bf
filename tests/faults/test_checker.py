"""A checker that cannot fail proves nothing: each violation is made in real storage, and it names it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from azure.data.tables import UpdateMode

from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.ledger import keys
from libs.common.ledger.commits import open_commits
from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.records import Counts, FileRow, FileStatus, JobRow, JobStatus
from libs.common.ledger.rows import entity_of_counter, entity_of_dispatch, entity_of_file, entity_of_job
from libs.jobs.close import close_if_finished
from libs.jobs.messages import FileTask, dead_letter
from tests.contract.conftest import end_of, job_row, listed, put_texts
from tests.faults.checker import Kind, check
from tests.faults.evidence import dead_letters

SOURCES = {"a.txt": b"Hello.", "b.txt": b"Hello.", "c.txt": b"Hello."}
TARGETS = dict.fromkeys(SOURCES, b"[Hello.]")
Break = Callable[[Deployment, JobRow], Awaitable[object]]


@pytest.fixture
async def job(deployment: Deployment, container: str) -> JobRow:
    """A job that ended well but for ``c.txt``, which failed; nothing is wrong with it."""
    await put_texts(deployment.blobs, container, list(SOURCES))
    job = await deployment.jobs.create(job_row(container))
    await deployment.blobs.create_container(job.target_container)
    rows = await listed(deployment.files, job.job_id, list(SOURCES))
    await deployment.jobs.move(job, JobStatus.PROCESSING)
    statuses = {row.name: FileStatus.FAILED if row.name == "c.txt" else FileStatus.SUCCEEDED for row in rows}
    async with open_commits(deployment.file_table, "one") as commits:
        ends = [end_of(row, statuses[row.name]) for row in rows]
        await asyncio.gather(*(commits.record(job.job_id, end) for end in ends))
    await bury(deployment, job.job_id, "c.txt")
    for name in ("a.txt", "b.txt"):
        await put_target(deployment, job, name, TARGETS[name])
    closed = await close_if_finished(deployment.jobs, deployment.files, deployment.notify_queue, job.job_id)
    assert closed is not None
    assert closed.status is JobStatus.COMPLETED_WITH_ERRORS
    return closed


async def put_target(deployment: Deployment, job: JobRow, name: str, data: bytes) -> None:
    await deployment.blobs.write(
        job.target_container, name, data, over=None, content_type="text/plain", metadata={}
    )


async def bury(deployment: Deployment, job_id: str, name: str) -> None:
    body = FileTask(job_id=job_id, language="de", name=name, tag='"x"', size=1).encode()
    letter = dead_letter(message_id="1", body=body, job_id=job_id, error="", reason="broken", attempts=1)
    await deployment.file_queue.send_dead(letter)


async def test_a_run_without_a_fault_has_no_violation(deployment: Deployment, job: JobRow) -> None:
    report = (await check(deployment, job.job_id, SOURCES, TARGETS, begun={"a.txt": 2})).require()
    assert (report.attempted, report.acknowledged, report.ok, report.recovered) == (3, 3, 3, 1)
    assert str(report) == "attempted 3, acknowledged 3, ok 3, lost 0, unexpected 0, duplicated 0, recovered 1"


async def lose_row(deployment: Deployment, job: JobRow) -> None:
    await deployment.file_table._client.delete_entity(job.job_id, keys.file_key("de", "a.txt"))


async def leave_pending(deployment: Deployment, job: JobRow) -> None:
    await put_row(deployment, job, FileRow(language="de", name="a.txt"))


async def lose_target(deployment: Deployment, job: JobRow) -> None:
    await deployment.blobs._service.get_blob_client(job.target_container, "a.txt").delete_blob()


async def add_row(deployment: Deployment, job: JobRow) -> None:
    await put_row(deployment, job, FileRow(language="de", name="nobody.txt", status=FileStatus.SUCCEEDED))


async def put_row(deployment: Deployment, job: JobRow, row: FileRow) -> None:
    await put(deployment, entity_of_file(job.job_id, row))


async def put(deployment: Deployment, entity: Mapping[str, object]) -> None:
    await deployment.file_table._client.upsert_entity(dict(entity), mode=UpdateMode.REPLACE)


async def add_target(deployment: Deployment, job: JobRow) -> None:
    await put_target(deployment, job, "nobody.txt", b"Hello.")


async def count_twice(deployment: Deployment, job: JobRow) -> None:
    counts = {"de": Counts(succeeded=1, characters=5)}
    await put(deployment, entity_of_counter(job.job_id, "two", 1, counts, utc_now()))


async def forget_a_count(deployment: Deployment, job: JobRow) -> None:
    await put(deployment, entity_of_counter(job.job_id, "one", 1, {"de": Counts(succeeded=1)}, utc_now()))


async def count_again_in_the_folded_row(deployment: Deployment, job: JobRow) -> None:
    await put(deployment, entity_of_counter(job.job_id, "", 1, {"de": Counts(succeeded=1)}, utc_now()))
    await put(deployment, {"PartitionKey": job.job_id, "RowKey": keys.FOLDS, "batch": 1})


async def count_other_characters(deployment: Deployment, job: JobRow) -> None:
    await put(deployment, entity_of_counter(job.job_id, "two", 1, {"de": Counts(characters=1)}, utc_now()))


async def list_one_more(deployment: Deployment, job: JobRow) -> None:
    dispatch = await deployment.files.begin(job.job_id)
    await put(deployment, entity_of_dispatch(job.job_id, replace(dispatch, totals={"de": 4})))


async def unseal(deployment: Deployment, job: JobRow) -> None:
    dispatch = await deployment.files.begin(job.job_id)
    await put(deployment, entity_of_dispatch(job.job_id, replace(dispatch, sealed=False)))


async def lose_index(deployment: Deployment, job: JobRow) -> None:
    await deployment.file_table._client.delete_entity(job.job_id, keys.failure_key("de", "c.txt"))


async def say_completed(deployment: Deployment, job: JobRow) -> None:
    await put_job(deployment, replace(job, status=JobStatus.COMPLETED))


async def say_processing(deployment: Deployment, job: JobRow) -> None:
    await put_job(deployment, replace(job, status=JobStatus.PROCESSING, completed_at=None))


async def lose_final(deployment: Deployment, job: JobRow) -> None:
    await put_job(deployment, replace(job, final=None))


async def put_job(deployment: Deployment, job: JobRow) -> None:
    await deployment.jobs._table._client.upsert_entity(entity_of_job(job), mode=UpdateMode.REPLACE)


async def stay_open(deployment: Deployment, job: JobRow) -> None:
    entity = {"PartitionKey": keys.JOBS_PARTITION, "RowKey": keys.open_key(job.job_id)}
    await deployment.jobs._table._client.upsert_entity(entity)


async def owe_a_notification(deployment: Deployment, job: JobRow) -> None:
    await deployment.owed.record(job, Notification(url="https://hooks.example.com/"))


async def keep_the_row_of_what_is_told(deployment: Deployment, job: JobRow) -> None:
    delivered = Notification(url="https://hooks.example.com/", status=NotificationStatus.DELIVERED)
    await owe_a_notification(deployment, job)
    await put_job(deployment, replace(job, notification=delivered))


async def leave_file_message(deployment: Deployment, _job: JobRow) -> None:
    await deployment.file_queue.send("left")


async def leave_dispatch_message(deployment: Deployment, _job: JobRow) -> None:
    await deployment.dispatch_queue.send("left", delay=60)


async def lose_letter(deployment: Deployment, _job: JobRow) -> None:
    await dead_letters(deployment.file_queue).clear_messages()


async def bury_a_success(deployment: Deployment, job: JobRow) -> None:
    await bury(deployment, job.job_id, "a.txt")


async def write_other_bytes(deployment: Deployment, job: JobRow) -> None:
    blob = deployment.blobs._service.get_blob_client(job.target_container, "a.txt")
    await blob.upload_blob(b"Hello", overwrite=True)


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (lose_row, Kind.LOST),
        (leave_pending, Kind.LOST),
        (lose_target, Kind.LOST),
        (add_row, Kind.UNEXPECTED),
        (add_target, Kind.UNEXPECTED),
        (count_twice, Kind.DUPLICATED),
        (count_again_in_the_folded_row, Kind.DUPLICATED),
        (forget_a_count, Kind.COUNTERS),
        (count_other_characters, Kind.COUNTERS),
        (list_one_more, Kind.COUNTERS),
        (lose_index, Kind.COUNTERS),
        (unseal, Kind.ENDING),
        (leave_pending, Kind.ENDING),
        (say_completed, Kind.ENDING),
        (say_processing, Kind.ENDING),
        (lose_final, Kind.ENDING),
        (stay_open, Kind.ENDING),
        (owe_a_notification, Kind.TELLING),
        (keep_the_row_of_what_is_told, Kind.TELLING),
        (leave_file_message, Kind.QUEUES),
        (leave_dispatch_message, Kind.QUEUES),
        (lose_letter, Kind.DEAD_LETTERS),
        (bury_a_success, Kind.DEAD_LETTERS),
        (write_other_bytes, Kind.BYTES),
    ],
)
async def test_the_checker_names_what_is_wrong(
    deployment: Deployment, job: JobRow, broken: Break, kind: Kind
) -> None:
    await broken(deployment, job)
    report = await check(deployment, job.job_id, SOURCES, TARGETS)
    assert kind in {violation.kind for violation in report.violations}, report.violations
    with pytest.raises(AssertionError, match=kind):
        report.require()
