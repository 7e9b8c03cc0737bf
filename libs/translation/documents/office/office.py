"""What Office's formats share: the parts of a package whose texts are translated."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from libs.translation.documents.office.package import Package
from libs.translation.documents.strings.message import is_read
from libs.translation.documents.trees.attribute import AttributeFlow
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.document import Part, TreeDocument
from libs.translation.documents.trees.tree import Element, Shape, parsed
from libs.translation.errors import PermanentFault

Flows = Callable[[Element], Iterable[Flow]]
#: Of pictures and shapes: names that are read aloud.
_DESCRIBED = ("{*}docPr", "{*}cNvPr")
#: Which part is the main one (ECMA-376, part 2, 6.5 and part 1, 9.2); it has a handful of lines.
_RELATIONS = "_rels/.rels"
_MOST_OF_RELATIONS = 1024 * 1024


def opened(data: bytes, main: str) -> Package:
    """Raises `PermanentFault` (``wrong_content`` …) when the archive is no such document."""
    package = Package(data)
    _require(package, main)
    return package


def opened_at(data: bytes, usual: str) -> tuple[Package, str]:
    """With the name of its main part: the one its relations tell, if that is beside the ``usual`` one, else
    that. Word Online calls it ``word/document2.xml``.

    Raises `PermanentFault`: ``wrong_content`` …, and those of `trees.tree.parsed`.
    """
    package = Package(data)
    folder = posixpath.dirname(usual)
    told = (name for name in _told_main(package) if posixpath.dirname(name) == folder)
    main = next((name for name in told if name in package.names), usual)
    _require(package, main)
    return package, main


def _told_main(package: Package) -> Iterable[str]:
    if _RELATIONS in package.names:
        for relation in parsed(package.read(_RELATIONS, _MOST_OF_RELATIONS), _RELATIONS):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                yield posixpath.normpath(posixpath.join("/", relation.get("Target") or ""))[1:]


def _require(package: Package, main: str) -> None:
    if main not in package.names:
        raise PermanentFault("wrong_content", f"the archive has no {main}, as its name promises")


def document_of(
    data: bytes,
    package: Package,
    parts: Sequence[tuple[re.Pattern[str], Flows]],
    shape: Shape,
    join: Callable[[Mapping[str, bytes]], bytes] | None = None,
) -> TreeDocument:
    """The parts that match, in the order of the archive. ``join`` is told where a part changes others."""
    found = [
        Part(name, _reader(package, name), flows)
        for name in package.names
        for pattern, flows in parts
        if pattern.fullmatch(name)
    ]
    return TreeDocument(data, found, shape, join=join or package.with_parts)


def _reader(package: Package, name: str) -> Callable[[], bytes]:
    return lambda: package.read(name)


def descriptions(root: Element) -> Iterable[Flow]:
    for element in root.iter(*_DESCRIBED):
        for name in ("title", "descr"):
            if is_read(element.get(name) or ""):
                yield AttributeFlow(element, name)
