"""What of a slice is translated already: the target is listed in step with the source, metadata included.

Both listings are in the order of names, so one walk over the target serves all slices: each slice remembers
where the next one begins. A translation that the walk misses (another order, too many other blobs in between)
is made again. No translation is ever taken for done that is not.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from libs.common.errors import NotFound
from libs.common.ledger.records import IfExists, JobRow
from libs.common.storage.blobs import ENTRIES_A_REQUEST, BlobName, Blobs, Listing
from libs.jobs.marks import is_unchanged, mark_of, mark_of_copy
from libs.jobs.selection import target_name
from libs.jobs.unsupported import copies
from libs.translation.concurrency import each
from libs.translation.documents import format_of

#: Target entries read for one page of sources and one language. More blobs of others are not worth the calls.
_MOST_ENTRIES = 10_000
#: A walk asks for half of the targets that are left, or for all of so few. The next turn repeats the last
#: request of this one if that went past the slice, so the last requests are small.
_FEW = 25
#: Languages whose targets are listed at the same time.
_LANGUAGES_IN_FLIGHT = 4

_Metadata = Mapping[str, str]
#: Language, name and ETag of sources whose translation is there.
Unchanged = AbstractSet[tuple[str, str, str]]


class Reruns:
    """The targets of one job, looked at in the order of names."""

    def __init__(self, blobs: Blobs, job: JobRow, markers: Mapping[str, str]) -> None:
        """``markers`` is where the walks begin, by language; those that it lacks begin at the first name."""
        self._job = job
        skips = job.if_exists is IfExists.SKIP_UNCHANGED
        languages = job.target_languages if skips else ()
        self._walks = {language: _Walk(blobs, job, language, markers.get(language)) for language in languages}

    async def unchanged(self, sources: Sequence[BlobName]) -> Unchanged:
        """Those of ``sources``, the next in order, that need no translation."""
        if not sources:
            return set()

        async def look(language: str) -> set[tuple[str, str, str]]:
            targets = {target_name(self._job, language, source.name): source for source in sources}
            found = await self._walks[language].look(list(targets))
            return {
                (language, source.name, source.etag)
                for target, source in targets.items()
                if target in found and _is_made(self._job, language, source, found[target])
            }

        return set[tuple[str, str, str]]().union(*await each(look, self._walks, at_once=_LANGUAGES_IN_FLIGHT))

    def markers(self, last: str) -> dict[str, str]:
        """Where the walks go on after the source ``last``, by language."""
        found = {
            language: walk.onward(target_name(self._job, language, last))
            for language, walk in self._walks.items()
        }
        return {language: marker for language, marker in found.items() if marker is not None}


def _is_made(job: JobRow, language: str, source: BlobName, metadata: _Metadata) -> bool:
    """Whether what is there is the translation that the job would make or, of a file that is copied as far as
    its name shows, the copy.
    """
    if is_unchanged(metadata, mark_of(job, language, source.name, source.etag, job.engine_version)):
        return True
    may_be_copied = copies(job) and format_of(source.name) is None
    return may_be_copied and is_unchanged(metadata, mark_of_copy(job, language, source.name, source.etag))


class _Walk:
    """The target of one language. It keeps what it read past the last name it was asked for."""

    def __init__(self, blobs: Blobs, job: JobRow, language: str, marker: str | None) -> None:
        self._blobs, self._container = blobs, job.target_container
        self._prefix = target_name(job, language, job.prefix)
        self._begin = self._marker = marker
        self._is_over = False
        self._entries: dict[str, _Metadata] = {}
        #: The last name that each request read, and the marker after it.
        self._steps: list[tuple[str, str]] = []

    async def look(self, targets: Sequence[str]) -> Mapping[str, _Metadata]:
        """Metadata of those of ``targets``, the next in order, that exist, and of others on the way."""
        self._forget(targets[0])
        wanted, left, size = frozenset(targets), _MOST_ENTRIES, _ask(targets, self._read_to)
        while not self._is_over and left > 0 and self._read_to < targets[-1]:
            page = await self._page(size)
            left -= max(1, len(page.blobs))
            # Blobs of others are passed in larger and larger steps.
            met = any(blob.name in wanted for blob in page.blobs)
            size = _ask(targets, self._read_to) if met else min(2 * size, ENTRIES_A_REQUEST)
        return self._entries

    def onward(self, last: str) -> str | None:
        """The marker with which a walk goes on after the target ``last``."""
        marker = self._begin
        for read, following in self._steps:
            if read > last:
                break
            marker = following
        return marker

    @property
    def _read_to(self) -> str:
        return self._steps[-1][0] if self._steps else ""

    async def _page(self, size: int) -> Listing:
        try:
            page = await self._blobs.page(self._container, self._prefix, self._marker, size, metadata=True)
        except NotFound:
            page = Listing([], None)
        self._entries |= {blob.name: blob.metadata for blob in page.blobs}
        if page.marker is None:
            self._is_over = True
        else:
            self._marker = page.marker
            self._steps.append((page.blobs[-1].name if page.blobs else self._read_to, page.marker))
        return page

    def _forget(self, first: str) -> None:
        """Drop what comes before the target ``first``, because no later page asks for it."""
        before = [marker for read, marker in self._steps if read < first]
        self._begin = before[-1] if before else self._begin
        self._steps = [step for step in self._steps if step[0] >= first]
        self._entries = {name: metadata for name, metadata in self._entries.items() if name >= first}


def _ask(targets: Sequence[str], read_to: str) -> int:
    """Entries to ask for when the target is read up to that name."""
    left = len(targets) - bisect_right(targets, read_to)
    return left if left <= _FEW else min(max(-(-left // 2), _FEW), ENTRIES_A_REQUEST)
