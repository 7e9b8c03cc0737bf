from collections.abc import Callable
from io import BytesIO

import docx as python_docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import content_of, format_of
from libs.translation.documents.office.docx import DocxFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment
from tests.unit.translation.office_files import docx, elements, part, unzipped, zipped
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered, texts_of

FORM = DocxFormat()
NAME = "word/document.xml"


def run(text: str, properties: str = "") -> str:
    format_ = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r w:rsidR="00A1">{format_}<w:t xml:space="preserve">{text}</w:t></w:r>'


def texts(body: str) -> list[str]:
    return texts_of(FORM.parse(docx(body), "en"))


def reworded(body: str, how: Callable[[Segment], Segment]) -> str:
    new = part(rendered(FORM.parse(docx(body), "en"), how), NAME)
    return new.partition("<w:body>")[2].partition("</w:body>")[0].replace(' xml:space="preserve"', "")


FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{}</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
TEXT = st.sampled_from(["A word", " two", " ", "{x} ", "é", "", "1"])
RUNS = st.builds(run, TEXT, st.sampled_from(["", "<w:b/>", "<w:i/>", '<w:lang w:val="en"/>']))
STONES = st.sampled_from(
    ["<w:r><w:tab/></w:r>", '<w:bookmarkStart w:id="1"/>', '<w:r><w:footnoteReference w:id="2"/></w:r>',
     "<w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r>", "<w:proofErr/>", "<w:ins/>",
     *(f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))]
)  # fmt: skip


def inside(content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(content, max_size=4).map("".join)
    return (
        some
        | some.map(lambda runs: f'<w:hyperlink r:id="r1">{runs}</w:hyperlink>')
        | some.map(
            lambda runs: f"<w:sdt><w:sdtPr><w:id/></w:sdtPr><w:sdtContent>{runs}</w:sdtContent></w:sdt>"
        )
        | st.builds(FIELD.format, st.sampled_from(["HYPERLINK x", "PAGE"]), some)
        | some.map(
            lambda runs: f"<w:r><w:pict><w:txbxContent><w:p>{runs}</w:p></w:txbxContent></w:pict></w:r>"
        )
    )


PARAGRAPHS = st.lists(st.recursive(RUNS | STONES, inside, max_leaves=10), max_size=4).map(
    lambda runs: "".join(f"<w:p><w:pPr><w:jc/></w:pPr>{one}</w:p>" for one in runs)
)


@given(PARAGRAPHS, st.sampled_from([upper, backwards]))
def test_other_words_leave_every_element_that_is_no_run(body: str, how: Callable[[Segment], Segment]) -> None:
    data = docx(body)
    try:
        new = rendered(FORM.parse(data, "en"), how)
    except PermanentFault as fault:
        assert (fault.code, how) == ("shape_changed", backwards)  # noqa: PT017 - two text boxes changed places
        return
    fluid = ("r", "t", "rPr", "b", "i", "lang", "proofErr")
    assert elements(new, NAME, *fluid) == elements(data, NAME, *fluid)
    assert [unzipped(new)[name] for name in unzipped(data) if name != NAME] == [
        content for name, content in unzipped(data).items() if name != NAME
    ]


def test_runs_of_one_format_are_one_text_and_other_formats_go_with_their_words() -> None:
    bold = run("wh", "<w:b/>") + run("ite", "<w:b/><w:lang/>")
    house = run(" house", "<w:noProof/>")
    body = f"<w:p><w:pPr><w:b/></w:pPr>{run('The ')}<w:proofErr/>{bold}{house}</w:p>"
    assert texts(body) == ["The white house"]
    assert reworded(body, backwards) == (
        "<w:p><w:pPr><w:b/></w:pPr><w:r><w:t>house </w:t></w:r>"
        "<w:r><w:rPr><w:b/></w:rPr><w:t>white</w:t></w:r>"
        "<w:r><w:t> The</w:t></w:r></w:p>"
    )


def test_links_notes_tabs_and_pictures_are_kept() -> None:
    body = (
        f"<w:p>{run('See ')}<w:hyperlink r:id='r1'>{run('the list')}</w:hyperlink>{run(' now')}"
        "<w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:tab/><w:t>Next</w:t><w:drawing/></w:r></w:p>"
    )
    assert texts(body) == ["See the list nowNext"]
    assert reworded(body, upper) == (
        '<w:p><w:r><w:t>SEE </w:t></w:r><w:hyperlink r:id="r1"><w:r><w:t>THE LIST</w:t></w:r></w:hyperlink>'
        '<w:r><w:t> NOW</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:tab/></w:r>'
        "<w:r><w:t>NEXT</w:t></w:r><w:r><w:drawing/></w:r></w:p>"
    )


def test_fields_are_kept_and_the_text_of_a_link_is_translated() -> None:
    page, link = FIELD.format("PAGE", run("7")), FIELD.format("HYPERLINK x", run("this site"))
    body = f"<w:p>{run('Page ')}{page}{run(' of ')}{link}{run('.')}</w:p>"
    assert texts(body) == ["Page  of this site."]
    new = reworded(body, upper)
    assert FIELD.format("PAGE", "<w:r><w:t>7</w:t></w:r>") in new
    assert FIELD.format("HYPERLINK x", "<w:r><w:t>THIS SITE</w:t></w:r>") in new


def test_a_field_that_goes_on_in_other_paragraphs_keeps_its_code_in_order() -> None:
    begin, _, end = FIELD.format("TOC", "|").partition("|")
    body = (
        f"<w:p>{begin}{run('One')}<w:r><w:tab/></w:r>{run('1')}</w:p><w:p>{run('Two')}</w:p><w:p>{end}</w:p>"
    )
    assert texts(body) == ["One1", "Two"]
    assert reworded(body, upper).startswith(f"<w:p>{begin}<w:r><w:t>ONE</w:t></w:r><w:r><w:tab/></w:r>")


def test_text_boxes_content_controls_and_descriptions_are_translated() -> None:
    content = f"<w:txbxContent><w:p>{run('Inside')}</w:p></w:txbxContent>"
    box = f"<w:r><w:pict><w:docPr descr='A red house'/>{content}</w:pict></w:r>"
    control = f"<w:sdt><w:sdtPr><w:id/></w:sdtPr><w:sdtContent>{run('control')}</w:sdtContent></w:sdt>"
    body = f"<w:p>{run('Before ')}{box}{run(' after ')}{control}</w:p>"
    assert texts(body) == ["Before  after control", "Inside", "A red house"]
    new = reworded(body, upper)
    assert '<w:docPr descr="A RED HOUSE"/><w:txbxContent><w:p><w:r><w:t>INSIDE</w:t></w:r></w:p>' in new
    assert "<w:sdtContent><w:r><w:t>CONTROL</w:t></w:r></w:sdtContent></w:sdt>" in new


def test_notes_headers_and_comments_are_translated_and_entries_stay_in_order() -> None:
    notes = docx(f"<w:p>{run('A note')}</w:p>")
    names = ("header1", "footer2", "footnotes", "comments", "styles")
    others = {f"word/{name}.xml": part(notes, NAME) for name in names}
    data = docx(f"<w:p>{run('Text')}</w:p>", **others)
    document = FORM.parse(data, "en")
    assert texts_of(document) == ["Text", "A note", "A note", "A note", "A note"]
    assert list(unzipped(rendered(document, upper))) == list(unzipped(data))


MAIN = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{}"/>'
    "</Relationships>"
)


def renamed(target: str, name: str = "word/document2.xml") -> bytes:
    """A document whose main part has a name of its own, as its relations tell."""
    parts = unzipped(docx(f"<w:p>{run('Text')}</w:p>"))
    main = parts.pop(NAME)
    return zipped({"_rels/.rels": MAIN.format(target), **parts, name: main, "word/footnotes2.xml": main})


@pytest.mark.parametrize("target", ["word/document2.xml", "/word/document2.xml", "./word/x/../document2.xml"])
def test_the_main_part_is_the_one_that_the_archive_tells(target: str) -> None:
    """As Word Online and SharePoint name it."""
    document = FORM.parse(renamed(target), "en")
    assert texts_of(document) == ["Text", "Text"]
    assert ">TEXT</w:t>" in part(rendered(document, upper), "word/document2.xml")
    assert content_of(renamed(target)).form is format_of("a.docx")


@pytest.mark.parametrize(
    ("relations", "code"),
    [
        (MAIN.format("word/none.xml"), "wrong_content"),
        (MAIN.format("../../etc/passwd"), "wrong_content"),
        (MAIN.format("xl/document2.xml"), "wrong_content"),
        ("<Relationships>", "malformed"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "xml_entities"),
        (f"<r>{' ' * 1_100_000}</r>", "too_large_unpacked"),
    ],
)
def test_relations_that_lead_nowhere_or_are_hostile_are_refused(relations: str, code: str) -> None:
    with pytest.raises(PermanentFault) as fault:
        FORM.parse(zipped({"_rels/.rels": relations, "xl/document2.xml": "<a/>"}), "en")
    assert fault.value.code == code


def test_names_in_charts_are_translated_where_they_are_words() -> None:
    chart = (
        '<?xml version="1.0"?><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:tx><c:v>Costs</c:v></c:tx>'
        "<c:lvl><c:pt><c:v>North</c:v></c:pt><c:pt><c:v>2019</c:v></c:pt></c:lvl>"
        "<c:strLit><c:pt><c:v>Costs</c:v></c:pt></c:strLit>"
        "<c:numCache><c:pt><c:v>Costs</c:v></c:pt></c:numCache><c:f>Costs</c:f></c:chart>"
    )
    document = FORM.parse(docx("", **{"word/charts/chart1.xml": chart}), "en")
    assert texts_of(document) == ["Costs", "North"]
    words, numbers = part(rendered(document, upper), "word/charts/chart1.xml").split("<c:numCache>")
    assert words == chart.partition("<c:numCache>")[0].replace("Costs", "COSTS").replace("North", "NORTH")
    assert numbers == chart.partition("<c:numCache>")[2]


def test_word_reads_what_was_written() -> None:
    """By python-docx, which is not ours."""
    file = BytesIO()
    made = python_docx.Document()
    made.add_heading("A heading", 1)
    paragraph = made.add_paragraph("Some ")
    paragraph.add_run("bold").bold = True
    paragraph.add_run(" text")
    made.add_table(1, 2).cell(0, 1).text = "A cell"
    made.save(file)
    read = python_docx.Document(BytesIO(rendered(FORM.parse(file.getvalue(), "en"), upper)))
    assert [p.text for p in read.paragraphs] == ["A HEADING", "SOME BOLD TEXT"]
    assert [(r.text, r.bold) for r in read.paragraphs[1].runs] == [
        ("SOME ", None),
        ("BOLD", True),
        (" TEXT", None),
    ]
    assert read.tables[0].cell(0, 1).text == "A CELL"


def test_a_split_link_is_two_links() -> None:
    body = f"<w:p>{run('A ')}<w:hyperlink r:id='r1'>{run('big house')}</w:hyperlink>{run(' it is')}</w:p>"
    assert reworded(body, split).count('<w:hyperlink r:id="r1">') == 2


BOLD = "</w:r><w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t></w:r><w:r>"


@pytest.mark.parametrize("unit", ["a", "<w:t>a</w:t><w:tab/>", BOLD])
def test_time_grows_with_size_alone(unit: str) -> None:
    def work(text: str) -> object:
        content = text if text.startswith("<") else f"<w:t>{text}</w:t>"
        return rendered(FORM.parse(docx(f"<w:p><w:r>{content}<w:t>end</w:t></w:r></w:p>"), "en"), upper)

    assert_linear(work, unit, 5_000)
