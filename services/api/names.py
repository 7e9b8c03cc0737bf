"""Names of containers and files as callers give them."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from aiohttp import web

from libs.jobs.messages import LONGEST_NAME
from services.api.problems import Code, Problem

#: "Naming and referencing containers": lower-case letters, digits and single hyphens.
_CONTAINER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHORTEST, _LONGEST = 3, 63
#: Containers that Azure's own services keep in an account.
_RESERVED = ("$*", "azure-webjobs-*", "azure-pipelines-*", "insights-*")


def container_name(name: str, field: str | None, allowed: Sequence[str]) -> str:
    """The name, if it can be a container's, is nobody else's, and the deployment allows it."""
    if any(fnmatchcase(name, pattern) for pattern in _RESERVED):
        raise Problem(Code.RESERVED_NAME, f"{name!r} belongs to Azure's own services", field)
    if not _SHORTEST <= len(name) <= _LONGEST or not _CONTAINER.fullmatch(name):
        raise Problem(
            Code.INVALID_CONTAINER_NAME,
            f"{name[:80]!r} cannot be a container: {Code.INVALID_CONTAINER_NAME.advice}",
            field,
        )
    if allowed and not any(fnmatchcase(name, pattern) for pattern in allowed):
        raise Problem(Code.CONTAINER_NOT_ALLOWED, f"{name!r} is not on this deployment's allow-list", field)
    return name


def file_name(request: web.Request) -> str:
    """The file name in the path, decoded once."""
    name = request.match_info["name"]
    if not 1 <= len(name) <= LONGEST_NAME or any(part in {".", ".."} for part in name.split("/")):
        raise Problem(Code.INVALID_FILE_NAME, field="name")
    return name
