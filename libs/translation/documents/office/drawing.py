"""Text in DrawingML: on slides, in charts, diagrams and shapes."""

from collections.abc import Iterator

from libs.translation.documents.office.office import descriptions
from libs.translation.documents.office.runs import Dialect, Formats, RunFlow
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.tree import Element

_NAMESPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/drawingml/main"
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
