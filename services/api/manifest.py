"""The result manifest: every file task of a job as CSV, streamed page by page."""

import csv
import io
import re
from collections.abc import AsyncIterator

from aiohttp import hdrs, web

from libs.common.ledger.records import JobRow
from services.api.context import CONTEXT
from services.api.file_lists import FileList
from services.api.queries import FilesQuery
from services.api.streaming import stream
from services.api.views import file_view

_COLUMNS = (
    "name", "language", "status", "error_code", "error", "attempts", "characters", "repairs", "milliseconds",
    "size", "updated_at", "detected_language",
)  # fmt: skip
_PAGE = 1000
#: Where a cell begins, to a spreadsheet that parts them at commas or, in much of Europe, at semicolons, and
#: what makes it a formula there (OWASP, CSV injection); names are a stranger's.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[=+\-@\t\r])")


async def manifest(request: web.Request, job: JobRow, query: FilesQuery) -> web.StreamResponse:
    """All file rows that the query asks for, whatever its limit."""
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{job.job_id}.csv"',
            "X-Content-Type-Options": "nosniff",
        }
    )
    chosen = FileList(request.app[CONTEXT].deployment.files, job, query)
    return await stream(request, response, _pages(chosen))


async def _pages(chosen: FileList) -> AsyncIterator[bytes]:
    yield _lines([_COLUMNS])
    behind = None
    while True:
        rows, behind = await chosen.page(_PAGE, behind)
        views = [file_view(row).model_dump() for row in rows]
        if views:
            yield _lines([[_cell(view[name]) for name in _COLUMNS] for view in views])
        if behind is None:
            return


def _cell(value: object) -> object:
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value


def _lines(rows: list[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)  # type: ignore[arg-type]  # rows of cells
    return text.getvalue().encode()
