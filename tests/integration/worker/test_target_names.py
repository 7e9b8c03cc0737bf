"""A target that storage takes under no name fails before anything is paid for it."""

import pytest

from libs.common.deployment import Deployment
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ReadRow, ended, working

LONG = "x" * 1020 + ".txt"


@pytest.mark.parametrize("prefix", ["translated/", "a/" * 254])
async def test_a_target_name_that_storage_takes_not_fails_before_the_engine_is_paid(
    prefix: str, deployment: Deployment, explicit: Explicit, listed: Listed, file_row: ReadRow
) -> None:
    name = LONG if prefix == "translated/" else "a.txt"
    engine = StubbornEngine()
    job = await listed({name: b"Hello."}, target_prefix=prefix)
    async with working(explicit, deployment, engine):
        await ended(deployment, job)
    row = await file_row(job, name)
    assert (row.error_code, row.attempts) == ("target_name_too_long", 1)
    assert engine.asked == []
