"""Where the cues of SubRip and WebVTT files are, and the lines of their text."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from libs.translation.errors import PermanentFault

_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}"
TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t][^\r\n]*)?")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
#: Two speakers in one cue have a line each, with a dash before it.
_SPEAKER = re.compile(r"\s*(?:<[^<>\r\n]*>|\{[^{}\r\n]*\})*\s*[-–—]")  # noqa: RUF001


class Cue(NamedTuple):
    """``timing`` as it is written; its text is from ``start`` to ``end``, without the last line end."""

    timing: str
    start: int
    end: int


def cues(text: str) -> Iterator[Cue]:
    """A cue is a line of times and the lines behind it, up to an empty one or the next cue."""
    timing, start = "", 0
    ends = [0]
    for match in _LINE.finditer(text):  # the last of them is empty
        is_timing = TIMING.fullmatch(match[1])
        if timing and (is_timing or not match[1].strip()):
            if is_timing and len(ends) > 1 and text[ends[-2] : ends[-1]].strip().isdecimal():
                ends.pop()  # the number of the next cue, with no empty line before it
            yield Cue(timing, start, ends[-1])
            timing = ""
        if is_timing:
            timing, start = match[1], match.end()
            ends = [start]
        elif timing:
            ends.append(match.end(1))


def speeches(text: str, cue: Cue) -> Iterator[tuple[int, int]]:
    """What goes together in a cue: all of its lines, or, in a dialogue, those of a speaker."""
    start = cue.start
    for match in _LINE.finditer(text, cue.start, cue.end):
        if match.start() > start and _SPEAKER.match(match[1]):
            yield start, match.start()
            start = match.start()
    if start < cue.end:
        yield start, cue.end


def require_same_shape(source: str, translation: str) -> None:
    """The same cues at the same times. Raises `PermanentFault` (``shape_changed``)."""
    for number, (ours, theirs) in enumerate(zip_longest(cues(source), cues(translation)), start=1):
        if not (ours and theirs and _is_kept(ours, theirs)):
            raise PermanentFault("shape_changed", f"cue {number} would not be the source's")


def _is_kept(ours: Cue, theirs: Cue) -> bool:
    return ours.timing == theirs.timing and (ours.start < ours.end) == (theirs.start < theirs.end)
