import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import format_of
from libs.translation.documents.json import JsonFormat
from libs.translation.documents.json_strings import require_same_shape
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain
from tests.unit.translation import taking_apart
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered, texts_of

FORM = JsonFormat()
texts = partial(taking_apart.texts, FORM)
reworded = partial(taking_apart.reworded, FORM)

WORDS = st.lists(
    st.sampled_from(
        ["Save ", "it's", "{name}", "%s ", "<b>", "</b>", "<br/>", "&amp;", "\n", '"', "\\", "/", "é", "日本",
         "😀", "\ud800", "{n, plural, ", "one {", "other {", "# files", "}", "}}", "'{", "$t(a.b)", "https://a.b/c",
         "\x00", "a.b"]
    ), max_size=12,
).map("".join)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)
WRITTEN = st.builds(json.dumps, VALUES, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 2, "\t"]))


@given(VALUES, st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_key_and_other_value(
    value: object, how: Callable[[Segment], Segment]
) -> None:
    new = json.loads(reworded(json.dumps(value), how))
    assert skeleton(new) == skeleton(value)


def skeleton(value: object) -> object:
    if isinstance(value, dict):
        return {key: skeleton(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [skeleton(inner) for inner in value]
    return "" if isinstance(value, str) else value


@given(st.binary() | st.text(alphabet='{}[]",:\\ua1 \n').map(str.encode))
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = FORM.parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


def test_names_of_json_files() -> None:
    assert isinstance(format_of("locales/en.JSON"), JsonFormat)
    assert isinstance(format_of("app_en.arb"), JsonFormat)


def test_values_are_translated_wherever_they_are_and_keys_never() -> None:
    source = (
        '{"Save it" : "Save", "a":{"b":["One", 1.50, null, {"c" :"Two words"}]},"e":"","x_one":"%d file"}\n'
    )
    assert texts(source) == ["Save", "One", "Two words", " file"]
    assert reworded(source, upper) == source.replace('"Save"', '"SAVE"').replace("One", "ONE").replace(
        "Two words", "TWO WORDS"
    ).replace(" file", " FILE")


@pytest.mark.parametrize(
    "value",
    ["a/b.c", "camelCase", "#ff00aa", "v1.2", "https://a.b", "a@b.cd", "UPPER_CASE", "my-css-class", "12 %",
     "{name}", "$t(a)", "src/main", "Acme/widget", "application/json", "text/html", "en/de", "a/b",
     "images/logo.png", "Europe/Berlin", "/Home", "Assets/Art/Hero/Red", "lib*", "[hash]", "camelCase*",
     "aGk/" * 99],
)  # fmt: skip
def test_what_looks_like_a_programs_own_is_kept(value: str) -> None:
    assert texts(json.dumps([value])) == []


@pytest.mark.parametrize(
    "value",
    ["Save", "<b>Save</b>", "Check-in", "Price:", "你好{name}", "Nº", "Hi, {name}!", "OK", "Yes/No",
     "N/A", "Date/Time", "and/or", "Phone/Fax/E-mail", "Asia/Pacific", "Name*", "E-mail*:", "[Optional]",
     "(Or/And)?"],
)  # fmt: skip
def test_what_people_read_is_translated(value: str) -> None:
    assert len(texts(json.dumps([value]))) == 1


def test_metadata_of_known_kinds_is_kept() -> None:
    assert texts('{"@@locale": "English", "hi": "Hello", "@hi": {"description": "A greeting"}}') == ["Hello"]
    assert texts('{"$schema": "Of a kind", "hi": "Hello"}') == ["Hello"]
    extension = (
        '{"hi": {"description": "A greeting", "message": "Hello", "placeholders": {"a": {"example": "Joe"}}}}'
    )
    assert texts(extension) == ["Hello"]


def test_paths_to_translate_may_be_told() -> None:
    source = b'{"a": {"t": "One", "u": "Two"}, "b": [{"t": "Three"}], "c": {"t": "four.x"}}'
    assert texts_of(FORM.parse(source, "en", {"json_paths": "*.t, !b.*"})) == ["One", "four.x"]
    assert texts_of(FORM.parse(source, "en", {"json_paths": "!a.*"})) == ["Three"]


def test_tags_and_placeholders_are_codes() -> None:
    source = (
        '["See <a href=\\"x\\">the <0>list</0></a> of {{ user }}&nbsp;(%1$s), $t(more) <code>a b</code> end"]'
    )
    assert texts(source) == ["See the list of (),   end"]
    new = reworded(source, upper)
    assert new == (
        '["SEE <a href=\\"x\\">THE <0>LIST</0></a> OF {{ user }}&nbsp;(%1$s), $t(more) <code>a b</code> END"]'
    )


@pytest.mark.parametrize(
    "kept",
    [
        "<style>\n.a > b { color: red }\n</style>",
        "<script>if (a<b) say('</p> no')\n</script>",
        "<pre>make\ndemo <b>now</b></pre>",
        '<textarea rows="2">a\nb</textarea>',
        '<span class="brand notranslate">Blue <b>Sky</b></span>',
        "<i translate='no'>a\nb</i>",
    ],
)
def test_elements_that_are_not_for_readers_stay_in_strings_over_line_breaks_too(kept: str) -> None:
    source = json.dumps([f"<p>One {kept} two</p>"])
    assert texts(source) == ["One  two"]
    assert json.loads(reworded(source, upper)) == [f"<p>ONE {kept} TWO</p>"]


def test_half_of_such_an_element_hides_nothing() -> None:
    assert texts(json.dumps(["<script>One <b class=notranslate>two"])) == ["One two"]


def test_branches_of_an_icu_message_are_texts_of_their_own() -> None:
    message = (
        "{n, plural, offset:1 =0 {no <b>files</b>} one {# file} other {# of {who}''s "
        "{sex, select, male {men} other {all}}}} left, {d, date, short}"
    )
    assert texts(json.dumps([message])) == [" left, ", "no files", " file", " of 's ", "men", "all"]
    assert json.loads(reworded(json.dumps([message]), upper))[0] == (
        "{n, plural, offset:1 =0 {NO <b>FILES</b>} one {# FILE} other {# OF {who}''S "
        "{sex, select, male {MEN} other {ALL}}}} LEFT, {d, date, short}"
    )


def test_an_apostrophe_of_a_translation_quotes_nothing_in_an_icu_message() -> None:
    document = FORM.parse(b'["{n, plural, other {in # files}}"]', "en")
    (segment,) = document.segments
    new = document.render([(*plain("l'"), *segment[1:2], *plain(" a {b} 'x'"))]).decode()
    assert new == "[\"{n, plural, other {l''# a '{'b'}' 'x''}}\"]"


def test_a_broken_icu_message_is_kept() -> None:
    assert texts('["{n, plural, one {# file}", "Text"]') == ["Text"]


def test_escapes_are_written_as_the_string_or_the_file_has_them() -> None:
    assert (
        reworded('["Gr\\u00fc\\u00dfe aus \\u00e4 \\/ \\u003cb"]', upper)
        == '["GR\\u00dcSSE AUS \\u00c4 \\/ \\u003cB"]'
    )
    assert reworded('["Gr\\u00fcße an \\"x\\"\\n"]', upper) == '["GRÜSSE AN \\"X\\"\\n"]'
    document = FORM.parse(b'["a word"]', "en")
    assert document.render([plain('\\ "\n\x01😀')]) == '["\\\\ \\"\\n\\u0001😀"]'.encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": "b', "malformed"),
        (b'{"a": "b",}', "malformed"),
        (b"", "malformed"),
        (b'{"a" "b"}', "malformed"),
        (b"[" * 100_000, "too_deep"),
        (b"[" * 300 + b"]" * 300, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"PK\x03\x04\0", "undecodable"),
    ],
)
def test_what_is_no_json_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(PermanentFault) as fault:
        FORM.parse(data, "en")
    assert fault.value.code == code


@pytest.mark.parametrize(
    "translation", ['{"a": ["x"]}', '{"a": ["x", 2]}', '{"b": ["x", 1]}', '{"a": ["x", 1], "b": 2}']
)
def test_another_shape_is_told_with_its_path(translation: str) -> None:
    with pytest.raises(PermanentFault, match="value at") as fault:
        require_same_shape('{"a": ["x", 1]}', translation)
    assert fault.value.code == "shape_changed"


def test_a_lost_code_fails_the_file() -> None:
    with pytest.raises(PermanentFault) as fault:
        FORM.parse(b'["Hi {name}"]', "en").render([plain("Hola")])
    assert fault.value.code == "codes_lost"


def test_more_strings_than_anybody_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.translation.documents.strings.slots.MOST_SLOTS", 10)
    with pytest.raises(PermanentFault) as fault:
        FORM.parse(json.dumps(["Text"] * 11).encode(), "en")
    assert fault.value.code == "too_much_markup"


UNITS = [
    "a", "<", "<a", "{", "{n, plural,", "'{", "&", "$t(", "@:", "%", "a.", "A", "a-", "{a", "</b>", "<b>",
    "<script>", "<pre>a", "<pre>a</pre>", "<i translate=no>a",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_size_alone(unit: str) -> None:
    assert_linear(
        lambda text: rendered(FORM.parse(json.dumps([text + " end"]).encode(), "en"), upper), unit, 5_000
    )
