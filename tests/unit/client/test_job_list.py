"""What the list of jobs says of how far they are."""

from typing import Any

import pytest

from tests.unit.client.program import ran
from tests.unit.client.test_transport import ENDED, JOB, answering

LISTED = JOB | {"status": "processing", "listing_complete": True}


@pytest.mark.parametrize(
    ("job", "done", "files"),
    [
        (LISTED | {"total_files": 300, "processed_files": 299, "pending_files": 1}, "99%", "300"),
        (LISTED | {"total_files": 300, "processed_files": 300}, "99%", "300"),
        (LISTED | {"total_files": 200, "failed_files": 1, "pending_files": 199}, "0%", "200"),
        (LISTED, "0%", "0"),
        (JOB | {"total_files": 2000, "processed_files": 2000}, "-", "2,000+"),
        (ENDED | {"total_files": 3, "skipped_files": 3}, "100%", "3"),
        (ENDED, "100%", "0"),
        (ENDED | {"status": "failed", "listing_complete": False, "total_files": 9}, "-", "9+"),
    ],
)
async def test_a_share_is_rounded_down_and_not_told_before_the_whole_is_known(
    job: dict[str, Any], done: str, files: str
) -> None:
    line = (await ran(answering([job]), arguments=["jobs"])).out
    assert line.split("\t")[2:4] == [done, files]
