"""Word documents (ECMA-376): text, headers and footers, notes, comments, text boxes, charts and diagrams."""

import re

from libs.translation.documents.document import Document
from libs.translation.documents.office.drawing import chart_flows, drawing_flows
from libs.translation.documents.office.office import document_of, opened_at
from libs.translation.documents.office.word import word_flows
from libs.translation.documents.trees.tree import Shape

#: Beside the main part; Word Online numbers all of them.
_TEXTS = r"word/(?:header|footer|footnotes|endnotes|comments|glossary/document)\d*\.xml"
_DRAWINGS = re.compile(r"word/diagrams/(?:data|drawing)\d*\.xml")
_CHARTS = re.compile(r"word/charts/chart\d*\.xml")
_SHAPE = Shape(
    flows=frozenset({"p"}),
    fluid=frozenset(
        {
            "r",
            "hyperlink",
            "ins",
            "moveTo",
            "smartTag",
            "customXml",
            "sdt",
            "sdtContent",
            "fldChar",
            "instrText",
        }
    ),
    ignored=frozenset(
        {"rPr", "t", "proofErr", "lastRenderedPageBreak", "softHyphen", "noBreakHyphen", "endParaRPr"}
        | {"sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr"}
    ),
)


class DocxFormat:
    name = "docx"
    extensions = frozenset({".docx", ".docm", ".dotx"})
    content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    memory_a_byte = 400
    inline_bytes = 0

    def parse(self, data: bytes, language: str) -> Document:  # noqa: ARG002 - it tells its encoding
        """`PermanentFault`: those of `Package` and of `trees.tree.parsed`, ``too_much_markup``."""
        package, main = opened_at(data, "word/document.xml")
        texts = re.compile(f"{re.escape(main)}|{_TEXTS}")
        parts = [(texts, word_flows), (_DRAWINGS, drawing_flows), (_CHARTS, chart_flows)]
        return document_of(data, package, parts, _SHAPE)
