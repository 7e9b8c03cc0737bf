"""``translate``: a folder here becomes a translated folder here."""

import re
import secrets
import shlex
from pathlib import Path
from typing import Any

import click

from libs.client.cli.exits import Exit, of_status
from libs.client.cli.file_commands import FOLDER
from libs.client.cli.group import program
from libs.client.cli.job_options import job_options, request_of
from libs.client.cli.session import Session, command
from libs.client.cli.transfers import download, transfer_value, upload
from libs.client.cli.watching import tell_end, watch
from libs.client.cli.words import plain
from libs.client.errors import ClientError
from libs.client.folders import read_folder, refuse_overlap
from libs.client.records import FileTask, Job
from libs.client.transfer import Transfer

#: A container name has 63 characters; eight random ones, ``-out`` and hyphens have to fit too.
_LONGEST_STEM = 40


@command(program)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("out", type=FOLDER)
@job_options
@click.option("--source", metavar="CONTAINER", help="Where DIR is uploaded to; else a new container.")
@click.option("--target", metavar="CONTAINER", help="Where translations go; else a new container.")
@click.option("--hidden", is_flag=True, help="Hidden files and folders too.")
async def translate(
    session: Session,
    *,
    folder: Path,
    out: Path,
    source: str | None,
    target: str | None,
    hidden: bool,
    **fields: Any,
) -> Exit:
    """Translate the files below DIR into OUT.

    It uploads, submits, watches and downloads. The containers it makes are kept, and named at the end.
    """
    refuse_overlap(folder, out)
    found = read_folder(folder, hidden=hidden)
    if not found.files:
        raise ClientError(f"there is nothing to translate in {str(folder)!r}")
    stem = container_stem(folder)
    source, target = source or stem, target or f"{stem}-out"
    uploaded = await upload(session, found, source)
    if not uploaded.files:
        return Exit.FAILED
    job = await session.client.submit(request_of(source, target, **fields))
    if not job.has_ended:
        session.terminal.note(f"Job {job.job_id}: {plain(source)} -> {plain(target)}")
        job = await watch(session, job.job_id)
    downloaded = await download(session, target, out, hidden=hidden)
    failures = await tell_end(session, job)
    _tell_kept(session, source, target, job, out)
    if session.terminal.as_json:
        session.terminal.json(_value(job, failures, uploaded, downloaded))
    return _end(job, uploaded, downloaded)


def container_stem(folder: Path) -> str:
    """A container name that reminds of the folder and that nobody has: letters and digits of its name."""
    words = re.findall(r"[a-z0-9]+", folder.resolve().name.lower())
    readable = "-".join(words)[:_LONGEST_STEM].strip("-")
    return "-".join(part for part in (readable, secrets.token_hex(4)) if part)


def _end(job: Job, uploaded: Transfer, downloaded: Transfer) -> Exit:
    """The end of the job; a job that went well is only part of the work where a transfer did not."""
    end = of_status(job.status)
    return Exit.PARTLY if end is Exit.DONE and (uploaded.failures or downloaded.failures) else end


def _tell_kept(session: Session, source: str, target: str, job: Job, out: Path) -> None:
    note = session.terminal.note
    if job.failed_files:
        note(f"Then fetch them: batch-translate download {plain(target)} {plain(shlex.quote(str(out)))}")
    note(f"Kept: containers {plain(source)} and {plain(target)}")


def _value(job: Job, failures: list[FileTask], uploaded: Transfer, downloaded: Transfer) -> dict[str, object]:
    """``failures`` are the first of the job's."""
    return {
        "job": job,
        "failures": failures,
        "uploaded": transfer_value(uploaded),
        "downloaded": transfer_value(downloaded),
    }
