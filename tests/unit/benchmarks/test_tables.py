"""Ratios, goals and the page they are written to."""

from typing import Any

import pytest

from benchmarks.bench import Run
from benchmarks.contenders import CONTENDERS, ONE, Runs, explained, missed, ratio, table
from benchmarks.goals import Figure
from benchmarks.page import PAGE, markdown, replaced
from benchmarks.programs import Calls
from benchmarks.stalls import Stall

BARE = "bare loop"


def run_of(speed: float, **fields: Any) -> Run:
    figures: dict[str, Any] = {
        "files": 100,
        "seconds": 100 / speed,
        "cpu": 0.5,
        "calls": Calls({"blob GET": 100, "blob PUT": 100}, 0),
        "dispatcher": Calls({"queue POST": 100}, 0),
        "dispatched": 0.5,
        "storage_cpu": 0.4,
    }
    return Run(**figures | fields)


def runs_of(**speeds: list[float]) -> Runs:
    names = {"one": ONE, "bare": BARE}
    return {names[name]: [run_of(speed) for speed in own] for name, own in speeds.items()}


def test_a_ratio_is_taken_within_each_round_so_that_a_slow_moment_hits_both() -> None:
    runs = runs_of(one=[100, 10, 100], bare=[100, 10, 100])
    assert ratio(runs, BARE) == pytest.approx(1)


def test_a_goal_is_missed_by_one_worker_that_is_too_slow_and_by_nothing_else() -> None:
    assert missed(runs_of(one=[90], bare=[100])) == []
    assert missed(runs_of(one=[80], bare=[100])) == ["1 worker is 0.80 x bare loop, the goal is 0.9"]


def test_the_table_has_speed_ratio_goal_and_cpu_and_the_dispatcher_apart() -> None:
    chosen = [one for one in CONTENDERS if one.name in {ONE, BARE}]
    head, one, bare, dispatcher = table(runs_of(one=[50], bare=[100]), chosen)
    assert len(head) == len(one) == len(bare) == len(dispatcher)
    assert bare == [BARE, "100", "0.50 (0.50 to 0.50)", "≥ 0.9", "2.00", "5.0", "4.0", "0"]
    assert dispatcher[1:5] == ["200", "", "", "1.00"]


def test_every_stalled_run_is_told_with_its_round() -> None:
    still = run_of(100, stalls=[Stall(1, 4, ("garbage collection, 4.0 s",))])
    runs = {ONE: [run_of(100), still, run_of(100), run_of(40)]}
    first, second = explained(runs)
    assert "round 2: nothing moved for 4.0 s" in first
    assert "garbage collection" in first
    assert "round 4: below half" in second


@pytest.mark.parametrize(
    ("bounds", "value", "reached"),
    [
        ({"most": 1.5}, 1.5, True),
        ({"most": 1.5}, 1.6, False),
        ({"least": 0.95, "most": 1.05}, 0.9, False),
        ({}, 1e9, True),
    ],
)
def test_a_figure_knows_whether_it_reached_its_goal(
    bounds: dict[str, float], value: float, reached: bool
) -> None:
    figure = Figure("latency", value, "s", **bounds)  # type: ignore[arg-type]  # bounds are keyword fields
    assert figure.reached is reached
    assert ("NO" in figure.cells()) is not reached


def test_a_section_is_written_between_its_markers_and_can_be_written_again() -> None:
    page = "# Page\n<!-- peers -->\n<!-- /peers -->\nby hand\n<!-- idle -->\nold\n<!-- /idle -->\n"
    once = replaced(page, "peers", "a \\1 table")
    assert once == page.replace("<!-- peers -->\n", "<!-- peers -->\na \\1 table\n")
    assert replaced(once, "peers", "a \\1 table") == once
    assert "new" in replaced(once, "idle", "new")
    assert "old" not in replaced(once, "idle", "new")
    with pytest.raises(ValueError, match="'gone'"):
        replaced(page, "gone", "text")


def test_the_page_has_a_place_for_every_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("peers", "growth", "sizes", "idle", "closers", "jobs"):
        replaced(page, name, "")


def test_a_table_is_markdown_with_a_rule_under_its_head() -> None:
    assert markdown([["a", "b"], ["1", "2"]]) == ["| a | b |", "|---|---|", "| 1 | 2 |"]
