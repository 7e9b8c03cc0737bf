"""What kind of file a task is about: by its name or, where that says nothing, by its first bytes."""

from dataclasses import dataclass

from libs.common.ledger.records import JobRow
from libs.common.storage.blobs import Blobs
from libs.translation.concurrency import aside
from libs.translation.documents import HEAD_BYTES, Content, content_of, foreign_kind, format_of


@dataclass(frozen=True, slots=True)
class Sight:
    """``etag`` is of the version whose bytes were looked at; None where the name was enough."""

    content: Content
    etag: str | None = None

    @property
    def reason(self) -> str:
        """Why a file of no format is not translated."""
        if self.etag is None:
            return f"no format here translates {self.content.what}"
        return f"the name tells no format, and the content is {self.content.what}"


def sight_of(name: str) -> Sight | None:
    """What the name alone tells; None: the content has to."""
    form = format_of(name)
    if form is not None:
        return Sight(Content(form.name, form))
    kind = foreign_kind(name)
    return None if kind is None else Sight(Content(kind))


async def sight_into(blobs: Blobs, job: JobRow, name: str) -> Sight:
    """What the first bytes tell: one small read, whatever the file's size. `NotFound`: it is gone."""
    head = await blobs.head(job.source_container, name, HEAD_BYTES)
    return Sight(await aside(len(head.data), content_of, head.data), head.etag)
