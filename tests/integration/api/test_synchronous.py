"""Synchronous mode: the same flows and the same ledger, and the answer when all is done."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

import pytest

from libs.common.deployment import Deployment
from libs.common.settings import ApiSettings
from libs.jobs.attempt import Attempt, Hold
from libs.jobs.endings import Ending
from libs.jobs.messages import FileTask
from libs.translation.engines.copy import CopyEngine
from libs.translation.engines.engine import Translated, Wish
from libs.translation.segments import Segment, plain, text_of
from tests.conftest import Explicit
from tests.integration.api.conftest import opened
from tests.integration.conftest import Upload

JOBS = "/api/v1/batch/jobs"


async def test_the_answer_is_the_ended_job_with_the_counts_of_the_ledger(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str
) -> None:
    files = {f"{n}.txt": f"text {n}".encode() for n in range(20)}
    await upload(container, {**files, "bad.txt": bytes(range(256)), "picture.png": b"x"})
    settings = explicit(ApiSettings, translation_engine="pseudo", enable_batch_queue=False)
    async with opened(settings) as client:
        body = {
            "source_container": container,
            "target_container": f"{container}-out",
            "target_language": "es",
        }
        response = await client.post(JOBS, json=body)
        job = await response.json()
        assert response.status == 200
        assert job["status"] == "completed_with_errors"
        assert (job["processed_files"], job["failed_files"], job["skipped_files"]) == (20, 1, 1)
        assert job["completed_at"]
        assert await (await client.get(f"{JOBS}/{job['job_id']}")).json() == job
        (failure,) = await (await client.get(f"{JOBS}/{job['job_id']}/files?status=failed")).json()
        assert failure["error_code"] == "undecodable"
    listing = await deployment.blobs.page(f"{container}-out", "", None, 100)
    assert {blob.name for blob in listing.blobs} == files.keys()
    assert await deployment.dispatch_queue.length() == await deployment.file_queue.length() == 0


async def test_every_file_is_taken_in_hand_once(
    explicit: Explicit, upload: Upload, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: Counter[str] = Counter()
    attempt = Attempt.ending

    async def counted(self: Attempt, task: FileTask, lease: Hold) -> Ending:
        taken[task.name] += 1
        return await attempt(self, task, lease)

    monkeypatch.setattr(Attempt, "ending", counted)
    await upload(container, {f"{n}.txt": b"text" for n in range(10)})
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    async with opened(explicit(ApiSettings, translation_engine="copy", enable_batch_queue=False)) as client:
        job = await (await client.post(JOBS, json=body)).json()
    assert job["processed_files"] == 10
    assert set(taken.values()) == {1}


async def test_segments_that_had_to_be_repaired_are_counted_for_each_file(
    explicit: Explicit, upload: Upload, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def without_codes(_: CopyEngine, segments: Sequence[Segment], __: Wish) -> list[Translated]:
        return [Translated(plain(text_of(segment)), 0) for segment in segments]

    monkeypatch.setattr(CopyEngine, "translate", without_codes)
    await upload(container, {"a.txt": b"Dear {name}.\n\nWhole.\n\nBye, {name}.", "b.txt": b"Whole."})
    body = {"source_container": container, "target_container": f"{container}-out", "target_language": "es"}
    async with opened(explicit(ApiSettings, translation_engine="copy", enable_batch_queue=False)) as client:
        job = await (await client.post(JOBS, json=body)).json()
        files = f"{JOBS}/{job['job_id']}/files"
        told = await (await client.get(files)).json()
        assert {file["name"]: file["repairs"] for file in told} == {"a.txt": 2, "b.txt": 0}
        rows = csv.DictReader(io.StringIO(await (await client.get(f"{files}?format=csv")).text()))
        assert {row["name"]: row["repairs"] for row in rows} == {"a.txt": "2", "b.txt": "0"}
