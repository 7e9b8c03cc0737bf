"""A paragraph of runs, as Office's formats have them: each run is a stretch of text in one format.

Neighbouring runs of one format are one text. The format most of a paragraph is in needs no code; stretches
in another are pairs, everything that is not text is a code, and on writing the runs are made anew.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from libs.translation.documents.office.atoms import PROPERTIES, Atom, Is, Stone
from libs.translation.documents.office.writing import Writing
from libs.translation.documents.trees.coded import Coded
from libs.translation.documents.trees.tree import Element, local

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names (without namespace) one format has for things."""

    #: At the beginning and at the end of a paragraph, and not of its text.
    head: frozenset[str]
    tail: frozenset[str]
    #: Around runs, and going with their words.
    pairs: frozenset[str]
    #: Leftovers of spelling and of editing that nobody misses in other words.
    dropped: frozenset[str]
    #: What of a run's properties is no format: elements, attributes.
    no_format: frozenset[str]
    #: They stand for a word.
    nouns: frozenset[str]
    #: Blanks at the ends of a text count only where it says so.
    tells_space: bool = False

    @property
    def outside(self) -> frozenset[str]:
        return self.head | self.tail


class Formats:
    """Run properties by what they say."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[str, Element | None] = {"": None}
        self._by_source: dict[bytes, str] = {}

    def key(self, properties: Element | None) -> str:
        if properties is None:
            return ""
        source = etree.tostring(properties, with_tail=False)
        if source not in self._by_source:
            clean = deepcopy(properties)
            clean.tail = None
            for child in list(clean):
                if local(child) in self._dialect.no_format:
                    clean.remove(child)
            for name in self._dialect.no_format & set(clean.keys()):
                del clean.attrib[name]
            is_empty = not len(clean) and not clean.keys()
            key = "" if is_empty else etree.tostring(clean, method="c14n").decode()
            self._by_source[source] = key
            self._known.setdefault(key, clean)
        return self._by_source[source]

    def element(self, key: str) -> Element | None:
        found = self._known[key]
        return None if found is None else deepcopy(found)


class RunFlow:
    """A ``paragraph`` whose runs are in its own namespace."""

    def __init__(self, paragraph: Element, dialect: Dialect, formats: Formats) -> None:
        self._paragraph, self._dialect, self._formats = paragraph, dialect, formats
        self._namespace = f"{{{etree.QName(paragraph).namespace}}}"
        self._atoms: list[Atom] = []
        self._base = ""

    def atoms(self) -> Iterator[Atom]:
        """All of the paragraph in order."""
        return self._content(self._paragraph)

    def coded(self) -> Coded:
        atoms = list(self.atoms())
        lengths: Counter[str] = Counter()
        for atom in atoms:
            lengths[atom.format] += len(atom.text)
        self._base = lengths.most_common(1)[0][0] if lengths else ""
        self._atoms = []
        coded = Coded()
        opened: list[int] = []
        for is_text, group in groupby(atoms, key=lambda atom: atom.what is Is.TEXT and atom.format):
            if is_text is False:
                for atom in group:
                    self._add_code(coded, atom, opened)
            else:
                self._add_text(coded, list(group))
        return coded

    def _add_text(self, coded: Coded, atoms: Sequence[Atom]) -> None:
        text = "".join(atom.text for atom in atoms)
        if atoms[0].format == self._base or not text:
            coded.add_text(text)
            return
        number = len(self._atoms)
        self._atoms.append(atoms[0])
        coded.add_start(number)
        coded.add_text(text)
        coded.add_end(number)

    def _add_code(self, coded: Coded, atom: Atom, opened: list[int]) -> None:
        number = len(self._atoms)
        if atom.what is Is.CLOSE:
            coded.add_end(opened.pop())
            return
        self._atoms.append(atom)
        if atom.what is Is.OPEN:
            opened.append(number)
            coded.add_start(number)
        else:
            coded.add_alone(number, is_noun=atom.what is Is.NOUN)

    def _content(self, parent: Element) -> Iterator[Atom]:
        dialect = self._dialect
        outside = dialect.outside if parent is self._paragraph else PROPERTIES
        for element in parent:
            name = local(element)
            if name in outside or name in dialect.dropped:
                continue
            if name == "r":
                yield from self._run(element)
            elif name == "t":
                yield Atom(Is.TEXT, element.text or "")
            elif name in dialect.pairs:
                yield Atom(Is.OPEN, stones=[Stone(element)])
                yield from self._content(_container(element))
                yield Atom(Is.CLOSE)
            else:
                yield Atom(self._kind(name), stones=[Stone(element)])

    def _run(self, run: Element) -> Iterator[Atom]:
        key = self._formats.key(next((element for element in run if local(element) == "rPr"), None))
        for element in run:
            name = local(element)
            if name == "t":
                yield Atom(Is.TEXT, element.text or "", key, stones=[Stone(element, key)])
            elif name == "noBreakHyphen":
                yield Atom(Is.TEXT, "\u2011", key, stones=[Stone(element, key)])
            elif name != "rPr" and name not in self._dialect.dropped:
                yield Atom(self._kind(name), stones=[Stone(element, key)])

    def _kind(self, name: str) -> Is:
        return Is.NOUN if name in self._dialect.nouns else Is.ALONE

    def write(self, coded: str) -> None:
        if (text := next((e for e in self._paragraph if local(e) == "t"), None)) is not None:
            self._write_plain(text, coded)
            return
        last = [element for element in self._paragraph if local(element) in self._dialect.tail]
        for element in list(self._paragraph):
            if local(element) not in self._dialect.head:
                self._paragraph.remove(element)
        Writing(self._paragraph, self._atoms, self._base, self._make_run).write(coded)
        self._paragraph.extend(last)

    def _write_plain(self, text: Element, coded: str) -> None:
        """A cell's text without runs; how it was pronounced is not true of another."""
        text.text = coded
        text.set(_SPACE, "preserve")
        for element in list(self._paragraph):
            if local(element) in self._dialect.tail:
                self._paragraph.remove(element)

    def _make_run(self, content: Element | str, key: str) -> Element:
        run = self._paragraph.makeelement(f"{self._namespace}r")
        if (properties := self._formats.element(key)) is not None:
            run.append(properties)
        if isinstance(content, str):
            text = etree.SubElement(run, f"{self._namespace}t")
            text.text = content
            if self._dialect.tells_space and content != content.strip():
                text.set(_SPACE, "preserve")
        else:
            run.append(content)
        return run


def _container(pair: Element) -> Element:
    """Where a pair's runs are: a content control has them one level deeper."""
    return next((element for element in pair if local(element) == "sdtContent"), pair)
