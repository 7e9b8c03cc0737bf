"""Outlooks: how often a job's processes read its rows, and how soon its end is seen, in simulated time."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from libs.common.ledger.records import Counts, Progress
from libs.common.ledger.sights import Sight
from libs.jobs.outlook import Outlook
from libs.jobs.roll_call import LARGE

WATCH = 30.0


@dataclass
class Fleet:
    """Processes that end the files of a job, each at a pace of its own, and a dispatcher that watches."""

    paces: list[float]
    files: int
    gone: int = 0  #: counter rows that no process stands for any more
    sealed_at: float = 0.0
    seed: int = 1
    now: float = 0.0
    reads: list[tuple[float, int]] = field(default_factory=list)  #: moments, and entities read
    checks: dict[int, float] = field(default_factory=dict)  #: the next check of each process
    ended: list[int] = field(default_factory=list)
    left: int = 0
    writers: int = 0
    last_end: float = 0.0
    closed_at: float | None = None
    told: Sight = field(default_factory=Sight)

    @property
    def pending(self) -> int:
        return self.left

    @property
    def rows(self) -> int:
        return self.gone + self.writers

    def run(self, seconds: float) -> "Fleet":
        random.seed(self.seed)
        self.ended, self.left = [0] * len(self.paces), self.files
        outlooks = [Outlook(0.0) for _ in self.paces]
        events = [(random.expovariate(pace), 0, number) for number, pace in enumerate(self.paces)]
        events += [(0.0, 2, 0)]
        heapq.heapify(events)
        while events and self.closed_at is None:
            self.now, kind, number = heapq.heappop(events)
            if self.now > seconds:
                break
            for event in self._happens(kind, number, outlooks):
                heapq.heappush(events, event)
        return self

    def _happens(self, kind: int, number: int, outlooks: list[Outlook]) -> Iterator[tuple[float, int, int]]:
        if kind == 0 and self.pending:
            self.writers += self.ended[number] == 0
            self.ended[number] += 1
            self.left -= 1
            self.last_end = self.now
            outlooks[number].ended(self.now)
            yield self.now + random.expovariate(self.paces[number]), 0, number
            yield from self._next_check(number, outlooks[number])
        elif kind == 1 and self.checks.get(number) == self.now:
            del self.checks[number]
            self._check(outlooks[number])
            yield from self._next_check(number, outlooks[number])
        elif kind == 2:
            self._watch()
            yield self.now + WATCH, 2, 0

    def _next_check(self, number: int, seen: Outlook) -> Iterator[tuple[float, int, int]]:
        at = max(self.now + 0.01, seen.next_at)
        if seen.owes and at < self.checks.get(number, float("inf")):
            self.checks[number] = at
            yield at, 1, number

    def _check(self, seen: Outlook) -> None:
        """What `Closer` does, on this fleet's storage."""
        if not seen.owes or seen.next_at > self.now:
            return
        if not seen.is_near or seen.look_at > self.now:
            self.read(1)
            seen.glanced(self.told, self.now)
            if seen.look_at > self.now:
                return
        seen.looks(self.now)
        self.read(2)
        if self.now < self.sealed_at:
            seen.looked(None)
            return
        self.read(self.rows + 3)
        counts = {"de": Counts(succeeded=self.files - self.pending)}
        rows = {str(row): "" for row in range(self.rows)}
        seen.looked(Progress(total=self.files, sealed=True, by_language=counts, counters=rows))
        if not self.pending:
            self.closed_at = self.now

    def _watch(self) -> None:
        self.read(self.rows + 5)
        if self.now >= self.sealed_at and not self.pending:
            self.closed_at = self.now
        if self.rows >= LARGE:
            self.told = Sight(
                self.writers, self.rows, self.pending if self.now >= self.sealed_at else None, str(self.now)
            )

    def read(self, entities: int) -> None:
        self.reads.append((self.now, entities))

    def a_second(self, begin: float, end: float) -> float:
        return sum(entities for moment, entities in self.reads if begin <= moment < end) / (end - begin)

    @property
    def delay(self) -> float:
        assert self.closed_at is not None
        return self.closed_at - self.last_end


def test_a_hundred_processes_read_few_rows_while_the_end_is_far() -> None:
    fleet = Fleet([2.0] * 100, 1_000_000, gone=900).run(150)
    print(f"{fleet.a_second(30, 150):.0f} entities/s with 1,000 rows")
    assert fleet.a_second(30, 150) < 50  # 33 of them are the watch's
    folded = Fleet([2.0] * 100, 1_000_000).run(150)
    print(f"{folded.a_second(30, 150):.0f} entities/s with 100 rows")
    assert folded.a_second(30, 150) < 50


def test_ten_times_the_processes_do_not_read_more_but_for_the_watch() -> None:
    few, many = (Fleet([0.1] * n, 1_000_000).run(150) for n in (100, 1000))
    of_watch = {100: 105 / WATCH, 1000: 1005 / WATCH}
    few_rate, many_rate = few.a_second(60, 150) - of_watch[100], many.a_second(60, 150) - of_watch[1000]
    print(f"{few_rate:.0f} and {many_rate:.0f} entities/s")
    assert many_rate < 2 * few_rate


@pytest.mark.parametrize("processes", [1, 3, 10, 30, 100])
@pytest.mark.parametrize("pace", [0.05, 1.0, 10.0])
def test_the_end_of_a_job_is_seen_soon(processes: int, pace: float) -> None:
    delays = [
        Fleet([pace] * processes, 20 * processes, sealed_at=5 / pace, seed=seed).run(1e6).delay
        for seed in range(3)
    ]
    print(f"{processes} processes of {pace}/s: {[round(delay, 1) for delay in delays]} s")
    assert sorted(delays)[1] <= 3
    assert max(delays) <= WATCH


@pytest.mark.parametrize("pace", [0.5, 5.0])
def test_the_end_is_seen_soon_though_some_processes_are_ten_times_as_fast(pace: float) -> None:
    paces = [pace] * 90 + [10 * pace] * 10
    delays = [Fleet(paces, 2_000, seed=seed).run(1e6).delay for seed in range(3)]
    print([round(delay, 1) for delay in delays])
    assert sorted(delays)[1] <= 3


def test_a_process_owes_a_look_until_what_it_knows_is_newer_than_its_last_end() -> None:
    seen = Outlook(0.0)
    seen.ended(1.0)
    for at, owes in (("1", True), ("1", True), ("2", False)):
        seen.glanced(Sight(100, 100, 5_000, at), 2.0)
        assert seen.owes is owes
    seen.ended(3.0)
    seen.glanced(Sight(100, 100, 0, "3"), 4.0)
    seen.glanced(Sight(100, 100, 0, "4"), 5.0)
    assert seen.owes  # nothing is pending any more, and the job is open still
