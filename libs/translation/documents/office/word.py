"""Paragraphs of WordprocessingML, with their fields."""

from collections.abc import Iterator, Sequence

from lxml import etree

from libs.translation.documents.office.atoms import Atom, Is, Stone
from libs.translation.documents.office.office import descriptions
from libs.translation.documents.office.runs import Dialect, Formats, RunFlow
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.tree import Element, local

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
WORD = Dialect(
    head=frozenset({"pPr"}),
    tail=frozenset(),
    pairs=frozenset({"hyperlink", "ins", "moveTo", "smartTag", "customXml", "sdt"}),
    dropped=frozenset({"proofErr", "lastRenderedPageBreak", "softHyphen"}),
    no_format=frozenset({"lang", "noProof", "rPrChange"}),
    nouns=frozenset({"fldSimple", "oMath", "sym"}),
    tells_space=True,
)
#: Fields whose result is text of the document; that of others (a date, a page) comes from elsewhere.
_WITH_TEXT = frozenset({"HYPERLINK", "TOC"})


def word_flows(root: Element) -> Iterator[Flow]:
    formats = Formats(WORD)
    for paragraph in root.iter(f"{{{_NAMESPACE}}}p", f"{{{_STRICT}}}p"):
        yield WordFlow(paragraph, WORD, formats)
    yield from descriptions(root)


class WordFlow(RunFlow):
    def atoms(self) -> Iterator[Atom]:
        return _with_fields(list(super().atoms()))


def _with_fields(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """A field, from its first mark to its last, is one atom, or a pair around a result that is text. One that
    goes on in another paragraph is its code alone.
    """
    place = 0
    while place < len(atoms):
        if _mark(atoms[place]) != "begin":
            yield atoms[place]
            place += 1
            continue
        separate, end = _extent(atoms, place)
        code = separate if separate is not None else end
        if end is None or code is None:
            stop = len(atoms) if code is None else code + 1
            yield from _codes(atoms[place:stop])
            place = stop
            continue
        if separate is not None and _instruction(atoms[place:separate]) in _WITH_TEXT:
            yield Atom(Is.OPEN, stones=_stones(atoms[place : separate + 1]), closing=_stones([atoms[end]]))
            yield from _with_fields(atoms[separate + 1 : end])
            yield Atom(Is.CLOSE)
        else:
            yield Atom(Is.NOUN, stones=_stones(atoms[place : end + 1]))
        place = end + 1


def _codes(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """As one stone, pairs left as they are."""
    if any(atom.what in (Is.OPEN, Is.CLOSE) for atom in atoms):
        yield from atoms
    else:
        yield Atom(Is.ALONE, stones=_stones(atoms))


def _extent(atoms: Sequence[Atom], begin: int) -> tuple[int | None, int | None]:
    """Where the field's code ends and where the field ends, if both are in the same pairs as its begin."""
    depth = pairs = 0
    separate = None
    for place in range(begin, len(atoms)):
        pairs += (atoms[place].what is Is.OPEN) - (atoms[place].what is Is.CLOSE)
        if pairs < 0:
            break
        match _mark(atoms[place]):
            case "begin":
                depth += 1
            case "separate" if depth == 1 and not pairs:
                separate = place
            case "end":
                depth -= 1
        if not depth:
            return separate, (None if pairs else place)
    return separate, None


def _mark(atom: Atom) -> str:
    if len(atom.stones) != 1 or local(atom.stones[0].element) != "fldChar":
        return ""
    element = atom.stones[0].element
    return element.get(f"{{{etree.QName(element).namespace}}}fldCharType") or ""


def _instruction(atoms: Sequence[Atom]) -> str:
    stones = (stone.element for atom in atoms for stone in atom.stones)
    words = "".join(element.text or "" for element in stones if local(element) == "instrText").split()
    return words[0].upper() if words else ""


def _stones(atoms: Sequence[Atom]) -> list[Stone]:
    return [stone for atom in atoms for stone in atom.stones]
