"""Large files: the bound on bytes holds, and parsing them never delays a lease."""

from dataclasses import dataclass, replace

from libs.translation.documents import format_of
from tests.faults.checker import check
from tests.faults.processes import highest_memory, posted, under_test
from tests.faults.running import drained

MIB = 1024 * 1024
FILES, FILE_BYTES = 8, 8 * MIB
#: Files that the bound has room for.
AT_ONCE = 2
_PARAGRAPH = b"The quick brown fox jumps over the lazy dog; it was a sunny day, and nobody cared.\n\n"


def large_files() -> dict[str, bytes]:
    """Paragraphs of ordinary length, so that a file is a hundred thousand segments."""
    text = (_PARAGRAPH * (FILE_BYTES // len(_PARAGRAPH) + 1))[: FILE_BYTES - 2]
    return {f"{number}.txt": b"%d\n" % number + text for number in range(FILES)}


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


async def test_large_files_stay_within_the_bound_on_bytes_and_their_leases_are_never_late() -> None:
    sources, form = large_files(), format_of("0.txt")
    assert form is not None
    bound = AT_ONCE * form.memory_a_byte * FILE_BYTES
    async with under_test(0, {"VISIBILITY_TIMEOUT": "60"}, through=True) as (running, watched, between):
        job_id = await posted(running, sources)
        flight = InFlight()
        between.observer = flight.observe
        # The worker alone has short leases: a dispatcher's would have it send slow files again.
        own = {"VISIBILITY_TIMEOUT": "2", "MAX_BYTES_IN_FLIGHT": str(bound)}
        options = running.stack.options
        running.stack.options = replace(options, settings={**options.settings, **own})
        worker = await running.stack.start("worker-1")
        idle = highest_memory(worker.pid)
        await running.ended(job_id, 240)
        await drained(running.deployment)
        (await check(running.deployment, job_id, sources, {})).require()
        taken = highest_memory(worker.pid) - idle
        lost = [line for line in watched.lines if "lease.lost" in line]
        print(
            f"{FILES} files of {FILE_BYTES // MIB} MiB, {flight.most} at once: {taken // MIB} MiB beyond the "
            f"{idle // MIB} MiB of an idle worker, bound {bound // MIB} MiB; {flight.renewals} renewals"
        )
        assert flight.most == AT_ONCE
        assert taken <= bound
        assert flight.renewals > FILES
        assert lost == []
        assert set(watched.begun.times[job_id].values()) == {1}
