"""A token endpoint on this machine, and an Azurite over https that takes its tokens."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import jwt
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.local.azurite import ACCOUNT, Azurite, Certificate
from deploy.local.ports import LOOPBACK, free_port

SECRET_OF_THE_ENDPOINT = "only-this-machine-knows"
STORAGE = "https://storage.azure.com"


class IdentityEndpoint:
    """What Container Apps and App Service put beside a process; it remembers what tokens were asked for.

    "Managed identities in Azure Container Apps", REST endpoint reference, API version 2019-08-01.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = f"http://{LOOPBACK}:{port}/msi/token"
        self.resources: list[str] = []
        #: How long a token is good for (seconds).
        self.lifetime = 3600
        #: While it is set, the status that every request gets instead of a token.
        self.refusal: int | None = None
        self.refused: Counter[int] = Counter()

    async def token(self, request: web.Request) -> web.Response:
        if request.headers.get("X-IDENTITY-HEADER") != SECRET_OF_THE_ENDPOINT:
            return web.Response(status=401)
        if self.refusal is not None:
            self.refused[self.refusal] += 1
            return web.json_response({"error": "invalid_request"}, status=self.refusal)
        resource = request.query["resource"]
        self.resources.append(resource)
        now = int(time.time())
        claims = {"aud": resource, "iss": "https://sts.windows.net/a-tenant/", "iat": now, "nbf": now}
        token = jwt.encode(
            {**claims, "exp": now + self.lifetime}, "nobody checks the signature of this token"
        )
        return web.json_response(
            {
                "access_token": token,
                "expires_on": f"{now + self.lifetime}",
                "resource": resource,
                "token_type": "Bearer",
            }
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get("/msi/token", self.token)
        async with TestServer(app, host=LOOPBACK, port=self._port):
            yield


@asynccontextmanager
async def identity_endpoint() -> AsyncIterator[IdentityEndpoint]:
    endpoint = IdentityEndpoint(free_port())
    async with endpoint.listening():
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
