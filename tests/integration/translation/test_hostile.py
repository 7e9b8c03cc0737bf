"""Files made to harm or confuse whoever reads them: each ends within its deadline and memory, in words."""

import asyncio
from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest

from libs.translation.documents import format_of
from libs.translation.documents.document import Original
from libs.translation.errors import PermanentFault
from libs.translation.workbench.member import Limits
from libs.translation.workbench.pool import Pool
from tests.unit.translation.office_files import docx, zipped

#: A third of what a member may have by default, and its deadline.
LIMITS = Limits(seconds=60, memory=256 * 1024 * 1024)
AT_THE_LIMIT = 40 * 1024 * 1024

TEXT = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
UNIT = '<xliff version="1.2"><file><body><trans-unit><source>{}</source></trans-unit></body></file></xliff>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8


def encrypted() -> bytes:
    data = bytearray(docx(TEXT.format("a")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def to_the_limit(unit: bytes, head: bytes = b"", tail: bytes = b"") -> bytes:
    return head + unit * ((AT_THE_LIMIT - len(head) - len(tail)) // len(unit)) + tail


#: Kinds, by name and content, with the code that each fails with.
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip bomb": ("a.docx", lambda: docx(TEXT, bomb=" " * 100_000_000), "too_large_unpacked"),
    "tree bomb": ("a.docx", lambda: docx("<w:r/>" * 9_000_000, noise=token_hex(400_000)), "too_complex"),
    "10,001 entries": ("a.xlsx", lambda: zipped({str(n): "" for n in range(10_001)}), "too_large_unpacked"),
    "entity bomb": ("a.xlf", (LAUGHS + UNIT.format("&a9;")).encode, "xml_entities"),
    "entity bomb in a part": (
        "a.docx",
        lambda: zipped({"word/document.xml": LAUGHS + "<d>&a9;</d>"}),
        "xml_entities",
    ),
    "file of the system": (
        "a.xlf",
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]>' + UNIT.format("&a;")).encode,
        "xml_entities",
    ),
    "encrypted entries": ("a.docx", encrypted, "encrypted"),
    "password": ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100_000), "encrypted"),
    "nested XML": ("a.xlf", lambda: UNIT.format("<g>" * 100_000 + "</g>" * 100_000).encode(), "too_deep"),
    "nested part": ("a.docx", lambda: docx("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000), "too_deep"),
    "nested JSON": ("a.json", lambda: b"[" * 1_000_000 + b"]" * 1_000_000, "too_deep"),
    "half an archive": ("a.pptx", lambda: half(docx(TEXT.format("a" * 1000))), "malformed"),
    "half a file of XML": ("a.xlf", lambda: half(UNIT.format("a" * 10_000).encode()), "malformed"),
    "half a file of JSON": ("a.json", lambda: half(b'{"a": "' + b"b" * 10_000 + b'"}'), "malformed"),
    "picture as a document": ("a.odt", lambda: PNG, "wrong_content"),
    "picture as text": ("a.md", lambda: PNG, "undecodable"),
    "archive as a table": ("a.csv", lambda: docx(TEXT.format("a" * 10_000)), "undecodable"),
    "text as a workbook": ("a.xlsx", lambda: b"Only words. " * 1000, "wrong_content"),
    "document as a deck": ("a.pptx", lambda: docx(TEXT.format("a")), "wrong_content"),
    "JSON at the size limit": ("a.json", lambda: to_the_limit(b'"word",', b"[", b'"end"]'), "too_complex"),
    "XML at the size limit": ("a.xlf", lambda: to_the_limit(b"<g/>", b"<xliff>", b"</xliff>"), "too_complex"),
}

WORD = "a" * 80_000
#: A file with a word of 80,000 letters in it, of each format of text and one of an office.
WORDS: dict[str, bytes] = {
    "a.txt": WORD.encode(),
    "a.html": f"<p>{WORD}</p>".encode(),
    "a.md": f"# {WORD}\n".encode(),
    "a.json": f'{{"a": "{WORD} b"}}'.encode(),
    "a.csv": f"a,b\n1,{WORD} b\n".encode(),
    "a.tsv": f"a\tb\n1\t{WORD} b\n".encode(),
    "a.srt": f"1\n00:00:01,000 --> 00:00:02,000\n{WORD}\n".encode(),
    "a.vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{WORD}\n".encode(),
    "a.po": f'msgid "{WORD}"\nmsgstr ""\n'.encode(),
    "a.xlf": UNIT.format(WORD).encode(),
    "a.docx": docx(TEXT.format(WORD)),
}

Ask = Callable[[str, bytes], bytes]


@pytest.fixture(scope="module")
def written_again() -> Iterator[Ask]:
    """What a file becomes that is read, and written with no word changed, in one process for all of them."""
    with asyncio.Runner() as runner:
        pool = Pool(1, LIMITS)

        async def ask(original: Original) -> bytes:
            return await pool.rendered(original, await pool.segments(original))

        def of(name: str, data: bytes) -> bytes:
            form = format_of(name)
            assert form is not None
            return runner.run(ask(Original(form, data, "en", {})))

        yield of
        runner.run(pool.close())


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_words(kind: str, written_again: Ask) -> None:
    name, made, code = HOSTILE[kind]
    with pytest.raises(PermanentFault) as fault:
        written_again(name, made())
    assert fault.value.code == code
    assert str(fault.value)


@pytest.mark.parametrize("name", WORDS)
def test_a_word_of_80000_letters_is_a_word(name: str, written_again: Ask) -> None:
    assert written_again(name, WORDS[name]) == WORDS[name]
