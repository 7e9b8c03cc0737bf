from collections.abc import Callable
from io import BytesIO
from typing import Any

import pptx as python_pptx
from hypothesis import given
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from libs.translation.documents import format_of
from libs.translation.documents.office.pptx import PptxFormat
from libs.translation.segments import Segment
from tests.unit.translation.office_files import A, elements, part, unzipped, words, zipped
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered, texts_of

FORM = PptxFormat()
NAME = "ppt/slides/slide1.xml"


def slide(paragraphs: str) -> str:
    return f'<p:sld xmlns:p="p" xmlns:a="{A}"><p:txBody>{paragraphs}</p:txBody></p:sld>'


def presentation(paragraphs: str) -> bytes:
    return zipped({"ppt/presentation.xml": "<p/>", NAME: slide(paragraphs), "ppt/media/a.png": b"\x89PNG"})


def run(text: str, properties: str = "<a:rPr lang='en' dirty='0'/>") -> str:
    return f"<a:r>{properties}<a:t>{text}</a:t></a:r>"


RUNS = st.builds(
    run,
    st.sampled_from(["A word", " two", " ", "{x} ", "é", "", "1"]),
    st.sampled_from(["", "<a:rPr lang='en'/>", "<a:rPr b='1'/>", "<a:rPr i='1'><a:hlinkClick/></a:rPr>"]),
)
STONES = st.sampled_from(["<a:br/>", "<a:fld id='1'><a:t>7</a:t></a:fld>", "<a:m/>"])
PARAGRAPHS = st.lists(st.lists(RUNS | STONES, max_size=6).map("".join), max_size=4).map(
    lambda paragraphs: "".join(f"<a:p><a:pPr/>{runs}<a:endParaRPr/></a:p>" for runs in paragraphs)
)


@given(PARAGRAPHS, st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_element_that_is_no_run(
    paragraphs: str, how: Callable[[Segment], Segment]
) -> None:
    data = presentation(paragraphs)
    new = rendered(FORM.parse(data, "en"), how)
    fluid = ("r", "t", "rPr", "hlinkClick")
    assert elements(new, NAME, *fluid) == elements(data, NAME, *fluid)
    assert "".join(words(new, NAME)).lower().count("word") == "".join(words(data, NAME)).count("word")
    assert unzipped(new)["ppt/media/a.png"] == unzipped(data)["ppt/media/a.png"]


def test_formats_go_with_their_words_and_the_end_stays_at_the_end() -> None:
    red = "<a:rPr lang='en' b='1'/>"
    data = presentation(
        f"<a:p>{run('The ')}{run('white', red)}{run(' house')}<a:br/>{run('is')}<a:endParaRPr/></a:p>"
    )
    assert texts_of(FORM.parse(data, "en")) == ["The white houseis"]
    new = part(rendered(FORM.parse(data, "en"), upper), NAME)
    assert (
        '<a:p><a:r><a:t>THE </a:t></a:r><a:r><a:rPr b="1"/><a:t>WHITE</a:t></a:r><a:r><a:t> HOUSE</a:t></a:r>'
        "<a:br/><a:r><a:t>IS</a:t></a:r><a:endParaRPr/></a:p>"
    ) in new


def test_another_program_reads_slides_tables_and_notes() -> None:
    """By python-pptx, which is not ours."""
    made = python_pptx.Presentation()
    page = made.slides.add_slide(made.slide_layouts[5])
    page.shapes.title.text = "A title"
    table = page.shapes.add_table(1, 2, 0, 0, 9, 9).table
    table.cell(0, 1).text = "A cell"
    page.notes_slide.notes_text_frame.text = "A note"
    file = BytesIO()
    made.save(file)
    new = rendered(FORM.parse(file.getvalue(), "en"), upper)
    (read,) = python_pptx.Presentation(BytesIO(new)).slides
    assert read.shapes.title.text == "A TITLE"
    assert read.shapes[1].table.cell(0, 1).text == "A CELL"
    assert read.notes_slide.notes_text_frame.text == "A NOTE"
    assert list(unzipped(new)) == list(unzipped(file.getvalue()))


def test_names_in_charts_are_translated_and_numbers_and_the_table_behind_stay() -> None:
    """Each name once, wherever it stands; read by python-pptx."""
    made = python_pptx.Presentation()
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]  # the library has no types here
    for name in ("North", "2019", "Sales"):
        data.add_category(name)
    data.add_series("Sales", (1.5, 2, 3))
    data.add_series("Costs", (4, 5, 6))
    made.slides.add_slide(made.slide_layouts[6]).shapes.add_chart(XL_CHART_TYPE.LINE, 0, 0, 99, 99, data)
    file = BytesIO()
    made.save(file)
    document = FORM.parse(file.getvalue(), "en")
    assert texts_of(document) == ["Sales", "North", "Costs"]
    new = rendered(document, upper)
    chart = python_pptx.Presentation(BytesIO(new)).slides[0].shapes[0].chart
    assert list(chart.plots[0].categories) == ["NORTH", "2019", "SALES"]
    assert [(s.name, list(s.values)) for s in chart.series] == [
        ("SALES", [1.5, 2, 3]),
        ("COSTS", [4, 5, 6]),
    ]
    before, after = unzipped(file.getvalue()), unzipped(new)
    assert [name for name in before if before[name] != after[name]] == ["ppt/charts/chart1.xml"]
    assert after["ppt/charts/chart1.xml"].count(b"<c:f>Sheet1!$A$2:$A$4</c:f>") == 2


def test_names_of_presentations() -> None:
    assert isinstance(format_of("a.PPTX"), PptxFormat)
