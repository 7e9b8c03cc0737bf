"""A contender beside our format over the same documents, in turn: how fast, and what is lost."""

import re
import statistics
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from benchmarks.documents.contender import Contender, Trip
from tests.corpora.documents import ARCHIVES, RealDocument
from tests.corpora.readers import content

#: Where Office's formats have text, what ends a word, what one text is; the paragraphs of OpenDocument.
_TEXT, _ENDS, _FLOWS = "{*}t", ("{*}br", "{*}tab", "{*}cr"), ("{*}p", "{*}si", "{*}is")
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ODF_FLOWS = (f"{_ODF}p", f"{_ODF}h")
#: Layouts and masters of slides: nobody reads them.
_MODELS = re.compile(r"(?:Layouts|Masters)/")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Result:
    """Of ``files`` documents of ``size`` bytes, ``failed`` never came back. Of those that did, ``changed``
    differ in a byte, ``other`` in what a reader finds, and ``parts`` of their archives are gone. ``found`` is
    the share of all words that is offered for translation, where that can be asked. ``seconds``: the CPU's.
    """

    contender: str
    files: int
    size: int
    seconds: float
    failed: int
    changed: int
    other: int
    parts: int | None
    found: float | None


def race(
    form: str, contenders: Sequence[Contender], documents: Sequence[RealDocument], rounds: int
) -> list[Result]:
    """Each contender once a round, in turn; of its times the median."""
    runs: dict[str, list[Sequence[Trip]]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            runs[contender.name].append(contender.trips(documents))
    return [_result(form, contender, documents, runs[contender.name]) for contender in contenders]


def _result(
    form: str, contender: Contender, documents: Sequence[RealDocument], runs: Sequence[Sequence[Trip]]
) -> Result:
    backs = [(document.data, trip.data) for document, trip in zip(documents, runs[0], strict=True)]
    whole = [(data, back) for data, back in backs if back is not None]
    is_archive = form in ARCHIVES
    return Result(
        contender=contender.name,
        files=len(documents),
        size=sum(len(document.data) for document in documents),
        seconds=statistics.median(sum(trip.seconds for trip in run) for run in runs),
        failed=len(backs) - len(whole),
        changed=sum(data != back for data, back in whole),
        other=sum(_says(form, data) != _says(form, back) for data, back in whole),
        parts=sum(len(_parts(data) - _parts(back)) for data, back in whole) if is_archive else None,
        found=_found(contender, documents) if is_archive and contender.handed_out else None,
    )


def _says(form: str, data: bytes) -> object:
    """Of an archive the words of all its parts, wherever they went: other writers name parts as they like."""
    try:
        return _all_words(data) if form in ARCHIVES else content(form, data)
    except Exception as error:  # noqa: BLE001 - what no reader can read says something else
        return repr(error)


def _found(contender: Contender, documents: Sequence[RealDocument]) -> float:
    there = offered = 0
    for document in documents:
        words = _all_words(document.data)
        there += words.total()
        offered += (words & _handed_out(contender, document.data)).total()
    return offered / there


def _handed_out(contender: Contender, data: bytes) -> Counter[str]:
    assert contender.handed_out is not None  # noqa: S101 - asked before
    try:
        return _counted(contender.handed_out(data))
    except Exception:  # noqa: BLE001 - whatever it stumbles over, it offers nothing
        return Counter()


def _all_words(data: bytes) -> Counter[str]:
    """Of every paragraph and cell of every part: notes, headers, charts and comments are among them."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if n.endswith(".xml") and not _MODELS.search(n)]
        parts = [archive.read(name) for name in names]
    return _counted(text for part in parts for text in _texts(part))


def _texts(part: bytes) -> Iterable[str]:
    try:
        root = etree.fromstring(part)
    except etree.XMLSyntaxError:
        return
    texts: dict[etree._Element, list[str]] = defaultdict(list)
    for element in root.iter(_TEXT, *_ENDS):
        texts[next(element.iterancestors(*_FLOWS), element)].append(element.text or " ")
    for element in root.iter(*_ODF_FLOWS):
        texts[element] += _own_texts(element)
    yield from map("".join, texts.values())


def _own_texts(element: etree._Element) -> Iterator[str]:
    yield element.text or " " * (len(element) == 0)  # a tab, a line break
    for child in element:
        if child.tag not in _ODF_FLOWS:
            yield from _own_texts(child)
        yield child.tail or ""


def _counted(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in _WORD.findall(text))


def _parts(data: bytes) -> set[str]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}
