"""The job API's bodies: what a request may say, and what a job and a file look like from outside."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common.clock import utc_now
from libs.common.language import LANGUAGE_TAG
from libs.common.ledger import keys
from libs.common.ledger.records import Counts, FileRow, IfExists, JobRow, Progress
from libs.jobs.messages import LONGEST_NAME
from libs.translation.engines.engine import Engine
from services.api.names import path_fault


def _speakable(path: str) -> str:
    fault = path_fault(path)
    if fault is not None:
        raise ValueError(fault)
    return path


Container = Annotated[str, Field(max_length=200)]
Language = Annotated[str, Field(pattern=LANGUAGE_TAG)]
Pattern = Annotated[str, Field(min_length=1, max_length=512)]
_MOST_PATTERNS, _MOST_FILES = 50, 1000
#: A list goes into one string of the job row, as escaped JSON; a string in a table row has 32 K characters.
_LONGEST_LIST = 30_000
FileName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_speakable)]
Path = Annotated[str, Field(max_length=512), AfterValidator(_speakable)]
#: With these bounds the options fit into one string of the job row too.
_MOST_OPTIONS = 20
OptionName = Annotated[str, Field(min_length=1, max_length=50)]
OptionValue = Annotated[str, Field(max_length=200)]


class JobRequest(BaseModel):
    """``POST /batch/jobs``. Three fields are enough."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source_container: Container
    target_container: Container
    target_language: Language | None = None
    target_languages: Annotated[list[Language], Field(min_length=1, max_length=20)] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    source_language: Language | None = None
    prefix: Path = ""
    include: Annotated[list[Pattern], Field(max_length=_MOST_PATTERNS)] = []
    exclude: Annotated[list[Pattern], Field(max_length=_MOST_PATTERNS)] = []
    files: Annotated[list[FileName], Field(max_length=_MOST_FILES)] = []
    target_prefix: Path = ""
    if_exists: Annotated[IfExists, Field(strict=False)] = IfExists.SKIP_UNCHANGED
    engine: Annotated[str, Field(max_length=50)] | None = None
    options: Annotated[dict[OptionName, OptionValue], Field(max_length=_MOST_OPTIONS)] = {}

    @model_validator(mode="after")
    def _one_way_to_say_languages(self) -> Self:
        if self.target_language is None and self.target_languages is None:
            msg = "target_language is missing"
            raise ValueError(msg)
        if self.target_language is not None and self.languages != (self.target_language,):
            msg = "target_language and target_languages differ; give one of them"
            raise ValueError(msg)
        if len(set(self.languages)) != len(self.languages):
            msg = "target_languages names a language twice"
            raise ValueError(msg)
        return self

    @property
    def languages(self) -> tuple[str, ...]:
        single = [] if self.target_language is None else [self.target_language]
        return tuple(self.target_languages or single)

    @field_validator("files", "include", "exclude")
    @classmethod
    def _fits_a_row(cls, names: list[str]) -> list[str]:
        if len(json.dumps(names)) > _LONGEST_LIST:
            msg = f"the list is too long: {_LONGEST_LIST} characters as escaped JSON at most"
            raise ValueError(msg)
        return names

    @field_validator("files")
    @classmethod
    def _each_once(cls, files: list[str]) -> list[str]:
        return sorted(set(files))

    def job(self, engine: Engine, default_source_language: str) -> JobRow:
        """The row of a new job."""
        now = utc_now()
        return JobRow(
            job_id=keys.new_job_id(),
            name=self.name,
            source_container=self.source_container,
            target_container=self.target_container,
            source_language=self.source_language or default_source_language,
            target_languages=self.languages,
            prefix=self.prefix,
            include=tuple(self.include),
            exclude=tuple(self.exclude),
            files=tuple(self.files),
            target_prefix=self.target_prefix,
            if_exists=self.if_exists,
            engine=engine.name,
            engine_version=engine.version,
            options=self.options,
            created_at=now,
            updated_at=now,
        )


def job_view(job: JobRow, progress: Progress) -> dict[str, object]:
    """A job as it stands: ``progress`` is the final one once the job has ended."""
    counts = progress.counts
    total = progress.total if progress.sealed else max(progress.total, job.first_look)
    running = f"{counts.succeeded}/{total} processed"
    return {
        "job_id": job.job_id,
        "name": job.name,
        "status": job.status.value,
        "total_files": total,
        "processed_files": counts.succeeded,
        "failed_files": counts.failed,
        "skipped_files": counts.skipped,
        "cancelled_files": counts.cancelled,
        "pending_files": total - counts.ended,
        "listing_complete": progress.sealed and not progress.cut,
        "progress": 1.0 if job.status.ended else round(counts.ended / total, 4) if total else 0.0,
        "characters": counts.characters,
        "source_container": job.source_container,
        "target_container": job.target_container,
        "source_language": job.source_language,
        "target_language": job.target_languages[0],
        "target_languages": list(job.target_languages),
        "files_by_language": _by_language(progress.by_language, progress.totals_by_language),
        "retries": job.retries,
        "options": _options(job),
        "created_at": job.created_at,
        "updated_at": max(job.updated_at, progress.updated_at),
        "completed_at": job.completed_at,
        "error": job.error,
        "message": job.message or running,
    }


def file_view(row: FileRow) -> dict[str, object]:
    return {
        "id": file_id(row.language, row.name),
        "name": row.name,
        "language": row.language,
        "status": row.status.value,
        "error_code": row.error_code,
        "error": row.error,
        "attempts": row.attempts,
        "characters": row.characters,
        "repairs": row.repairs,
        "milliseconds": row.milliseconds,
        "size": row.size,
        "updated_at": row.updated_at,
    }


def file_id(language: str, name: str) -> str:
    """A file task's id within its job, as it stands in paths."""
    return base64.urlsafe_b64encode(f"{language}:{name}".encode()).decode().rstrip("=")


def file_of_id(text: str) -> tuple[str, str] | None:
    """Language and name of a file task's id; None for what is no id."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    language, colon, name = decoded.partition(":")
    return (language, name) if re.match(LANGUAGE_TAG, language) and colon and name else None


def _options(job: JobRow) -> dict[str, object]:
    """What the request said beside the fields above."""
    return {
        **job.options,
        "prefix": job.prefix,
        "include": list(job.include),
        "exclude": list(job.exclude),
        "files": list(job.files),
        "target_prefix": job.target_prefix,
        "if_exists": job.if_exists.value,
        "engine": job.engine,
    }


def _by_language(counts: Mapping[str, Counts], totals: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {
        language: {
            "total": total,
            "processed": (count := counts.get(language, Counts())).succeeded,
            "failed": count.failed,
            "skipped": count.skipped,
            "cancelled": count.cancelled,
            "pending": total - count.ended,
        }
        for language, total in totals.items()
    }
