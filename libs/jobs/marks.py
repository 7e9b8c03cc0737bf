"""The mark a translation, or an untranslated copy, bears in its metadata: what it was made from, and how.

A rerun compares it with what the job would make now, and so knows what is unchanged from two listings alone.
Values are ASCII, as HTTP headers must be.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from libs.common.ledger.records import JobRow
from libs.jobs.unsupported import UNSUPPORTED

#: Keeps the whole metadata far below the 8 KiB that a blob's may have.
_LONGEST_SOURCE = 2000
#: In the place of a source language that the engine finds out; too long to be a language's code.
_DETECTED = "auto"
#: In the place of an engine. Another number, once content tells more formats, lets copies be looked at anew.
_COPIED = "copied/1"
_OF_THE_FILE = ("job", "source", "source_etag", "language")


def mark_of(job: JobRow, language: str, name: str, source_etag: str, engine_version: str) -> dict[str, str]:
    """The metadata of the translation of ``name`` into ``language``."""
    return {
        "job": job.job_id,
        "source": quote(f"{job.source_container}/{name}")[:_LONGEST_SOURCE],
        "source_etag": source_etag.strip('"'),
        "language": f"{job.source_language or _DETECTED}-{language}",
        "engine": quote(f"{job.engine}/{engine_version}"),
        "options": _fingerprint(job),
    }


def mark_of_copy(job: JobRow, language: str, name: str, source_etag: str) -> dict[str, str]:
    """The metadata of an untranslated copy: nothing but its source and the place it has tell of it."""
    mark = mark_of(job, language, name, source_etag, "")
    return {**{key: mark[key] for key in _OF_THE_FILE}, "engine": _COPIED}


def _fingerprint(job: JobRow) -> str:
    """Of all that a request says of how to translate; without prescribed words it is of the options alone."""
    options = tuple(sorted((name, value) for name, value in job.options.items() if name != UNSUPPORTED))
    return _digest(options, tuple(sorted(job.dictionary.items())), tuple(sorted(job.do_not_translate)))


@lru_cache(maxsize=64)
def _digest(
    options: tuple[tuple[str, str], ...], dictionary: tuple[tuple[str, str], ...], keep: tuple[str, ...]
) -> str:
    """Cached, because a job has one for all its files, and its dictionary may have 32 KiB."""
    content: dict[str, object] = dict(options)
    if dictionary or keep:
        content = {"options": content, "dictionary": dict(dictionary), "do_not_translate": list(keep)}
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def is_unchanged(found: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a translation found is what the job would make again; which job made it does not matter."""
    return all(found.get(key) == value for key, value in wanted.items() if key != "job")


def is_own(found: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a translation found is this job's, of this source: an earlier attempt's output."""
    return all(found.get(key) == wanted[key] for key in ("job", "source", "language"))
