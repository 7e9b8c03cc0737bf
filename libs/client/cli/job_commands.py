"""Commands that look at jobs, and those that change one."""

import click

from libs.client.cli.exits import Exit, of_status
from libs.client.cli.group import program
from libs.client.cli.job_options import bound_option
from libs.client.cli.lists import Shape, list_options, show_list
from libs.client.cli.session import Session, command, confirmed
from libs.client.cli.watching import reason, tell_end, watch
from libs.client.cli.words import age, plain
from libs.client.errors import ClientError
from libs.client.records import FileTask, Job

_JOB_STATES = (
    "queued",
    "processing",
    "cancelling",
    "completed",
    "completed_with_errors",
    "failed",
    "cancelled",
)
_FILE_STATES = ("pending", "succeeded", "failed", "skipped", "cancelled")
#: Files looked through for the one a person names; more failures than this are retried with their job.
_MOST_LOOKED_THROUGH = 1000


@command(program, "watch")
@click.argument("job")
async def watch_job(session: Session, job: str) -> Exit:
    """Follow JOB; the exit code says how it ended."""
    return await follow(session, job)


@command(program, "jobs")
@click.option("--status", type=click.Choice(_JOB_STATES), help="Only jobs of this status.")
@list_options(20)
async def list_jobs(session: Session, status: str | None, limit: int, everything: bool) -> None:
    """List jobs, newest first."""
    items = session.client.jobs(status, page=None if everything else min(limit + 1, 100))
    await show_list(session.terminal, items, _JOBS, None if everything else limit)


@command(program, "files")
@click.argument("job")
@click.option("--failed", is_flag=True, help="Only failed files: the same as --status failed.")
@click.option("--status", type=click.Choice(_FILE_STATES), help="Only files of this status.")
@click.option("--repairs", "repaired", is_flag=True, help="Only files worth a look: the engine lost codes.")
@click.option("--folder", default="", metavar="TEXT", help="Only names that begin so.")
@list_options(100)
async def list_files(
    session: Session,
    *,
    job: str,
    failed: bool,
    status: str | None,
    repaired: bool,
    folder: str,
    limit: int,
    everything: bool,
) -> None:
    """List the files of JOB, and why they failed, were skipped or are worth a look."""
    if failed and status not in {None, "failed"}:
        raise click.UsageError("--failed and --status ask for different files")
    files = session.client.files(job, "failed" if failed else status, folder, repaired=repaired)
    await show_list(session.terminal, files, _FILES, None if everything else limit)


@command(program)
@click.argument("job")
@click.option("--file", metavar="NAME", help="Only this failed file.")
@click.option("--language", metavar="LANG", help="With --file: its language, where it failed in several.")
@bound_option
@click.option("--watch", "watching", is_flag=True, help="Follow the job to its end.")
async def retry(
    session: Session,
    *,
    job: str,
    file: str | None,
    language: str | None,
    max_characters: int | None,
    watching: bool,
) -> Exit:
    """Translate the failed files of JOB once more.

    A job that was posted with --max-characters may be given more, all in all.
    """
    file_id = None if file is None else (await _failed_file(session, job, file, language)).id
    opened = await session.client.retry(job, file_id, max_characters=max_characters)
    if opened.has_ended:  # the API does the work of a job itself
        return await end(session, opened)
    if watching:
        return await follow(session, job)
    return _tell(session, opened, f"Job {plain(job)} {plain(opened.status)}, once more")


@command(program)
@click.argument("job")
@click.option("--watch", "watching", is_flag=True, help="Follow the job to its end.")
async def cancel(session: Session, job: str, watching: bool) -> Exit:
    """Stop JOB; files in a worker's hands still end."""
    stopped = await session.client.cancel(job)
    if watching:
        return await follow(session, job)
    return _tell(session, stopped, f"Job {plain(job)} {plain(stopped.status)}")


@command(program)
@click.argument("job")
@click.option("--yes", is_flag=True, help="Do not ask.")
async def delete(session: Session, job: str, yes: bool) -> Exit:
    """Remove an ended JOB; its translations stay."""
    if not confirmed(session.terminal, f"Delete job {plain(job)} and what is known of its files?", yes=yes):
        return Exit.ERROR
    await session.client.delete(job)
    if session.terminal.as_json:
        session.terminal.json({"job_id": job, "deleted": True})
    session.terminal.say(f"Job {plain(job)} deleted")
    return Exit.DONE


async def follow(session: Session, job_id: str) -> Exit:
    """Watch a job, tell how it ended, and say so by the exit code."""
    return await end(session, await watch(session, job_id))


async def end(session: Session, job: Job) -> Exit:
    """Tell how a job has ended, and say so by the exit code."""
    await tell_end(session, job)
    if session.terminal.as_json:
        session.terminal.json(job)
    return of_status(job.status)


def _tell(session: Session, job: Job, line: str) -> Exit:
    if session.terminal.as_json:
        session.terminal.json(job)
    session.terminal.say(line)
    if not job.has_ended:
        session.terminal.note(f"Follow it: batch-translate watch {job.job_id}")
    return Exit.DONE


async def _failed_file(session: Session, job: str, name: str, language: str | None) -> FileTask:
    found, looked_through = [], 0
    async for file in session.client.files(job, "failed", name):
        if file.name == name and language in {None, file.language}:
            found.append(file)
        looked_through += 1
        if looked_through == _MOST_LOOKED_THROUGH:
            break
    if not found:
        raise ClientError(f"the job has no failed file {name!r}; see: batch-translate files {job} --failed")
    if len(found) > 1:
        languages = ", ".join(file.language for file in found)
        raise ClientError(f"{name!r} failed in {languages}: choose one with --language")
    return found[0]


def _job_row(job: Job) -> tuple[str, ...]:
    percent = "-" if job.percent is None else f"{job.percent}%"
    more = "" if job.listing_complete else "+"
    ways = f"{job.source_container} -> {job.target_container} ({', '.join(job.target_languages)})"
    name = f"{job.name}: " if job.name else ""
    return (
        job.job_id,
        job.status,
        percent,
        f"{job.total_files:,}{more}",
        f"{job.failed_files:,}",
        age(job.created_at),
        name + ways,
    )


def _file_row(file: FileTask) -> tuple[str, ...]:
    return file.status, file.language, file.name, reason(file)


_JOBS = Shape(
    ("ID", "STATUS", "DONE", "FILES", "FAILED", "AGE", "JOB"), _job_row, ["JOB"], "There are no jobs."
)
_FILES = Shape(
    ("STATUS", "LANG", "NAME", "REASON"), _file_row, ["NAME", "REASON"], "There are no such files."
)
