"""XML as trees: read without trust, and compared."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from lxml import etree

from libs.translation.errors import PermanentFault

#: Of an encoding that has ASCII in it; UTF-16 gets a new one.
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]{0,200}\?>\s*")

Element = etree._Element  # noqa: SLF001 - lxml has no other name for it


def parsed(data: bytes, place: str, *, may_have_doctype: bool = False) -> Element:
    """The root of an XML file. Nothing outside of it is read, no entity is expanded, and libxml2's own bounds
    (256 levels, 10 MB in one text) hold.

    Raises `PermanentFault` (``malformed``, ``too_deep``, ``xml_entities``), which names ``place``, and
    MemoryError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        # libxml2 tells it as one more error of the text; the stubs do not know its number.
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise PermanentFault(_code(str(error)), f"{place} is not well-formed XML: {error}") from error
    except ValueError as error:
        raise PermanentFault("malformed", f"{place} is not XML: {error}") from error
    info = root.getroottree().docinfo
    dtd = info.internalDTD
    if dtd is not None and (not may_have_doctype or _defines(dtd)):
        raise PermanentFault("xml_entities", f"{place} has a document type, which may define anything")
    return root


def _code(message: str) -> str:
    if "amplification" in message:
        return "xml_entities"
    return "too_deep" if "depth" in message else "malformed"


def _defines(dtd: etree.DTD) -> bool:
    return any(True for _ in dtd.iterentities())  # type: ignore[attr-defined]  # the stubs have it not


def serialised(root: Element, source: bytes) -> bytes:
    """The file again, in its own encoding, with the declaration and the last line ends of ``source``."""
    tree = root.getroottree()
    encoding = tree.docinfo.encoding or "UTF-8"
    declaration = _DECLARATION.match(source)
    data: bytes = etree.tostring(  # type: ignore[assignment]  # text comes for encoding=str alone
        tree, xml_declaration=declaration is None, encoding=encoding
    )
    if declaration is None:
        return data
    return declaration[0] + data + source[len(source.rstrip(b" \t\r\n")) :]


def local(element: Element) -> str:
    """Its name without the namespace; nothing for a comment and the like."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def words(element: Element) -> str:
    """All text in it."""
    return "".join(map(str, element.itertext()))


def shell(element: Element) -> Element:
    """A copy with its attributes and nothing inside."""
    copy = element.makeelement(element.tag, nsmap=element.nsmap)  # type: ignore[arg-type]  # None is a prefix
    for name, value in element.items():
        copy.set(name, value)
    return copy


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a tree has to stay. In a ``flow`` elements may change places; ``fluid`` ones may be split,
    joined or gone there, and of ``ignored`` ones all they hold, too.
    """

    flows: frozenset[str]
    fluid: frozenset[str]
    ignored: frozenset[str]

    def require_same(self, ours: "list[Line]", root: Element, place: str) -> None:
        """Raises `PermanentFault` (``shape_changed``) if the tree is another than that of ``ours``."""
        for number, (line, other) in enumerate(zip_longest(ours, self.of(root)), start=1):
            if line != other:
                name = (line or other or Line("", Counter())).name
                message = f"{place}: element {number} ({name}) would not be the source's"
                raise PermanentFault("shape_changed", message)

    def of(self, root: Element) -> "list[Line]":
        return list(self._lines(root))

    def _lines(self, root: Element) -> Iterator["Line"]:
        stack: list[Line] = []
        skipped: Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if skipped is not None:
                skipped = None if event == "end" and element is skipped else skipped
                continue
            name = local(element)
            if event == "start" and name in self.ignored:
                skipped = element
            elif name in self.flows:
                if event == "start":
                    stack.append(Line(name, Counter()))
                else:
                    yield stack.pop()
            elif event == "start" and stack and name not in self.fluid:
                stack[-1].parts[name] += 1
            elif event == "start" and not stack:
                yield Line(name, Counter())


@dataclass(frozen=True, slots=True)
class Line:
    """An element outside of the flows, or a flow with what is in it."""

    name: str
    parts: Counter[str]
