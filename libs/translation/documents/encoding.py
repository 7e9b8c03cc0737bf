"""Bytes to text and back, in the encoding the file came in."""

import codecs
import re
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


@dataclass(frozen=True, slots=True)
class Encoding:
    """``mark`` is the byte order mark the file began with, or nothing."""

    codec: str
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """In this encoding if the text fits it, else in UTF-8.

        Only encodings without a mark can fail to fit, so no mark is added then: UTF-8 needs none.
        """
        try:
            return self.mark + text.encode(self.codec)
        except UnicodeEncodeError:
            return self.mark * (self.codec == "utf-8") + text.encode("utf-8", "replace")


def decode(data: bytes, language: str = "") -> tuple[str, Encoding]:
    """The text, and how to write it back. By its mark, else as UTF-8, else by its letters.

    ``language`` decides between encodings that fit equally well: French in cp1252 is also good cp1250.
    Raises `PermanentFault` (``undecodable``) when the bytes are not text.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _decoded(data, codec, mark), Encoding(codec, mark)
    if b"\0" in data:
        raise PermanentFault("undecodable", "the file has NUL bytes and no byte order mark: it is not text")
    try:
        return data.decode("utf-8"), Encoding("utf-8")
    except UnicodeDecodeError:
        return _guessed(data, language)


def _decoded(data: bytes, codec: str, mark: bytes) -> str:
    try:
        return data[len(mark) :].decode(codec)
    except UnicodeDecodeError as error:
        message = f"the file begins with the mark of {codec} and then is not: {error.reason} at {error.start}"
        raise PermanentFault("undecodable", message) from error


def _guessed(data: bytes, language: str) -> tuple[str, Encoding]:
    sample = data[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > _CONTROL_SHARE * len(sample):
        raise PermanentFault("undecodable", "the file has too many control characters: it is not text")
    whole_lines = sample[: sample.rfind(b"\n") + 1] if len(data) > _SAMPLE else sample
    for codec in _likely(whole_lines or sample, language):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if text.encode(codec, "replace") == data:
            return text, Encoding(codec)
    raise PermanentFault(
        "undecodable", "the file is text in no encoding this service knows; save it as UTF-8"
    )


def _likely(sample: bytes, language: str) -> list[str]:
    """The encodings the sample could be in, best first."""
    base = language.partition("-")[0].lower()
    own = next((own for languages, own in _BY_LANGUAGE.items() if base in languages.split()), _WESTERN)
    matches = from_bytes(sample, cp_isolation=_GUESSES, enable_fallback=False)
    mess = {codec: match.chaos for match in matches for codec in match.could_be_from_charset}
    least = min(mess.values(), default=0.0)
    as_good = [codec for codec in own if mess.get(codec, 1.0) <= least + _SAME_MESS]
    return list(dict.fromkeys([*as_good, *(match.encoding for match in matches)]))
