"""Figures and strangers' texts in the form that people read on a terminal."""

import unicodedata
from datetime import UTC, datetime

#: Controls, format characters, surrogates, unassigned, and line and paragraph ends: on a terminal they could
#: move the cursor, colour the screen or turn the reading direction.
_UNSEEN = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
#: Format characters that scripts and emoji need, and that change nothing but letters: ZWNJ and ZWJ.
_HARMLESS = "\u200c\u200d"


def plain(text: str) -> str:
    r"""A text from outside on one line: whatever could act on a terminal is written as ``\x1b`` is here."""
    return "".join(
        char if char in _HARMLESS or unicodedata.category(char) not in _UNSEEN else ascii(char)[1:-1]
        for char in text
    )


def count(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(length: int) -> str:
    """Bytes in powers of 1,000, as disks are sold."""
    if length < 1000:  # noqa: PLR2004 - where kB begin
        return f"{length} B"
    value = float(length)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:  # noqa: PLR2004 - above it rounds to 1000
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def duration(seconds: float) -> str:
    """`12 s`, `3 min`, `5 h`, `2 d`: the largest unit that is not yet two of the next."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"


def clock(moment: str) -> str:
    """A moment of the API on the clock of this machine, `14:05:09`; the text itself where it is none."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return plain(moment)
    return then.replace(tzinfo=then.tzinfo or UTC).astimezone().strftime("%H:%M:%S")


def age(moment: str) -> str:
    """How long ago a moment of the API was; the text itself where it is none."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return plain(moment)
    return duration((datetime.now(UTC) - then.replace(tzinfo=then.tzinfo or UTC)).total_seconds())
