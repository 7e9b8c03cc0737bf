"""The rate that complaints let us find."""

from dataclasses import replace

import pytest

from libs.common.ledger.rates import WINDOW_SECONDS, Complaint, Rate

MOST = 60_000
NOW = 1_800_000_000.0


def after_minutes_at(most: int) -> Rate:
    """A row that has let everything go for two minutes."""
    rate = Rate(NOW - 120)
    while rate.until < NOW:
        rate, *_ = rate.leased(rate.until, most, 0)
    return rate


def complained(rate: Rate, now: float = NOW) -> Rate:
    return rate.refused(now, MOST, Complaint(500, now - 0.1))


def test_a_complaint_lowers_the_rate_a_little_below_what_the_window_held() -> None:
    before = after_minutes_at(30_000)
    assert 0.9 * 30_000 <= complained(before).a_minute(NOW, MOST) <= 0.98 * 0.98 * 60_000
    lowered = complained(replace(before, limit=30_000.0, resumed=NOW - 100))
    assert 0.9 * 30_000 <= lowered.a_minute(NOW, MOST) < 0.98 * 30_000
    assert NOW < lowered.until <= NOW + 5


def test_of_all_who_meet_one_complaint_one_lowers_the_rate() -> None:
    once = complained(after_minutes_at(MOST))
    again = once.refused(NOW + 0.2, MOST, Complaint(500, NOW - 0.1))
    assert (again.limit, again.until) == (once.limit, once.until)


def test_whoever_meets_it_first_everybody_is_as_patient_as_the_engine_wishes() -> None:
    once = complained(after_minutes_at(MOST))
    again = once.refused(NOW + 0.2, MOST, Complaint(500, NOW - 0.1, wish=40))
    assert again.leased(NOW + 1, MOST, 0)[1] == pytest.approx(NOW + 40.2)
    endless = once.refused(NOW, MOST, Complaint(500, NOW - 0.1, wish=1e9))
    assert endless.until <= NOW + 3600


def test_the_rate_stays_for_a_minute_and_then_rises_to_what_is_configured() -> None:
    lowered = replace(after_minutes_at(MOST), limit=MOST / 10, resumed=NOW)
    rates = [lowered.a_minute(NOW + seconds, MOST) for seconds in range(400)]
    assert rates[0] == rates[int(WINDOW_SECONDS)]
    assert rates == sorted(rates)
    assert rates[90] < 1.1 * rates[0]
    assert rates[-1] == Rate(NOW).a_minute(NOW, MOST) <= MOST


def test_an_engine_that_only_complains_never_brings_the_rate_to_nothing() -> None:
    rate, now = Rate(NOW), NOW
    for _ in range(200):
        rate = complained(rate, now)
        now = rate.until + 0.2
    assert rate.a_minute(now, MOST) >= MOST / 200
    assert len(rate.given) <= 40


def test_the_row_remembers_a_minute_and_no_more() -> None:
    rate = after_minutes_at(MOST)
    assert len(rate.given) <= WINDOW_SECONDS / 2 + 2
    assert sum(size for _, size in rate.given) == pytest.approx(MOST, rel=0.1)
