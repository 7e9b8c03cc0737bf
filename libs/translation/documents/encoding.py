"""Bytes to text and back, in the encoding the file came in."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from charset_normalizer import from_bytes

from libs.translation.errors import PermanentFault

#: Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: Bytes that are decoded at a time where a text need not be held as a whole.
_PIECE = 256 * 1024
#: Enough letters to tell an encoding by, few enough to be quick about it.
_SAMPLE = 64 * 1024
#: Text has tabs, line ends, form feeds, escapes and an end-of-file mark or two; compressed data has a tenth.
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f]")
_CONTROL_SHARE = 0.02

#: What text files without a mark are written in, by the languages that use it; the first of two that fit
#: equally well is taken. EBCDIC and the like are left out: they fit any bytes and read as nonsense.
_WESTERN = ("cp1252", "iso8859_15", "mac_roman", "cp850", "cp437")
_BY_LANGUAGE = {
    "cs sk pl hu hr sl ro bs sq": ("cp1250", "iso8859_2"),
    "ru uk be bg mk sr kk": ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"),
    "el": ("cp1253", "iso8859_7"),
    "tr az": ("cp1254", "iso8859_9"),
    "lt lv et": ("cp1257",),
    "he": ("cp1255",),
    "ar fa ur": ("cp1256",),
    "vi": ("cp1258",),
    "ja": ("cp932", "euc_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5"),
    "th": ("tis_620",),
}
_GUESSES = [*_WESTERN, *(codec for codecs_ in _BY_LANGUAGE.values() for codec in codecs_)]

#: Differences in charset-normalizer's mess ratio below this tell nothing in a short text.
_SAME_MESS = 0.02

#: In other encodings hardly a letter looks like one of UTF-8; in a file that has so many of them, and so few
#: bytes that are none, these are damage. One that declares UTF-8 has to prove less.
_LEAST_UTF8, _LEAST_UTF8_SHARE, _LEAST_DECLARED_SHARE = 3, 0.9, 0.5


@dataclass(frozen=True, slots=True)
class Encoding:
    """``mark`` is the byte order mark the file began with, or nothing."""

    codec: str
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """In this encoding if the text fits it, else in UTF-8."""
        return self.rewritten([text.encode("utf-8", "replace")])

    def rewritten(self, pieces: Sequence[bytes]) -> bytes:
        """A text in pieces of UTF-8, in this encoding if all of it fits, else in UTF-8.

        Only encodings without a mark can fail to fit, so no mark is added then: UTF-8 needs none.
        """
        if self.codec == "utf-8":
            return b"".join((self.mark, *pieces))
        try:
            return b"".join((self.mark, *(piece.decode("utf-8").encode(self.codec) for piece in pieces)))
        except UnicodeEncodeError:
            return b"".join(pieces)

    def texts(self, data: bytes) -> Iterator[str]:
        """What the file says, a piece at a time. UnicodeDecodeError: it is in another encoding."""
        decoder = codecs.getincrementaldecoder(self.codec)()
        for start in range(len(self.mark), len(data), _PIECE):
            yield decoder.decode(data[start : start + _PIECE])
        yield decoder.decode(b"", final=True)


def decode(data: bytes, language: str = "") -> tuple[str, Encoding]:
    """The text, and how to write it back; raises as `recognised` does."""
    encoding = recognised(data, language)
    return "".join(encoding.texts(data)), encoding


def recognised(data: bytes, language: str = "") -> Encoding:
    """How all of the file is written. By its mark, else as UTF-8, else by its letters.

    ``language`` decides between encodings that fit equally well: French in cp1252 is also good cp1250.
    Raises `PermanentFault` (``undecodable``) when the bytes are not text, or UTF-8 that was cut or damaged.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _marked(data, Encoding(codec, mark))
    if b"\0" in data:
        raise PermanentFault("undecodable", "the file has NUL bytes and no byte order mark: it is not text")
    utf8 = Encoding("utf-8")
    if _reads_as(utf8, data):
        return utf8
    require_no_broken_utf8(data)
    return _guessed(data, language)


def require_no_broken_utf8(data: bytes, *, is_declared: bool = False) -> None:
    """Of bytes that are not UTF-8. Any other encoding would turn all that is well in them into nonsense.

    Raises `PermanentFault` (``undecodable``), and names the first byte that is wrong.
    """
    if _is_broken_utf8(data, is_declared=is_declared):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            message = f"the file is UTF-8 but for byte {error.start} (in line {line}): {error.reason}"
            raise PermanentFault("undecodable", message) from error


def _is_broken_utf8(data: bytes, *, is_declared: bool) -> bool:
    """A character that is cut at the end counts neither way."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for start in range(0, len(data), _PIECE):
        text = decoder.decode(data[start : start + _PIECE])
        lost = text.count("\ufffd")
        good += len(text) - len(text.encode("ascii", "ignore")) - lost
        bad += lost
    if is_declared:
        return good >= _LEAST_DECLARED_SHARE * (good + bad)
    return good >= _LEAST_UTF8 and good >= _LEAST_UTF8_SHARE * (good + bad)


def _marked(data: bytes, encoding: Encoding) -> Encoding:
    try:
        _read(encoding.texts(data))
    except UnicodeDecodeError as error:
        message = f"the file begins with the mark of {encoding.codec} and then is not: {error.reason}"
        raise PermanentFault("undecodable", message) from error
    return encoding


def _guessed(data: bytes, language: str) -> Encoding:
    sample = data[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > _CONTROL_SHARE * len(sample):
        raise PermanentFault("undecodable", "the file has too many control characters: it is not text")
    whole_lines = sample[: sample.rfind(b"\n") + 1] if len(data) > _SAMPLE else sample
    for codec in _likely(whole_lines or sample, language):
        encoding = Encoding(codec)
        if _reads_as(encoding, data) and _is_written_back(encoding, data):
            return encoding
    raise PermanentFault(
        "undecodable", "the file is text in no encoding this service knows; save it as UTF-8"
    )


def beginning(head: bytes) -> str:
    """What the first bytes of a longer file say, without a character, or in a legacy encoding a line, that is
    cut at their end. Raises as `recognised` does, but reads UTF-8 that is damaged: who reads all of it tells.
    """
    mark, codec = next((it for it in _MARKS if head.startswith(it[0])), (b"", "utf-8"))
    if mark or b"\0" not in head:
        with suppress(UnicodeDecodeError):
            return codecs.getincrementaldecoder(codec)().decode(head[len(mark) :])
    if not mark and b"\0" not in head and _is_broken_utf8(head, is_declared=False):
        return head.decode("utf-8", "replace")
    return decode(head[: head.rfind(b"\n") + 1] or head)[0]


def _reads_as(encoding: Encoding, data: bytes) -> bool:
    try:
        _read(encoding.texts(data))
    except UnicodeDecodeError:
        return False
    return True


def _read(texts: Iterable[str]) -> None:
    for _ in texts:
        pass


def _is_written_back(encoding: Encoding, data: bytes) -> bool:
    done = 0
    for text in encoding.texts(data):
        written = text.encode(encoding.codec, "replace")
        if not data.startswith(written, done):
            return False
        done += len(written)
    return done == len(data)


def _likely(sample: bytes, language: str) -> list[str]:
    """The encodings the sample could be in, best first."""
    base = language.partition("-")[0].lower()
    own = next((own for languages, own in _BY_LANGUAGE.items() if base in languages.split()), _WESTERN)
    matches = from_bytes(sample, cp_isolation=_GUESSES, enable_fallback=False)
    mess = {codec: match.chaos for match in matches for codec in match.could_be_from_charset}
    least = min(mess.values(), default=0.0)
    as_good = [codec for codec in own if mess.get(codec, 1.0) <= least + _SAME_MESS]
    return list(dict.fromkeys([*as_good, *(match.encoding for match in matches)]))
