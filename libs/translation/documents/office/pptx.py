"""Presentations (ECMA-376): slides, their notes, charts and diagrams. Layouts and masters hold no text of the
author's.
"""

import re

from libs.translation.documents.document import Document
from libs.translation.documents.office.drawing import chart_flows, drawing_flows
from libs.translation.documents.office.office import document_of, opened_at
from libs.translation.documents.trees.tree import Shape

_PARTS = re.compile(r"ppt/(?:slides/slide|notesSlides/notesSlide|diagrams/data|diagrams/drawing)\d*\.xml")
_CHARTS = re.compile(r"ppt/charts/chart\d*\.xml")
_SHAPE = Shape(flows=frozenset({"p"}), fluid=frozenset({"r"}), ignored=frozenset({"rPr", "t", "endParaRPr"}))


class PptxFormat:
    name = "pptx"
    extensions = frozenset({".pptx", ".pptm", ".potx", ".ppsx"})
    content_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    memory_a_byte = 400
    inline_bytes = 0

    def parse(self, data: bytes, language: str) -> Document:  # noqa: ARG002 - it tells its encoding
        """`PermanentFault`: those of `Package` and of `trees.tree.parsed`, ``too_much_markup``."""
        package, _ = opened_at(data, "ppt/presentation.xml")
        return document_of(data, package, [(_PARTS, drawing_flows), (_CHARTS, chart_flows)], _SHAPE)
