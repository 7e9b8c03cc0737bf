"""Where a tenant's tokens come from: fetched from Entra ID within bounds of time and size.

A tenant has two issuers, of tokens of version 1.0 and 2.0; the API's registration decides which it is sent
(``requestedAccessTokenVersion``). Each has a discovery document that names the issuer and the address of its
keys ("Access tokens in the Microsoft identity platform", validate tokens).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.request import getproxies

import aiohttp
import jwt
from pydantic import BaseModel, ValidationError

from libs.common.settings import EntraSettings, is_private_link

_DISCOVERY = (".well-known/openid-configuration", "v2.0/.well-known/openid-configuration")
#: For all of it (seconds): a call may wait for it.
_SECONDS = 5.0
#: A document of about twenty keys with their certificates has 50 KB (bytes).
_LARGEST = 1024 * 1024


class IssuerFault(Exception):
    """No answer, or none that can be used; the text is one line."""


@dataclass(frozen=True, slots=True)
class Published:
    """The names of a tenant's issuers, and their public keys by id."""

    issuers: frozenset[str]
    keys: Mapping[str, jwt.PyJWK]


Fetch = Callable[[], Awaitable[Published]]


class _Discovery(BaseModel):
    issuer: str
    jwks_uri: str


class _KeySet(BaseModel):
    keys: list[dict[str, Any]]


_Document = TypeVar("_Document", bound=BaseModel)


@asynccontextmanager
async def open_issuer(settings: EntraSettings) -> AsyncIterator[Fetch]:
    """What fetches the tenant's keys anew; it raises `IssuerFault`."""
    tenant = f"{settings.entra_authority.rstrip('/')}/{settings.entra_tenant_id}"
    async with aiohttp.ClientSession(trust_env=bool(getproxies())) as session:

        async def fetch() -> Published:
            try:
                async with asyncio.timeout(_SECONDS):
                    return await _fetched(session, tenant)
            except TimeoutError:
                raise IssuerFault(f"no answer in {_SECONDS:g} s") from None
            except (aiohttp.ClientError, ConnectionError) as error:
                raise IssuerFault(type(error).__name__) from None

        yield fetch


async def _fetched(session: aiohttp.ClientSession, tenant: str) -> Published:
    found = [await _document(session, f"{tenant}/{path}", _Discovery) for path in _DISCOVERY]
    addresses = dict.fromkeys(one.jwks_uri for one in found)
    sets = [await _document(session, address, _KeySet) for address in addresses]
    keys = dict(_usable(entry for one in sets for entry in one.keys))
    if not keys:
        raise IssuerFault("it publishes no key that can be used")
    return Published(frozenset(one.issuer for one in found), keys)


async def _document(session: aiohttp.ClientSession, url: str, kind: type[_Document]) -> _Document:
    if not is_private_link(url):
        raise IssuerFault("an address that is not https")
    async with session.get(url, allow_redirects=False) as response:
        if response.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise IssuerFault(f"it answers {response.status}")
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > _LARGEST:
                raise IssuerFault("an answer that is too large")
    try:
        return kind.model_validate(json.loads(body))
    except (ValueError, RecursionError, ValidationError):
        raise IssuerFault(f"an answer that is no {kind.__name__.strip('_')}") from None


def _usable(entries: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, jwt.PyJWK]]:
    """Those for RS256 signatures; what else a set may hold is passed over."""
    for entry in entries:
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK({name: entry[name] for name in ("kty", "n", "e", "kid")}, "RS256")
        except (jwt.PyJWTError, KeyError, ValueError):
            continue
        yield str(key.key_id), key
