"""Choose a slice: the names of the source that one dispatcher turn lists, and what of them is translated.

A slice is bounded by its file tasks and, among them, by those that need a message: files that are skipped
take no room in the file queue. Names that the job does not ask for count against neither, so a turn passes
as many of them as its time allows.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.common.ledger.records import DispatchRow, IfExists, JobRow
from libs.common.storage.blobs import ENTRIES_A_REQUEST, BlobName, Blobs
from libs.jobs.reruns import Unchanged, find_unchanged
from libs.jobs.sight import sight_of
from libs.jobs.sources import SourcePage, source_page
from libs.jobs.unsupported import copies

#: A turn begins no further page of the source after this time (seconds), so that jobs take turns.
_SECONDS = 10.0
#: How much larger the next page may be when the last one needed no message.
_GROWTH = 4
_UNCHANGED = ("unchanged", "what this job would write is there, made from this version in this way")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a slice may hold. It holds one name at least, whatever the bounds."""

    #: File tasks: names times languages.
    tasks: int
    #: Those of them that need a message in the file queue.
    messages: int


@dataclass(slots=True)
class Slice:
    """One slice of a job's source."""

    job: JobRow
    #: Where the slice ends; None at the end of the source.
    marker: str | None
    #: Where the walks over the targets go on, by language.
    target_markers: Mapping[str, str]
    #: The names of the slice, in their order.
    blobs: list[BlobName] = field(default_factory=list)
    #: Why a task is skipped, as code and text, by language and name. A task that is not here needs a message.
    skipped: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def left(self, bounds: Bounds) -> Bounds:
        """What the slice may still take."""
        tasks = len(self.blobs) * len(self.job.target_languages)
        return Bounds(bounds.tasks - tasks, bounds.messages - (tasks - len(self.skipped)))


async def choose_slice(blobs: Blobs, job: JobRow, dispatch: DispatchRow, bounds: Bounds) -> Slice:
    """The slice that begins where ``dispatch`` stands.

    Raises:
        NotFound: the source container is gone.
    """
    until, languages = time.monotonic() + _SECONDS, len(job.target_languages)
    chosen = Slice(job, dispatch.marker, dispatch.target_markers)
    limit = _limit(min(bounds.tasks, bounds.messages) // languages)
    while True:
        left = chosen.left(bounds)
        page = await source_page(blobs, job, chosen.marker, limit)
        is_whole = await _take(blobs, chosen, page, left)
        after = chosen.left(bounds)
        if not is_whole or chosen.marker is None or time.monotonic() >= until:
            return chosen
        if chosen.blobs and min(after.tasks, after.messages) < languages:
            return chosen
        if not page.blobs:
            limit = _limit(_GROWTH * limit)
        elif after.messages == left.messages:
            limit = _limit(min(_GROWTH * limit, after.tasks // languages))
        else:
            limit = _limit(min(after.tasks, after.messages) // languages)


def _limit(names: int) -> int:
    return min(max(names, 1), ENTRIES_A_REQUEST)


async def _take(blobs: Blobs, chosen: Slice, page: SourcePage, left: Bounds) -> bool:
    """Add the names of ``page`` that fit; says whether these are all."""
    job = chosen.job
    candidates = page.blobs[: max(left.tasks // len(job.target_languages), 0 if chosen.blobs else 1)]
    unchanged = Unchanged()
    if job.if_exists is IfExists.SKIP_UNCHANGED:
        unchanged = await find_unchanged(blobs, job, candidates, chosen.target_markers)
    fitting = _fitting(job, candidates, unchanged, left.messages)
    fitting = fitting or (0 if chosen.blobs else min(1, len(candidates)))
    if fitting == len(page.blobs):
        _add(chosen, page, unchanged)
        return True
    if fitting:
        # Only the service knows the marker of a place within its page, so the part that fits is listed again.
        _add(chosen, await source_page(blobs, job, chosen.marker, page.listed[fitting - 1]), unchanged)
    return False


def _fitting(job: JobRow, candidates: Sequence[BlobName], unchanged: Unchanged, messages: int) -> int:
    """How many names fit before their tasks need more than so many messages."""
    for number, blob in enumerate(candidates):
        messages -= sum(_reason(job, language, blob, unchanged) is None for language in job.target_languages)
        if messages < 0:
            return number
    return len(candidates)


def _add(chosen: Slice, page: SourcePage, unchanged: Unchanged) -> None:
    job = chosen.job
    for blob in page.blobs:
        for language in job.target_languages:
            reason = _reason(job, language, blob, unchanged)
            if reason is not None:
                chosen.skipped[language, blob.name] = reason
    chosen.blobs += page.blobs
    chosen.marker = page.marker
    if page.blobs:
        chosen.target_markers = {**chosen.target_markers, **unchanged.markers(job, page.blobs[-1].name)}


def _reason(job: JobRow, language: str, blob: BlobName, unchanged: Unchanged) -> tuple[str, str] | None:
    """Why a task needs no message, as far as names and marks show. A worker looks into any other file."""
    seen = sight_of(blob.name)
    if seen is not None and seen.content.form is None and not copies(job):
        return "unsupported_format", seen.reason
    return _UNCHANGED if unchanged.has(language, blob) else None
