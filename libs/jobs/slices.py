"""Choose a slice: the names of the source that one dispatcher turn lists, and what of them is translated.

A slice is bounded by its file tasks and, among them, by those that need a message: files that are skipped
take no room in the file queue. Names that the job does not ask for count against neither, so a turn passes
as many of them as its time allows.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.common.ledger.records import DispatchRow, JobRow
from libs.common.storage.blobs import ENTRIES_A_REQUEST, BlobName, Blobs
from libs.jobs.reruns import Reruns, Unchanged
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
    choosing = _Choosing(blobs, job, dispatch)
    limit = _limit(min(bounds.tasks, bounds.messages) // languages)
    while True:
        chosen, before = choosing.slice, choosing.slice.left(bounds)
        page = await source_page(blobs, job, chosen.marker, limit)
        is_whole = await choosing.take(page, before)
        after = chosen.left(bounds)
        if not is_whole or chosen.marker is None or time.monotonic() >= until:
            return chosen
        if chosen.blobs and min(after.tasks, after.messages) < languages:
            return chosen
        if not page.blobs:
            limit = _limit(_GROWTH * limit)
        elif after.messages == before.messages:
            limit = _limit(min(_GROWTH * limit, after.tasks // languages))
        else:
            limit = _limit(min(after.tasks, after.messages) // languages)


def _limit(names: int) -> int:
    return min(max(names, 1), ENTRIES_A_REQUEST)


class _Choosing:
    """A slice that grows page by page."""

    def __init__(self, blobs: Blobs, job: JobRow, dispatch: DispatchRow) -> None:
        self._blobs, self._job = blobs, job
        self._reruns = Reruns(blobs, job, dispatch.target_markers)
        self.slice = Slice(job, dispatch.marker, dispatch.target_markers)

    async def take(self, page: SourcePage, left: Bounds) -> bool:
        """Add the names of ``page`` that fit; says whether these are all."""
        at_least = 0 if self.slice.blobs else 1
        candidates = page.blobs[: max(left.tasks // len(self._job.target_languages), at_least)]
        unchanged = await self._reruns.unchanged(candidates)
        fitting = max(self._fitting(candidates, unchanged, left.messages), min(at_least, len(candidates)))
        if fitting == len(page.blobs):
            self._add(page, unchanged)
            return True
        if fitting:
            # Only the service knows the marker within its page, so the part that fits is listed again.
            listed = page.listed[fitting - 1]
            self._add(await source_page(self._blobs, self._job, self.slice.marker, listed), unchanged)
        return False

    def _fitting(self, candidates: Sequence[BlobName], unchanged: Unchanged, messages: int) -> int:
        """How many names fit before their tasks need more than so many messages."""
        for number, blob in enumerate(candidates):
            messages -= sum(reason is None for reason in self._reasons(blob, unchanged).values())
            if messages < 0:
                return number
        return len(candidates)

    def _add(self, page: SourcePage, unchanged: Unchanged) -> None:
        chosen = self.slice
        for blob in page.blobs:
            for language, reason in self._reasons(blob, unchanged).items():
                if reason is not None:
                    chosen.skipped[language, blob.name] = reason
        chosen.blobs += page.blobs
        chosen.marker = page.marker
        if page.blobs:
            chosen.target_markers = {**chosen.target_markers, **self._reruns.markers(page.blobs[-1].name)}

    def _reasons(self, blob: BlobName, unchanged: Unchanged) -> dict[str, tuple[str, str] | None]:
        """Why the file needs no message, by language, as far as names and marks show. A worker looks into any
        other file.
        """
        seen, languages = sight_of(blob.name), self._job.target_languages
        if seen is not None and seen.content.form is None and not copies(self._job):
            return dict.fromkeys(languages, ("unsupported_format", seen.reason))
        return {
            language: _UNCHANGED if (language, blob.name, blob.etag) in unchanged else None
            for language in languages
        }
