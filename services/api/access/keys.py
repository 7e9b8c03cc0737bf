"""API keys with a scope, kept as SHA-256 hashes and compared in constant time, every key on every call."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from libs.common.errors import ConfigurationFault
from libs.common.settings import ApiSettings
from services.api.access.callers import Caller, Role, challenge, presented
from services.api.problems import Code, Problem

#: What a key may do, by its scope: who may write a job may also remove it.
SCOPES: Mapping[str, Role] = {"read": Role.READ, "write": Role.ADMIN}
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class _ApiKey:
    """A key's name and what it may do, and the key's hash."""

    owner: Caller
    digest: bytes


class ApiKeys:
    by_credential = True

    def __init__(self, settings: ApiSettings) -> None:
        self._keys = tuple(_keys(settings))

    async def caller(self, request: web.Request) -> Caller:
        found = self._owner(presented(request) or request.headers.get("X-Api-Key", ""))
        if found is None:
            raise Problem(Code.UNAUTHENTICATED, headers=challenge())
        return found

    def refusal(self, wanted: Role) -> Problem:  # noqa: ARG002 - there is but one scope above `read`
        said = "The key may only read; use one with the scope `write`."
        return Problem(Code.FORBIDDEN, said, headers=challenge(error="insufficient_scope", scope="write"))

    def _owner(self, key: str) -> Caller | None:
        digest = _digest(key)
        found = None
        for known in self._keys:
            if hmac.compare_digest(known.digest, digest):
                found = known.owner
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _keys(settings: ApiSettings) -> Iterable[_ApiKey]:
    texts = [settings.api_keys.get_secret_value()] if settings.api_keys is not None else []
    if settings.api_keys_file is not None:
        try:
            texts.append(settings.api_keys_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationFault(f"API_KEYS_FILE cannot be read: {error}") from None
    # A key may have a "#" in it; a comment begins a line, or stands behind a blank.
    lines = [f" {line}".partition(" #")[0] for text in texts for line in text.expandtabs(1).splitlines()]
    keys = [_key(word) for line in lines for word in line.split()]
    if not keys:
        raise ConfigurationFault("API_AUTH=api-key, but API_KEYS and API_KEYS_FILE hold no key")
    return keys


def _key(word: str) -> _ApiKey:
    name, _, rest = word.partition(":")
    scope, _, key = rest.partition(":")
    if not name or scope.lower() not in SCOPES or len(key) < _SHORTEST_KEY:
        # The word may be a secret: it is described, not shown.
        raise ConfigurationFault(
            f"API_KEYS: a key is <name>:<read|write>:<at least {_SHORTEST_KEY} characters>, one is not"
        )
    return _ApiKey(Caller(SCOPES[scope.lower()], name), _digest(key))
