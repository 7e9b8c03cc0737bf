"""`make up ENGINE=azure-emulated`: the whole system with Azure's engine, and nobody's account. It works, and
nothing that it logs at its most talkative, and nothing that it answers, holds a secret.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from deploy.local.azurite import PUBLIC_KEY
from deploy.local.stack import StackOptions
from deploy.local.translator import ENGINE
from services.api.operations import OPERATIONS
from tests.e2e.system import System, system

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {
    "letter.txt": b"The white house is big.\n",
    "page.html": b'<!DOCTYPE html><title>A</title><p>Press <b>Save</b> &amp; <a href="/x">go on</a>.</p>\n',
    "broken.txt": b"\0 no text",
}
API_KEY, ENGINE_KEY, MISTYPED = "marker-of-the-api-key", "marker-of-the-engine-key", "marker-of-a-wrong-key"
SECRETS = {"the account": PUBLIC_KEY, "the API": API_KEY, "the engine": ENGINE_KEY, "a stranger": MISTYPED}
SETTINGS = {
    "AZURE_TRANSLATOR_KEY": ENGINE_KEY,
    "API_AUTH": "api-key",
    "API_KEYS": f"tests:write:{API_KEY}",
    "LOG_LEVEL": "DEBUG",
    "LOG_FORMAT": "json",
}


@dataclass
class Run:
    """What became of a job, and everything that was said meanwhile."""

    job: dict[str, Any] = field(default_factory=dict)
    translations: dict[str, bytes] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run() -> Run:
    run = Run()
    options = StackOptions(
        engine=ENGINE, workers=1, settings=SETTINGS, on_line=lambda _, line: run.lines.append(line)
    )
    async with system(options, {"X-Api-Key": API_KEY}) as running:
        translator = running.stack.translator
        assert translator is not None
        await running.upload("emulated", FILES)
        job = await running.post(
            source_container="emulated",
            target_container="emulated-es",
            source_language="en",
            target_language="es",
        )
        run.job = await running.ended(job["job_id"])
        run.translations = await running.download("emulated-es")
        run.answers = await answers(running, job["job_id"])
        async with aiohttp.ClientSession(translator.url) as http, http.get("/_stats") as response:
            run.stats = await response.json()
    return run


async def answers(running: System, job_id: str) -> dict[str, str]:
    """Of every route that can be read, of metrics, and to those who have no key, a wrong one, or no HTTP."""
    known = {"job_id": job_id, "container": "emulated", "name": "letter.txt"}
    reads = [path.format(**known) for method, path in OPERATIONS if method == "GET"]
    found = {path: await running.answer(path) for path in [*reads, "/openapi.json", "/metrics"]}
    for where, headers in (("no key", {"X-Api-Key": ""}), ("wrong key", {"X-Api-Key": MISTYPED})):
        found[where] = await running.answer("/api/v1/batch/jobs", **headers)
    url = URL(running.stack.api_url)
    assert url.port is not None
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"GET / HTTP/1.1\r\nX-Api-Key : {MISTYPED}\r\n\r\n".encode())
    # Whoever sent it is shown what he sent; nobody else is.
    assert b" 400 " in await reader.readline()
    writer.close()
    return found


async def test_a_job_through_the_emulated_translator_is_marked_and_metered(run: Run) -> None:
    assert (run.job["status"], run.job["processed_files"]) == ("completed_with_errors", 2)
    assert run.translations["letter.txt"].decode() == "⟦es: The white house is big.⟧\n"
    page = run.translations["page.html"].decode()
    assert '<p>⟦es: Press <b>Save</b> &amp; <a href="/x">go on</a>.⟧</p>' in page
    assert run.job["characters"] == run.stats["characters"]


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
async def test_no_line_and_no_answer_holds_a_secret(run: Run, secret: str) -> None:
    assert [line for line in run.lines if "file failed" in line and "undecodable" in line]
    assert run.answers["wrong key"].startswith("401 ")
    assert "reason" in run.answers["/api/v1/batch/dead-letters"]
    assert [line for line in run.lines if secret in line] == []
    assert [path for path, answer in run.answers.items() if secret in answer] == []
