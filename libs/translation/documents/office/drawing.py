"""Text in DrawingML: on slides, in charts, diagrams and shapes."""

from collections import defaultdict
from collections.abc import Iterator

from libs.translation.documents.office.office import descriptions
from libs.translation.documents.office.runs import Dialect, Formats, RunFlow
from libs.translation.documents.strings.message import is_read
from libs.translation.documents.trees.attribute import LabelFlow
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.tree import Element, local

_NAMESPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/drawingml/main"
#: A value of a chart (ECMA-376, part 1, 21.2.2.227), and the names of what holds those that are numbers.
_VALUES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}v",
    "{http://purl.oclc.org/ooxml/drawingml/chart}v",
)
_OF_NUMBERS = frozenset({"numCache", "numLit"})
DRAWING = Dialect(
    head=frozenset({"pPr"}),
    tail=frozenset({"endParaRPr"}),
    pairs=frozenset(),
    dropped=frozenset(),
    no_format=frozenset({"lang", "altLang", "dirty", "err", "noProof", "smtClean", "smtId", "bmk"}),
    nouns=frozenset({"fld"}),
)


def drawing_flows(root: Element) -> Iterator[Flow]:
    formats = Formats(DRAWING)
    for paragraph in root.iter(f"{{{_NAMESPACE}}}p", f"{{{_STRICT}}}p"):
        yield RunFlow(paragraph, DRAWING, formats)
    yield from descriptions(root)


def chart_flows(root: Element) -> Iterator[Flow]:
    """With the names of series and categories, which the chart shows in its legend and on its axes. They are
    copies of what its table has: one name is one text, wherever it stands.
    """
    yield from drawing_flows(root)
    labels: dict[str, list[Element]] = defaultdict(list)
    for value in root.iter(*_VALUES):
        holder = next((local(a) for a in value.iterancestors() if local(a) != "pt"), "")
        if holder not in _OF_NUMBERS and is_read(value.text or ""):
            labels[value.text or ""].append(value)
    yield from map(LabelFlow, labels.values())
