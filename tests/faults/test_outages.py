"""While storage is away, all of it or one service, nothing is lost and no file spends an attempt."""

import asyncio

from tests.faults.outages import CASES, run_outage
from tests.faults.running import listening
from tests.patience import slowness

#: More than two leases of these runs (seconds).
AWAY = 9.0


async def test_an_outage_loses_nothing_and_spends_no_attempt(connection_string: str) -> None:
    away = AWAY * slowness()
    with listening() as begun:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run_outage(connection_string, case, away, begun)) for case in CASES]
    for outage in [task.result() for task in tasks]:
        print(f"faults fired: {outage}")
        outage.report.require()
        assert outage.refused > 0
        assert outage.pending > 0, "the job was over before the outage was"
        assert {row.attempts for row in outage.report.rows} == {1}
