"""A translated segment as a string, its codes as they were written."""

from collections.abc import Callable, Iterator, Mapping

from libs.translation.segments import Close, Open, Segment, Standalone, Text


def written(segment: Segment, codes: Mapping[int, tuple[str, str]], text: Callable[[str], str] = str) -> str:
    """``text`` writes what stands between the codes."""
    return "".join(_pieces(segment, codes, text))


def _pieces(
    segment: Segment, codes: Mapping[int, tuple[str, str]], text: Callable[[str], str]
) -> Iterator[str]:
    for token in segment:
        match token:
            case Text():
                yield text(token.text)
            case Open(code) | Standalone(code):
                yield codes[code][0]
            case Close(code):
                yield codes[code][1]
