"""The file tasks of a job that a query asks for, in the order of their keys: by language and name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from libs.common.ledger import keys
from libs.common.ledger.cursors import position
from libs.common.ledger.files import Files
from libs.common.ledger.records import FileRow, JobRow
from services.api.queries import FilesQuery

Page = tuple[list[FileRow], str | None]


@dataclass(frozen=True, slots=True)
class FileList:
    """Read from the file rows. Names that begin alike stand together: a folder is a range a language."""

    rows: ClassVar[str] = keys.FILES
    files: Files
    job: JobRow
    query: FilesQuery

    async def page(self, limit: int, behind: str | None) -> Page:
        """At most ``limit`` rows behind the cursor ``behind``, and the cursor to go on from; a page may be
        short, even empty.
        """
        found: list[FileRow] = []
        begin = "" if behind is None else position(behind).first
        for within in self._ranges():
            if begin >= keys.end_of(within):
                continue
            if len(found) == limit:
                return found, self._key(found[-1])
            # A cursor is good for the range it was made in; the next one begins at its beginning.
            here = behind if begin >= within else None
            some, more = await self._read(within, limit - len(found), here)
            found += [row for row in some if self._is_wanted(row)]
            if more is not None:
                return found, more
        return found, None

    def _ranges(self) -> Sequence[str]:
        folder, languages = self.query.folder, self.job.target_languages
        return sorted(keys.beginning(self.rows, it, folder) for it in languages) if folder else [self.rows]

    def _is_wanted(self, row: FileRow) -> bool:
        """What the ranges and the filters of storage let pass is not all that is wanted."""
        return row.name.startswith(self.query.folder) and row.repairs >= self.query.repairs

    def _key(self, row: FileRow) -> str:
        return keys.file_key(row.language, row.name)

    async def _read(self, within: str, limit: int, behind: str | None) -> Page:
        status, repaired = self.query.status, self.query.repairs
        return await self.files.page(self.job.job_id, limit, behind, status, repaired=repaired, within=within)


class IndexedFailures(FileList):
    """The failed ones, from their index: however many others there are, they are found at once."""

    rows = keys.FAILURES

    def _key(self, row: FileRow) -> str:
        return keys.failure_key(row.language, row.name)

    async def _read(self, within: str, limit: int, behind: str | None) -> Page:
        return await self.files.failures(self.job.job_id, limit, behind, within)
