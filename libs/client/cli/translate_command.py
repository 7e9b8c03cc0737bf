"""``translate``: a folder here becomes a translated folder here."""

import re
import secrets
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from libs.client.cli.exits import Exit, of_status, of_transfer
from libs.client.cli.file_commands import FOLDER
from libs.client.cli.group import program
from libs.client.cli.job_options import job_options, request_of
from libs.client.cli.session import Session, command
from libs.client.cli.terminal import Terminal
from libs.client.cli.transfers import download, transfer_value, upload
from libs.client.cli.watching import tell_end, watch
from libs.client.cli.words import plain
from libs.client.errors import ClientError
from libs.client.folders import read_folder, refuse_overlap
from libs.client.records import FileTask, Job, JobRequest
from libs.client.transfer import Transfer

#: A container name has 63 characters; eight random ones, ``-out`` and hyphens have to fit too.
_LONGEST_STEM = 40


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a folder goes up to, and where its translations come down from.

    A container that the caller names may hold what is not ours: there the run keeps to a folder of its own.
    In a new one its prefix is empty.
    """

    source: str
    target: str
    prefix: str
    target_prefix: str

    @classmethod
    def of(cls, folder: Path, source: str | None, target: str | None) -> "Ways":
        stem = container_stem(folder)
        # Not the same folder: source and target may be one container.
        out = f"{stem}-out"
        return cls(source or stem, target or out, f"{stem}/" if source else "", f"{out}/" if target else "")

    def request(self, *, include: Sequence[str], exclude: Sequence[str], **fields: Any) -> JobRequest:
        """The job over what is uploaded, and nothing else. The patterns are about names in the folder."""
        return request_of(
            self.source,
            self.target,
            prefix=self.prefix,
            target_prefix=self.target_prefix,
            include=tuple(self.prefix + pattern for pattern in include),
            exclude=tuple(self.prefix + pattern for pattern in exclude),
            **fields,
        )

    def folders(self, languages: Sequence[str]) -> dict[str, str]:
        """Where the job's translations lie, and where each folder belongs in OUT: nothing there shows whose
        containers they went through.
        """
        if not self.prefix:
            return {self.target_prefix: ""}
        parts = [f"{language}/" for language in languages] if len(languages) > 1 else [""]
        return {f"{self.target_prefix}{part}{self.prefix}": part for part in parts}


@command(program)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("out", type=FOLDER)
@job_options
@click.option(
    "--source",
    metavar="CONTAINER",
    help="Where DIR is uploaded to, into a folder of its own; else a new container.",
)
@click.option(
    "--target",
    metavar="CONTAINER",
    help="Where translations go, into a folder of their own; else a new container.",
)
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

    It uploads, submits, watches and downloads. What it makes in containers is kept, and named at the end.
    """
    refuse_overlap(folder, out)
    ways = Ways.of(folder, source, target)
    found = read_folder(folder, ways.prefix, hidden=hidden)
    if not found.files:
        raise ClientError(f"there is nothing to translate in {str(folder)!r}")
    request = ways.request(**fields)
    await session.client.check(request)  # what would be refused shall not cost an upload
    with _telling_kept(session.terminal) as kept:
        await session.client.create_container(ways.source)
        kept.append((ways.source, ways.prefix))
        uploaded = await upload(session, found, ways.source)
        if not uploaded.files:
            return _end(session, uploaded)
        job = await session.client.submit(request)
        kept.append((ways.target, ways.target_prefix))
        if not job.has_ended:
            session.terminal.note(f"Job {job.job_id}: {plain(ways.source)} -> {plain(ways.target)}")
            job = await watch(session, job.job_id)
        folders = ways.folders(job.target_languages)
        downloaded = await download(session, ways.target, out, folders, hidden=hidden)
        failures = await tell_end(session, job)
        if job.can_be_retried:
            _tell_fetch(session.terminal, ways.target, out, folders)
        return _end(session, uploaded, job, failures, downloaded)


def container_stem(folder: Path) -> str:
    """A name that reminds of the folder and that nobody has, fit for containers: its letters and digits."""
    words = re.findall(r"[a-z0-9]+", folder.resolve().name.lower())
    readable = "-".join(words)[:_LONGEST_STEM].strip("-")
    return "-".join(part for part in (readable, secrets.token_hex(4)) if part)


def _end(
    session: Session,
    uploaded: Transfer,
    job: Job | None = None,
    failures: Sequence[FileTask] = (),
    downloaded: Transfer | None = None,
) -> Exit:
    """The end of the job; a job that went well is only part of the work where a transfer did not.

    ``failures`` are the first of the job's. Without a job nothing could be uploaded.
    """
    if session.terminal.as_json:
        session.terminal.json(
            {
                "job": job,
                "failures": failures,
                "uploaded": transfer_value(uploaded),
                "downloaded": None if downloaded is None else transfer_value(downloaded),
            }
        )
    if job is None:
        return of_transfer(uploaded.files, len(uploaded.failures))
    end = of_status(job.status)
    missing = uploaded.failures or (downloaded is not None and downloaded.failures)
    return Exit.PARTLY if end is Exit.DONE and missing else end


def _tell_fetch(terminal: Terminal, target: str, out: Path, folders: dict[str, str]) -> None:
    for there, here in folders.items():
        below = f" --prefix {shlex.quote(there)} --strip" if there else ""
        line = f"batch-translate download {target} {shlex.quote(str(out / here))}{below}"
        terminal.note(f"Then fetch them: {plain(line)}")


@contextmanager
def _telling_kept(terminal: Terminal) -> Iterator[list[tuple[str, str]]]:
    """Containers, and the folders in them, are told however it ends: nobody else knows them."""
    kept: list[tuple[str, str]] = []
    try:
        yield kept
    finally:
        if kept:
            kind = "" if any(prefix for _, prefix in kept) else "containers " if kept[1:] else "container "
            places = (f"{container}/{prefix}" if prefix else container for container, prefix in kept)
            terminal.note(f"Kept: {kind}{plain(' and '.join(places))}")
