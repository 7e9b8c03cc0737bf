"""Some pairs (eng-spa) begin every segment with a capital; a menu entry or half a line should not."""

import re

from libs.translation.segments import Segment, Text, text_of

_WORD = re.compile(r"[^\W\d_]+")


def with_first_letter_as_in(source: Segment, translation: Segment) -> Segment:
    """The translation with a small first letter where the source has one.

    Words that may have moved to the front with a capital of their own keep it: those of the source
    (names), those in capitals, and the English ``I``.
    """
    text = text_of(source)
    ours, theirs = _WORD.search(text), _WORD.search(text_of(translation))
    if not ours or not theirs or not ours[0][0].islower() or not theirs[0][0].isupper():
        return translation
    if theirs[0] in text or theirs[0] == "I" or theirs[0][1:2].isupper():
        return translation
    return _with_first_letter_small(translation)


def _with_first_letter_small(segment: Segment) -> Segment:
    tokens = list(segment)
    for place, token in enumerate(tokens):
        if isinstance(token, Text) and (word := _WORD.search(token.text)):
            start = word.start()
            tokens[place] = Text(token.text[:start] + token.text[start].lower() + token.text[start + 1 :])
            break
    return tuple(tokens)
