"""Which files of a listing belong to a job, and where their translations go."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from libs.common.ledger.records import JobRow


def chosen(job: JobRow, name: str) -> bool:
    """Whether the job asks for this name: its prefix, and its include and exclude patterns."""
    if not name.startswith(job.prefix):
        return False
    if job.include and not matches_any(name, job.include):
        return False
    return not matches_any(name, job.exclude)


def matches_any(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of some shell patterns matches the whole name; ``*`` also matches ``/``."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


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
