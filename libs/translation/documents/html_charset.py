"""The characters of an HTML file: declared in it, as browsers read declarations, or found out."""

import codecs
import re

from libs.translation.documents.encoding import Encoding, decode, require_no_broken_utf8

#: Browsers look for a declaration in the first 1,024 bytes; real pages have it a little later, too.
_HEAD = 4096
_DECLARED = re.compile(
    rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+) | <meta\s[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.VERBOSE | re.IGNORECASE,
)
#: What labels mean on the web (https://encoding.spec.whatwg.org/#names-and-labels) where Python differs.
_MEANT = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254",
    "tis-620": "cp874", "iso8859-11": "cp874",
    "shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
}  # fmt: skip
#: A codec that writes these otherwise is no text encoding of the web (UTF-16 and UTF-7, punycode, rot13).
_PROBE = "<A z='\"+&"


def decoded(data: bytes, language: str, declaration: re.Pattern[bytes] = _DECLARED) -> tuple[str, Encoding]:
    """By its mark, else as declared, else as `encoding.decode` finds out. The groups of ``declaration`` are
    where a name may stand in a file of this kind.

    UTF-8 that is declared to be Western is read as UTF-8: that is a wrong label, not an accident of bytes.
    Raises `PermanentFault` (``undecodable``).
    """
    codec = _declared(data, declaration)
    if codec is None or _is_utf8(data, codec) or data.startswith(codecs.BOM_UTF8):
        return decode(data, language)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        if codec == "utf-8":
            require_no_broken_utf8(data, is_declared=True)
        return decode(data, language)
    return (text, Encoding(codec)) if text.encode(codec, "replace") == data else decode(data, language)


def encoded(text: str, encoding: Encoding) -> bytes:
    """In the encoding it came in; a character that has no place there as a reference (``&#233;``)."""
    return encoding.mark + text.encode(encoding.codec, "xmlcharrefreplace")


def _declared(data: bytes, declaration: re.Pattern[bytes]) -> str | None:
    match = declaration.search(data[:_HEAD])
    if match is None:
        return None
    try:
        codec = codecs.lookup(match[match.lastindex or 0].decode("ascii", "replace")).name
        codec = _MEANT.get(codec, codec)
        return codec if _PROBE.encode(codec) == _PROBE.encode() else None
    except (LookupError, ValueError, TypeError):
        return None


def _is_utf8(data: bytes, declared: str) -> bool:
    if declared != "cp1252" or data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
