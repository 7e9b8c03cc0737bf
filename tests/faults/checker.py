"""The checker: what a run must have left behind, whatever went wrong during it.

It reads everything after the run (sources, targets, file rows, counters, dispatch row, job row, queues, dead
letters) and reports in the terms of Jepsen's total-queue:

    attempted     file tasks that the sources ask for
    acknowledged  those with a file row: the ledger has promised them an end
    ok            those with an end and, when they succeeded, with their target
    lost          those without: must be none
    unexpected    rows and targets that nobody asked for: must be none
    duplicated    ends counted more than once: must be none
    recovered     those that are ok although a worker had to begin them again
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from libs.common.deployment import Deployment
from libs.common.ledger.records import Counts, FileRow, FileStatus, JobRow, JobStatus
from libs.jobs.selection import chosen, target_name
from libs.translation.documents import HEAD_BYTES, content_of
from libs.translation.engines.options import EngineOptions
from libs.translation.engines.pseudo import open_engine
from libs.translation.translator import Order, Translator
from tests.faults.evidence import Evidence, blobs_of, gather, lengths_of, rows_of

Task = tuple[str, str]


class Kind(StrEnum):
    """What can be wrong after a run."""

    LOST = "lost"
    UNEXPECTED = "unexpected"
    DUPLICATED = "duplicated"
    COUNTERS = "counters differ from rows"
    ENDING = "the job's end does not fit its files"
    TELLING = "what is told of the end"
    QUEUES = "messages left"
    DEAD_LETTERS = "dead letters differ from failed files"
    BYTES = "target bytes"


@dataclass(frozen=True, slots=True)
class Violation:
    kind: Kind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the checker found; ``rows`` are the file rows for what a test asks beyond it."""

    attempted: int
    acknowledged: int
    ok: int
    recovered: int
    violations: tuple[Violation, ...]
    rows: tuple[FileRow, ...]

    def count(self, kind: Kind) -> int:
        return sum(violation.kind is kind for violation in self.violations)

    def __str__(self) -> str:
        counts = [f"{kind} {self.count(kind)}" for kind in (Kind.LOST, Kind.UNEXPECTED, Kind.DUPLICATED)]
        parts = [f"attempted {self.attempted}", f"acknowledged {self.acknowledged}", f"ok {self.ok}"]
        return ", ".join([*parts, *counts, f"recovered {self.recovered}"])

    def require(self) -> "Report":
        """Raise AssertionError naming every violation; itself where there is none."""
        assert not self.violations, f"{self}\n" + "\n".join(map(str, self.violations))
        return self


async def check(
    deployment: Deployment,
    job_id: str,
    sources: Mapping[str, bytes],
    expected: Mapping[str, bytes] | None = None,
    *,
    begun: Mapping[str, int] | None = None,
) -> Report:
    """Check an ended job. ``expected`` are the target's bytes by target name; without them, those of the
    pseudo engine. ``begun`` tells how often workers began each source, where somebody counted.
    """
    found = await gather(deployment, job_id)
    if expected is None:
        succeeded = [row for row in found.rows.values() if row.status is FileStatus.SUCCEEDED]
        expected = await pseudo_targets(found.job, sources, succeeded)
    expected = {**expected, **_copies(found, sources)}
    wanted = _wanted(found, sources)
    violations = [
        *_tasks(found, wanted),
        *_counts(found),
        *_ending(found),
        *_telling(found),
        *_queues(found),
        *_letters(found),
        *_bytes(found, expected),
    ]
    lost = {violation.detail.partition(" ")[0] for violation in violations if violation.kind is Kind.LOST}
    again = {name for name, times in (begun or {}).items() if times > 1}
    return Report(
        attempted=len(wanted),
        acknowledged=len(wanted & found.rows.keys()),
        ok=len(wanted) - len(lost),
        recovered=sum(name in again and _said((language, name)) not in lost for language, name in wanted),
        violations=tuple(violations),
        rows=tuple(found.rows.values()),
    )


async def pseudo_targets(job: JobRow, sources: Mapping[str, bytes], rows: list[FileRow]) -> dict[str, bytes]:
    """What a run without faults writes for these rows with the pseudo engine, by target name."""
    translator = Translator(open_engine(EngineOptions()), requests_in_flight=8, request_seconds=60)
    targets: dict[str, bytes] = {}
    for row in rows:
        if row.name in sources:
            form = content_of(sources[row.name][:HEAD_BYTES]).form
            order = Order(job.source_language, row.language, job.options, form=form)
            done = await translator.translate(row.name, sources[row.name], order)
            targets[target_name(job, row.language, row.name)] = done.data
    return targets


def _copies(found: Evidence, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is in the target untranslated, byte for byte, by target name."""
    copied = [row for row in found.rows.values() if row.error_code == "copied" and row.name in sources]
    return {target_name(found.job, row.language, row.name): sources[row.name] for row in copied}


def _said(task: Task) -> str:
    language, name = task
    return f"{name!r}({language})"


async def leftovers(deployment: Deployment, job: JobRow, targets: set[str]) -> list[Violation]:
    """What is wrong after a job was deleted: rows of it that are left, translations that went with them."""
    job_id = job.job_id
    rows = await rows_of(deployment, job_id)
    found = [Violation(Kind.UNEXPECTED, f"row of {row.name!r}, and no job") for row in rows]
    if await deployment.files.dispatch(job_id) is not None or await deployment.files.failures(
        job_id, 1, None
    ) != ([], None):
        found.append(Violation(Kind.UNEXPECTED, "other rows, and no job"))
    if (await deployment.files.counters.read(job_id)).all:
        found.append(Violation(Kind.UNEXPECTED, "counter rows, and no job"))
    if job_id in {it.job_id async for it in deployment.jobs.open.all()}:
        found.append(Violation(Kind.UNEXPECTED, "a deleted job is listed among the open ones"))
    there = (await blobs_of(deployment, job.target_container)).keys()
    found += [Violation(Kind.LOST, f"translation {name!r}") for name in sorted(targets - there)]
    lengths = await lengths_of(deployment)
    return found + [Violation(Kind.QUEUES, f"{n} in the {queue} queue") for queue, n in lengths.items() if n]


def _wanted(found: Evidence, sources: Mapping[str, bytes]) -> set[Task]:
    """The file tasks that must have ended; of a job that was stopped, those that were listed by then."""
    tasks = {
        (lang, name) for lang in found.job.target_languages for name in sources if chosen(found.job, name)
    }
    stopped = found.job.status is JobStatus.CANCELLED
    return tasks & found.rows.keys() if stopped else tasks


def _tasks(found: Evidence, wanted: set[Task]) -> Iterator[Violation]:
    for task in sorted(wanted):
        row = found.rows.get(task)
        if row is None:
            yield Violation(Kind.LOST, f"{_said(task)} has no row")
        elif row.status is FileStatus.PENDING:
            yield Violation(Kind.LOST, f"{_said(task)} is pending")
        elif _has_target(row) and target_name(found.job, *task) not in found.targets:
            yield Violation(Kind.LOST, f"{_said(task)} {row.error_code or row.status} and has no target")
    for task in sorted(found.rows.keys() - wanted):
        yield Violation(Kind.UNEXPECTED, f"row of {_said(task)}")
    for name in sorted(found.targets.keys() - {target_name(found.job, *task) for task in wanted}):
        yield Violation(Kind.UNEXPECTED, f"target {name!r}")


def _has_target(row: FileRow) -> bool:
    return row.status is FileStatus.SUCCEEDED or row.error_code == "copied"


def _counts(found: Evidence) -> Iterator[Violation]:
    by_rows = _counted(found.rows.values())
    for language in sorted(by_rows.keys() | found.progress.by_language.keys()):
        in_rows = by_rows.get(language, Counts())
        counted = found.progress.by_language.get(language, Counts())
        if counted.ended > in_rows.ended:
            said = f"{language}: {counted.ended} ends counted, {in_rows.ended} rows ended"
            yield Violation(Kind.DUPLICATED, said)
        if counted != in_rows:
            yield Violation(Kind.COUNTERS, f"{language}: counted {counted}, rows {in_rows}")
    if dict(found.progress.totals_by_language) != (totals := Counter(task[0] for task in found.rows)):
        yield Violation(Kind.COUNTERS, f"listed {dict(found.progress.totals_by_language)}, rows {totals}")
    failed = {task for task, row in found.rows.items() if row.status is FileStatus.FAILED}
    if found.failures != failed:
        yield Violation(Kind.COUNTERS, f"index of failures {found.failures}, failed rows {failed}")


def _counted(rows: Any) -> dict[str, Counts]:
    sums: dict[str, Counts] = {}
    for row in rows:
        one = Counts(
            succeeded=int(row.status is FileStatus.SUCCEEDED),
            failed=int(row.status is FileStatus.FAILED),
            skipped=int(row.status is FileStatus.SKIPPED),
            cancelled=int(row.status is FileStatus.CANCELLED),
            characters=row.characters,
            repairs=row.repairs,
        )
        sums[row.language] = sums.get(row.language, Counts()) + one
    return sums


def _ending(found: Evidence) -> Iterator[Violation]:
    job, counts = found.job, found.progress.counts
    statuses = Counter(row.status for row in found.rows.values())
    if not job.status.ended or job.completed_at is None:
        yield Violation(Kind.ENDING, f"the job is {job.status}")
    elif statuses[FileStatus.PENDING]:
        yield Violation(Kind.ENDING, f"{job.status} with {statuses[FileStatus.PENDING]} files pending")
    if job.status is JobStatus.COMPLETED and statuses.keys() - {FileStatus.SUCCEEDED, FileStatus.SKIPPED}:
        yield Violation(Kind.ENDING, f"completed with {dict(statuses)}")
    if job.status is JobStatus.COMPLETED_WITH_ERRORS and not statuses[FileStatus.FAILED]:
        yield Violation(Kind.ENDING, "completed with errors, and no file failed")
    if not found.progress.sealed:
        yield Violation(Kind.ENDING, "ended unsealed")
    if job.final is None or (job.final.total, job.final.counts) != (found.progress.total, counts):
        yield Violation(Kind.ENDING, f"final figures {job.final}, counters {found.progress}")
    if found.is_open:
        yield Violation(Kind.ENDING, "ended, and listed among the open jobs")


def _telling(found: Evidence) -> Iterator[Violation]:
    if found.job.owes_notification:
        yield Violation(Kind.TELLING, "nobody was told of the end")
    if found.job.owes_notification is not found.is_owed:
        yield Violation(Kind.TELLING, f"a row says {found.is_owed}, the job {found.job.notification}")


def _queues(found: Evidence) -> Iterator[Violation]:
    for queue, length in found.lengths.items():
        if length:
            yield Violation(Kind.QUEUES, f"{length} in the {queue} queue")


def _letters(found: Evidence) -> Iterator[Violation]:
    failed = {task for task, row in found.rows.items() if row.status is FileStatus.FAILED}
    for task in sorted(failed - found.letters):
        yield Violation(Kind.DEAD_LETTERS, f"none of {_said(task)}, which failed")
    for task in sorted(found.letters - failed):
        yield Violation(Kind.DEAD_LETTERS, f"one of {_said(task)}, which did not fail")


def _bytes(found: Evidence, expected: Mapping[str, bytes]) -> Iterator[Violation]:
    for name, data in sorted(expected.items()):
        if name in found.targets and found.targets[name] != data:
            yield Violation(Kind.BYTES, f"{name!r} differs from a run without faults")
