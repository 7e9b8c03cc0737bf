from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from libs.translation.documents import format_of
from libs.translation.documents.office.xlsx import XlsxFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain
from tests.unit.translation.office_files import elements, part, unzipped, zipped
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered, texts_of

FORM = XlsxFormat()
X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED = "xl/sharedStrings.xml"


def workbook(strings: str, sheet: str = "") -> bytes:
    return zipped(
        {
            "xl/workbook.xml": f'<workbook xmlns="{X}"/>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{X}"><sheetData>{sheet}</sheetData></worksheet>',
            SHARED: f'<sst xmlns="{X}" count="1" uniqueCount="1">{strings}</sst>',
        }
    )


TEXTS = st.sampled_from(["A word", " two", " ", "{x} ", "é", "", "1", "a\nb", "A-1"]).map(
    lambda text: f"<t>{text}</t>"
)
RICH = st.lists(
    st.builds(
        "<r>{}{}</r>".format, st.sampled_from(["", "<rPr><b/></rPr>", '<rPr><sz val="8"/></rPr>']), TEXTS
    ),
    min_size=1,
    max_size=4,
).map("".join)
STRINGS = st.lists(
    st.builds(
        "<si>{}{}</si>".format,
        TEXTS | RICH,
        st.sampled_from(["", "<rPh><t>x</t></rPh><phoneticPr/>"]),
    ),
    max_size=5,
).map("".join)


@given(STRINGS, st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_string_in_its_place(strings: str, how: Callable[[Segment], Segment]) -> None:
    data = workbook(strings)
    new = rendered(FORM.parse(data, "en"), how)
    assert elements(new, SHARED)["si"] == elements(data, SHARED)["si"]
    assert len(part(new, SHARED).split("</si>")) == len(part(data, SHARED).split("</si>"))


def saved(book: openpyxl.Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def loaded(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(data))


def with_table(*, formula: str = "=B2*2") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Name", "Price", "Total"], ["White house", 12.5, formula], ["A-1", True, None]):
        sheet.append(row)
    sheet.add_table(Table(displayName="Sales", ref="A1:C3"))
    sheet["A2"].comment = Comment("Look here", "Me")
    return saved(book)


def test_cells_and_comments_are_translated_numbers_codes_and_formulas_kept() -> None:
    data = with_table()
    document = FORM.parse(data, "en")
    assert sorted(texts_of(document)) == ["Look here", "Name", "Price", "Total", "White house"]
    sheet = loaded(rendered(document, upper)).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["NAME", "PRICE", "TOTAL"],
        ["WHITE HOUSE", 12.5, "=B2*2"],
        ["A-1", True, None],
    ]
    assert sheet["A2"].comment.text == "LOOK HERE"


def test_the_columns_of_a_table_are_named_as_their_headers() -> None:
    data = with_table()
    new = rendered(FORM.parse(data, "en"), upper)
    sheet = loaded(new).active
    assert sheet is not None
    assert [column.name for column in sheet.tables["Sales"].tableColumns] == ["NAME", "PRICE", "TOTAL"]
    assert list(unzipped(new)) == list(unzipped(data))


def test_columns_that_a_formula_names_keep_their_names() -> None:
    document = FORM.parse(with_table(formula="=SUM(Sales[Price])"), "en")
    assert sorted(texts_of(document)) == ["Look here", "White house"]
    sheet = loaded(rendered(document, upper)).active
    assert sheet is not None
    assert sheet["B1"].value == sheet.tables["Sales"].tableColumns[1].name == "Price"


def test_two_columns_of_one_name_are_refused() -> None:
    document = FORM.parse(with_table(), "en")
    with pytest.raises(PermanentFault, match="two columns") as fault:
        document.render([plain("Same")] * len(document.segments))
    assert fault.value.code == "shape_changed"


def test_formats_inside_a_cell_go_with_their_words_and_pronunciation_goes() -> None:
    rich = '<si><r><t xml:space="preserve">{} </t></r><r><rPr><b/></rPr><t>{}</t></r></si>'
    data = workbook(rich.format("The", "house") + "<si><t>Word</t><rPh sb='0' eb='1'><t>x</t></rPh></si>")
    assert texts_of(FORM.parse(data, "en")) == ["The house", "Word"]
    new = part(rendered(FORM.parse(data, "en"), upper), SHARED)
    assert rich.format("THE", "HOUSE") + '<si><t xml:space="preserve">WORD</t></si>' in new


def test_texts_that_are_in_their_cells_are_translated() -> None:
    inline = '<c r="A1" t="inlineStr"><is><t>One</t></is></c>'
    result = '<c r="B1" t="str"><f>A1</f><v>One</v></c>'
    data = workbook("", f'<row r="1">{inline}{result}</row>')
    new = part(rendered(FORM.parse(data, "en"), upper), "xl/worksheets/sheet1.xml")
    assert "ONE</t></is></c>" in new
    assert result in new


def test_names_of_workbooks() -> None:
    assert isinstance(format_of("a.XLSX"), XlsxFormat)
