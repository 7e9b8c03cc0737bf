"""Records: the one table of a job's states, and sums that add up."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.ledger.records import ENDED, TRANSITIONS, Counts, JobStatus, Progress, merged

COUNTS = st.builds(Counts, *[st.integers(0, 10**12)] * 5)
BY_LANGUAGE = st.dictionaries(st.sampled_from(["de", "fr", "es"]), COUNTS)


def test_an_ended_job_goes_nowhere_but_back_to_the_queue() -> None:
    assert {JobStatus(status) for status in TRANSITIONS} == set(JobStatus)
    assert {status for status in JobStatus if status.ended} == ENDED
    for status in ENDED:
        assert TRANSITIONS[status] <= {JobStatus.QUEUED}
    assert TRANSITIONS[JobStatus.COMPLETED] == TRANSITIONS[JobStatus.CANCELLED] == frozenset()


def test_every_open_job_can_end_and_none_skips_the_dispatcher() -> None:
    def reached(status: JobStatus) -> set[JobStatus]:
        found, more = set(), {status}
        while more:
            found |= more
            more = {step for known in more for step in TRANSITIONS[known]} - found
        return found

    for status in set(JobStatus) - ENDED:
        assert reached(status) & ENDED
    assert not TRANSITIONS[JobStatus.QUEUED] & ENDED


def test_a_cancelled_job_never_counts_as_completed() -> None:
    assert TRANSITIONS[JobStatus.CANCELLING] == {JobStatus.CANCELLED, JobStatus.FAILED}


@given(st.lists(BY_LANGUAGE, max_size=5))
def test_sums_do_not_depend_on_order_or_grouping(parts: list[dict[str, Counts]]) -> None:
    total = merged(*parts)
    assert merged(*reversed(parts)) == total
    assert merged(merged(*parts[:2]), merged(*parts[2:])) == total
    for language, counts in total.items():
        assert counts == sum((part.get(language, Counts()) for part in parts), Counts())


@given(BY_LANGUAGE, st.integers(0, 10**12))
def test_what_is_not_ended_is_pending(by_language: dict[str, Counts], pending: int) -> None:
    ended = sum(counts.ended for counts in by_language.values())
    progress = Progress(total=ended + pending, by_language=by_language)
    counts = progress.counts
    assert progress.pending == pending
    assert progress.total == (
        counts.succeeded + counts.failed + counts.skipped + counts.cancelled + progress.pending
    )
