"""What of a slice is translated already: the target is listed alongside the source, metadata included.

Both listings are in the order of names, so one walk over the target serves all slices: each remembers the
page it stood on. A translation that is missed (another order, too many strangers in between) is made again;
none is ever taken for done that is not.
"""

from collections.abc import Mapping, Sequence

from libs.common.errors import NotFound
from libs.common.ledger.records import JobRow
from libs.common.storage.blobs import LISTING_PAGE, BlobName, Blobs, Listing
from libs.jobs.marks import is_unchanged, mark_of, mark_of_copy
from libs.jobs.selection import target_name
from libs.jobs.unsupported import copies
from libs.translation.documents import format_of

#: Pages of the target looked at for one slice and language; strangers beyond that are not worth the calls.
_MOST_PAGES = 10


async def find_unchanged(
    blobs: Blobs, job: JobRow, sources: Sequence[BlobName], markers: Mapping[str, str]
) -> tuple[set[tuple[str, str]], dict[str, str]]:
    """The (language, name) pairs of ``sources`` that need no translation, and where to look on from."""
    unchanged: set[tuple[str, str]] = set()
    onward: dict[str, str] = {}
    for language in job.target_languages if sources else ():
        targets = {target_name(job, language, source.name): source for source in sources}
        found, marker = await _walk(blobs, job, language, targets, markers.get(language))
        if marker is not None:
            onward[language] = marker
        for target, source in targets.items():
            if target in found and _is_unchanged(found[target], job, language, source):
                unchanged.add((language, source.name))
    return unchanged, onward


def _is_unchanged(found: Mapping[str, str], job: JobRow, language: str, source: BlobName) -> bool:
    """Whether what is there is the translation that the job would make or, of a file that is copied as far as
    its name tells, the copy.
    """
    if is_unchanged(found, mark_of(job, language, source.name, source.etag, job.engine_version)):
        return True
    may_be_copied = copies(job) and format_of(source.name) is None
    return may_be_copied and is_unchanged(found, mark_of_copy(job, language, source.name, source.etag))


async def _walk(
    blobs: Blobs, job: JobRow, language: str, targets: Mapping[str, BlobName], marker: str | None
) -> tuple[dict[str, Mapping[str, str]], str | None]:
    """Metadata of those targets that exist, and the marker of the page that holds the last of them."""
    prefix, last = target_name(job, language, job.prefix), max(targets)
    found: dict[str, Mapping[str, str]] = {}
    for _ in range(_MOST_PAGES):
        page = await _page(blobs, job.target_container, prefix, marker)
        found |= {blob.name: blob.metadata for blob in page.blobs if blob.name in targets}
        if page.marker is None or (page.blobs and page.blobs[-1].name >= last):
            break
        marker = page.marker
    return found, marker


async def _page(blobs: Blobs, container: str, prefix: str, marker: str | None) -> Listing:
    try:
        return await blobs.page(container, prefix, marker, LISTING_PAGE, metadata=True)
    except NotFound:
        return Listing([], None)
