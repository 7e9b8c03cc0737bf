"""What of a slice is translated already: the target is listed in step with the source, metadata included.

Both listings are in the order of names, so one walk over the target serves all slices: each slice remembers
the page that the next one begins with. A translation that the walk misses (another order, too many other
blobs in between) is made again. No translation is ever taken for done that is not.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.common.errors import NotFound
from libs.common.ledger.records import JobRow
from libs.common.storage.blobs import ENTRIES_A_REQUEST, BlobName, Blobs, Listing
from libs.jobs.marks import is_unchanged, mark_of, mark_of_copy
from libs.jobs.selection import target_name
from libs.jobs.unsupported import copies
from libs.translation.concurrency import each
from libs.translation.documents import format_of

#: Target entries read for one page of sources and one language. More blobs of others are not worth the calls.
_MOST_ENTRIES = 10_000
#: A walk asks for half of the targets that are left, or for all of so few. Entries past the page's last name
#: are read again for the next page, so the last requests are small.
_FEW = 25
#: Languages whose targets are listed at the same time.
_LANGUAGES_IN_FLIGHT = 4


@dataclass(slots=True)
class Walk:
    """How far one language's target is listed, and what was found on the way."""

    #: Where the walk began; None at the first name.
    marker: str | None
    #: Target name to metadata, of those targets that exist.
    found: dict[str, Mapping[str, str]] = field(default_factory=dict)
    #: The requests of this walk: the last name each read, and where the next one begins.
    steps: list[tuple[str, str]] = field(default_factory=list)

    def onward(self, last: str) -> str | None:
        """Where the next walk begins, if this one is used up to the target ``last``."""
        marker = self.marker
        for read, following in self.steps:
            if read > last:
                break
            marker = following
        return marker


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What a page of sources need not have translated again."""

    #: (language, name) to the ETag of the source whose translation is there.
    etags: Mapping[tuple[str, str], str] = field(default_factory=dict)
    #: One for each language.
    walks: Mapping[str, Walk] = field(default_factory=dict)

    def has(self, language: str, source: BlobName) -> bool:
        """Whether this version of the source is translated."""
        return self.etags.get((language, source.name)) == source.etag

    def markers(self, job: JobRow, last: str) -> dict[str, str]:
        """Where the next walks begin, if this page is used up to the source ``last``."""
        found = {
            language: walk.onward(target_name(job, language, last)) for language, walk in self.walks.items()
        }
        return {language: marker for language, marker in found.items() if marker is not None}


async def find_unchanged(
    blobs: Blobs, job: JobRow, sources: Sequence[BlobName], markers: Mapping[str, str]
) -> Unchanged:
    """Which of ``sources``, a page in the order of names, need no translation.

    ``markers`` is where the walks begin, by language.
    """
    if not sources:
        return Unchanged()

    async def walk(language: str) -> Walk:
        targets = [target_name(job, language, source.name) for source in sources]
        return await _walk(blobs, job, language, targets, markers.get(language))

    languages = job.target_languages
    walks = dict(zip(languages, await each(walk, languages, at_once=_LANGUAGES_IN_FLIGHT), strict=True))
    etags = {
        (language, source.name): source.etag
        for language in languages
        for source in sources
        if _is_made(job, language, source, walks[language].found)
    }
    return Unchanged(etags, walks)


def _is_made(job: JobRow, language: str, source: BlobName, found: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether what is there is the translation that the job would make or, of a file that is copied as far as
    its name shows, the copy.
    """
    metadata = found.get(target_name(job, language, source.name))
    if metadata is None:
        return False
    if is_unchanged(metadata, mark_of(job, language, source.name, source.etag, job.engine_version)):
        return True
    may_be_copied = copies(job) and format_of(source.name) is None
    return may_be_copied and is_unchanged(metadata, mark_of_copy(job, language, source.name, source.etag))


async def _walk(blobs: Blobs, job: JobRow, language: str, targets: Sequence[str], marker: str | None) -> Walk:
    """List the target until the last of ``targets``, which are in order."""
    prefix, wanted, left = target_name(job, language, job.prefix), frozenset(targets), _MOST_ENTRIES
    walk, size = Walk(marker), _ask(len(targets))
    while left > 0:
        page = await _page(blobs, job.target_container, prefix, marker, size)
        left -= max(1, len(page.blobs))
        met = {blob.name: blob.metadata for blob in page.blobs if blob.name in wanted}
        walk.found |= met
        if page.marker is None:
            break
        marker, read = page.marker, page.blobs[-1].name if page.blobs else ""
        walk.steps.append((read, marker))
        if read >= targets[-1]:
            break
        # Blobs of others are passed in larger and larger steps.
        size = _ask(len(targets) - bisect_right(targets, read)) if met else min(2 * size, ENTRIES_A_REQUEST)
    return walk


def _ask(left: int) -> int:
    """Entries to ask for when so many targets are left."""
    return left if left <= _FEW else min(max(-(-left // 2), _FEW), ENTRIES_A_REQUEST)


async def _page(blobs: Blobs, container: str, prefix: str, marker: str | None, size: int) -> Listing:
    try:
        return await blobs.page(container, prefix, marker, size, metadata=True)
    except NotFound:
        return Listing([], None)
