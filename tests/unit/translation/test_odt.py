from collections.abc import Callable
from io import BytesIO

import odfdo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import format_of
from libs.translation.documents.office.odt import OdtFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment
from tests.unit.translation.office_files import elements, part, unzipped, words, zipped
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered, texts_of

FORM = OdtFormat()
NAME = "content.xml"
NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "text": "text",
        "draw": "drawing",
        "office": "office",
        "svg": "svg-compatible",
    }.items()
)


def odt(body: str, **others: str) -> bytes:
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n<office:text {NAMES}>{body}</office:text>'
    parts: dict[str, str | bytes] = {"mimetype": "application/vnd.oasis.opendocument.text", NAME: content}
    return zipped({**parts, **others})


def texts(body: str) -> list[str]:
    return texts_of(FORM.parse(odt(body), "en"))


def reworded(body: str, how: Callable[[Segment], Segment]) -> str:
    new = part(rendered(FORM.parse(odt(body), "en"), how), NAME)
    return new.partition('1.0">')[2].removesuffix("</office:text>")


TEXT = st.sampled_from(["A word", " two ", " ", "{x}", "é", "&lt;b&gt;", "1"])
STONES = st.sampled_from(
    ["<text:s/>", "<text:tab/>", "<text:line-break/>", "<text:page-number>7</text:page-number>",
     '<text:bookmark-start text:name="b"/>', "<!-- c -->"]
)  # fmt: skip


def inside(content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(content, max_size=4).map("".join)
    return (
        some.map(lambda text: f'<text:span text:style-name="T1">{text}</text:span>')
        | some.map(lambda text: f'<text:a text:id="i">{text}</text:a>')
        | some.map(
            lambda text: f"<text:note><text:note-body><text:p>{text}</text:p></text:note-body></text:note>"
        )
    )


PARAGRAPHS = st.lists(
    st.lists(st.recursive(TEXT | STONES, inside, max_leaves=8), max_size=4), max_size=4
).map(lambda paragraphs: "".join(f"<text:p>{''.join(one)}</text:p>" for one in paragraphs))


@given(PARAGRAPHS, st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_element(body: str, how: Callable[[Segment], Segment]) -> None:
    data = odt(body)
    try:
        new = rendered(FORM.parse(data, "en"), how)
    except PermanentFault as fault:
        assert (fault.code, how) == ("shape_changed", backwards)  # noqa: PT017 - two notes changed places
        return
    assert elements(new, NAME, "span", "a") == elements(data, NAME, "span", "a")
    assert sorted("".join(words(new, NAME)).lower()) == sorted("".join(words(data, NAME)).lower())


def test_spans_links_notes_and_fields_stay_with_their_words() -> None:
    note = "<text:note><text:note-body><text:p>A note</text:p></text:note-body></text:note>"
    body = (
        f'<text:h>The <text:span text:style-name="T1">white</text:span> house{note} of</text:h>'
        '<text:p>Page <text:page-number>7</text:page-number><text:s/><text:a text:id="i">and more</text:a> of'
        ' <text:span text:style-name="Source_20_Text">make it</text:span> all</text:p>'
    )
    assert texts(body) == ["The white house of", "A note", "Page and more of  all"]
    new = reworded(body, upper)
    assert new == body.replace("The", "THE").replace("white", "WHITE").replace(" house", " HOUSE").replace(
        "A note", "A NOTE"
    ).replace(" of", " OF").replace("Page", "PAGE").replace("and more", "AND MORE").replace(" all", " ALL")


def test_frames_headers_and_descriptions_are_translated_and_deleted_text_is_not() -> None:
    body = (
        "<text:tracked-changes><text:p>Gone</text:p></text:tracked-changes><text:p>Before <draw:frame>"
        "<draw:text-box><text:p>Inside</text:p></draw:text-box><svg:title>A house</svg:title></draw:frame>"
        " after</text:p>"
    )
    data = odt(body, **{"styles.xml": f"<text:p {NAMES}>Header</text:p>"})
    document = FORM.parse(data, "en")
    assert texts_of(document) == ["Before  after", "Inside", "A house", "Header"]
    new = rendered(document, upper)
    assert list(unzipped(new)) == list(unzipped(data))
    assert "<text:p>INSIDE</text:p></draw:text-box><svg:title>A HOUSE</svg:title>" in part(new, NAME)


def test_the_second_half_of_a_split_link_has_no_id() -> None:
    assert reworded('<text:p>A <text:a text:id="i">big house</text:a> it is</text:p>', split) == (
        '<text:p>A <text:a text:id="i">big</text:a> <text:a>house</text:a> it is</text:p>'
    )


def test_a_file_with_a_password_is_told() -> None:
    manifest = {"META-INF/manifest.xml": "<m><encryption-data/></m>"}
    with pytest.raises(PermanentFault) as fault:
        FORM.parse(odt("", **manifest), "en")
    assert fault.value.code == "encrypted"


def test_another_program_reads_what_was_written() -> None:
    """By odfdo, which is not ours."""
    made = odfdo.Document("text")
    made.body.clear()
    made.body.append(odfdo.Header(1, "A heading"))
    made.body.append(odfdo.Paragraph("Some  text\twith blanks"))
    file = BytesIO()
    made.save(file)
    new = rendered(FORM.parse(file.getvalue(), "en"), upper)
    read = odfdo.Document(BytesIO(new))
    assert [str(element.inner_text) for element in read.body.children] == [
        "A HEADING",
        "SOME  TEXT\tWITH BLANKS",
    ]


def test_names_of_opendocument_files() -> None:
    assert isinstance(format_of("a.ODT"), OdtFormat)


@pytest.mark.parametrize("unit", ["a", "a<text:s/>", "<text:span>a</text:span>"])
def test_time_grows_with_size_alone(unit: str) -> None:
    assert_linear(lambda text: reworded(f"<text:p>{text} end</text:p>", upper), unit, 5_000)
