"""What `python -m tests.cluster` hands to the scenes."""

from dataclasses import dataclass

import pytest

from tests.cluster.plan import Plan
from tests.cluster.report import Report


@dataclass(frozen=True, slots=True)
class Given:
    """A plugin of pytest: what the run was asked for, and what kubectl said when it applied the overlay."""

    plan: Plan
    report: Report
    said: str

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[GIVEN] = self


GIVEN = pytest.StashKey[Given]()
