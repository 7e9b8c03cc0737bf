"""What becomes of files that no format reads, as a job's options say."""

from collections.abc import Mapping

from libs.common.ledger.records import JobRow

#: The option's name, and all that it may say; the first is the default.
UNSUPPORTED = "unsupported"
_SKIP, _COPY = "skip", "copy"

#: Options that are neither an engine's nor a format's: what each means, and may say.
JOB_OPTIONS: Mapping[str, str] = {
    UNSUPPORTED: "what becomes of files that no format reads: `skip` them, the default, or `copy` them "
    "untranslated, byte for byte; they count as skipped either way"
}
JOB_CHOICES: Mapping[str, tuple[str, ...]] = {UNSUPPORTED: (_SKIP, _COPY)}


def copies(job: JobRow) -> bool:
    """Whether the job wants unsupported files in the target, untranslated."""
    return job.options.get(UNSUPPORTED, _SKIP) == _COPY
