"""Names of containers and files as callers give them."""

import base64
import binascii
import re
from collections.abc import Sequence

from aiohttp import web

from libs.common.language import LANGUAGE_TAG
from libs.jobs.messages import LONGEST_NAME
from libs.jobs.selection import matches_any
from services.api.problems import Code, Problem

#: "Naming and referencing containers": lower-case letters, digits and single hyphens.
CONTAINER_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
SHORTEST_CONTAINER, LONGEST_CONTAINER = 3, 63
#: Containers that Azure's own services keep in an account.
_RESERVED = ("$*", "azure-webjobs-*", "azure-pipelines-*", "insights-*")
#: C0 controls and DEL, which no blob name should have, lone surrogates, which UTF-8 cannot say, and what XML
#: cannot: one such name, and a listing of its container is nothing that a program can read.
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def container_name(name: str, field: str | None, allowed: Sequence[str]) -> str:
    """The name, if it can be a container's, is nobody else's, and the deployment allows it."""
    if matches_any(name, _RESERVED):
        raise Problem(Code.RESERVED_NAME, f"{name!r} belongs to Azure's own services", field)
    if not SHORTEST_CONTAINER <= len(name) <= LONGEST_CONTAINER or not re.fullmatch(CONTAINER_NAME, name):
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


#: What `path_fault` finds, for the reference, less the rule of dots: patterns that look ahead are hard to
#: read for people, and to fulfil for programs.
SPEAKABLE = r"^[^\x00-\x1f\x7f\ufffe\uffff]*$"


def path_fault(path: str) -> str | None:
    """What keeps a name, or the beginning of one, from standing in a blob's URL; None if nothing does.

    URL libraries resolve ``.`` and ``..`` (RFC 3986, 5.2.4), some behind a backslash too: ``a/../../b`` would
    be a file of another container.
    """
    if any(part in {".", ".."} for part in re.split(r"[/\\]", path)):
        return "no `.` or `..` may stand between slashes"
    if not is_speakable(path):
        return "control characters and lone surrogates are not allowed"
    return None


def is_speakable(text: str) -> bool:
    """Whether storage can be asked about a text: one that XML cannot say makes it fail, not refuse."""
    return _UNSPEAKABLE.search(text) is None


def no_container(container: str, field: str) -> Problem:
    return Problem(Code.CONTAINER_NOT_FOUND, f"there is no container {container!r}", field)


def file_id(language: str, name: str) -> str:
    """A file task's id within its job, as it stands in paths."""
    return base64.urlsafe_b64encode(f"{language}:{name}".encode()).decode().rstrip("=")


def file_of_id(text: str) -> tuple[str, str] | None:
    """Language and name of a file task's id; None for what is no id."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    language, colon, name = decoded.partition(":")
    return (language, name) if re.match(LANGUAGE_TAG, language) and colon and name else None
