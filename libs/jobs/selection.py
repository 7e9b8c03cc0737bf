"""Which files of a listing belong to a job, and where their translations go."""

import asyncio
import threading
from collections.abc import Iterable, Sequence

from libs.common.ledger.records import JobRow
from libs.jobs.patterns import patterns_of

#: Characters of names times characters of patterns that the event loop may match itself, in about 5 ms. Below
#: that a thread costs more than it spares.
_SMALL_WORK = 5_000_000


def chosen(job: JobRow, name: str) -> bool:
    """Whether the job asks for this name: its prefix, and its include and exclude patterns."""
    if not name.startswith(job.prefix):
        return False
    if job.include and not matches_any(name, job.include):
        return False
    return not matches_any(name, job.exclude)


async def choose(job: JobRow, names: Sequence[str]) -> list[bool]:
    """`chosen` for each name. The event loop goes on meanwhile, and a cancelled call stops matching."""
    patterns = sum(map(len, job.include)) + sum(map(len, job.exclude))
    if patterns * sum(map(len, names)) <= _SMALL_WORK:
        return [chosen(job, name) for name in names]
    cancelled = threading.Event()
    try:
        return await asyncio.to_thread(_choose_until, cancelled, job, names)
    except asyncio.CancelledError:
        cancelled.set()
        raise


def _choose_until(cancelled: threading.Event, job: JobRow, names: Sequence[str]) -> list[bool]:
    answers = []
    for name in names:
        if cancelled.is_set():
            break
        answers.append(chosen(job, name))
    return answers


def matches_any(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of some shell patterns matches the whole name; ``*`` also matches ``/``."""
    return patterns_of(tuple(patterns)).match(name)


def target_name(job: JobRow, language: str, name: str) -> str:
    """Folders are kept; with several languages the path starts with ``<language>/``."""
    return f"{_target_root(job.target_prefix, job.target_languages, language)}{name}"


def reads_its_own_output(prefix: str, target_prefix: str, languages: Iterable[str]) -> bool:
    """Whether, within one container, a translation could be listed as a source of the same job."""
    languages = tuple(languages)
    return any(
        (_target_root(target_prefix, languages, language) + prefix).startswith(prefix)
        for language in languages
    )


def _target_root(target_prefix: str, languages: tuple[str, ...], language: str) -> str:
    return target_prefix if len(languages) == 1 else f"{target_prefix}{language}/"
