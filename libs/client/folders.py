"""Folders of this machine and names in containers. A name from a container never leads out of its folder."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from libs.client.errors import ClientError, UnsafeName

#: C0 and C1 controls, DEL and lone surrogates: no file that a person means is called so.
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to be sent: its name in the container, with ``/`` between folders, and its place here."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds; ``left_out`` counts hidden files and links, which are not sent."""

    files: list[LocalFile]
    left_out: int


def read_folder(root: Path, prefix: str = "", *, hidden: bool = False) -> Folder:
    """Every file below ``root``, by name. Links are not followed: they may lead out of it.

    `ClientError`: there is no such folder, or it cannot be read.
    """
    if not root.is_dir():
        raise ClientError(f"there is no folder {str(root)!r}")
    files, left_out = [], 0
    for path in _walk(root, hidden=hidden):
        if path is None or path.is_symlink() or not path.is_file():
            left_out += 1
        else:
            name = prefix + path.relative_to(root).as_posix()
            files.append(LocalFile(name, path, path.stat().st_size))
    return Folder(sorted(files, key=lambda file: file.name), left_out)


def is_hidden(name: str, prefix: str = "") -> bool:
    """Whether the file of this name, or a folder of it, is hidden; what ``prefix`` names was asked for."""
    asked_for = len(prefix.split("/")) - (prefix == "" or prefix.endswith("/"))
    return any(part.startswith(".") and part not in {".", ".."} for part in name.split("/")[asked_for:])


def place_of(root: Path, name: str) -> Path:
    """Where a file of this name belongs below ``root``, which is an existing folder.

    `UnsafeName`: the name is absolute, goes up, holds what a path here must not hold, or goes through a link.
    """
    parts = name.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in name or _UNSPEAKABLE.search(name):
        raise UnsafeName(f"{name[:200]!r} cannot be a path below a folder")
    if os.name == "nt" and (":" in name or PureWindowsPath(name).is_reserved()):
        raise UnsafeName(f"{name[:200]!r} cannot be a path on Windows")
    place = root
    for part in parts[:-1]:
        place = place / part
        if place.is_symlink():
            raise UnsafeName(f"{name[:200]!r} goes through the link {str(place)!r}")
    return place / parts[-1]


def refuse_overlap(source: Path, target: Path) -> None:
    """Translations must not lie where the next run would read them as sources. Raises `ClientError`."""
    here, there = source.resolve(), target.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        raise ClientError(f"{str(source)!r} and {str(target)!r} lie within one another")


def _walk(root: Path, *, hidden: bool) -> Iterator[Path | None]:
    """Files and links below ``root``; None for each hidden file or folder that is passed over."""

    def refuse(error: OSError) -> None:
        raise ClientError(f"{error.filename!r} cannot be read: {error.strerror}")

    for folder, folders, files in os.walk(root, onerror=refuse):
        passed = [name for name in (*folders, *files) if name.startswith(".") and not hidden]
        yield from (None for _ in passed)
        folders[:] = [name for name in folders if name not in passed]
        # os.walk does not enter linked folders, and does not name them among the files either.
        names = [*files, *(name for name in folders if Path(folder, name).is_symlink())]
        yield from (Path(folder, name) for name in names if name not in passed)
