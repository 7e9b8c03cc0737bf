"""No key of the account anywhere: services get tokens for their managed identity, and storage over https."""

import asyncio
from pathlib import Path

import aiohttp

from deploy.local.azurite import azurite
from deploy.local.stack import Stack, StackOptions
from tests.e2e.identity import STORAGE, certified, identity_endpoint, settings_of


async def test_a_job_runs_over_https_with_a_managed_identity_and_no_key(tmp_path: Path) -> None:
    authority, certificate = certified(tmp_path)
    async with identity_endpoint() as endpoint, azurite(certificate=certificate) as storage:
        settings = settings_of(storage, endpoint, authority)
        running = Stack(StackOptions(engine="copy", workers=1, settings=settings), storage)
        try:
            await running.start_services()
            async with (
                asyncio.timeout(60),
                aiohttp.ClientSession(f"{running.api_url}/api/v1/batch/", raise_for_status=True) as http,
            ):
                await http.put("containers/letters")
                await http.put("containers/letters/files/one.txt", data=b"One.\n")
                body = {"source_container": "letters", "target_container": "cartas", "target_language": "es"}
                job = await (await http.post("jobs", json=body)).json()
                while job["completed_at"] is None:
                    await asyncio.sleep(0.1)
                    job = await (await http.get(f"jobs/{job['job_id']}")).json()
                assert (job["status"], job["processed_files"]) == ("completed", 1)
                copy = await http.get("containers/cartas/files/one.txt")
                assert await copy.read() == b"One.\n"
        finally:
            await running.stop_services()
    assert set(endpoint.resources) == {STORAGE}
    assert len(endpoint.resources) >= 3, "each of the three services asks for itself"
