"""Whatever a seed makes go wrong between the services and storage, every file is counted once."""

from collections import Counter

from tests.faults.plan import Fault
from tests.faults.seeded import run_seeds
from tests.patience import slowness

SEEDS = [1, 2, 3, 4, 5]


async def test_a_hundredth_of_all_requests_fails_and_nothing_is_lost_or_doubled(
    connection_string: str,
) -> None:
    runs = await run_seeds(
        connection_string, SEEDS, rate=0.01, at_once=max(1, round(len(SEEDS) / slowness()))
    )
    fired: Counter[Fault] = Counter()
    for run in runs:
        print(run)
        run.report.require()
        assert run.fired, f"seed {run.seed} fired no fault"
        for (_, fault), times in run.fired.items():
            fired[fault] += times
    print(f"faults fired: {fired.total()}: {dict(fired.most_common())}")
