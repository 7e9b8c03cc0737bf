"""Access tokens of Microsoft Entra ID, with the app roles that an administrator assigned.

What a caller may do is said by the claim ``roles`` alone, for people and programs alike; what an application
may ask for in a person's name (``scp``) widens nothing. Facts: "Access token claims reference", "Secure
applications and APIs by validating claims" (Microsoft identity platform).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import jwt
from aiohttp import web

from libs.common.settings import EntraSettings
from services.api.access.callers import Caller, Role, challenge, presented
from services.api.access.issuer import open_issuer
from services.api.access.signing_keys import SigningKeys
from services.api.problems import Code, Problem

#: App roles, as they are defined in the API's registration.
ROLES: Mapping[Role, str] = {
    Role.READ: "Jobs.Read",
    Role.WRITE: "Jobs.Write",
    Role.ADMIN: "Jobs.Admin",
}
#: The only algorithm that Entra ID signs access tokens with; what a token says of itself chooses nothing.
_ALGORITHMS = ["RS256"]
#: Every access token has these.
_REQUIRED = ["iss", "aud", "iat", "nbf", "exp"]
#: How far the clocks of two machines may be apart (seconds).
_LEEWAY = 30
_LONGEST_NAME = 64
#: What is wrong with a token, in words that tell nobody more than he knows.
_SAID: Sequence[tuple[type[jwt.PyJWTError], str]] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidAudienceError, "it is for another audience"),
    (jwt.InvalidIssuerError, "it is of another tenant or issuer"),
)


@asynccontextmanager
async def open_entra(settings: EntraSettings) -> AsyncIterator["EntraTokens"]:
    """Tokens for this API, with connections to their issuer of its own; nothing is fetched before a call."""
    async with open_issuer(settings) as fetch:
        yield EntraTokens(SigningKeys(fetch), settings.entra_audience)


class EntraTokens:
    by_credential = True

    def __init__(self, keys: SigningKeys, audiences: Sequence[str]) -> None:
        self._keys = keys
        self._audiences = audiences

    async def caller(self, request: web.Request) -> Caller:
        token = presented(request)
        if not token:
            raise Problem(Code.UNAUTHENTICATED, headers=challenge())
        claims = await self._claims(token)
        # An id token is signed with the same keys; if a page is registered together with the API, it has the
        # same audience and roles. It does not say which application it was given to for use here.
        client = claims.get("azp", claims.get("appid"))
        if not isinstance(client, str):
            raise _invalid("it is not an access token")
        return Caller(_role(claims.get("roles")), _name(claims.get("oid", client)))

    def refusal(self, wanted: Role) -> Problem:
        role = ROLES[wanted]
        said = f"The token does not have the app role {role}, nor one that includes it."
        return Problem(Code.FORBIDDEN, said, headers=challenge(error="insufficient_scope", scope=role))

    async def _claims(self, token: str) -> dict[str, Any]:
        trusted = await self._keys.find(_key_id(token))
        if trusted is None:
            raise _invalid("no key of its issuer signed it")
        try:
            return jwt.decode(
                token,
                trusted.key,
                algorithms=_ALGORITHMS,
                audience=self._audiences,
                issuer=trusted.issuers,
                leeway=_LEEWAY,
                options={"require": _REQUIRED, "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            said = next((said for kind, said in _SAID if isinstance(error, kind)), "it is damaged or forged")
            raise _invalid(said) from None


def _key_id(token: str) -> str:
    """The id of the key that a token says it is signed with: a stranger's word, good for looking it up."""
    try:
        found = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _invalid("it is no JSON web token") from None
    if not isinstance(found, str):
        raise _invalid("it names no key")
    return found


def _role(given: object) -> Role:
    """The highest of the roles; a token may well have none."""
    words = given if isinstance(given, list) else []
    return max((role for role, word in ROLES.items() if word in words), default=Role.NOTHING)


def _name(given: object) -> str:
    return str(given)[:_LONGEST_NAME]


def _invalid(said: str) -> Problem:
    headers = challenge(error="invalid_token", error_description=said)
    return Problem(Code.INVALID_TOKEN, f"The token is not accepted: {said}.", headers=headers)
