"""How a job looks from outside: what the API answers, and what a notification holds."""

from pydantic import BaseModel, ConfigDict

from libs.common.ledger.notification import Notification, NotificationStatus
from libs.common.ledger.records import Counts, IfExists, JobRow, JobStatus, Progress
from libs.common.webhook.hooks import place_of
from libs.jobs.blockade import trouble_now


class View(BaseModel):
    """An answer, or a part of one. Fields are always there; what is not known is null."""

    model_config = ConfigDict(
        frozen=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


class LanguageView(View):
    """What has become of a job's files in one target language."""

    total: int
    processed: int
    failed: int
    skipped: int
    cancelled: int
    pending: int

    @classmethod
    def of(cls, total: int, counts: Counts) -> "LanguageView":
        return cls(
            total=total,
            processed=counts.succeeded,
            failed=counts.failed,
            skipped=counts.skipped,
            cancelled=counts.cancelled,
            pending=total - counts.ended,
        )


class JobOptions(View):
    """What the request said beside the job's own fields; its `options` stand here too, each by its name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    prefix: str
    include: list[str]
    exclude: list[str]
    files: list[str]
    target_prefix: str
    if_exists: IfExists
    engine: str
    max_characters: int | None
    dictionary: dict[str, str]
    do_not_translate: list[str]

    @classmethod
    def of(cls, job: JobRow) -> "JobOptions":
        named = {
            "prefix": job.prefix,
            "include": list(job.include),
            "exclude": list(job.exclude),
            "files": list(job.files),
            "target_prefix": job.target_prefix,
            "if_exists": job.if_exists,
            "engine": job.engine,
            "max_characters": job.max_characters,
            "dictionary": dict(job.dictionary),
            "do_not_translate": list(job.do_not_translate),
        }
        return cls.model_validate({**job.options, **named})


class NotificationView(View):
    """Whom the job tells of its end, and how far that has come."""

    host: str
    """Of `notify_url`, with its port where that is not 443. The rest is not shown: it may be a secret."""
    status: NotificationStatus
    """`pending` until the receiver has accepted it (`delivered`) or it is given up (`failed`)."""
    attempts: int
    last_error: str | None
    """Why the last attempt failed."""
    delivered_at: str | None

    @classmethod
    def of(cls, told: Notification) -> "NotificationView":
        return cls(
            host=place_of(told.url),
            status=told.status,
            attempts=told.attempts,
            last_error=told.last_error,
            delivered_at=told.delivered_at,
        )


class JobView(View):
    """A job as it stands. The five counts of files always sum to `total_files`."""

    job_id: str
    name: str | None
    status: JobStatus
    total_files: int
    """File tasks: files times languages; before `listing_complete` at least so many."""
    processed_files: int
    """Successes only."""
    failed_files: int
    skipped_files: int
    cancelled_files: int
    pending_files: int
    listing_complete: bool
    """True once every file of the source is listed."""
    progress: float
    """Ended tasks by total, rounded down, 0.0 to 1.0; 1 when the job has ended, and not before."""
    characters: int
    """UTF-16 units that the engine was paid for; what was known already costs nothing."""
    repairs: int
    """Segments whose codes the engine lost and that were mended; `repairs=true` lists their files."""
    source_container: str
    target_container: str
    source_language: str | None
    """Null where the engine detects it, file by file."""
    target_language: str
    """The first of `target_languages`."""
    target_languages: list[str]
    via: dict[str, str]
    """The language between, for each target language that takes two steps (`APERTIUM_PIVOT`)."""
    files_by_language: dict[str, LanguageView]
    retries: int
    """How often the job was retried."""
    options: JobOptions
    created_at: str
    updated_at: str
    completed_at: str | None
    """Set exactly when the job has ended."""
    error: str | None
    """Why the job failed."""
    blocked_reason: str | None
    """Why the engine refuses every file of late (credentials, quota); a job that stays so fails."""
    throttled_until: str | None
    """Until when the engine asked a worker to wait."""
    message: str
    """One line for people."""
    notification: NotificationView | None
    """Null where the job names no `notify_url`."""


def job_view(job: JobRow, progress: Progress) -> JobView:
    """A job as it stands: ``progress`` is the final one once the job has ended."""
    counts, trouble = progress.counts, trouble_now(job, progress)
    total = progress.total if progress.sealed else max(progress.total, job.first_look)
    return JobView(
        job_id=job.job_id,
        name=job.name,
        status=job.status,
        total_files=total,
        processed_files=counts.succeeded,
        failed_files=counts.failed,
        skipped_files=counts.skipped,
        cancelled_files=counts.cancelled,
        pending_files=total - counts.ended,
        listing_complete=progress.sealed and not progress.cut,
        progress=1.0 if job.status.ended else _progress(counts.ended, total),
        characters=counts.characters,
        repairs=counts.repairs,
        source_container=job.source_container,
        target_container=job.target_container,
        source_language=job.source_language,
        target_language=job.target_languages[0],
        target_languages=list(job.target_languages),
        via=dict(job.via),
        files_by_language={
            language: LanguageView.of(of_language, progress.by_language.get(language, Counts()))
            for language, of_language in progress.totals_by_language.items()
        },
        retries=job.retries,
        options=JobOptions.of(job),
        created_at=job.created_at,
        updated_at=max(job.updated_at, progress.updated_at),
        completed_at=job.completed_at,
        error=job.error,
        blocked_reason=None if trouble is None else trouble.blocked_reason,
        throttled_until=None if trouble is None else trouble.throttled_until or None,
        message=job.message or f"{counts.succeeded}/{total} processed",
        notification=None if job.notification is None else NotificationView.of(job.notification),
    )


def _progress(ended: int, total: int) -> float:
    """Rounded down, and below 1 while the job is open: whoever waits for 1 waits for its end."""
    return min(ended * 10_000 // total, 9_999) / 10_000 if total else 0.0
