"""How much memory the container of this process may use, whatever the version of its cgroups."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TypeVar

import structlog

from libs.common.settings import TranslationSettings, fitted

#: Where the memory controller is found, by version of the cgroups, and the file that holds a group's limit
#: (Linux: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
_V1_MOUNT, _V1_FILE = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
_V2_MOUNT, _V2_FILE = "sys/fs/cgroup", "memory.max"
#: Version 1 says "no limit" with the largest number of pages; no machine has so much memory (bytes).
_NO_LIMIT = 1 << 60

_log = structlog.get_logger(__name__)
_Settings = TypeVar("_Settings", bound=TranslationSettings)


def settings_that_fit(settings: _Settings) -> _Settings:
    """The settings, lowered where the container has less memory than they ask for; a line in the log says so.

    Raises `ConfigurationFault` when even the least does not fit.
    """
    settings, lowered = fitted(settings, memory_limit())
    if lowered is not None:
        _log.warning(lowered)
    return settings


def memory_limit(root: Path = Path("/")) -> int | None:
    """The least limit of this process's cgroup and those above it, in bytes. None where there is none, or
    where the system has no cgroups. ``root`` is where the file system begins.
    """
    found = [limit for file in _files(root) if (limit := _limit(file)) is not None]
    return min(found, default=None)


def _files(root: Path) -> Iterator[Path]:
    try:
        lines = (root / "proc/self/cgroup").read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        number, controllers, group = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield from _of(root / _V1_MOUNT, group, _V1_FILE)
        elif number == "0" and not controllers:
            yield from _of(root / _V2_MOUNT, group, _V2_FILE)


def _of(mount: Path, group: str, file: str) -> Iterator[Path]:
    """Of the group and all above it. In a container the mount may be the group itself, by a longer name."""
    path = PurePosixPath(group)
    for folder in (path, *path.parents):
        yield mount / str(folder).lstrip("/") / file


def _limit(file: Path) -> int | None:
    try:
        said = file.read_text("ascii").strip()
    except OSError:
        return None
    return int(said) if said.isdecimal() and int(said) < _NO_LIMIT else None
