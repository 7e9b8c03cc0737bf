"""What answers are made of: every JSON answer is such a model, and the reference is made from the models."""

from collections.abc import Iterable

from aiohttp import web
from aiohttp.typedefs import LooseHeaders

from libs.common.ledger.records import FileRow, FileStatus
from libs.jobs.views import JobView, View, job_view
from services.api.names import file_id

__all__ = ["FileView", "JobView", "View", "answer", "file_view", "job_view", "listed"]


def answer(view: View, *, status: int = 200, headers: LooseHeaders | None = None) -> web.Response:
    return web.json_response(view.model_dump(), status=status, headers=headers)


def listed(views: Iterable[View], headers: LooseHeaders | None = None) -> web.Response:
    return web.json_response([view.model_dump() for view in views], headers=headers)


class FileView(View):
    """One source file into one language."""

    id: str
    """Names the file task in paths."""
    name: str
    language: str
    status: FileStatus
    error_code: str | None
    """Why it failed or was skipped, for programs."""
    error: str | None
    attempts: int
    characters: int
    """UTF-16 units that the engine was paid for."""
    detected_language: str | None
    """The source language the engine found, where the job names none."""
    repairs: int
    """Segments whose codes the engine lost and that were mended."""
    milliseconds: int
    size: int
    """Of the source, in bytes."""
    updated_at: str


def file_view(row: FileRow) -> FileView:
    return FileView(
        id=file_id(row.language, row.name),
        name=row.name,
        language=row.language,
        status=row.status,
        error_code=row.error_code,
        error=row.error,
        attempts=row.attempts,
        characters=row.characters,
        detected_language=row.detected_language,
        repairs=row.repairs,
        milliseconds=row.milliseconds,
        size=row.size,
        updated_at=row.updated_at,
    )
