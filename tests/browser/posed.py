"""A job as a test says it is: for moments of a real one that nobody can hold still."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, Request, Route

from libs.common.ledger.records import FileStatus
from services.api.names import file_id
from services.api.views import FileView, JobView

#: How many files the page asks for at once.
PAGE = 50
_MOMENT = "2026-01-01T12:00:00Z"
_JOB: dict[str, Any] = {
    "job_id": "0123456789ab-0123456789",
    "name": "A posed job",
    "status": "processing",
    "total_files": 0,
    "processed_files": 0,
    "failed_files": 0,
    "skipped_files": 0,
    "cancelled_files": 0,
    "pending_files": 0,
    "listing_complete": True,
    "progress": 0.0,
    "characters": 0,
    "repairs": 0,
    "source_container": "posed",
    "target_container": "posed-es",
    "source_language": "en",
    "target_language": "es",
    "target_languages": ["es"],
    "via": {},
    "files_by_language": {},
    "retries": 0,
    "options": {
        "prefix": "",
        "include": [],
        "exclude": [],
        "files": [],
        "target_prefix": "",
        "if_exists": "skip_unchanged",
        "engine": "pseudo",
        "max_characters": None,
        "dictionary": {},
        "do_not_translate": [],
    },
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
    "completed_at": None,
    "error": None,
    "blocked_reason": None,
    "throttled_until": None,
    "message": "",
    "notification": None,
}
ENDED = {"completed_at": "2026-01-01T12:05:00Z"}


class Posed:
    """Its answers are of the API's own models; what the page would do with it is noted and refused."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._job = _JOB
        self.files: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.api = f"/api/v1/batch/jobs/{_JOB['job_id']}"
        self.path = f"/#/jobs/{_JOB['job_id']}"

    async def begin(self) -> None:
        await self._page.clock.install()
        await self._page.route(f"**{self.api}/**", self._refuse)
        await self._page.route(f"**{self.api}", self._answer_job)
        await self._page.route(f"**{self.api}/files?*", self._answer_files)

    async def open(self, **changes: Any) -> None:
        self.change(**changes)
        await self._page.goto(self.path)

    async def poll(self, **changes: Any) -> None:
        """The page has asked for the job once more, and has got it."""
        self.change(**changes)
        async with self._page.expect_response(lambda answer: answer.url.endswith(self.api)):
            await self._page.clock.run_for(3000)

    def change(self, **changes: Any) -> None:
        changed = {**self._job, **changes}
        ended = sum(changed[f"{part}_files"] for part in ("processed", "failed", "skipped", "cancelled"))
        changed["pending_files"] = changed["total_files"] - ended
        self._job = JobView.model_validate(changed).model_dump()

    async def _answer_job(self, route: Route) -> None:
        await route.fulfill(json=self._job)

    async def _answer_files(self, route: Route) -> None:
        asked = query(route.request)
        wanted = [file for file in self.files if asked.get("status", file["status"]) == file["status"]]
        at = int(asked.get("cursor", "0"))
        further = f"{route.request.url.split('&cursor')[0]}&cursor={at + PAGE}"
        headers = {"Link": f'<{further}>; rel="next"'} if len(wanted) > at + PAGE else {}
        await route.fulfill(json=wanted[at : at + PAGE], headers=headers)

    async def _refuse(self, route: Route) -> None:
        self.asked.append(route.request.url)
        problem = {"code": "nothing_to_retry", "detail": "Nothing of the job has failed."}
        await route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def rows(numbers: Iterable[int], status: FileStatus = FileStatus.SUCCEEDED) -> list[dict[str, Any]]:
    """File tasks of a job, as the API lists them."""
    return [
        FileView(
            id=file_id("es", f"{number:03}.txt"),
            name=f"{number:03}.txt",
            language="es",
            status=status,
            error_code="undecodable" if status is FileStatus.FAILED else None,
            error=None,
            attempts=1,
            characters=0,
            detected_language=None,
            repairs=0,
            milliseconds=1,
            size=10,
            updated_at=_MOMENT,
        ).model_dump(mode="json")
        for number in numbers
    ]
