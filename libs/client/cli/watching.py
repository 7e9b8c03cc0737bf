"""A job while it runs, a bar or a line a change; then how it ended, and what to type next."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from rich.progress import Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from libs.client.cli.session import Session
from libs.client.cli.standstill import state, tell_standstill
from libs.client.cli.tables import STYLES
from libs.client.cli.terminal import Terminal, bar
from libs.client.cli.words import count, duration, plain
from libs.client.errors import ClientError
from libs.client.records import FileTask, Job
from libs.client.watching import Sight

Show = Callable[[Sight], None]
#: Failed files told after a job; all of them are a command away.
_MOST_FAILURES = 20
#: What a file fails with where the job has spent what it may.
_SPENT = "budget_exhausted"


async def watch(session: Session, job_id: str) -> Job:
    """Shows a job until it has ended, and gives it ended. When the watching is broken off the job goes on."""
    job = None
    try:
        with _shown(session.terminal) as show:
            async for sight in session.client.watch(job_id):
                job = sight.job
                show(sight)
    except asyncio.CancelledError:
        session.terminal.note(f"The job goes on. See it again: batch-translate watch {plain(job_id)}")
        raise
    if job is None:
        raise ClientError("the job was not seen")
    return job


async def tell_end(session: Session, job: Job) -> list[FileTask]:
    """How a job ended and why files failed; gives the first of those."""
    terminal = session.terminal
    terminal.say(_end(job))
    if job.repairs:
        terminal.note(f"Some files are worth a look: batch-translate files {plain(job.job_id)} --repairs")
    if job.error:
        terminal.say(f"  {plain(job.error)}")
    failures: list[FileTask] = []
    if job.failed_files:
        async for file in session.client.files(job.job_id, "failed", page=_MOST_FAILURES):
            failures.append(file)
            if len(failures) == _MOST_FAILURES:
                break
        tell_failures(terminal, failures, job.failed_files)
        if len(failures) < job.failed_files:
            terminal.note(f"All of them: batch-translate files {job.job_id} --failed --all")
    for line in _next(job, failures):
        terminal.note(line)
    return failures


def tell_failures(terminal: Terminal, files: list[FileTask], total: int) -> None:
    """Names and reasons, as far as they are given."""
    terminal.say(Text(f"{count(total, 'file')} failed:", style="red"))
    for file in islice(files, _MOST_FAILURES):
        terminal.say(Text.assemble(f"  {plain(file.name)} ", (f"({plain(file.language)})", "bright_black")))
        terminal.say(f"    {reason(file)}")
    if total > len(files):
        terminal.say(f"  and {total - len(files):,} more")


def reason(file: FileTask) -> str:
    """Why a file has ended as it has, or is worth a look."""
    if file.repairs:
        return f"{count(file.repairs, 'repair')}: worth a look"
    return plain(": ".join(part for part in (file.error_code, file.error) if part))


def counts(job: Job) -> str:
    """`16 translated, 1 failed, 1 skipped, 2 waiting`: what there is none of is left out."""
    figures = (
        (job.processed_files, "translated"),
        (job.failed_files, "failed"),
        (job.skipped_files, "skipped"),
        (job.cancelled_files, "cancelled"),
        (job.pending_files, "waiting"),
    )
    return ", ".join(f"{number:,} {word}" for number, word in figures if number) or "no files"


def _next(job: Job, failures: list[FileTask]) -> Iterator[str]:
    """What brings what is missing: of what was stopped a new job, else a retry."""
    if job.can_be_retried:
        yield _again(job, failures)
    elif job.was_stopped:
        yield _anew(job)


def _again(job: Job, failures: list[FileTask]) -> str:
    retry = f"batch-translate retry {job.job_id}"
    if job.max_characters is None or all(file.error_code != _SPENT for file in failures):
        return f"Try them again: {retry} --watch"
    had = f"{job.max_characters:,} characters"
    return f"Try them again, with more than the {had} it had: {retry} --max-characters NUMBER --watch"


def _anew(job: Job) -> str:
    skipping = job.options.if_exists == "skip_unchanged"
    how = "" if skipping else " with --if-exists skip_unchanged"
    return f"It was stopped, and cannot be retried. Submitted again{how}, it translates only what is missing."


def _end(job: Job) -> Text:
    status = Text(plain(job.status), style=f"bold {STYLES.get(job.status, '')}")
    return Text.assemble(f"Job {plain(job.job_id)} ", status, f": {counts(job)}")


@contextmanager
def _shown(terminal: Terminal) -> Iterator[Show]:
    hint = tell_standstill(terminal)
    if not terminal.err.is_terminal:
        line = _line_a_change(terminal)
        yield lambda sight: (line(sight), hint(sight), None)[-1]
        return
    columns = (TextColumn("{task.description}"), bar(), _Counts(), _Pace())
    with Progress(*columns, console=terminal.err, transient=True, refresh_per_second=4) as progress:
        task = None

        def show(sight: Sight) -> None:
            nonlocal task
            job = sight.job
            if task is None:
                task = progress.add_task("", total=None, completed=job.ended_files)
            progress.update(
                task,
                description="no answer, trying again" if sight.lost else state(job),
                # Before the listing is complete the end is not known, and the bar must not say that it is.
                total=job.total_files if job.listing_complete else None,
                completed=job.ended_files,
                job=job,
            )
            hint(sight)

        yield show


def _line_a_change(terminal: Terminal) -> Show:
    last = ""

    def show(sight: Sight) -> None:
        nonlocal last
        line = f"{plain(sight.job.status)}: {counts(sight.job)} of {sight.job.total_files:,}"
        if sight.lost is not None:
            line = f"no answer, trying again: {plain(str(sight.lost))}"
        if line != last:
            terminal.note(line)
            last = line

    return show


class _Counts(ProgressColumn):
    """`12/18 files, 1 failed`."""

    def render(self, task: Task) -> Text:
        job: Job | None = task.fields.get("job")
        if job is None:
            return Text()
        total = f"{job.total_files:,}" if job.listing_complete else f"{job.total_files:,}+"
        text = Text(f"{job.ended_files:,}/{total} files")
        return text.append(f", {job.failed_files:,} failed", style="red") if job.failed_files else text


class _Pace(ProgressColumn):
    """`3.4 files/s, 5 s left`, as soon as there is a pace."""

    def render(self, task: Task) -> Text:
        if not task.speed:
            return Text()
        left = "" if task.time_remaining is None else f", {duration(task.time_remaining)} left"
        return Text(f"{task.speed:.1f} files/s{left}", style="bright_black")
