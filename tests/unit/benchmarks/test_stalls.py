"""Runs that stood still are found, and what is known of the reason is told."""

from benchmarks.stalls import Wait, slow_rounds, stalls

BEGAN, ENDED = 100.0, 120.0
STEADY = [BEGAN + second for second in range(20)]


def test_a_run_that_moves_all_the_time_has_no_stall() -> None:
    assert stalls(STEADY, BEGAN, ENDED, [Wait("queue GET answered late", 105, 2)]) == []


def test_a_long_time_without_a_file_is_a_stall_wherever_it_is() -> None:
    for first, last in ((0, 5), (7, 12), (15, 20)):
        moments = [BEGAN + second for second in range(20) if not first < second < last]
        (stall,) = stalls(moments, BEGAN + (first == 0), ENDED, [])
        assert 3 < stall.seconds <= 6, (first, last)


def test_what_was_written_before_and_after_the_clock_does_not_hide_a_stall() -> None:
    (stall,) = stalls([BEGAN - 1, BEGAN + 1, ENDED + 1], BEGAN, ENDED, [])
    assert (stall.after, stall.seconds) == (1, 19)


def test_a_stall_names_each_kind_of_wait_it_overlaps_once_the_longest_first() -> None:
    waits = [
        Wait("garbage collection", 104, 0.6),
        Wait("table GET sent again after ServiceRequestError", 104, 2.0),
        Wait("table GET sent again after ServiceRequestError", 105, 4.0),
        Wait("queue GET answered late", 101, 2.0),
        Wait("blob GET answered late", 110, 2.0),
    ]
    (stall,) = stalls([*STEADY[:4], *STEADY[9:]], BEGAN, ENDED, waits)
    assert stall.causes == (
        "table GET sent again after ServiceRequestError, 4.0 s",
        "garbage collection, 0.6 s",
    )
    assert "table GET sent again" in str(stall)


def test_a_stall_without_a_long_wait_says_that_its_cause_is_unknown() -> None:
    (stall,) = stalls([], BEGAN, ENDED, [])
    assert "cause unknown" in str(stall)


def test_a_round_below_half_of_the_usual_speed_stalled_too() -> None:
    assert list(slow_rounds([100, 49, 110])) == [2]
    assert list(slow_rounds([100, 51, 110])) == []
