"""The rows of the ledger, as values. How they are stored is the business of `rows`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from libs.common.ledger.notification import Notification, NotificationStatus


class JobStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in ENDED


#: Every way a job may go; nothing else is ever written.
TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.PROCESSING, JobStatus.CANCELLING}),
    JobStatus.PROCESSING: frozenset(
        {
            JobStatus.CANCELLING,
            JobStatus.COMPLETED,
            JobStatus.COMPLETED_WITH_ERRORS,
            JobStatus.FAILED,
        }
    ),
    JobStatus.CANCELLING: frozenset({JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.COMPLETED_WITH_ERRORS: frozenset({JobStatus.QUEUED}),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
    JobStatus.CANCELLED: frozenset(),
}

ENDED = frozenset(
    {JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS, JobStatus.FAILED, JobStatus.CANCELLED}
)


class FileStatus(StrEnum):
    """State of a file task: pending, or the outcome it ended with."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class IfExists(StrEnum):
    """What becomes of a file whose target is there already."""

    SKIP_UNCHANGED = "skip_unchanged"
    OVERWRITE = "overwrite"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Counts:
    """Ended file tasks by outcome; ``characters`` in UTF-16 units that the engine was paid for; ``repairs``:
    segments whose codes it lost and that were mended.
    """

    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    characters: int = 0
    repairs: int = 0

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.skipped + self.cancelled

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.succeeded + other.succeeded,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.cancelled + other.cancelled,
            self.characters + other.characters,
            self.repairs + other.repairs,
        )


LanguageCounts = Mapping[str, Counts]


def merged(*parts: LanguageCounts) -> dict[str, Counts]:
    """The sum of counts kept apart by target language."""
    total: dict[str, Counts] = {}
    for part in parts:
        for language, counts in part.items():
            total[language] = total.get(language, Counts()) + counts
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a process has to say of the engine beside its counts. Times are RFC 3339; None: nothing to say.

    ``blocked_since`` is when this process was first refused since it last saw a file succeed, ``blocked_at``
    when last; ``answered_at`` when the engine last was at work for a file that takes long.
    """

    blocked_reason: str | None = None
    blocked_since: str | None = None
    blocked_at: str | None = None
    throttled_until: str | None = None
    answered_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What all the notes of a job come to. ``blocked_at``: some process was refused then, and nothing has
    succeeded in any since; it has been so from ``blocked_since`` on. ``throttled_until`` is the latest.
    """

    blocked_reason: str | None = None
    blocked_since: str = ""
    blocked_at: str = ""
    throttled_until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of a job's files at one moment.

    ``total`` counts what is listed so far; ``sealed`` says that no more will come, ``cut`` that the listing
    was given up before its end (a cancel, a fatal error). Then
    ``total = succeeded + failed + skipped + cancelled + pending`` holds in every reading. ``updated_at``
    is of the last outcome or slice, ``working_at`` when an engine was last said to be at work for a file.
    ``counters`` are the versions of the counter rows of single processes, by key.
    """

    total: int = 0
    sealed: bool = False
    cut: bool = False
    requeued: int = 0
    retried: int = 0
    by_language: LanguageCounts = field(default_factory=dict)
    totals_by_language: Mapping[str, int] = field(default_factory=dict)
    updated_at: str = ""
    working_at: str = ""
    trouble: Trouble | None = None
    counters: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def counts(self) -> Counts:
        return sum(self.by_language.values(), Counts())

    @property
    def pending(self) -> int:
        return self.total - self.counts.ended


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job as it was posted, and where it stands. ``final`` is set once it has ended.

    Times are RFC 3339 in UTC. ``source_language`` None: the engine detects it. ``max_characters`` is what may
    be spent at most, ``dictionary`` and ``do_not_translate`` are words with a prescribed translation. ``via``
    is the language between, for each target language that takes two steps.
    ``files`` are the only names wanted, if there are any; ``retry_only`` is the language and the name of the
    one file that the last retry is about. ``end_id`` is drawn by the process that ended the job: it
    knows its own end by it. ``notification`` is set where the job tells somebody of its end.
    ``etag`` is of the version read.
    """

    job_id: str
    status: JobStatus = JobStatus.QUEUED
    name: str | None = None
    source_container: str
    target_container: str
    source_language: str | None = None
    target_languages: tuple[str, ...]
    prefix: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    target_prefix: str = ""
    if_exists: IfExists = IfExists.SKIP_UNCHANGED
    engine: str
    engine_version: str = ""
    via: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    max_characters: int | None = None
    dictionary: Mapping[str, str] = field(default_factory=dict)
    do_not_translate: tuple[str, ...] = ()
    first_look: int = 0
    created_at: str
    updated_at: str
    completed_at: str | None = None
    end_id: str | None = None
    error: str | None = None
    message: str | None = None
    retries: int = 0
    retry_only: tuple[str, ...] = ()
    final: Progress | None = None
    notification: Notification | None = None
    etag: str = ""

    @property
    def owes_notification(self) -> bool:
        """Whether the job has ended and its notification is neither delivered nor given up."""
        told = self.notification
        return self.status.ended and told is not None and told.status is NotificationStatus.PENDING

    def is_same_end(self, other: "JobRow") -> bool:
        """Whether both are the same job, ended the same time: nothing but its notification may differ."""
        return (
            self.status.ended
            and other.status.ended
            and (self.job_id, self.retries) == (other.job_id, other.retries)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRow:
    """How far the listing of a job has been expanded (row ``d``).

    ``marker`` is where the current slice begins in the listing (None: at its start), ``target_markers``
    where the target's listing stands, ``after`` the last name of the slice whose rows are made. ``totals``,
    ``skipped`` and ``requeued`` are per target language. ``retry_behind`` is how far a retry has come in the
    index of failures.
    """

    slice: int = 0
    marker: str | None = None
    target_markers: Mapping[str, str] = field(default_factory=dict)
    after: str | None = None
    totals: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    requeued: Mapping[str, int] = field(default_factory=dict)
    retried: int = 0
    retry_behind: str | None = None
    sealed: bool = False
    cut: bool = False
    updated_at: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One source file into one language. ``tag`` is the row's ETag: the fence of every write to it."""

    language: str
    name: str
    status: FileStatus = FileStatus.PENDING
    size: int = 0
    source_etag: str = ""
    attempts: int = 0
    characters: int = 0
    repairs: int = 0
    milliseconds: int = 0
    detected_language: str | None = None
    error_code: str | None = None
    error: str | None = None
    updated_at: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnd:
    """The end of a file task, as it goes into the ledger under the message's fencing tag."""

    language: str
    name: str
    tag: str
    status: FileStatus
    attempts: int = 1
    characters: int = 0
    repairs: int = 0
    milliseconds: int = 0
    detected_language: str | None = None
    error_code: str | None = None
    error: str | None = None

    @property
    def counts(self) -> Counts:
        return Counts(
            succeeded=int(self.status is FileStatus.SUCCEEDED),
            failed=int(self.status is FileStatus.FAILED),
            skipped=int(self.status is FileStatus.SKIPPED),
            cancelled=int(self.status is FileStatus.CANCELLED),
            characters=self.characters,
            repairs=self.repairs,
        )
