"""Files whose name says nothing are told by their first bytes; what is no document for sure is left alone."""

import io
import json
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pptx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from odfdo import Document as OdfDocument

from libs.translation.documents import FORMATS, HEAD_BYTES, KNOWN_BY, content_of, foreign_kind, format_of

WORDS = "The white house is big, and the garden behind it is quiet.\n"


def told(data: bytes) -> str | None:
    """The name of the format that a file is taken for."""
    form = content_of(data[:HEAD_BYTES]).form
    return None if form is None else form.name


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    def save(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", method) as archive:
            for name in names:
                archive.writestr(name, name)

    return saved(save)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (WORDS * 300, "txt"),
        ("Ты знаешь край? " * 20, "txt"),
        ("นี่คือข้อความสั้นๆเกี่ยวกับบ้าน\n", "txt"),
        ("[1] A note.\n[2] Another note of the same kind.\n", "txt"),
        ("MZ is how some programs begin, and some sentences: not this one, é.\n", "txt"),
        ("<3 is what she wrote below her letter, and nothing else.\n", "txt"),
        ("# Errands\n\nBuy bread, milk and a newspaper for the neighbour.\n", "txt"),
        ("# Title\n\nA [page](https://example.org) of the handbook.\n", "markdown"),
        ("# Title\r\n\r\nRun this:\r\n\r\n```\r\nmake\r\n```\r\n", "markdown"),
        ("<!DOCTYPE html>\n<title>House</title>", "html"),
        ("\ufeff<!-- a note --><HTML lang=en>", "html"),
        ('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "html"),
        ("<p>A piece of a page.</p>", "html"),
        ('<?xml version="1.0"?><!-- x --><xliff version="1.2">', "xliff"),
        ('<x:xliff xmlns:x="urn:oasis:names:tc:xliff:document:2.0" version="2.0">', "xliff"),
        (json.dumps({"title": WORDS}), "json"),
        (json.dumps([{"title": "A house", "rooms": 7}] * 1000), "json"),
        (json.dumps({"title": WORDS * 1000}), "json"),
        ("1\r\n00:00:01,000 --> 00:00:02,500\r\nHello.\r\n", "srt"),
        ("00:00:01,000 --> 00:00:02,500\nHello.\n", "srt"),
        ("WEBVTT - a film\n\n00:01.000 --> 00:02.000\nHello.\n", "vtt"),
        ('# German\n#\n\nmsgid ""\nmsgstr ""\n', "po"),
        ('#: src/main.c:12\nmsgctxt "menu"\nmsgid "Open"\n', "po"),
    ],
)
def test_a_text_is_told_by_how_it_begins(text: str, form: str) -> None:
    assert told(text.encode()) == form


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "latin-1", "cp1252"])
def test_a_text_may_be_in_any_encoding_that_its_format_reads(codec: str) -> None:
    assert told(("Él está allá, detrás de la casa.\n" * 400).encode(codec)) == "txt"


def test_a_character_that_is_cut_at_the_end_of_the_head_is_no_fault() -> None:
    for shift in range(3):
        assert told(b"x" * shift + ("家" * HEAD_BYTES).encode()) == "txt"


def test_a_text_with_a_damaged_byte_is_a_text_and_not_passed_over() -> None:
    assert told("Él está allá, detrás de la casa.\n".encode() * 9 + b"\xff\n") == "txt"


@pytest.mark.parametrize("chance", range(0, 400, 7))
def test_json_is_json_wherever_the_head_cuts_it(chance: int) -> None:
    item = {"name": 'caf\u00e9 "x" \U0001f600', "done": False, "none": None, "size": -1.5e-7, "in": [[], {}]}
    text = json.dumps({"lead": "x" * chance, "items": [item] * 100})
    assert told(text.encode()) == "json"


def test_office_documents_are_told_by_the_names_of_their_parts() -> None:
    assert told(saved(docx.Document().save)) == "docx"
    assert told(saved(pptx.Presentation().save)) == "pptx"
    assert told(saved(openpyxl.Workbook().save)) == "xlsx"
    assert told(saved(OdfDocument("text").save)) == "odt"
    assert told(saved(OdfDocument("presentation").save)) == "odt"
    assert told(saved(OdfDocument("spreadsheet").save)) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"\x00" * 100, "binary data"),
        (bytes(range(256)) * 8, "binary data"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "an image (PNG)"),
        (b"%PDF-1.7\n%text that follows", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "encrypted or of before 2007"),
        (b"MZ\x90\x00\x03" + bytes(50), "a program (Windows)"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(50), "MP4"),
        (zipped("readme.txt", "word/notes.txt"), "an archive (zip)"),
        (zipped("mimetype", method=zipfile.ZIP_STORED), "an archive (zip)"),
        (b"PK\x03\x04", "an archive (zip)"),
        (b"#!/bin/sh\necho words and words\n", "a program"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "a key or certificate"),
        (b"{\\rtf1\\ansi Words and words.}", "rich text"),
        (b"<?xml version='1.0'?><rss version='2.0'>", "XML (rss)"),
        (b"<!DOCTYPE svg PUBLIC 'x' 'y'><svg>", "XML (svg)"),
        (b"<?xml", "XML"),
        (b'{"a": 1}\n{"a": 2}\n', "lines of JSON"),
        (b"[" * HEAD_BYTES, "nested too deep"),
        (b"1;2;3\n" * 50, "text with few words"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "binary data"),
    ],
)
def test_what_is_no_document_is_named(data: bytes, said: str) -> None:
    content = content_of(data[:HEAD_BYTES])
    assert content.form is None
    assert said in content.what


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"{", b"<", b"\xff\xfe", b"WEBVTT", b"#"])
)
@example(b"9" * 5000, b"[")
@example(b"<!--" * 2000, b"")
@example(b"# \n" * 2700, b"")
@example(b"[x](" * 2000, b"# a\n\n")
def test_no_content_is_too_odd(data: bytes, begin: bytes) -> None:
    content = content_of((begin + data)[:HEAD_BYTES])
    assert content.what
    assert content.form is None or content.form in FORMATS


def test_every_format_says_what_it_is_known_by_or_is_known_by_its_extension_alone() -> None:
    assert {form.name for form in FORMATS} - KNOWN_BY.keys() == {"csv", "tsv"}
    assert KNOWN_BY.keys() <= {form.name for form in FORMATS}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a/b.PNG", "an image (.png)"),
        ("old.doc", "an Office document of before 2007 (.doc)"),
        ("src/main.py", "source code (.py)"),
        ("Makefile", "source code (Makefile)"),
        (".git/HEAD", "a hidden file"),
        (".env", "a hidden file"),
        ("README", None),
        ("minutes 2026.03.12", None),
        ("report.final", None),
        ("data.xml", None),
    ],
)
def test_a_name_tells_what_is_never_looked_into(name: str, kind: str | None) -> None:
    assert format_of(name) is None
    assert foreign_kind(name) == kind


def test_no_extension_is_both_a_format_s_and_foreign() -> None:
    known = [extension for form in FORMATS for extension in form.extensions]
    assert [extension for extension in known if foreign_kind(f"a{extension}")] == []
