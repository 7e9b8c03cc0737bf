"""The services at work in the built root, against a real Azurite on this machine."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from deploy.image.build import Tell
from deploy.image.checks import run_inside
from deploy.image.dockerfile import last
from deploy.local.problems import LocalStackError
from deploy.local.stack import Stack, StackOptions, stack

_SOURCE, _TARGET, _FILE = "letters", "cartas", "house.txt"
_SENTENCE, _TRANSLATED = "The white house is big.", "La casa blanca es grande."
_JOB = {"source_container": _SOURCE, "target_container": _TARGET, "target_language": "es"}
_PAGES = ("/", "/docs", "/docs/swagger-ui.css", "/openapi.json")
_JOB_SECONDS = 60.0
_STOP_SECONDS = 20.0


async def try_services(root: Path, tell: Tell) -> None:
    """Probes, pages, a job, an end by SIGTERM. Raises LocalStackError."""

    def command(service: str) -> Sequence[str]:
        return (
            sys.executable,
            "-m",
            "deploy.image.container",
            str(root),
            "python",
            "-m",
            f"services.{service}",
        )

    async with stack(StackOptions(workers=1, command=command)) as running:
        for name in running.services:
            await _check_probes(root, running, name)
        tell(f"{', '.join(running.services)}: /healthz and /readyz answer, and HEALTHCHECK agrees")
        async with aiohttp.ClientSession(running.api_url, timeout=aiohttp.ClientTimeout(20)) as api:
            for page in _PAGES:
                await _answer(api, "GET", page)
            tell(f"api: {' '.join(_PAGES)} answer")
            await _check_job(api)
        tell(f"a job, by Apertium: {_SENTENCE!r} became {_TRANSLATED!r}")
        await _check_end(running)
        tell("SIGTERM: all ended by it, with exit code 0")


async def _check_probes(root: Path, running: Stack, name: str) -> None:
    environment = running.services[name].environment
    settings = {port: environment[port] for port in ("API_PORT", "HEALTH_PORT")}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{settings['HEALTH_PORT']}") as service:
        for probe in ("/healthz", "/readyz"):
            await _answer(service, "GET", probe)
    told = await asyncio.to_thread(run_inside, root, last("HEALTHCHECK").exec_form, settings)
    if told.returncode != 0:
        raise LocalStackError(f"HEALTHCHECK of {name} failed: {told.stderr.strip()}")


async def _check_job(api: aiohttp.ClientSession) -> None:
    containers = f"/api/v1/batch/containers/{_SOURCE}"
    await _answer(api, "PUT", containers)
    await _answer(api, "PUT", f"{containers}/files/{_FILE}", data=_SENTENCE)
    job = await _answer(api, "POST", "/api/v1/batch/jobs", json=_JOB)
    path = f"/api/v1/batch/jobs/{job['job_id']}"
    try:
        async with asyncio.timeout(_JOB_SECONDS):
            # The API has no other way to tell.
            while not (job := await _answer(api, "GET", path))["completed_at"]:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise LocalStackError(f"the job did not end within {_JOB_SECONDS:g} s: {job}") from None
    translated = await _answer(api, "GET", f"/api/v1/batch/containers/{_TARGET}/files/{_FILE}")
    if job["status"] != "completed" or translated.strip() != _TRANSLATED:
        raise LocalStackError(f"the job ended {job['status']} with {translated!r}")


async def _check_end(running: Stack) -> None:
    ends = {name: await process.stop(_STOP_SECONDS) for name, process in running.services.items()}
    if set(ends.values()) != {0}:
        raise LocalStackError(f"exit codes after SIGTERM: {ends}")


async def _answer(
    http: aiohttp.ClientSession, method: str, path: str, *, data: str | None = None, json: object = None
) -> Any:
    async with http.request(method, path, data=data, json=json) as response:
        text = await response.text()
        if not response.ok:
            raise LocalStackError(f"{method} {path}: {response.status} {text[:500]}")
        return await response.json() if response.content_type == "application/json" else text
