"""What the API says and is told, as records. Fields that are not known here are kept, for a newer API."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

IfExists = Literal["skip_unchanged", "overwrite", "fail"]


#: Of a job that ended otherwise nothing is retried.
_RETRYABLE = {"completed_with_errors", "failed"}


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class JobRequest(BaseModel):
    """The body of a job and of an estimate. What stays at its default is not sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_container: str
    target_container: str
    target_languages: tuple[str, ...]
    name: str | None = None
    source_language: str | None = None
    prefix: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    target_prefix: str = ""
    if_exists: IfExists = "skip_unchanged"
    engine: str | None = None
    options: dict[str, str] = {}
    max_characters: int | None = None
    dictionary: dict[str, str] = {}
    do_not_translate: tuple[str, ...] = ()
    notify_url: str | None = None

    def body(self) -> dict[str, Any]:
        """As the API takes it. One language is sent as one, so that no folder is made for it."""
        body = self.model_dump(mode="json", exclude_defaults=True)
        if len(self.target_languages) == 1:
            body["target_language"] = body.pop("target_languages")[0]
        return body


class JobOptions(Record):
    """What the job was asked for beside its own fields."""

    max_characters: int | None = None
    if_exists: str = "skip_unchanged"


class Job(Record):
    """A job as it stands; the five kinds of files always sum to ``total_files``. ``repairs``: codes that the
    engine lost in any of them, and that were put back.

    ``blocked_reason``: why the engine refuses its files; ``throttled_until``: how long the engine wants to be
    left alone. Both only for as long as it is so.
    """

    job_id: str
    status: str
    name: str | None = None
    source_container: str
    target_container: str
    source_language: str | None = None
    target_languages: list[str]
    total_files: int
    processed_files: int
    failed_files: int
    skipped_files: int
    cancelled_files: int
    pending_files: int
    listing_complete: bool
    progress: float
    characters: int
    repairs: int = 0
    options: JobOptions = JobOptions()
    created_at: str
    updated_at: str
    completed_at: str | None = None
    error: str | None = None
    blocked_reason: str | None = None
    throttled_until: str | None = None
    message: str | None = None

    @property
    def max_characters(self) -> int | None:
        """What the engine may be paid for at most; None: without a bound."""
        return self.options.max_characters

    @property
    def has_ended(self) -> bool:
        return self.completed_at is not None

    @property
    def ended_files(self) -> int:
        return self.total_files - self.pending_files

    @property
    def percent(self) -> int | None:
        """How much is done, rounded down; 100 only once the job has ended. None: how much there is to do is
        not known before all is listed, and never of a job that was stopped while it was listed.
        """
        if not self.listing_complete:
            return None
        if self.has_ended:
            return 100
        return min(99, 100 * self.ended_files // max(1, self.total_files))

    @property
    def was_stopped(self) -> bool:
        """Whether it ended before all was listed or tried. What is missing then, no retry brings."""
        untried = self.cancelled_files > 0 or not self.listing_complete
        return self.has_ended and (untried or self.status == "cancelled")

    @property
    def can_be_retried(self) -> bool:
        """Whether the API retries failed files of this job; it refuses to for any other."""
        return self.status in _RETRYABLE and self.failed_files > 0 and not self.was_stopped


class FileTask(Record):
    """One source file into one language. ``id`` stands in paths.

    ``detected_language`` is the engine's, where the job names no source; ``repairs`` counts segments
    whose codes it lost and that were mended.
    """

    id: str
    name: str
    language: str
    status: str
    error_code: str | None = None
    error: str | None = None
    attempts: int
    characters: int
    detected_language: str | None = None
    repairs: int = 0
    milliseconds: int
    size: int


class Estimate(Record):
    """``complete`` is False where the API stopped looking before it had seen every name."""

    complete: bool
    files: int
    files_by_format: dict[str, int]
    unsupported_files: int
    unchanged_files: int
    bytes: int
    sampled: int
    characters: int
    target_languages: list[str]


class DeadLetter(Record):
    """A message that was given up. One that was none of the system's own has nothing but a message."""

    id: str
    queue: str
    job_id: Annotated[str | None, Field(strict=False)] = None
    reason: str | None = None
    error: str | None = None
    timestamp: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Those that can be seen, and how many there are in all queues: about so many, and never fewer."""

    letters: list[DeadLetter]
    total: int


class Container(Record):
    name: str


class StoredFile(Record):
    name: str
    size: int
    etag: str


class Pair(Record):
    """``via``: the language between, where it takes two steps."""

    source_language: str
    target_language: str
    via: str | None = None


class Languages(Record):
    """``any``: the engine takes every pair, and ``pairs`` is empty."""

    engine: str
    default_source_language: str
    any: bool
    pairs: list[Pair]


class QueueState(Record):
    """``messages`` counts those in somebody's hands too."""

    name: str
    messages: int
    dead_letters: int


class OldestJob(Record):
    job_id: str
    status: str
    created_at: str
    age_seconds: int


class SystemStatus(Record):
    """``open_jobs`` is a lower bound where ``open_jobs_complete`` is False."""

    queues: list[QueueState]
    open_jobs: int
    open_jobs_complete: bool
    oldest_open_job: OldestJob | None
