"""Whatever a record can hold comes back from its row, and a damaged row is an error like any other."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.ledger import rows
from libs.common.ledger.records import Counts, DispatchRow, FileRow, JobRow, Note, Progress

#: What the owners of turns, attempts and requests take for one failure, and survive.
ORDINARY = (KeyError, TypeError, ValueError, AttributeError)

some = st.text(min_size=1)
numbers = st.integers(0, 2**31 - 1)
large = st.integers(0, 2**63 - 1)
counts = st.builds(Counts, numbers, numbers, numbers, numbers, large)
by_language = st.dictionaries(some, counts, max_size=3)
totals = st.dictionaries(some, numbers, max_size=3)
progress = st.builds(
    Progress, total=numbers, by_language=by_language, totals_by_language=totals, trouble=st.none()
)
jobs = st.builds(
    JobRow,
    name=st.none() | st.text(),
    source_language=st.none() | some,
    max_characters=st.none() | large,
    final=st.none() | progress,
    etag=st.just(""),
)
dispatch_rows = st.builds(
    DispatchRow,
    totals=totals,
    skipped=totals,
    requeued=totals,
    slice=numbers,
    retried=numbers,
    etag=st.just(""),
)
files = st.builds(
    FileRow,
    size=large,
    error_code=st.none() | some,
    error=st.none() | some,
    tag=st.just(""),
)

ENTITIES: dict[str, tuple[st.SearchStrategy[dict[str, Any]], Callable[[Mapping[str, Any]], object]]] = {
    "job": (jobs.map(rows.entity_of_job), rows.job_of),
    "dispatch": (dispatch_rows.map(lambda row: rows.entity_of_dispatch("job", row)), rows.dispatch_of),
    "file": (files.map(lambda row: rows.entity_of_file("job", row)), rows.file_of),
    "counter": (
        by_language.map(lambda it: rows.entity_of_counter("job", "w", 1, it, "now")),
        rows.counter_of,
    ),
}
JSON_TEXT = st.sampled_from(["", "{", "[]", "{}", "null", "7", '"x"', '{"a": 1}', '{"de": [1]}', "[[[["])
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | JSON_TEXT


@given(jobs)
def test_every_job_comes_back(job: JobRow) -> None:
    assert rows.job_of(rows.entity_of_job(job)) == job


@given(dispatch_rows)
def test_every_dispatch_row_comes_back(row: DispatchRow) -> None:
    assert rows.dispatch_of(rows.entity_of_dispatch("job", row)) == row


@given(files)
def test_every_file_row_comes_back(row: FileRow) -> None:
    assert rows.file_of(rows.entity_of_file("job", row)) == row


@given(by_language, st.builds(Note, blocked_reason=st.none() | st.text(min_size=1, max_size=1000)))
def test_every_counter_and_every_note_comes_back(languages: dict[str, Counts], note: Note) -> None:
    entity = rows.entity_of_counter("job", "writer", 1, languages, "now", note=note)
    assert rows.counter_of(entity) == languages
    assert rows.note_of(entity) == note


@pytest.mark.parametrize(("entities", "decode"), ENTITIES.values(), ids=ENTITIES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_damaged_row_is_read_or_is_an_ordinary_error(
    data: st.DataObject,
    entities: st.SearchStrategy[dict[str, Any]],
    decode: Callable[[Mapping[str, Any]], object],
) -> None:
    entity = data.draw(entities)
    for name in data.draw(st.sets(st.sampled_from(sorted(entity)), min_size=1, max_size=3)):
        if data.draw(st.booleans()):
            entity[name] = data.draw(ANYTHING)
        else:
            del entity[name]
    with suppress(*ORDINARY):
        decode(entity)
