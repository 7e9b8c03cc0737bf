"""What a file costs in storage calls and bytes does not grow unseen."""

from benchmarks import baseline


async def test_a_file_costs_no_more_calls_and_bytes_than_it_did() -> None:
    """Calls that serve several files serve fewer on a slow machine, so the better of two runs counts."""
    grown: list[str] = []
    for _ in range(2):
        figures = baseline.told(await baseline.run_once())
        grown = list(baseline.grown(figures))
        if not grown:
            print({service: told["calls"] for service, told in figures.items()}, "calls a file")
            return
    assert grown == [], "if it is worth it, write the new baseline: python -m benchmarks.baseline"


def test_a_call_more_is_named() -> None:
    kept = baseline.read()
    heavier = {**kept, "worker": {**kept["worker"], "calls": kept["worker"]["calls"] + 1}}
    assert list(baseline.grown(kept)) == []
    (line,) = baseline.grown(heavier)
    assert line.startswith("worker: ")
