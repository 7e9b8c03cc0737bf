"""Words with signs on them that programs' names have, too: which of them are labels for people.

Yes/No, Date/Time, and/or, Name*, [Optional]        and not    src/main, text/html, en/de, Europe/Berlin
"""

import re

_WORD = r"[A-Za-z]++(?:['-][A-Za-z]++)*+"
_WORDS = rf"{_WORD}(?:/{_WORD}){{0,3}}"
_LABEL = re.compile(rf"(?:{_WORDS}|\[{_WORDS}\]|\({_WORDS}\))[*:?!.]*")
_AROUND = "[]()*:?!."
#: Upper case inside of a word that begins in lower case: a name.
_CAMEL = re.compile(r"[a-z]+[A-Z]")
_MOST_WORDS_OF_A_PROGRAM = 3
#: What is said in lower case, and no folder or pair of languages is called.
_SAID = frozenset([
    "and/or", "yes/no", "on/off", "he/she", "he/him", "she/her", "his/her", "him/her", "they/them",
    "in/out", "n/a", "und/oder", "ja/nein", "er/sie", "et/ou", "oui/non", "il/elle", "y/o", "si/no", "e/o",
    "e/ou", "en/of", "och/eller",
])  # fmt: skip
#: Areas of time zones (https://www.iana.org/time-zones). Two of them are a region: Asia/Pacific.
_AREAS = frozenset([
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Etc", "Europe", "Indian",
    "Pacific",
])  # fmt: skip


def is_label(text: str, *, in_program: bool) -> bool:
    """Whether people read this single word with signs. Words that are joined begin in upper case, or are a
    saying: others are paths, media types or pairs of languages. Strings of a program hold names more often
    than cells do, so that every word has to begin so there.
    """
    if not _LABEL.fullmatch(text):
        return False
    words = text.strip(_AROUND).split("/")
    if any(_CAMEL.match(word) for word in words):
        return False
    if len(words) > 1:
        return _are_read(words, in_program=in_program)
    return words[0] != text and len(words[0]) > 1 and (words[0][0].isupper() or not in_program)


def _are_read(words: list[str], *, in_program: bool) -> bool:
    if words[0] in _AREAS and words[1] not in _AREAS:
        return False
    if "/".join(words) in _SAID:
        return True
    if not in_program:
        return words[0][0].isupper()
    return len(words) <= _MOST_WORDS_OF_A_PROGRAM and all(word[0].isupper() for word in words)
