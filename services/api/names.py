"""Names of containers and files as callers give them."""

import re
from collections.abc import Sequence

from aiohttp import web

from libs.jobs.messages import LONGEST_NAME
from libs.jobs.selection import matches_any
from services.api.problems import Code, Problem

#: "Naming and referencing containers": lower-case letters, digits and single hyphens.
_CONTAINER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHORTEST, _LONGEST = 3, 63
#: Containers that Azure's own services keep in an account.
_RESERVED = ("$*", "azure-webjobs-*", "azure-pipelines-*", "insights-*")
#: C0 controls and DEL, which no blob name should have, and lone surrogates, which UTF-8 cannot say.
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def container_name(name: str, field: str | None, allowed: Sequence[str]) -> str:
    """The name, if it can be a container's, is nobody else's, and the deployment allows it."""
    if matches_any(name, _RESERVED):
        raise Problem(Code.RESERVED_NAME, f"{name!r} belongs to Azure's own services", field)
    if not _SHORTEST <= len(name) <= _LONGEST or not _CONTAINER.fullmatch(name):
        raise Problem(
            Code.INVALID_CONTAINER_NAME,
            f"{name[:80]!r} cannot be a container: {Code.INVALID_CONTAINER_NAME.advice}",
            field,
        )
    if allowed and not matches_any(name, allowed):
        raise Problem(Code.CONTAINER_NOT_ALLOWED, f"{name!r} is not on this deployment's allow-list", field)
    return name


def file_name(request: web.Request) -> str:
    """The file name in the path, decoded once."""
    name = request.match_info["name"]
    if not 1 <= len(name) <= LONGEST_NAME or path_fault(name) is not None:
        raise Problem(Code.INVALID_FILE_NAME, field="name")
    return name


def path_fault(path: str) -> str | None:
    """What keeps a name, or the beginning of one, from standing in a blob's URL; None if nothing does.

    URL libraries resolve ``.`` and ``..`` (RFC 3986, 5.2.4), some behind a backslash too: ``a/../../b`` would
    be a file of another container.
    """
    if any(part in {".", ".."} for part in re.split(r"[/\\]", path)):
        return "no `.` or `..` may stand between slashes"
    if _UNSPEAKABLE.search(path):
        return "control characters and lone surrogates are not allowed"
    return None


def no_container(container: str, field: str) -> Problem:
    return Problem(Code.CONTAINER_NOT_FOUND, f"there is no container {container!r}", field)
