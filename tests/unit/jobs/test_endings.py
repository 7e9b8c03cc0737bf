"""Endings: which error gives up, which tries again, and which of them spends an attempt."""

import pytest

from libs.common.errors import (
    AlreadyExists,
    Conflict,
    LeaseLost,
    NotFound,
    StorageRejected,
    StorageUnavailable,
)
from libs.common.ledger.records import FileStatus
from libs.jobs.endings import Abandoned, Ended, TryLater, cancelled, ending_of
from libs.jobs.messages import FileTask
from libs.translation.errors import (
    DocumentLost,
    EngineBlocked,
    EngineThrottled,
    EngineUnavailable,
    NoProcess,
    PermanentFault,
)

MAX_ATTEMPTS = 5


def task(attempts: int = 0) -> FileTask:
    return FileTask(
        job_id="fe5df67dee5e-496229aac5", language="de", name="a", tag='W/"1"', size=1, attempts=attempts
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermanentFault("file_too_large", "too large"), "file_too_large"),
        (NotFound("BlobNotFound"), "source_not_found"),
        (StorageRejected("InvalidInput"), "storage_rejected"),
    ],
)
def test_what_cannot_pass_fails_the_file_at_once(error: Exception, code: str) -> None:
    ending = ending_of(error, task(attempts=1), MAX_ATTEMPTS)
    assert isinstance(ending, Ended)
    assert (ending.end.status, ending.end.error_code, ending.end.attempts) == (FileStatus.FAILED, code, 2)
    assert (ending.end.language, ending.end.name, ending.end.tag) == ("de", "a", 'W/"1"')


@pytest.mark.parametrize(
    "error",
    [
        StorageUnavailable("no answer"),
        EngineThrottled("slower", 7),
        EngineBlocked("no quota"),
        NoProcess("no room"),
    ],
)
def test_what_is_not_the_files_fault_spends_no_attempt_however_often(error: Exception) -> None:
    ending = ending_of(error, task(attempts=MAX_ATTEMPTS - 1), MAX_ATTEMPTS)
    assert isinstance(ending, TryLater)
    assert not ending.attempt_spent
    assert 0 < ending.delay <= 60


def test_a_throttling_engine_is_left_alone_as_long_as_it_asks() -> None:
    ending = ending_of(EngineThrottled("slower", 7), task(), MAX_ATTEMPTS)
    assert isinstance(ending, TryLater)
    assert ending.delay == 7


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineUnavailable("no answer"), "engine_unavailable"),
        (DocumentLost("document_timeout", "it hung"), "document_timeout"),
        (Conflict("changed"), "storage_conflict"),
        (AlreadyExists("there"), "storage_conflict"),
        (ZeroDivisionError("a bug"), "internal_error"),
    ],
)
def test_what_may_pass_is_tried_exactly_as_often_as_allowed(error: Exception, code: str) -> None:
    for spent in range(MAX_ATTEMPTS - 1):
        again = ending_of(error, task(attempts=spent), MAX_ATTEMPTS)
        assert isinstance(again, TryLater)
        assert again.attempt_spent
        assert 0 <= again.delay <= 5 * 2**spent
    last = ending_of(error, task(attempts=MAX_ATTEMPTS - 1), MAX_ATTEMPTS)
    assert isinstance(last, Ended)
    assert (last.end.error_code, last.end.attempts) == (code, MAX_ATTEMPTS)
    assert last.end.error is not None
    assert str(error) in last.end.error


def test_one_attempt_allowed_means_one() -> None:
    assert isinstance(ending_of(EngineUnavailable("no answer"), task(), 1), Ended)


def test_the_wait_between_attempts_has_a_bound() -> None:
    ending = ending_of(EngineUnavailable("no answer"), task(attempts=99), 101)
    assert isinstance(ending, TryLater)
    assert ending.delay <= 600


def test_a_lost_lease_leaves_the_message_to_its_new_owner() -> None:
    assert ending_of(LeaseLost("gone"), task(), MAX_ATTEMPTS) == Abandoned()


def test_a_cancelled_file_spends_no_attempt() -> None:
    end = cancelled(task(attempts=2)).end
    assert (end.status, end.attempts, end.tag) == (FileStatus.CANCELLED, 2, 'W/"1"')
