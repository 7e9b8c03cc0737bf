"""Callers and what they may do."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from aiohttp import web

from services.api.problems import Problem


class Role(IntEnum):
    """Each may also do what those before it may."""

    NOTHING = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """``name`` is for logs: a key's name, an identity's id; None where nobody said who it is."""

    role: Role
    name: str | None = None


class Authenticator(Protocol):
    """Tells who calls. ``by_credential``: by something that the caller sends; pages that ask a person for it
    are then open to everybody.
    """

    by_credential: bool

    async def caller(self, request: web.Request) -> Caller:
        """Raises a `Problem` for somebody who may not call at all."""

    def refusal(self, wanted: Role) -> Problem:
        """What a caller is told whose role is below ``wanted``."""


def presented(request: web.Request) -> str:
    """The credential of ``Authorization: Bearer`` (RFC 6750, 2.1); empty if there is none."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def challenge(**fields: str) -> dict[str, str]:
    """What a client is told to do about a refusal (RFC 6750, 3); values are texts of ours, without quotes."""
    said = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    return {"WWW-Authenticate": f'Bearer realm="batch-translation"{", " * bool(said)}{said}'}
