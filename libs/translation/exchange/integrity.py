"""Whether an answer can be a translation of its segment."""

from libs.translation.segments import Segment, Text, has_letters, lost_codes, text_of


def is_empty(source: Segment, answer: Segment) -> bool:
    """Nothing came back for words."""
    return not text_of(answer).strip() and has_letters(source)


def is_whole(source: Segment, answer: Segment) -> bool:
    """There is something in it, and every code of the source."""
    if len(source) == len(answer) == 1 and isinstance(source[0], Text) and isinstance(answer[0], Text):
        return bool(answer[0].text.strip()) or not source[0].text.strip()
    return not is_empty(source, answer) and not lost_codes(source, answer)


def excerpt(segment: Segment) -> str:
    """Its first words, to find it by."""
    longest = 60
    words = " ".join(text_of(segment).split())
    return words if len(words) <= longest else f"{words[:longest]}…"
