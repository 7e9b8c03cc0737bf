"""What Office's formats share: the parts of a package whose texts are translated."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from libs.translation.documents.office.package import Package
from libs.translation.documents.strings.message import is_read
from libs.translation.documents.trees.attribute import AttributeFlow
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.document import Part, TreeDocument
from libs.translation.documents.trees.tree import Element, Shape
from libs.translation.errors import PermanentFault

Flows = Callable[[Element], Iterable[Flow]]
#: Of pictures and shapes: names that are read aloud.
_DESCRIBED = ("{*}docPr", "{*}cNvPr")


def opened(data: bytes, main: str) -> Package:
    """Raises `PermanentFault` (``wrong_content`` …) when the archive is no such document."""
    package = Package(data)
    if main not in package.names:
        raise PermanentFault("wrong_content", f"the archive has no {main}, as its name promises")
    return package


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
