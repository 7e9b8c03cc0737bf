"""Hostile archives, whatever office format their names promise."""

import random
import struct
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import FORMATS
from libs.translation.documents.document import DocumentFormat
from libs.translation.errors import PermanentFault
from tests.unit.translation.office_files import docx, zipped

OFFICE = [form for form in FORMATS if form.name in {"docx", "pptx", "xlsx", "odt"}]
DOCX = next(form for form in OFFICE if form.name == "docx")


def code_of(data: bytes, form: DocumentFormat = DOCX) -> str:
    with pytest.raises(PermanentFault) as fault:
        form.parse(data, "en")
    return fault.value.code


@pytest.mark.parametrize("form", OFFICE, ids=lambda form: form.name)
def test_what_is_another_kind_of_file_is_refused_by_name(form: DocumentFormat) -> None:
    assert code_of(b"Just a text", form) == "wrong_content"
    assert code_of(b"", form) == "wrong_content"
    assert code_of(zipped({"a.txt": "b"}), form) == "wrong_content"
    assert code_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), form) == "encrypted"


def test_encrypted_entries_are_told() -> None:
    data = bytearray(docx("<w:p/>"))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    assert code_of(bytes(data)) == "encrypted"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert code_of(docx("<w:p/>", bomb=" " * 100_000_000)) == "too_large_unpacked"
    assert code_of(zipped({str(number): "" for number in range(10_001)})) == "too_large_unpacked"


def test_an_entry_with_more_in_it_than_it_says_is_refused() -> None:
    data = docx(f"<w:p/>{' ' * 1_000_000}")
    real = struct.pack("<I", zipfile.ZipFile(BytesIO(data)).getinfo("word/document.xml").file_size)
    assert code_of(data.replace(real, struct.pack("<I", 100))) == "malformed"


def test_entities_and_absurd_depth_are_refused() -> None:
    deep = "<w:sdt>" * 300 + "</w:sdt>" * 300
    assert code_of(docx(deep)) == "too_deep"
    bomb = '<!DOCTYPE d [<!ENTITY a "b">]><w:document xmlns:w="w">&a;</w:document>'
    assert code_of(zipped({"word/document.xml": bomb})) == "xml_entities"


def test_packing_that_no_office_program_uses_and_doubled_names_are_refused() -> None:
    assert code_of(zipped({"word/document.xml": "<a/>"}, zipfile.ZIP_LZMA)) == "malformed"
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("word/document.xml", "<b/>")
    assert code_of(file.getvalue()) == "malformed"


@given(st.randoms(use_true_random=False), st.integers(0, 2000), st.integers(1, 8))
def test_broken_files_are_returned_or_refused(chance: random.Random, cut: int, changes: int) -> None:
    data = bytearray(docx("<w:p><w:r><w:t>One</w:t></w:r></w:p>"))
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)
    broken = bytes(data[: max(1, len(data) - cut)]) if cut % 2 else bytes(data)
    try:
        document = DOCX.parse(broken, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == broken


def test_more_markup_than_anybody_writes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.translation.documents.trees.coded.MOST_MARKS", 10)
    monkeypatch.setattr("libs.translation.documents.trees.document.MOST_FLOWS", 10)
    assert code_of(docx(f"<w:p><w:r>{'<w:tab/>' * 11}<w:t>a</w:t></w:r></w:p>")) == "too_much_markup"
    assert code_of(docx("<w:p/>" * 11)) == "too_much_markup"
