"""SubRip (.srt) and WebVTT (https://www.w3.org/TR/webvtt1/). The text of each cue is translated, its lines
together, line ends as codes; times, names, settings, notes and styles stay as they were, byte for byte.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape

from libs.translation.documents.document import SMALL_BYTES, Document
from libs.translation.documents.encoding import decode
from libs.translation.documents.markup import MOST_MARKS, Kind, Mark, Spot, spot_of, too_many_marks
from libs.translation.documents.markup_document import MarkupDocument
from libs.translation.documents.strings.writer import written
from libs.translation.documents.subtitle_cues import cues, require_same_shape, speeches
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment

#: <i>, </i>, <c.loud>, <v Mary>, <font color="red">; <00:01.000>; {\an8}; a line's end.
_MARKUP = re.compile(
    r"""<(?P<slash>/?)(?P<name>[A-Za-z]\w{0,30})(?:[.\s][^<>\r\n]{0,1000})?>
    | (?P<alone><[\d:.]{1,20}> | \{\\[^{}\r\n]{0,1000}\})
    | (?P<end>[ \t]*+(?:\r\n|\r|\n)[ \t]*+)""",
    re.VERBOSE,
)
_LINE_ENDS = re.compile(r"(?:[ \t]*+(\r\n|\r|\n))++[ \t]*+")
_NEW_LINES = re.compile(r"\s*[\r\n]\s*")


class SubRipFormat:
    name = "srt"
    extensions = frozenset({".srt"})
    content_type = "application/x-subrip"
    memory_a_byte = 60
    inline_bytes = SMALL_BYTES
    _is_vtt = False

    def parse(self, data: bytes, language: str) -> Document:
        """Raises `PermanentFault`: ``undecodable``, ``malformed``, ``too_much_markup``."""
        text, encoding = decode(data, language)
        if not self._is_vtt and text.strip() and next(cues(text), None) is None:
            raise PermanentFault("malformed", "the file has no line of times: it is not SubRip")
        return MarkupDocument(
            data,
            text,
            list(_spots(text, is_vtt=self._is_vtt)),
            encode=encoding.encode,
            check=lambda new: require_same_shape(text, new),
        )


class WebVttFormat(SubRipFormat):
    name = "vtt"
    extensions = frozenset({".vtt"})
    content_type = "text/vtt"
    _is_vtt = True


def _spots(text: str, *, is_vtt: bool) -> Iterator[Spot]:
    writer = _Writer(is_vtt=is_vtt)
    marks_left = MOST_MARKS
    for cue in cues(text):
        for start, end in speeches(text, cue):
            marks = list(_marks(text, start, end))
            marks_left -= len(marks)
            if marks_left < 0:
                raise too_many_marks()
            if spot := spot_of(text, marks, writer, decode=unescape if is_vtt else str):
                yield spot


def _marks(text: str, start: int, end: int) -> Iterator[Mark]:
    for match in _MARKUP.finditer(text, start, end):
        if start < match.start():
            yield Mark(Kind.TEXT, start, match.start())
        start = match.end()
        if match["end"]:
            yield Mark(Kind.TEXT, match.start(), match.start(), written=" ")  # the words around it are two
            yield Mark(Kind.ALONE, *match.span())
        elif match["name"]:
            yield Mark(Kind.END if match["slash"] else Kind.START, *match.span(), match["name"].lower())
        else:
            yield Mark(Kind.ALONE, *match.span())
    if start < end:
        yield Mark(Kind.TEXT, start, end)


@dataclass(frozen=True, slots=True)
class _Writer:
    is_vtt: bool

    def __call__(self, segment: Segment, codes: Mapping[int, tuple[str, str]]) -> str:
        """An empty line would end the cue: line ends are those of the source, and never two in a row."""
        text = written(segment, codes, self._text)
        return _LINE_ENDS.sub(r"\1", text).strip("\r\n")

    def _text(self, text: str) -> str:
        text = _NEW_LINES.sub(" ", text)
        return escape(text, quote=False).replace("\u00a0", "&nbsp;") if self.is_vtt else text
