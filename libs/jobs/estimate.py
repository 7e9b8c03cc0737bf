"""What a job would do, before it does anything: files by format, what is unchanged, characters by a sample.

Writes nothing. Looks at a bounded number of names and files for a bounded time, and says how far it came.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from libs.common.errors import AppError
from libs.common.ledger.records import JobRow
from libs.common.storage.blobs import BlobName, Blobs
from libs.jobs.reruns import Reruns, Unchanged
from libs.jobs.sight import sight_into, sight_of
from libs.jobs.sources import source_page
from libs.translation.documents import format_of
from libs.translation.documents.document import DocumentFormat, Original
from libs.translation.errors import PermanentFault, TranslationError
from libs.translation.segments import characters
from libs.translation.workbench.bench import Bench

#: Bounds of one estimate.
MOST_NAMES, MOST_SAMPLES, SECONDS = 10_000, 100, 20.0
#: Of the time at most for names, so that something is sampled of a container that answers slowly.
_LISTING_SHARE = 0.7
#: Memory that one sampled file may take, by its format's measure (bytes): 2.6 MB of text, 80 KB of a zipped
#: document. Of larger files the rate of those sampled is taken. Few at a time, for the API does other things.
_LARGEST_SAMPLE = 32_000_000
#: In the place of a format's name, for files that only their content tells.
UNKNOWN = "unknown"
_PAGE = 1000
_SAMPLES_IN_FLIGHT = 2


@dataclass(slots=True)
class Estimate:
    """``complete``: every name was looked at. ``characters`` is for one target language, in UTF-16 units,
    scaled up from ``sampled`` files, format by format, by their bytes. ``unsupported``: as far as names tell.
    """

    complete: bool = False
    files: int = 0
    by_format: Counter[str] = field(default_factory=Counter)
    unsupported: int = 0
    unchanged: int = 0
    bytes: Counter[str] = field(default_factory=Counter)
    sampled: int = 0
    sampled_bytes: Counter[str] = field(default_factory=Counter)
    sampled_characters: Counter[str] = field(default_factory=Counter)

    @property
    def characters(self) -> int:
        return round(sum(size * self._rate(form) for form, size in self.bytes.items()))

    def _rate(self, form: str) -> float:
        """Characters a byte of a format; of all together where none of it was sampled."""
        if self.sampled_bytes[form]:
            return self.sampled_characters[form] / self.sampled_bytes[form]
        whole = self.sampled_bytes.total()
        return self.sampled_characters.total() / whole if whole else 0.0


async def estimate(blobs: Blobs, bench: Bench, job: JobRow) -> Estimate:
    """Look as far as the bounds allow. `NotFound`: the source container is not there."""
    result = Estimate()
    wanted: list[BlobName] = []
    with suppress(TimeoutError):  # what is known by then is the answer
        async with asyncio.timeout(SECONDS):
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS * _LISTING_SHARE):
                    await _list(blobs, job, result, wanted)
            await _sample(blobs, bench, job, result, wanted)
    return result


async def _list(blobs: Blobs, job: JobRow, result: Estimate, wanted: list[BlobName]) -> None:
    """Count pages of names; ``wanted`` becomes the files that would be translated."""
    marker: str | None = None
    reruns = Reruns(blobs, job, {})
    while True:
        page = await source_page(blobs, job, marker, _PAGE)
        wanted += _count(result, job, page.blobs, await reruns.unchanged(page.blobs))
        marker = page.marker
        if marker is None or result.files >= MOST_NAMES:
            break
    result.complete = marker is None


def _count(result: Estimate, job: JobRow, page: list[BlobName], unchanged: Unchanged) -> list[BlobName]:
    """Count a page; gives the files that would be translated into at least one language."""
    wanted = []
    for blob in page:
        result.files += 1
        form = _form_name(blob.name)
        if form is None:
            result.unsupported += 1
            continue
        result.by_format[form] += 1
        if all((language, blob.name, blob.etag) in unchanged for language in job.target_languages):
            result.unchanged += 1
        else:
            result.bytes[form] += blob.size
            wanted.append(blob)
    return wanted


async def _sample(blobs: Blobs, bench: Bench, job: JobRow, result: Estimate, wanted: list[BlobName]) -> None:
    small = [blob for blob in wanted if 0 < _weight(blob, format_of(blob.name)) <= _LARGEST_SAMPLE]
    chosen = small[:: max(1, -(-len(small) // MOST_SAMPLES))]
    bound = asyncio.Semaphore(_SAMPLES_IN_FLIGHT)

    async def look(blob: BlobName, form: str) -> None:
        async with bound:
            try:
                count = await _characters(blobs, bench, job, blob)
            except (AppError, TranslationError):
                return  # it will fail in the job too; an estimate goes on without it
        result.sampled += 1
        result.sampled_characters[form] += count
        result.sampled_bytes[form] += blob.size

    await asyncio.gather(*(look(blob, form) for blob in chosen if (form := _form_name(blob.name))))


def _form_name(name: str) -> str | None:
    """The format's name; `UNKNOWN` where the content will tell it, None of what is not translated."""
    seen = sight_of(name)
    if seen is None:
        return UNKNOWN
    return None if seen.content.form is None else seen.content.form.name


def _weight(blob: BlobName, form: DocumentFormat | None) -> int:
    return blob.size * (1 if form is None else form.memory_a_byte)


async def _characters(blobs: Blobs, bench: Bench, job: JobRow, blob: BlobName) -> int:
    """Of a file that its content tells to be of no format there are none."""
    seen = sight_of(blob.name) or await sight_into(blobs, job, blob.name)
    form = seen.content.form
    if form is None:
        return 0
    if _weight(blob, form) > _LARGEST_SAMPLE:
        raise PermanentFault("file_too_large", "too large for a sample")
    # It may have grown since it was listed.
    largest = _LARGEST_SAMPLE // form.memory_a_byte
    data = (await blobs.read(job.source_container, blob.name, largest)).data
    original = Original(form, data, job.source_language or "", dict(job.options), _LARGEST_SAMPLE)
    return characters((await bench.taken_apart(original)).segments)
