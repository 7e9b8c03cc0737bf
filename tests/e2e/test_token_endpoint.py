"""A token endpoint that refuses us for a while is trouble that passes: no file fails, no job ends."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp

from deploy.local.azurite import azurite
from deploy.local.ports import free_port
from deploy.local.stack import Stack, StackOptions
from tests.e2e.identity import IdentityEndpoint, certified, identity_endpoint, settings_of
from tests.e2e.starting import SOON, START, all_ready, started

#: Seconds a token is good for: it runs out in the middle of the job.
LIFETIME = 8
FILES = 12
#: Refusals of each status before the endpoint gives tokens again: API, dispatcher and worker all meet some.
REFUSALS = 8


async def test_a_job_outlives_a_token_endpoint_that_answers_400_and_404(tmp_path: Path) -> None:
    authority, certificate = certified(tmp_path)
    async with identity_endpoint() as endpoint, azurite(certificate=certificate) as storage:
        endpoint.lifetime = LIFETIME
        settings = settings_of(storage, endpoint, authority)
        settings |= {"PSEUDO_DELAY_MS": "1500", "MAX_CONCURRENT_FILES": "4"}
        running = Stack(StackOptions(engine="pseudo", workers=1, settings=settings), storage)
        try:
            await running.start_services()
            async with (
                asyncio.timeout(120),
                aiohttp.ClientSession(f"{running.api_url}/api/v1/batch/") as http,
            ):
                job_id = await posted(http)
                answers = await refused(http, job_id, endpoint)
                job = await ended(http, job_id)
                files = await (await http.get(f"jobs/{job_id}/files", params={"limit": "100"})).json()
        finally:
            await running.stop_services()
    print(f"faults fired: {dict(endpoint.refused)}, the API answered {dict(answers)} meanwhile")
    assert min(endpoint.refused[400], endpoint.refused[404]) >= REFUSALS
    assert set(answers) <= {200, 503}, "no answer blames the caller"
    assert answers[503], "the API met no refusal"
    assert (job["status"], job["processed_files"]) == ("completed", FILES)
    assert {file["attempts"] for file in files} == {1}


async def posted(http: aiohttp.ClientSession) -> str:
    await http.put("containers/letters", raise_for_status=True)
    for number in range(FILES):
        await http.put(f"containers/letters/files/{number}.txt", data=b"One.\n", raise_for_status=True)
    body = {"source_container": "letters", "target_container": "cartas", "target_language": "es"}
    job = await (await http.post("jobs", json=body, raise_for_status=True)).json()
    return str(job["job_id"])


async def refused(http: aiohttp.ClientSession, job_id: str, endpoint: IdentityEndpoint) -> Counter[int]:
    """Let the endpoint refuse with 400, then with 404; gives the statuses that the API answered meanwhile."""
    answers: Counter[int] = Counter()
    for status in (400, 404):
        endpoint.refusal = status

        def is_enough(status: int = status) -> bool:
            return endpoint.refused[status] >= REFUSALS

        answers += await asked_until(http, f"jobs/{job_id}", is_enough)
    endpoint.refusal = None
    return answers


async def asked_until(http: aiohttp.ClientSession, path: str, holds: Callable[[], bool]) -> Counter[int]:
    answers: Counter[int] = Counter()
    while not holds():
        async with http.get(path) as answer:
            answers[answer.status] += 1
        await asyncio.sleep(0.1)
    return answers


async def ended(http: aiohttp.ClientSession, job_id: str) -> dict[str, object]:
    while True:
        async with http.get(f"jobs/{job_id}") as answer:
            job: dict[str, object] = await answer.json()
        if job.get("completed_at"):
            return job
        await asyncio.sleep(0.2)


async def test_services_wait_for_a_token_endpoint_that_appears_after_they_start(tmp_path: Path) -> None:
    authority, certificate = certified(tmp_path)
    endpoint = IdentityEndpoint(free_port())
    async with azurite(certificate=certificate) as storage:
        settings = settings_of(storage, endpoint, authority)
        async with started(settings) as services:
            await asyncio.gather(*(service.waits("token endpoint") for service in services))
            endpoint.refusal = 404
            async with endpoint.listening():
                for status in (404, 400):
                    endpoint.refusal = status
                    async with asyncio.timeout(START):
                        while endpoint.refused[status] < REFUSALS:  # noqa: ASYNC110 - the event is in another process
                            await asyncio.sleep(0.1)
                endpoint.refusal = None
                ready = await all_ready(services, time.monotonic())
    print(f"faults fired: {dict(endpoint.refused)}, ready after {ready}")
    assert max(ready.values()) <= SOON
