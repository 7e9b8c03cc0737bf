import csv
import io
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import FORMATS, format_of
from libs.translation.documents.csv import CsvFormat, TsvFormat
from libs.translation.documents.csv_fields import require_same_shape
from libs.translation.documents.document import ToldFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain
from tests.unit.translation import taking_apart
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered, texts_of

FORM = CsvFormat()
texts = partial(taking_apart.texts, FORM)
reworded = partial(taking_apart.reworded, FORM)

CELLS = st.lists(
    st.sampled_from(["A word", ", ", '"', "\n", "\r\n", ";", "{x}", "<b>bold</b>", "12", "=A1", "é", "\t"]),
    max_size=3,
).map("".join)  # fmt: skip
QUOTING = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6)


def written(rows: list[list[str]], delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # a flag
    return file.getvalue()


@given(ROWS, st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_row_and_column(
    rows: list[list[str]], how: Callable[[Segment], Segment]
) -> None:
    source = "Name,Other\r\n" + written(rows, ",")
    new = list(csv.reader(io.StringIO(reworded(source, how), newline="")))
    assert [len(row) for row in new[1:]] == [len(row) for row in csv.reader(io.StringIO(source, newline=""))][
        1:
    ]
    assert new[0] == ["Name", "Other"]


@given(st.binary() | st.text(alphabet='a",;\t\r\n').map(str.encode))
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = FORM.parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


def test_names_of_tables() -> None:
    assert type(format_of("a.CSV")) is CsvFormat
    assert isinstance(format_of("a.tsv"), TsvFormat)


def test_what_people_read_is_translated_and_the_names_of_columns_stay() -> None:
    source = 'id;name;price;note\r\nA1;White house;12,50;"Says ""hi"", {name}"\r\nb2; =SUM(A1) ;;\r\n'
    source = source.replace(" =SUM(A1) ", "=SUM(A1)")
    assert texts(source) == ["White house", 'Says "hi", ']
    assert reworded(source, upper) == source.replace("White house", "WHITE HOUSE").replace(
        'Says ""hi""', 'SAYS ""HI""'
    )
    assert TsvFormat().parse(b"n\tm\nOne, two\tThree\n", "en").segments == [plain("One, two"), plain("Three")]


def test_a_cell_with_one_word_and_a_sign_is_read_unless_it_is_a_path_or_a_kind_of_content() -> None:
    read = ["Login/register", "and/or", "Quantity*", "[optional]", "up-to-date"]
    kept = ["text/html", "src/main", "en/de", "images/logo.png", "Europe/Berlin", "camelCase", "a_b*", "[x]"]
    assert texts("\n".join(["name", *read, *kept])) == read


def test_columns_may_be_told_by_name_or_number_and_the_header_may_be_text() -> None:
    source = b"id,Title,Note\nOne,Two,Three\n"

    def told(**options: str) -> list[str]:
        return texts_of(FORM.parse(source, "en", options))

    assert told(csv_columns="title") == ["Two"]
    assert told(csv_columns="3, id") == ["One", "Three"]
    assert told(csv_columns="2", csv_header="translate") == ["Title", "Two"]
    assert told(csv_columns="2", csv_header="none") == ["Title", "Two"]
    for nowhere in ("Price", "0"):
        with pytest.raises(PermanentFault, match=nowhere) as fault:
            told(csv_columns=nowhere)
        assert fault.value.code == "unknown_column"


def test_formats_with_options_tell_them() -> None:
    told = {form.name: set(form.options) for form in FORMATS if isinstance(form, ToldFormat)}
    columns = {"csv_columns", "csv_header"}
    assert told == {"json": {"json_paths"}, "csv": columns, "tsv": columns, "xliff": set()}


def test_the_first_line_may_tell_the_delimiter() -> None:
    assert texts("sep=|\r\nA|B\r\nOne, two; three|Four\r\n") == ["One, two; three", "Four"]


@pytest.mark.parametrize(
    ("translation", "field"),
    [
        ("a,b", '"a,b"'),
        ('a "b"', '"a ""b"""'),
        ("a\nb", '"a\nb"'),
        ("a b", "a b"),
        ("=A1", "'=A1"),
        ("+1 a", "'+1 a"),
    ],
)
def test_a_field_is_quoted_when_it_must_be_and_never_becomes_a_formula(translation: str, field: str) -> None:
    document = FORM.parse(b"n,m\nWord,Other\n", "en")
    assert document.render([plain(translation), plain("x")]).decode() == f"n,m\n{field},x\n"


def test_a_database_s_escaped_quotes_are_read_and_written_so() -> None:
    source = 'id,text\n1,"He said \\"hi, you\\" to me",a b\n2,"end \\"",5\n3,"C:\\\\ here",""\n'
    assert texts(source) == ['He said "hi, you" to me', "a b", 'end "', "C:\\\\ here"]
    assert reworded(source, upper) == source.upper().replace("ID,TEXT", "id,text")
    document = FORM.parse(b'n\n"a \\"b\\" c"\n', "en")
    assert document.render([plain('\\"x\\')]).decode() == 'n\n"\\\\\\"x\\\\"\n'


def test_a_field_with_text_behind_its_closing_quote_stays_and_the_others_are_translated() -> None:
    source = 'id,text,more\n1,"He said" hello,one word\n2,5" pipe of steel,"a, b" \n'
    assert texts(source) == ["one word", '5" pipe of steel', "a, b"]
    assert reworded(source, upper) == (
        'id,text,more\n1,"He said" hello,ONE WORD\n2,5" PIPE OF STEEL,"A, B" \n'
    )


def test_between_tabs_a_quote_quotes_only_a_whole_field() -> None:
    source = (
        'n\ttext\n1\t"Yes, orange juice," says Mike.\n2\t"To be\tor not\n'
        '3\t"Be ""quiet"""\n4\tis a question"\n5\t"two\nlines"\n'
    )
    document = TsvFormat().parse(source.encode(), "en")
    assert texts_of(document) == [
        '"Yes, orange juice," says Mike.', '"To be', "or not", 'Be "quiet"', 'is a question"', "two", "lines",
    ]  # fmt: skip
    assert rendered(document, upper).decode() == source.upper().replace("N\tTEXT", "n\ttext")


def test_a_quote_that_is_never_closed_is_told_with_its_row() -> None:
    with pytest.raises(PermanentFault, match="row 2") as fault:
        FORM.parse(b'a,b\n1,"2\n3,4\n', "en")
    assert fault.value.code == "malformed"


@pytest.mark.parametrize("translation", ["a,b\nc", "a,b\nc,d,e", "a,b\nc,d\ne"])
def test_another_shape_is_told_with_its_row(translation: str) -> None:
    with pytest.raises(PermanentFault, match=r"row [23]") as fault:
        require_same_shape("a,b\nc,d", translation, ",")
    assert fault.value.code == "shape_changed"


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a,",
        '"a",',
        '""',
        '"",',
        '"a"b',
        "a b\n",
        "\n",
        ";",
        "a\r",
        '"\\"",',
        '"\\",',
        '"\\"',
        '"\\""',
        '"a" "',
    ],
)
def test_time_grows_with_size_alone(unit: str) -> None:
    def work(text: str) -> object:
        return rendered(FORM.parse(f"{text}x".encode(), "en", {"csv_header": "none"}), upper)

    assert_linear(work, unit, 5_000)
