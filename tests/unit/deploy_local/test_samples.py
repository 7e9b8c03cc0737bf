from io import BytesIO
from pathlib import PurePath

import docx
import odfdo
import openpyxl
import pptx

from deploy.local.places import SAMPLES
from deploy.local.samples import ENCODED, HANDBOOK, NOT_A_TEXT, OFFICE, documents, generated
from libs.translation.documents import FORMATS, content_of, format_of


def test_generating_the_samples_again_changes_no_byte() -> None:
    for name, content in generated(SAMPLES).items():
        assert (SAMPLES / name).read_bytes() == content, f"samples/{name}: run make samples"


def test_the_samples_are_as_odd_as_they_are_meant_to_be() -> None:
    contents = documents()
    known = {form.name for name in contents if (form := format_of(name))}
    assert known == {form.name for form in FORMATS} - {"tsv"}
    (nameless,) = [name for name in contents if format_of(name) is None]
    assert (PurePath(nameless).suffix, content_of(contents[nameless]).form) == ("", FORMATS[0])
    assert sum(content == b"" for content in contents.values()) == 1
    assert 190_000 < len(contents[HANDBOOK]) < 210_000
    assert b"\0" in contents[NOT_A_TEXT]
    assert any(b"\r\n" in content for content in contents.values())
    starts = {name: contents[name][:2] for name in ENCODED}
    assert starts["museum/welcome.txt"] == b"\xff\xfe"
    assert starts["notes/errands.txt"] == b"\xef\xbb"
    assert "£640".encode("latin-1") in contents["letters/the-stolen-bicycle.txt"]


def test_the_office_samples_are_read_by_other_programs() -> None:
    letter, tour, slides, prices = (BytesIO((SAMPLES / name).read_bytes()) for name in OFFICE)
    assert "permission" in odfdo.Document(letter).get_formatted_text()
    assert docx.Document(tour).paragraphs[0].text == "A walk through the house"
    assert len(pptx.Presentation(slides).slides) == 2
    assert openpyxl.load_workbook(prices)["Prices"]["C4"].value == "=SUM(C2:C3)"


def test_no_chapter_of_the_handbook_comes_twice() -> None:
    handbook = (SAMPLES / HANDBOOK).read_text("utf-8")
    headings = [line for line in handbook.splitlines() if line.startswith("CHAPTER ")]
    places = [heading.partition(": ")[2] for heading in headings]
    assert len(set(places)) == len(places) > 60
