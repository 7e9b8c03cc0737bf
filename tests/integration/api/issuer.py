"""A tenant of Microsoft Entra ID on loopback: it publishes keys as the real one does, and signs tokens."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "99999999-8888-7777-6666-555555555555"
AUDIENCE = f"api://{CLIENT_ID}"
OBJECT_ID = "abababab-0000-0000-0000-000000000000"


@cache
def private_key(number: int) -> rsa.RSAPrivateKey:
    """Made once for all tests: it takes a while."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """``keys`` are those it publishes, by id; ``answer`` stands in for every document while it is set."""

    def __init__(self) -> None:
        self.keys = {"key-1": private_key(1)}
        self.fetches = 0
        self.answer: web.Response | None = None
        self.silent = False
        self.url = ""

    def app(self) -> web.Application:
        app = web.Application()
        for version in ("", "v2.0/"):
            app.router.add_get(f"/{TENANT}/{version}.well-known/openid-configuration", self._discovery)
        app.router.add_get("/keys", self._keys)
        return app

    def issuer(self, version: str = "2.0") -> str:
        return f"{self.url}/{TENANT}/v2.0" if version == "2.0" else f"https://sts.example/{TENANT}/"

    def claims(self, *roles: str, version: str = "2.0", **changes: Any) -> dict[str, Any]:
        """Those of an access token; one that is changed to None is not there."""
        now = int(time.time())
        client = {"2.0": "azp", "1.0": "appid"}[version]
        claims = {
            "aud": CLIENT_ID if version == "2.0" else AUDIENCE,
            "iss": self.issuer(version),
            "iat": now - 5,
            "nbf": now - 5,
            "exp": now + 3600,
            "oid": OBJECT_ID,
            "tid": TENANT,
            "ver": version,
            client: "00000000-1111-1111-1111-111111111111",
            "roles": list(roles),
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, *roles: str, **changes: Any) -> str:
        return signed(self.claims(*roles, **changes), self.keys["key-1"], "key-1")

    def rotate(self) -> None:
        """The old key is withdrawn, another one takes its place."""
        self.keys = {"key-2": private_key(2)}

    async def _discovery(self, request: web.Request) -> web.Response:
        version = "2.0" if "/v2.0/" in request.path else "1.0"
        return await self._say({"issuer": self.issuer(version), "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _: web.Request) -> web.Response:
        self.fetches += 1
        elliptic = {"kty": "EC", "crv": "P-256", "kid": "of-another-kind", "x": "", "y": ""}
        return await self._say({"keys": [elliptic, *(jwk(key, name) for name, key in self.keys.items())]})

    async def _say(self, document: Mapping[str, Any]) -> web.Response:
        if self.silent:
            await asyncio.Event().wait()
        if self.answer is not None:
            return web.Response(
                status=self.answer.status, body=self.answer.body, headers=dict(self.answer.headers)
            )
        return web.json_response(document)


@asynccontextmanager
async def running_issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    async with TestServer(issuer.app(), host="127.0.0.1", shutdown_timeout=0.1) as server:
        issuer.url = f"http://127.0.0.1:{server.port}"
        yield issuer


def jwk(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": key_id, "use": "sig", "x5c": ["MIID"]}


def signed(claims: Mapping[str, Any], key: rsa.RSAPrivateKey, key_id: str, **header: Any) -> str:
    return jwt.encode(dict(claims), key, "RS256", {"kid": key_id, **header})


def unsigned(claims: Mapping[str, Any], key_id: str, algorithm: str = "none") -> str:
    """With no signature at all."""
    return f"{_part({'alg': algorithm, 'typ': 'JWT', 'kid': key_id})}.{_part(claims)}."


def sealed_with_the_public_key(claims: Mapping[str, Any], key: rsa.RSAPrivateKey, key_id: str) -> str:
    """HS256 with what everybody knows for its secret: a verifier that takes the token's word falls for it."""
    known = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': key_id})}.{_part(claims)}"
    return f"{said}.{_text(hmac.digest(known, said.encode(), hashlib.sha256))}"


def forged(claims: Mapping[str, Any]) -> str:
    """Under a key id that nobody has."""
    return signed(claims, private_key(9), secrets.token_hex(8))


def _part(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
