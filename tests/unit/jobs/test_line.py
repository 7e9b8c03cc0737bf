"""How late messages are, and what that does to pauses."""

import heapq
import random

import pytest

from services.dispatcher.line import Line


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("services.dispatcher.line.time.monotonic", lambda: now[0])
    return now


def test_a_line_is_as_late_as_its_last_message_and_later_while_nothing_is_received(
    clock: list[float],
) -> None:
    line = Line()
    line.received(7)
    assert line.lateness == 7
    clock[0] += 5
    assert line.lateness == 12
    line.was_empty()
    assert line.lateness == 0


def test_a_pause_grows_by_more_than_its_message_was_late_and_shrinks_slowly(clock: list[float]) -> None:
    line = Line()
    clock[0] += 100
    assert line.stretched(0, late=40) == 80
    assert line.stretched(80, late=1) == 76
    assert line.stretched(1700, late=90) == 1800
    stretch, looks = 80.0, 0
    while stretch:
        stretch, looks = line.stretched(stretch, late=0), looks + 1
    assert looks < 100


def test_a_message_that_was_late_because_nobody_was_there_lengthens_no_pause(clock: list[float]) -> None:
    line = Line()
    clock[0] += 2
    assert line.stretched(0, late=3600) == 0


def test_a_message_that_was_late_because_storage_was_away_lengthens_no_pause(clock: list[float]) -> None:
    line = Line()
    clock[0] += 300
    line.could_not_ask()
    clock[0] += 2
    assert line.stretched(0, late=302) == 0
    clock[0] += 38
    assert line.stretched(0, late=340) == 80


def test_a_job_that_steps_back_for_a_moment_is_put_off_for_longer_only_while_others_wait(
    clock: list[float],
) -> None:
    line = Line()
    clock[0] += 100
    assert line.lengthened(1, 600) > 300
    line.was_empty()
    assert line.lengthened(1, 600) == 1
    assert line.lengthened(30, 600) > 330
    assert line.lengthened(0, 600) == 0


@pytest.mark.parametrize(("jobs", "pause"), [(100, 30), (10_000, 30), (20, 1), (2_000, 1)])
def test_pauses_settle_where_a_new_job_waits_for_less_than_half_a_minute(
    jobs: int, pause: float, clock: list[float]
) -> None:
    """Sixty looks a second, and every job has its message in the line at the start."""
    random.seed(1)
    line, due = Line(), [(0.0, 0.0)] * jobs  # when a message becomes visible, and its stretch
    now, waited = 0.0, []
    start = clock[0]
    while now < 1800:
        at, stretch = heapq.heappop(due)
        if at > now:
            now = at
            clock[0] = start + now
            line.was_empty()
        now += 1 / 60
        clock[0] = start + now
        late = now - at
        stretch = line.stretched(stretch, late)
        heapq.heappush(due, (now + line.lengthened(pause, stretch), stretch))
        if now > 600:
            waited.append(late)
    assert max(waited) < 30
    print(
        f"{jobs} jobs: a message is at most {max(waited):.1f} s late, {pause + stretch:.0f} s between looks"
    )
