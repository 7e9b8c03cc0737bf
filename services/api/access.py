"""Who may call: API keys with a scope or, on loopback, everybody who calls by a name of loopback.

Keys are kept as SHA-256 hashes and compared in constant time, every key on every call. Without keys the Host
header is checked, so that a page of another site cannot reach a local API through a name it controls, and the
Origin header of every call that changes something: browsers send simple posts to other sites unasked.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from yarl import URL

from libs.common.errors import ConfigurationFault
from libs.common.settings import ApiSettings, is_loopback
from services.api.pages import pages
from services.api.problems import Code, Handler, Problem
from services.api.reference import is_reference

#: Probes carry no secrets and are asked by machines that have no key.
_OPEN_PATHS = {"/healthz", "/readyz"}
_READING = {"GET", "HEAD", "OPTIONS"}
_SHORTEST_KEY = 16

_log = structlog.get_logger(__name__)


class Scope(IntEnum):
    """``write`` may also read."""

    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key's name (for logs), what it may do, and its hash."""

    name: str
    scope: Scope
    digest: bytes


def guard(settings: ApiSettings) -> Middleware:
    """The middleware that lets in who may call."""
    if settings.api_auth == "api-key":
        return _key_guard(_keys(settings))
    if settings.api_allow_anonymous and not is_loopback(settings.api_host):
        _log.warning("ANYBODY MAY CALL THIS API: API_ALLOW_ANONYMOUS is set", host=settings.api_host)
    hosts = frozenset({"localhost", "127.0.0.1", "::1", *settings.api_allowed_hosts})
    return _host_guard(hosts, frozenset(settings.cors_allowed_origins))


def _key_guard(keys: Iterable[ApiKey]) -> Middleware:
    known = tuple(keys)

    @web.middleware
    async def check_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        # The pages themselves hold no data, and they are what asks a person for the key.
        is_page = request.path in pages() or is_reference(request.path)
        if request.path in _OPEN_PATHS or is_page or _is_preflight(request):
            return await handler(request)
        key = _find(known, _presented(request))
        if key is None:
            challenge = {"WWW-Authenticate": 'Bearer realm="batch-translation"'}
            raise Problem(Code.UNAUTHENTICATED, headers=challenge)
        wanted = Scope.READ if request.method in _READING else Scope.WRITE
        if key.scope < wanted:
            raise Problem(Code.FORBIDDEN)
        structlog.contextvars.bind_contextvars(caller=key.name)
        return await handler(request)

    return check_key


def _host_guard(hosts: frozenset[str], origins: frozenset[str]) -> Middleware:
    @web.middleware
    async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _OPEN_PATHS and _host(request) not in hosts:
            raise Problem(Code.HOST_NOT_ALLOWED)
        if request.method not in _READING and not _is_welcome(request, origins):
            raise Problem(Code.ORIGIN_NOT_ALLOWED)
        return await handler(request)

    return check_host


def _host(request: web.Request) -> str | None:
    """Of the header alone: without one aiohttp looks up this machine's own name, and waits for it."""
    text = request.headers.get(hdrs.HOST, "")
    if set(text) & set("/?#@\\"):
        return None  # a URL library would find a host in it all the same
    try:
        return URL(f"//{text}").host
    except ValueError:
        return None


def _is_welcome(request: web.Request, origins: frozenset[str]) -> bool:
    """Whether a call comes from no page at all, from one of our own, or from one of an allowed origin.

    Compared as text: browsers write an origin in lower case and without its scheme's own port.
    """
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.host}".lower()
    return origin is None or origin == own or origin in origins or "*" in origins


def _is_preflight(request: web.Request) -> bool:
    # Browsers send a preflight without credentials; it reads and changes nothing.
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _presented(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("X-Api-Key", "")


def _find(keys: Iterable[ApiKey], presented: str) -> ApiKey | None:
    digest = hashlib.sha256(presented.encode("utf-8", "surrogateescape")).digest()
    found = None
    for key in keys:
        if hmac.compare_digest(key.digest, digest):
            found = key
    return found


def _keys(settings: ApiSettings) -> list[ApiKey]:
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


def _key(word: str) -> ApiKey:
    name, _, rest = word.partition(":")
    scope, _, key = rest.partition(":")
    if not name or scope.upper() not in Scope.__members__ or len(key) < _SHORTEST_KEY:
        # The word may be a secret: it is described, not shown.
        raise ConfigurationFault(
            f"API_KEYS: a key is <name>:<read|write>:<at least {_SHORTEST_KEY} characters>, one is not"
        )
    return ApiKey(name, Scope[scope.upper()], hashlib.sha256(key.encode()).digest())
