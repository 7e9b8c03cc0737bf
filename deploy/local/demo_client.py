"""What the demo does from outside: containers over the storage SDK, everything else over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from azure.storage.blob.aio import BlobServiceClient
from pydantic import BaseModel, TypeAdapter

from deploy.local.problems import LocalStackError

JOBS = "/api/v1/batch/jobs"
ENDED = frozenset({"completed", "completed_with_errors", "failed", "cancelled"})
REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=20)


class Job(BaseModel):
    """The fields of a job that the demo shows."""

    job_id: str
    status: str
    total_files: int
    processed_files: int
    failed_files: int
    skipped_files: int
    pending_files: int
    characters: int
    error: str | None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


class FileEnd(BaseModel):
    name: str
    error_code: str | None
    error: str | None


class Client:
    """Raises LocalStackError when an answer is not what it should be."""

    def __init__(self, http: aiohttp.ClientSession, blobs: BlobServiceClient) -> None:
        self._http = http
        self._blobs = blobs

    async def upload(self, container: str, documents: Mapping[str, bytes]) -> None:
        target = await self._blobs.create_container(container)
        for name, content in documents.items():
            await target.upload_blob(name, content)

    async def download(self, container: str) -> dict[str, bytes]:
        """Content by name, in name order."""
        source = self._blobs.get_container_client(container)
        names = [blob.name async for blob in source.list_blobs()]
        return {name: await (await source.download_blob(name)).readall() for name in names}

    async def post(self, **request: str) -> Job:
        return Job.model_validate_json(await self._answer("POST", JOBS, 202, request))

    async def job(self, job_id: str) -> Job:
        return Job.model_validate_json(await self._answer("GET", f"{JOBS}/{job_id}", 200))

    async def failures(self, job_id: str) -> list[FileEnd]:
        answer = await self._answer("GET", f"{JOBS}/{job_id}/files?status=failed", 200)
        return TypeAdapter(list[FileEnd]).validate_json(answer)

    async def _answer(self, method: str, path: str, status: int, body: dict[str, str] | None = None) -> bytes:
        try:
            async with self._http.request(method, path, json=body) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LocalStackError(f"{method} {path}: no answer: {error!r}") from error
        if response.status != status:
            said = content.decode("utf-8", "replace")[:500]
            raise LocalStackError(f"{method} {path}: {response.status} instead of {status}: {said}")
        return content


@asynccontextmanager
async def client(api_url: str, connection_string: str) -> AsyncIterator[Client]:
    blobs = BlobServiceClient.from_connection_string(connection_string)
    async with blobs, aiohttp.ClientSession(api_url, timeout=REQUEST_TIMEOUT) as http:
        yield Client(http, blobs)
