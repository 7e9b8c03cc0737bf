"""The stage for the scenes, which `python -m tests.cluster` has set up."""

from collections.abc import AsyncIterator

import pytest

from tests.cluster.claim import renewed
from tests.cluster.cluster import connected
from tests.cluster.given import GIVEN, Given
from tests.cluster.jobs import Jobs
from tests.cluster.report import Report
from tests.cluster.stage import Stage, stage_of


@pytest.fixture(scope="session")
def given(pytestconfig: pytest.Config) -> Given:
    return pytestconfig.stash[GIVEN]


@pytest.fixture(scope="session")
def report(given: Given) -> Report:
    return given.report


@pytest.fixture(scope="session")
async def stage(given: Given) -> AsyncIterator[Stage]:
    async with connected() as cluster, renewed(cluster):
        yield await stage_of(cluster, given.plan, given.said)


@pytest.fixture(scope="session")
def jobs(stage: Stage, report: Report) -> Jobs:
    return Jobs(stage, report)
