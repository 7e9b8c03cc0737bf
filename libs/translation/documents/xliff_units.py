"""The units of an XLIFF file that are yet to be translated, and what a translation changes in its text."""

from collections.abc import Iterator
from typing import NamedTuple

from libs.translation.documents.trees.coded import Coded, pieces
from libs.translation.documents.trees.mixed import Inline
from libs.translation.documents.trees.places import Node, PlacedXml, escaped, with_attributes

_PAIRS = frozenset({"g", "pc", "mrk"})
#: What a target may be called that is yet to be translated; everything else is somebody's work.
_OPEN_STATES = frozenset({"new", "initial", "needs-translation"})


class Edit(NamedTuple):
    """The text from ``start`` to ``end`` becomes ``new``."""

    start: int
    end: int
    new: str


def units(xml: PlacedXml) -> Iterator["Unit"]:
    """In the order of the file: told to be translated by the closest that tells, and not translated yet."""
    is_1 = xml.attributes(xml.root).get("version", "").startswith("1")
    name = "trans-unit" if is_1 else "segment"
    stack = [(xml.root, "yes")]
    while stack:
        node, wish = stack.pop()
        wish = xml.attributes(node).get("translate") or wish
        if node.name != name:
            stack += [(child, wish) for child in reversed(node.children) if child.name]
        elif wish != "no" and (unit := _unit(xml, node, is_1=is_1)):
            yield unit


def _unit(xml: PlacedXml, node: Node, *, is_1: bool) -> "Unit | None":
    source, target = _child(node, "source"), _child(node, "target")
    read = _child(node, "seg-source") or source
    if read is None or not _is_open(xml, node, source, target):
        return None
    return Unit(xml, node, read, target, is_1=is_1)


def _is_open(xml: PlacedXml, node: Node, source: Node | None, target: Node | None) -> bool:
    told = xml.attributes(node)
    if told.get("approved") == "yes":
        return False
    if target is None or not xml.words(target).strip():
        return True
    state = xml.attributes(target).get("state") or told.get("state")
    is_copy = source is not None and xml.words(source) == xml.words(target)
    return state in _OPEN_STATES or (state is None and is_copy)


def _child(parent: Node, name: str) -> Node | None:
    return next((child for child in parent.children if child.name == name), None)


class Unit:
    """A ``source`` and the ``target`` that is made of it, or made anew."""

    def __init__(self, xml: PlacedXml, node: Node, source: Node, target: Node | None, *, is_1: bool) -> None:
        self._xml, self._node, self._source, self._old, self._is_1 = xml, node, source, target, is_1

    def coded(self) -> Coded:
        """What the source says."""
        coded = Coded()
        self._read(self._source, coded, [])
        return coded

    def edits(self, coded: str, language: str) -> Iterator[Edit]:
        """For a translation: the target with its state, and the language, if it is known, which is told once
        for many units.
        """
        yield self._target(coded)
        if not self._is_1:
            yield self._told(self._node, "state", "translated")
        holder: Node | None = self._node if self._is_1 else self._xml.root
        while holder is not None and self._is_1 and holder.name != "file":
            holder = holder.parent
        if language and holder is not None:
            yield self._told(holder, "target-language" if self._is_1 else "trgLang", language)

    def _read(self, parent: Node, coded: Coded, nodes: list[Node]) -> None:
        """Gathers the inline elements, too; the number of a code is a place among them."""
        for part in self._xml.content(parent):
            if isinstance(part, str):
                coded.add_text(part)
                continue
            number = len(nodes)
            nodes.append(part)
            kind = self._kind(part)
            if kind is Inline.PAIR:
                coded.add_start(number)
                self._read(part, coded, nodes)
                coded.add_end(number)
            else:
                coded.add_alone(number, is_noun=kind is Inline.NOUN)

    def _kind(self, node: Node) -> Inline:
        if node.name not in _PAIRS:
            return Inline.ALONE
        told = self._xml.attributes(node)
        is_kept = told.get("translate") == "no" or told.get("mtype") == "protected"
        return Inline.NOUN if is_kept else Inline.PAIR

    def _target(self, coded: str) -> Edit:
        """With the names of namespaces that the source has of its own: its elements are in the target now."""
        told = self._xml.attributes(self._source)
        told = {name: value for name, value in told.items() if name.startswith("xmlns")}
        if self._is_1:
            told |= {"state": "translated", "state-qualifier": "mt-suggestion"}
        if self._old is not None:
            name, before = self._xml.qualified(self._old), ""
            tag, start, end = self._xml.start_tag(self._old), self._old.start, self._old.end
        else:
            name = self._xml.qualified(self._source).removesuffix(self._source.name) + "target"
            tag, start, end, before = f"<{name}>", self._source.end, self._source.end, self._indent()
        tag = with_attributes(tag.removesuffix("/>").removesuffix(">").rstrip() + ">", told)
        return Edit(start, end, f"{before}{tag}{self._content(coded)}</{name}>")

    def _indent(self) -> str:
        """What is between the source and the tag before it, or else behind it."""
        text, start, end = self._xml.text, self._source.start, self._source.end
        blanks = text[text.rindex(">", 0, start) + 1 : start], text[end : text.index("<", end)]
        return next((raw for raw in blanks if raw and not raw.strip()), "")

    def _content(self, coded: str) -> str:
        """Elements as the source has them, to the last quote; new text with the line ends of the file."""
        nodes: list[Node] = []
        self._read(self._source, Coded(), nodes)
        written: list[str] = []
        used: set[int] = set()
        for piece in pieces(coded):
            if piece.number < 0:
                written.append(escaped(piece.text).replace("\n", self._xml.newline))
            else:
                written.append(
                    self._code(nodes[piece.number], closes=piece.closes, again=piece.number in used)
                )
                used.add(piece.number)
        return "".join(written)

    def _code(self, node: Node, *, closes: bool, again: bool) -> str:
        if closes:
            return self._xml.text[node.close : node.end]
        if self._kind(node) is not Inline.PAIR:
            return self._xml.text[node.start : node.end]
        tag = self._xml.start_tag(node)
        # The second half of a pair that was split is another element.
        identity = self._xml.attributes(node).get("id") if again else None
        return with_attributes(tag, {"id": f"{identity}_2"}) if identity else tag

    def _told(self, node: Node, name: str, value: str) -> Edit:
        return Edit(node.start, node.inner, with_attributes(self._xml.start_tag(node), {name: value}))
