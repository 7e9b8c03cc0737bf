"""How the program ends. Scripts read these numbers; docs/cli.md prints them."""

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """``PARTLY``, ``FAILED`` and ``CANCELLED`` are ends of a job; of a transfer ``PARTLY`` and ``FAILED``."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    PARTLY = 3
    FAILED = 4
    CANCELLED = 5
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it


_OF_STATUS: Mapping[str, Exit] = {
    "completed": Exit.DONE,
    "completed_with_errors": Exit.PARTLY,
    "failed": Exit.FAILED,
    "cancelled": Exit.CANCELLED,
}


def of_status(status: str) -> Exit:
    """How a job's end is told; a status that this program does not know is no success."""
    return _OF_STATUS.get(status, Exit.ERROR)


def of_transfer(done: int, failed: int) -> Exit:
    if not failed:
        return Exit.DONE
    return Exit.PARTLY if done else Exit.FAILED
