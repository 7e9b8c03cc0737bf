"""Without credentials: everybody may call who calls by a name of loopback.

The Host header is checked, so that a page of another site cannot reach a local API through a name it
controls, and the Origin header of every call that changes something: browsers send simple posts to other
sites unasked.
"""

import structlog
from aiohttp import hdrs, web
from yarl import URL

from libs.common.settings import ApiSettings, is_loopback
from services.api.access.callers import Caller, Role
from services.api.operations import READING
from services.api.problems import Code, Problem

_log = structlog.get_logger(__name__)


class KnownHosts:
    by_credential = False

    def __init__(self, settings: ApiSettings) -> None:
        if settings.api_allow_anonymous and not is_loopback(settings.api_host):
            _log.warning("ANYBODY MAY CALL THIS API: API_ALLOW_ANONYMOUS is set", host=settings.api_host)
        self._hosts = frozenset({"localhost", "127.0.0.1", "::1", *settings.api_allowed_hosts})
        self._origins = frozenset(settings.cors_allowed_origins)

    async def caller(self, request: web.Request) -> Caller:
        if _host(request) not in self._hosts:
            raise Problem(Code.HOST_NOT_ALLOWED)
        if request.method not in READING and not self._is_welcome(request):
            raise Problem(Code.ORIGIN_NOT_ALLOWED)
        return Caller(Role.ADMIN)

    def refusal(self, wanted: Role) -> Problem:
        raise AssertionError(f"unreachable: everybody is an administrator, {wanted.name} included")

    def _is_welcome(self, request: web.Request) -> bool:
        """Whether a call comes from no page at all, from one of our own, or from one of an allowed origin.

        Compared as text: browsers write an origin in lower case and without its scheme's own port.
        """
        origin = request.headers.get("Origin")
        own = f"{request.scheme}://{request.host}".lower()
        return origin is None or origin == own or origin in self._origins or "*" in self._origins


def _host(request: web.Request) -> str | None:
    """Of the header alone: without one aiohttp looks up this machine's own name, and waits for it."""
    text = request.headers.get(hdrs.HOST, "")
    if set(text) & set("/?#@\\"):
        return None  # a URL library would find a host in it all the same
    try:
        return URL(f"//{text}").host
    except ValueError:
        return None
