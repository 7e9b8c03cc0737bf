"""Rows: records come back as they were stored, also those that a newer release wrote."""

import json
from dataclasses import replace
from typing import Any

from libs.common.ledger import rows
from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.records import (
    Counts,
    DispatchRow,
    FileEnd,
    FileRow,
    FileStatus,
    JobRow,
    JobStatus,
    Progress,
)

NEWER = {"colour_of_a_newer_release": "blue"}
COUNTS = {"de": Counts(1, 2, 3, 4, 5_000_000_000), "fr": Counts()}
PROGRESS = Progress(
    total=12,
    sealed=True,
    requeued=2,
    retried=1,
    by_language=COUNTS,
    totals_by_language={"de": 12, "fr": 0},
    updated_at="2026-01-01T00:00:00.000Z",
)
LEAST_JOB = JobRow(
    job_id="fe5df67dee5e-496229aac5",
    source_container="docs",
    target_container="out",
    source_language="en",
    target_languages=("de",),
    engine="apertium",
    created_at="2026-01-01T00:00:00.000Z",
    updated_at="2026-01-01T00:00:00.000Z",
)
FULL_JOB = JobRow(
    job_id="fe5df67dee5e-496229aac5",
    status=JobStatus.COMPLETED_WITH_ERRORS,
    name="Bücher 📚",
    source_container="docs",
    target_container="out",
    source_language="en",
    target_languages=("de", "fr"),
    prefix="a/",
    include=("*.txt", "*.md"),
    exclude=("*/drafts/*",),
    target_prefix="t/",
    engine="apertium",
    via={"fr": "es"},
    options={"tone": "formal"},
    max_characters=5_000_000_000,
    dictionary={"Wal": "whale", "größe": "大きさ"},
    do_not_translate=("Azurite", "名"),
    first_look=7,
    created_at="2026-01-01T00:00:00.000Z",
    updated_at="2026-01-02T00:00:00.000Z",
    completed_at="2026-01-02T00:00:00.000Z",
    error="some failed",
    message="10/12 succeeded",
    retries=1,
    final=PROGRESS,
    notification=Notification(
        url="https://hooks.example.com/x?y=1",
        status=NotificationStatus.FAILED,
        attempts=30,
        last_error="it answered 500",
    ),
)


def test_a_job_comes_back_as_it_was_stored() -> None:
    for job in (LEAST_JOB, FULL_JOB, replace(FULL_JOB, source_language=None)):
        assert rows.job_of(rows.entity_of_job(job)) == job


def test_a_dispatch_row_comes_back_as_it_was_stored() -> None:
    full = DispatchRow(
        slice=3,
        marker="2!92!MDAw",
        after="a/é.txt",
        totals={"de": 2},
        skipped={"de": 1},
        requeued={"de": 1},
        retried=1,
        sealed=True,
        updated_at="2026-01-01T00:00:00.000Z",
    )
    for row in (DispatchRow(), full):
        assert rows.dispatch_of(rows.entity_of_dispatch("job", row)) == row


def test_a_file_row_comes_back_as_it_was_stored() -> None:
    full = FileRow(
        language="de",
        name="a/é #?%👩.txt",
        status=FileStatus.FAILED,
        size=5_000_000_000,
        source_etag='"0x1"',
        attempts=5,
        characters=7,
        repairs=1,
        milliseconds=12,
        error_code="worker_lost",
        error="lost",
        updated_at="2026-01-01T00:00:00.000Z",
    )
    for row in (FileRow(language="de", name="a"), full):
        assert rows.file_of(rows.entity_of_file("job", row)) == row


def test_counters_come_back_as_they_were_stored() -> None:
    assert rows.counter_of(rows.entity_of_counter("job", "writer", 7, COUNTS, "now")) == COUNTS


def test_what_a_newer_release_adds_to_a_row_is_ignored() -> None:
    assert rows.job_of(rows.entity_of_job(LEAST_JOB) | NEWER) == LEAST_JOB
    assert rows.dispatch_of(rows.entity_of_dispatch("job", DispatchRow()) | NEWER) == DispatchRow()
    file = FileRow(language="de", name="a")
    assert rows.file_of(rows.entity_of_file("job", file) | NEWER) == file


def test_the_markers_of_many_languages_and_long_names_fit_into_their_row() -> None:
    # Base64 of 1,024 characters of four bytes each, and what Azure adds.
    markers = {f"l{number}": f"2!5512!{'QUFB' * 1376}" for number in range(20)}
    row = DispatchRow(target_markers=markers)
    entity = rows.entity_of_dispatch("job", row)
    assert rows.dispatch_of(entity) == row
    assert max(len(value) for value in entity.values() if isinstance(value, str)) <= 32 * 1024


def test_what_a_newer_release_counts_besides_is_ignored() -> None:
    counter = rows.entity_of_counter("job", "writer", 7, COUNTS, "now")
    assert rows.counter_of(counter | {"languages": newer(counter["languages"], "de")}) == COUNTS
    job = rows.entity_of_job(FULL_JOB)
    assert rows.job_of(job | {"final": newer(job["final"])}) == FULL_JOB
    assert rows.job_of(job | {"notification": newer(job["notification"])}) == FULL_JOB
    assert rows.job_of(job | {"final": newer(job["final"], "by_language", "de")}) == FULL_JOB


def newer(text: str, *path: str) -> str:
    """The JSON with one more property in the object at ``path``."""
    value: Any = json.loads(text)
    within = value
    for step in path:
        within = within[step]
    within |= NEWER
    return json.dumps(value)


def test_an_end_leaves_what_the_listing_said_and_bounds_its_error() -> None:
    listed = rows.entity_of_file("job", FileRow(language="de", name="a", size=9, source_etag='"0x1"'))
    end = FileEnd(language="de", name="a", tag="W/1", status=FileStatus.FAILED, error="x" * 100_000)
    ended = rows.file_of(listed | rows.entity_of_end("job", end, "now"))
    assert (ended.size, ended.source_etag, ended.status) == (9, '"0x1"', FileStatus.FAILED)
    assert ended.error == "x" * 1000
