"""Commands that ask for translations: a job, and an estimate of one."""

from typing import Any

import click

from libs.client.cli.exits import Exit
from libs.client.cli.group import program
from libs.client.cli.job_commands import end, follow
from libs.client.cli.job_options import job_options, request_of, selection_options
from libs.client.cli.session import Session, command
from libs.client.cli.words import count, plain, size
from libs.client.records import Estimate


@command(program)
@click.argument("source")
@click.argument("target")
@job_options
@selection_options
@click.option("--key", metavar="TEXT", help="Idempotency-Key: the same request under it is the same job.")
@click.option("--watch", "watching", is_flag=True, help="Follow the job to its end.")
async def submit(
    session: Session, source: str, target: str, key: str | None, watching: bool, **fields: Any
) -> Exit:
    """Translate container SOURCE into container TARGET."""
    job = await session.client.submit(request_of(source, target, **fields), key)
    if job.has_ended:
        return await end(session, job)
    if watching:
        return await follow(session, job.job_id)
    if session.terminal.as_json:
        session.terminal.json(job)
    files = count(job.total_files, "file") + ("" if job.listing_complete else " or more")
    ways = f"{plain(source)} -> {plain(target)}, {', '.join(job.target_languages)}"
    session.terminal.say(f"Job {job.job_id} {job.status}: {files}, {ways}")
    session.terminal.note(f"Follow it: batch-translate watch {job.job_id}")
    return Exit.DONE


@command(program)
@click.argument("source")
@click.argument("target")
@job_options
@selection_options
async def estimate(session: Session, source: str, target: str, **fields: Any) -> None:
    """Say what a job would do, without doing it."""
    found = await session.client.estimate(request_of(source, target, **fields))
    if session.terminal.as_json:
        session.terminal.json(found)
    tell_estimate(session, found)


def tell_estimate(session: Session, found: Estimate) -> None:
    """Files, and what they come to."""
    say = session.terminal.say
    formats = ", ".join(f"{number:,} {name}" for name, number in sorted(found.files_by_format.items()))
    say(f"files        {found.files:,}{f' ({plain(formats)})' if formats else ''}")
    say(f"unchanged    {found.unchanged_files:,}")
    say(f"unsupported  {found.unsupported_files:,}")
    say(f"size         {size(found.bytes)}")
    languages = plain(", ".join(found.target_languages))
    samples = count(found.sampled, "sample")
    say(f"characters   about {found.characters:,} for {languages}, from {samples}")
    if not found.complete:
        session.terminal.note("There are more files than were looked at: each figure is a lower bound.")
