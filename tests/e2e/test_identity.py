"""No key of the account anywhere: services get tokens for their managed identity, and storage over https."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import jwt
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.local.azurite import ACCOUNT, Azurite, Certificate, azurite
from deploy.local.stack import Stack, StackOptions

SECRET_OF_THE_ENDPOINT = "only-this-machine-knows"
STORAGE = "https://storage.azure.com"


class IdentityEndpoint:
    """What Container Apps and App Service put beside a process; it remembers what tokens were asked for.

    "Managed identities in Azure Container Apps", REST endpoint reference, API version 2019-08-01.
    """

    def __init__(self) -> None:
        self.resources: list[str] = []
        self.url = ""

    async def token(self, request: web.Request) -> web.Response:
        if request.headers.get("X-IDENTITY-HEADER") != SECRET_OF_THE_ENDPOINT:
            return web.Response(status=401)
        resource = request.query["resource"]
        self.resources.append(resource)
        now = int(time.time())
        claims = {"aud": resource, "iss": "https://sts.windows.net/a-tenant/", "iat": now, "nbf": now}
        token = jwt.encode({**claims, "exp": now + 3600}, "nobody checks the signature of this token")
        return web.json_response(
            {
                "access_token": token,
                "expires_on": f"{now + 3600}",
                "resource": resource,
                "token_type": "Bearer",
            }
        )


@asynccontextmanager
async def identity_endpoint() -> AsyncIterator[IdentityEndpoint]:
    endpoint, app = IdentityEndpoint(), web.Application()
    app.router.add_get("/msi/token", endpoint.token)
    async with TestServer(app, host="127.0.0.1") as server:
        endpoint.url = f"http://127.0.0.1:{server.port}/msi/token"
        yield endpoint


def certified(folder: Path) -> tuple[Path, Certificate]:
    """An authority of this test alone, and what it certifies of 127.0.0.1."""
    authority, files = trustme.CA(), [folder / name for name in ("authority.pem", "chain.pem", "key.pem")]
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(files[0])
    issued.cert_chain_pems[0].write_to_path(files[1])
    issued.private_key_pem.write_to_path(files[2])
    return files[0], Certificate(files[1], files[2])


def settings_of(storage: Azurite, endpoint: IdentityEndpoint, authority: Path) -> dict[str, str]:
    ports = {"BLOB": storage.ports.blob, "QUEUE": storage.ports.queue, "TABLE": storage.ports.table}
    return {
        "AZURE_STORAGE_CONNECTION_STRING": "",
        "AZURE_STORAGE_ACCOUNT": ACCOUNT,
        **{
            f"AZURE_STORAGE_{it}_ENDPOINT": f"https://127.0.0.1:{port}/{ACCOUNT}"
            for it, port in ports.items()
        },
        "SSL_CERT_FILE": str(authority),
        "IDENTITY_ENDPOINT": endpoint.url,
        "IDENTITY_HEADER": SECRET_OF_THE_ENDPOINT,
    }


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
