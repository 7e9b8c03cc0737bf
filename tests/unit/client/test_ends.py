"""What a person is told to do when a job has ended: nothing that the API would refuse."""

from typing import Any

import pytest

from libs.client.cli.exits import Exit
from tests.unit.client.program import ran
from tests.unit.client.test_transport import ENDED, answering

FAILED = ENDED | {
    "status": "completed_with_errors", "total_files": 2, "processed_files": 1, "failed_files": 1,
}  # fmt: skip
STOPPED = "cannot be retried. Submitted again, it translates only what is missing.\n"
RETRY = "Try them again: batch-translate retry 1 --watch\n"


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (FAILED, RETRY),
        (FAILED | {"status": "failed", "processed_files": 0, "failed_files": 2}, RETRY),
        (FAILED | {"listing_complete": False}, STOPPED),
        (FAILED | {"status": "failed", "listing_complete": False, "failed_files": 0}, STOPPED),
        (FAILED | {"status": "cancelled", "processed_files": 0, "cancelled_files": 1}, STOPPED),
        (FAILED | {"status": "failed", "processed_files": 0, "cancelled_files": 1}, STOPPED),
        (ENDED, None),
    ],
)
async def test_a_retry_is_offered_where_the_api_takes_it_and_what_was_stopped_is_submitted_again(
    job: dict[str, Any], told: str | None
) -> None:
    said = (await ran(answering(job), answering([]), arguments=["watch", "1"])).err
    assert [line for line in (RETRY, STOPPED) if line in said] == ([told] if told else [])


async def test_what_would_translate_all_of_it_again_is_submitted_otherwise() -> None:
    job = FAILED | {"status": "cancelled", "options": {"if_exists": "overwrite"}}
    said = (await ran(answering(job), answering([]), arguments=["watch", "1"])).err
    assert "Submitted again with --if-exists skip_unchanged, it translates only what is missing." in said


async def test_a_retry_that_is_answered_with_its_end_tells_it_and_ends_as_the_job_did() -> None:
    retried = await ran(answering(FAILED), answering([]), arguments=["retry", "1"])
    assert (retried.code, retried.out) == (
        Exit.PARTLY, "Job 1 completed_with_errors: 1 translated, 1 failed\n1 file failed:\n  and 1 more\n",
    )  # fmt: skip
    assert RETRY in retried.err
    retried = await ran(answering(ENDED), arguments=["retry", "1", "--watch", "--json"])
    assert (retried.code, retried.value["status"], retried.calls) == (
        Exit.DONE, "completed", ["POST /batch/jobs/1/retry"],
    )  # fmt: skip
