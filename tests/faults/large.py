"""Files so large that a worker has room for few of them at a time: what it takes, measured from outside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.faults.checker import Report, check
from tests.faults.processes import highest_memory, posted, under_test
from tests.faults.running import drained

MIB = 1024 * 1024
_PARAGRAPH = "The quick brown fox jumps over the lazy dog; it was {} sunny days ago, and nobody cared.\n\n"
_PATIENCE = 1200.0


@dataclass
class InFlight:
    """Documents between the reading of their source and the end of the writing of their target."""

    now: int = 0
    most: int = 0
    renewals: int = 0

    def observe(self, operation: str, path: str, is_back: bool) -> None:
        if operation == "blob get" and "/source/" in path and not is_back:
            self.now += 1
        if operation == "blob put" and "/target/" in path and is_back:
            self.now -= 1
        self.most = max(self.most, self.now)
        self.renewals += operation == "queue update" and "translation-jobs" in path and is_back


@dataclass(frozen=True, slots=True)
class Large:
    """Sizes in bytes. ``idle`` is a worker's memory before its first file, ``highest`` the most it ever had;
    ``began`` tells how often a worker began a file.
    """

    files: int
    size: int
    bound: int
    idle: int
    highest: int
    flight: InFlight
    lost_leases: list[str]
    began: set[int]
    report: Report

    def __str__(self) -> str:
        return (
            f"{self.files} files of {self.size // MIB} MiB, {self.flight.most or 'some'} at once: "
            f"{self.highest // MIB} MiB at most, {self.idle // MIB} MiB of them idle, bound "
            f"{self.bound // MIB} MiB; {self.flight.renewals} renewals; {self.report}"
        )


async def run_large(files: int, size: int, bound: int, lease: int = 2, *, through: bool = True) -> Large:
    """One worker with ``MAX_BYTES_IN_FLIGHT`` of ``bound`` and leases of ``lease`` seconds, to the end.

    What is in flight is seen by the proxy; without it (``through``) a transfer takes less time and no figure
    of that kind is known.
    """
    sources = dict(large_files(files, size))
    slow = {"VISIBILITY_TIMEOUT": "120", "WATCH_INTERVAL": "5"}
    async with under_test(0, slow, through=through) as (running, watched, between):
        job_id = await posted(running, sources)
        flight = InFlight()
        between.observer = flight.observe
        # The worker alone has short leases: a dispatcher's would have it send slow files again.
        own = {"VISIBILITY_TIMEOUT": str(lease), "MAX_BYTES_IN_FLIGHT": str(bound)}
        options = running.stack.options
        running.stack.options = replace(options, settings={**options.settings, **own})
        worker = await running.stack.start("worker-1")
        idle = highest_memory(worker.pid)
        await running.ended(job_id, _PATIENCE)
        await drained(running.deployment)
        report = await check(running.deployment, job_id, sources, {})
        return Large(
            files,
            size,
            bound,
            idle,
            highest_memory(worker.pid),
            flight,
            [line for line in watched.lines if "lease.lost" in line],
            set(watched.begun.times[job_id].values()),
            report,
        )


def large_files(files: int, size: int) -> Iterator[tuple[str, bytes]]:
    """Paragraphs of ordinary length, no two of a file alike: a few hundred thousand segments each."""
    one = len(_PARAGRAPH)
    text = "".join(_PARAGRAPH.format(number) for number in range(size // one + 1)).encode()
    for number in range(files):
        head = b"%d\n\n" % number
        yield f"{number}.txt", head + text[: size - len(head)]
