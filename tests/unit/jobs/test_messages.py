"""Messages: what was sent is what is read, and what is not ours is told apart, never stumbled over."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.jobs.messages import (
    LONGEST_NAME,
    DispatchTask,
    FileTask,
    Undecodable,
    dead_letter,
    decode,
)

JOB = "fe5df67dee5e-496229aac5"
NAMES = st.text(min_size=1, max_size=LONGEST_NAME)
#: A queue message has 64 KiB, of which some encodings leave three quarters.
ROOM = 48 * 1024

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def task(**values: Any) -> FileTask:
    return FileTask(**{"job_id": JOB, "language": "de", "name": "a.txt", "tag": 'W/"1"', "size": 1, **values})


def readable(kind: type[FileTask | DispatchTask], body: str) -> bool:
    """Whether ``body`` decodes; any error but `Undecodable` fails the test."""
    try:
        decode(kind, body)
    except Undecodable:
        return False
    return True


@given(NAMES, st.integers(0, 2**63), st.integers(0, 1000), st.integers(0, 1000))
def test_a_message_is_read_as_it_was_written(name: str, size: int, attempts: int, releases: int) -> None:
    sent = task(name=name, size=size, attempts=attempts, releases=releases)
    assert decode(FileTask, sent.encode()) == sent
    assert sent.encode().isascii()


@pytest.mark.parametrize(
    "name", ["\x00", "\x1f\x7f\x85", "\ufeff", "\ufffe", "👩\u200d👧", '"\\\r\n', "\u2028"]
)
def test_an_odd_name_is_read_as_it_was_written(name: str) -> None:
    assert decode(FileTask, task(name=name).encode()).name == name


@given(st.text() | st.text(st.characters()) | JSON.map(json.dumps))
def test_whatever_else_is_in_the_queue_is_undecodable_and_nothing_worse(body: str) -> None:
    assert not readable(FileTask, body)
    assert not readable(DispatchTask, body)


@given(st.dictionaries(st.sampled_from([*FileTask.model_fields, "newer"]), JSON))
def test_a_damaged_message_is_undecodable_and_nothing_worse(damage: dict[str, object]) -> None:
    readable(FileTask, json.dumps({**task().model_dump(), **damage}))
    readable(DispatchTask, json.dumps({"job_id": JOB, **damage}))


@pytest.mark.parametrize(
    "damage",
    [
        {"v": 2},
        {"job_id": "1"},
        {"job_id": f"{JOB}\n"},
        {"name": ""},
        {"name": "x" * (LONGEST_NAME + 1)},
        {"tag": ""},
        {"tag": "*"},
        {"tag": '"a\r\nX: b"'},
        {"tag": '"é"'},
        {"size": -1},
        {"attempts": "many"},
        {"attempts": 2**31},
    ],
    ids=str,
)
def test_another_version_or_a_value_out_of_bounds_is_refused(damage: dict[str, object]) -> None:
    assert not readable(FileTask, json.dumps({**task().model_dump(), **damage}))


@pytest.mark.parametrize(
    "body", ["\ud800", '{"name":"\\ud800"}', "9" * 100_000, "[" * 100_000, '{"size":1e999}', "", "\x00"]
)
def test_what_breaks_parsers_is_undecodable(body: str) -> None:
    assert not readable(FileTask, body)


def test_what_is_wrong_is_said_in_one_line() -> None:
    with pytest.raises(Undecodable, match=r"^name: [^\n]+$"):
        decode(FileTask, json.dumps({**task().model_dump(), "name": ""}))


def test_a_property_of_a_newer_release_is_ignored() -> None:
    assert decode(FileTask, json.dumps({**task().model_dump(), "newer": 1})) == task()


def test_a_message_of_an_older_release_has_no_trace_and_is_read_all_the_same() -> None:
    older = {name: value for name, value in task().model_dump().items() if name != "traceparent"}
    assert decode(FileTask, json.dumps(older)) == task()


@pytest.mark.parametrize("trace", ["", "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "of a later version"])
def test_a_trace_travels_with_a_message_and_never_makes_it_unreadable(trace: str) -> None:
    sent = task(traceparent=trace)
    assert decode(FileTask, sent.encode()).released(attempt_spent=True).traceparent == trace
    assert decode(DispatchTask, sent.encode()).traceparent == trace


@pytest.mark.parametrize("letter", ["👩", "\x00", "\\", '"'])
def test_the_longest_name_fits_in_a_message_and_in_a_dead_letter(letter: str) -> None:
    language = "xxx" + "-12345678" * 3
    body = task(name=letter * LONGEST_NAME, language=language, tag=f'"{"x" * 250}"', size=2**63 - 1).encode()
    assert len(body) < ROOM
    buried = dead_letter(message_id="1", body=body, job_id=JOB, error="e", reason="r", attempts=5)
    assert len(buried) < ROOM
    assert json.loads(buried)["message"] == body


@pytest.mark.parametrize("letter", ["x", "é", '"', "👩"])
def test_a_dead_letter_always_fits_in_a_message(letter: str) -> None:
    text = letter * 64 * 1024
    buried = dead_letter(message_id="1", body=text, job_id=None, error=text, reason="undecodable", attempts=1)
    assert len(buried) <= ROOM
    assert text.startswith(json.loads(buried)["message"])


@pytest.mark.parametrize(
    ("deliveries", "releases", "lost"), [(1, 0, 0), (2, 0, 1), (2, 1, 0), (6, 1, 4), (1, 1, 0)]
)
def test_deliveries_without_a_result_are_those_before_this_one_that_were_not_handed_back(
    deliveries: int, releases: int, lost: int
) -> None:
    assert task(releases=releases).lost_deliveries(deliveries) == lost


@given(st.lists(st.booleans(), max_size=20))
def test_a_message_handed_back_is_never_taken_for_a_lost_one(spent: list[bool]) -> None:
    message = task()
    for deliveries, attempt_spent in enumerate(spent, start=1):
        assert message.lost_deliveries(deliveries) == 0
        message = message.released(attempt_spent=attempt_spent)
    assert (message.attempts, message.releases) == (sum(spent), len(spent))
