"""A second run over a container: only what changed is translated again, and that from two listings."""

from dataclasses import replace
from typing import Any

import pytest
from azure.core.pipeline.transport import AioHttpTransport

from libs.common.deployment import Deployment
from libs.common.ledger import keys
from libs.common.ledger.records import FileStatus, IfExists, JobRow
from libs.jobs.messages import DispatchTask
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, take_turn
from libs.translation.engines.engine import Direction
from tests.conftest import Explicit
from tests.integration.conftest import Listed, Upload
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ended, working

FILES = {f"folder/{n:02}.txt": f"text {n}".encode() for n in range(12)}


async def again(deployment: Deployment, dispatch: Dispatch, job: JobRow, **changes: Any) -> JobRow:
    """Post the same job once more and list it."""
    fresh = {"job_id": keys.new_job_id(), "final": None, "completed_at": None, "etag": ""}
    repeated = replace(job, **{**fresh, "status": "queued", **changes})
    await submit(deployment, repeated)
    await take_turn(dispatch, DispatchTask(job_id=repeated.job_id))
    found = await deployment.jobs.get(repeated.job_id)
    assert found is not None
    return found


async def statuses(deployment: Deployment, job: JobRow) -> dict[str, tuple[FileStatus, str | None]]:
    rows, _ = await deployment.files.page(job.job_id, 100, None)
    return {row.name: (row.status, row.error_code) for row in rows}


@pytest.fixture
async def first_run(explicit: Explicit, deployment: Deployment, listed: Listed) -> JobRow:
    job = await listed(FILES)
    async with working(explicit, deployment, StubbornEngine()):
        return await ended(deployment, job)


async def test_an_unchanged_container_costs_no_engine_and_no_call_a_file(
    deployment: Deployment, dispatch: Dispatch, first_run: JobRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = 0
    send = AioHttpTransport.send

    async def counted(self: Any, request: Any, **options: Any) -> Any:
        nonlocal requests
        requests += 1
        return await send(self, request, **options)

    monkeypatch.setattr(AioHttpTransport, "send", counted)
    job = await again(deployment, dispatch, first_run)
    assert job.status.value == "completed"
    assert job.final is not None
    assert (job.final.counts.skipped, job.final.counts.succeeded) == (12, 0)
    assert await deployment.file_queue.length() == 0
    assert {code for _, code in (await statuses(deployment, job)).values()} == {"unchanged"}
    small = requests
    print(f"{small} storage calls for the second run over {len(FILES)} files")
    assert small < 25


async def test_what_changed_is_translated_again_and_nothing_else(
    explicit: Explicit, deployment: Deployment, dispatch: Dispatch, first_run: JobRow
) -> None:
    source = first_run.source_container
    name = "folder/03.txt"
    seen = await deployment.blobs.version(source, name)
    assert seen is not None
    await deployment.blobs.write(
        source, name, b"new text", over=seen.etag, content_type="text/plain", metadata={}
    )
    engine = StubbornEngine()
    job = await again(deployment, dispatch, first_run)
    async with working(explicit, deployment, engine):
        closed = await ended(deployment, job)
    assert closed.final is not None
    assert (closed.final.counts.skipped, closed.final.counts.succeeded) == (11, 1)
    assert engine.asked == ["new text"]
    assert (await deployment.blobs.read(first_run.target_container, name, 100)).data == b"new text"


@pytest.mark.parametrize(
    "changes",
    [
        {"engine_version": "2"},
        {"options": {"formality": "more"}},
        {"source_language": "fr"},
        {"if_exists": IfExists.OVERWRITE},
    ],
    ids=["engine version", "options", "source language", "overwrite"],
)
async def test_another_way_of_translating_is_no_reason_to_skip(
    deployment: Deployment, dispatch: Dispatch, first_run: JobRow, changes: dict[str, Any]
) -> None:
    job = await again(deployment, dispatch, first_run, **changes)
    assert {status for status, _ in (await statuses(deployment, job)).values()} == {FileStatus.PENDING}


async def test_a_translation_in_two_steps_says_so_and_is_not_made_again(
    explicit: Explicit, deployment: Deployment, dispatch: Dispatch, listed: Listed
) -> None:
    engine = StubbornEngine()
    engine.ways = frozenset({Direction("en", "es", via="fr")})
    job = await listed({"a.txt": b"text"})
    async with working(explicit, deployment, engine):
        await ended(deployment, job)
    target = await deployment.blobs.version(job.target_container, "a.txt")
    assert target is not None
    assert (target.metadata["language"], target.metadata["via"]) == ("en-es", "fr")
    repeated = await again(deployment, dispatch, job)
    assert await statuses(deployment, repeated) == {"a.txt": (FileStatus.SKIPPED, "unchanged")}


async def test_where_a_target_means_failure_the_file_fails_and_the_engine_is_not_paid(
    explicit: Explicit, deployment: Deployment, dispatch: Dispatch, first_run: JobRow
) -> None:
    engine = StubbornEngine()
    only = {"if_exists": IfExists.FAIL, "files": ("folder/01.txt", "folder/02.txt", "missing.txt")}
    job = await again(deployment, dispatch, first_run, **only)
    async with working(explicit, deployment, engine):
        closed = await ended(deployment, job)
    assert closed.status.value == "failed"
    assert engine.asked == []
    codes = {name: code for name, (_, code) in (await statuses(deployment, job)).items()}
    assert codes == {
        "folder/01.txt": "target_exists",
        "folder/02.txt": "target_exists",
        "missing.txt": "source_not_found",
    }


async def test_a_rerun_over_many_slices_and_languages_skips_all(  # noqa: PLR0917 - fixtures
    explicit: Explicit,
    deployment: Deployment,
    dispatch: Dispatch,
    upload: Upload,
    container: str,
    listed: Listed,
) -> None:
    job = await listed({"seed.txt": b"x"})
    await upload(container, FILES)
    small = replace(dispatch, expander=replace(dispatch.expander, slice_tasks=6))
    both = {"target_languages": ("es", "ca"), "target_container": f"{container}-both"}
    first = await again(deployment, small, job, **both)
    for _ in range(10):
        await take_turn(small, DispatchTask(job_id=first.job_id))
    async with working(explicit, deployment, StubbornEngine()):
        await ended(deployment, first)
    second = await again(deployment, small, job, **both)
    for _ in range(10):
        await take_turn(small, DispatchTask(job_id=second.job_id))
    closed = await deployment.jobs.get(second.job_id)
    assert closed is not None
    assert closed.final is not None
    assert closed.final.counts.skipped == closed.final.total == 2 * 13
