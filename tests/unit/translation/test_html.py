import html
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.translation.documents import format_of
from libs.translation.documents.document import Document
from libs.translation.documents.html import HtmlFormat
from libs.translation.documents.html_shape import require_same_shape
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, Text, plain, text_of
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper


def parsed(text: str) -> Document:
    return HtmlFormat().parse(text.encode(), "en")


def texts(text: str) -> list[str]:
    return [text_of(segment) for segment in parsed(text).segments]


def reworded(text: str, how: Callable[[Segment], Segment]) -> str:
    document = parsed(text)
    return document.render([how(segment) for segment in document.segments]).decode()


PIECES = [
    "<", ">", '"', "'", "&", "=", "/", " ", ";", "word ", "Straße", "\r\n", "\xa0", "&eacute;", "&nbsp;",
    "&#9999999999;", "{x}", "{{ y }}", "<b>", "</b>", "<i class=a id='b'>", "</i>", "<br/>",
    "<img alt='a picture' src=x>", "<code>", "</code>", "<p>", "</p>", "<div translate=no>", "</div>",
    "<span translate='yes'>", "</span>", "<li>", "<td>", "<a title=one href=",
    "<a title='it&apos;s' href=\"x\">", "</a>", "<!--", "-->", "<![CDATA[", "]]>", "<?php ", "<title>",
    "</title>", "<script>", "</script>", "<svg>", "</svg>", "<pre>", "</pre>", "<textarea>",
    "<input type=submit value='Send it'>", "<meta name=description content='About us'>", "<option>",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(SOUP, st.sampled_from([upper, backwards, split]))
@example("word <code>", backwards)
def test_no_soup_of_tags_is_too_thick(text: str, how: Callable[[Segment], Segment]) -> None:
    """Every text is still one, or the file is refused: an unclosed tag moved ahead of words swallows them."""
    try:
        new = reworded(text, how)
    except PermanentFault as fault:
        assert (fault.code, how) == ("shape_changed", backwards)  # noqa: PT017 - the other ways are never refused
    else:
        assert len(texts(new)) >= len(texts(text))


@given(st.binary())
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = HtmlFormat().parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xhtml"])
def test_names_of_html_files(name: str) -> None:
    assert isinstance(format_of(name), HtmlFormat)


def test_tags_stay_on_their_words() -> None:
    source = '<p>The <em class="x">white</em> house has <a href="/d"><b>two</b> doors</a>.<br>Come in!</p>'
    assert texts(source) == ["The white house has two doors.Come in!"]
    assert reworded(source, backwards) == (
        '<p>in! Come <br> . <a href="/d">doors <b>two</b></a> has house <em class="x">white</em> The</p>'
    )


def test_blocks_are_segments_and_tags_around_or_beside_all_of_their_text_are_in_none() -> None:
    source = (
        "<ul><li><b>One</b><br>\n<li> <img src=x> Two <!-- no --> </ul><td>Three<td>4<option>Four<label>Five"
    )
    document = parsed(source)
    assert document.segments == [plain(word) for word in ("One", "Two", "Three", "Four", "Five")]
    assert reworded(source, upper) == source.replace("One", "ONE").replace("Two", "TWO").replace(
        "Three", "THREE"
    ).replace("Four", "FOUR").replace("Five", "FIVE")


@pytest.mark.parametrize(
    "kept",
    [
        "<code>a <b>b</b></code>",
        "<kbd>a</kbd>",
        '<span translate="no">a <i>b</i></span>',
        "<b class='x notranslate'>a</b>",
        "<math><mi>a</mi></math>",
        "<!-- a -->",
        "{{ a }}",
        "https://a.b/c?d&amp;e",
        "a@b.cd",
        "{% if a %}",
        "<%= a %>",
    ],
)
def test_what_is_not_for_readers_is_one_code_and_stays(kept: str) -> None:
    source = f"<p>One {kept} two.</p>"
    assert texts(source) == ["One  two."]
    assert reworded(source, upper) == f"<p>ONE {kept} TWO.</p>"


@pytest.mark.parametrize(
    "block",
    [
        "<pre>a <b>b</b></pre>",
        "<script>a<p>b</script>",
        "<style>a</style>",
        "<svg><title>a</title><svg/><svg></svg><text>b</text></svg>",
        "<template><p>a</p></template>",
        "<noscript><p>a</p></noscript>",
        "<iframe>a</iframe>",
        "<textarea>a</textarea>",
        '<div translate="no"><p title="b">a</p></div>',
        "<?php echo 'a -> b' ?>",
    ],
)
def test_what_is_not_text_is_left_out(block: str) -> None:
    assert texts(f"{block}<p>Text</p>") == ["Text"]


def test_translation_is_switched_off_and_on_again() -> None:
    assert texts("<div translate=no>a<p translate=yes>One</p>b</div>Two") == ["One", "Two"]
    assert texts("<img translate=no alt=a><img alt=One>") == ["One"]
    assert texts("<p>One <code>a <i translate=yes>two</i> b</code></p>") == ["One two"]
    assert texts("<ul><li translate=no>a<li>One</ul><p translate=no>b<p>Two<td translate=no>c<td>Three") == [
        "One",
        "Two",
        "Three",
    ]


def test_attributes_that_are_read_are_segments_also_inside_of_a_sentence() -> None:
    source = (
        '<html lang="en"><title>Home &amp; garden</title>'
        '<meta name="Description" content="All about it"><meta name=viewport content="a"><meta content=b>'
        '<p>See <a href="x" title="The shop">the <img alt="red" src=y> shop</a>.</p>'
        "<input type=submit value='Send it'><input value=c placeholder=Name aria-label=\"Your 'name'\">"
        '<textarea placeholder="Say it">Mine</textarea><optgroup label="Dogs"></optgroup>'
        '<textarea translate="no" placeholder="a"></textarea><iframe title="A map"></iframe>'
    )
    assert texts(source) == [
        "Home & garden",
        "All about it",
        "See the  shop.",
        "The shop",
        "red",
        "Send it",
        "Name",
        "Your 'name'",
        "Say it",
        "Dogs",
        "A map",
    ]
    assert reworded(source, upper) == (
        '<html lang="en"><title>HOME &amp; GARDEN</title>'
        '<meta name="Description" content="ALL ABOUT IT"><meta name=viewport content="a"><meta content=b>'
        '<p>SEE <a href="x" title="THE SHOP">THE <img alt="RED" src=y> SHOP</a>.</p>'
        "<input type=submit value='SEND IT'><input value=c placeholder=\"NAME\" aria-label=\"YOUR 'NAME'\">"
        '<textarea placeholder="SAY IT">Mine</textarea><optgroup label="DOGS"></optgroup>'
        '<textarea translate="no" placeholder="a"></textarea><iframe title="A MAP"></iframe>'
    )
    only = parsed(source)
    new = [plain("The <\"shop'>") if s == plain("The shop") else s for s in only.segments]
    assert only.render(new).decode() == source.replace("The shop", "The &lt;&quot;shop'&gt;")


def test_entities_are_read_and_text_is_escaped() -> None:
    source = "<p>Caf&eacute;&nbsp;&lt;b&gt; AT&amp;T &#8364; &copy</p>"
    assert texts(source) == ["Café\xa0<b> AT&T € ©"]
    assert reworded(source, upper) == "<p>CAFÉ&nbsp;&lt;B&gt; AT&amp;T € ©</p>"
    assert reworded("<?xml version='1.0'?><p>a&#160;b</p>", upper).endswith("<p>A&#160;B</p>")


def test_the_second_half_of_a_split_pair_has_no_id() -> None:
    source = '<p>A <a id="x" name=y href="z" title=" id=q">big house</a> it is</p>'
    assert reworded(source, split) == (
        '<p>A <a id="x" name=y href="z" title=" id=q">big</a> <a href="z" title=" id=q">house</a> it is</p>'
    )


def test_half_a_pair_and_crossed_pairs_stand_alone() -> None:
    source = "<p>One </i><b>two <u>three</b> four</u> <em>five</p>"
    assert texts(source) == ["One two three four five"]
    assert reworded(source, upper) == "<p>ONE </i><b>TWO <u>THREE</b> FOUR</u> <em>FIVE</p>"


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">', "cp1250"),
        ('<?xml version="1.0" encoding="koi8-r"?>', "koi8-r"),
        ("<meta charset=euc-kr>", "euc-kr"),
        ("<meta charset=iso-2022-jp>", "iso-2022-jp"),
    ],
)
def test_a_declared_charset_is_kept_and_what_it_lacks_is_written_as_references(head: str, codec: str) -> None:
    document = HtmlFormat().parse(f"{head}<p>One</p>".encode(codec), "en")
    translation = "Öл는日😀"
    data = document.render([plain(translation)])
    assert data != f"{head}<p>{translation}</p>".encode()
    assert html.unescape(data.decode(codec)) == f"{head}<p>{translation}</p>"


def test_a_wrong_label_and_a_label_that_is_none_do_no_harm() -> None:
    for label in ("iso-8859-1", "rot13", "utf-16", "punycode", "nonsense", "utf-7"):
        data = f'<meta charset="{label}"><p>Größe</p>'.encode()
        assert HtmlFormat().parse(data, "de").segments == [plain("Größe")]


def test_utf_8_that_is_declared_and_damaged_is_refused_and_another_encoding_is_found_out() -> None:
    page = '<meta charset="utf-8"><p>Größe'
    for damage in (b"\xff", "ö".encode()[:1]):
        with pytest.raises(PermanentFault, match="UTF-8 but for byte 32") as fault:
            HtmlFormat().parse(page.encode() + damage, "de")
        assert fault.value.code == "undecodable"
    assert HtmlFormat().parse(page.encode("cp1252"), "de").segments == [plain("Größe")]


def test_a_lost_code_fails_the_file() -> None:
    with pytest.raises(PermanentFault, match="pair 1 is lost") as fault:
        parsed("<p>A <b>big</b> house</p>").render([plain("Una casa grande")])
    assert fault.value.code == "codes_lost"


def test_a_translation_may_be_without_letters() -> None:
    source = "<p>Two</p><ul><li>No.<li><b>and</b> <code>a b</code></ul>"
    signs = {"Two": "2", "No.": "№", "and": "&", " ": " "}
    document = parsed(source)
    new = [tuple(Text(signs[t.text]) if isinstance(t, Text) else t for t in s) for s in document.segments]
    assert document.render(new).decode() == "<p>2</p><ul><li>№<li><b>&amp;</b> <code>a b</code></ul>"


@pytest.mark.parametrize("tag", ["<code>", "<b class=notranslate>", "<math>"])
@pytest.mark.parametrize("word", ["Two", "2"])
def test_what_would_fall_among_the_untranslated_is_refused(tag: str, word: str) -> None:
    document = parsed(f"<p>One {tag}end")
    new = [
        tuple(plain(word)[0] if isinstance(t, Text) else t for t in reversed(s)) for s in document.segments
    ]
    with pytest.raises(PermanentFault, match="where nothing is translated"):
        document.render(new)


@pytest.mark.parametrize(
    "translation", ["<p>a<b>b</b></p>", "<p>a <b>b</b> <i>c", "<p>a</p>b", "a <i>b</i>", ""]
)
def test_another_shape_is_told_with_its_line(translation: str) -> None:
    source = "<p>\n</p><p>\na <i>b</i></p>"
    with pytest.raises(PermanentFault, match=r"line [12]") as fault:
        require_same_shape(source, translation, is_xml=False)
    assert fault.value.code == "shape_changed"


def test_a_split_inline_pair_is_the_same_shape() -> None:
    require_same_shape("<p>a <i>b c</i></p>", "<p><i>c</i> a <i>b</i></p>", is_xml=False)


UNITS = [
    "<", "a", "<a ", "<b>", "<b>a", "<div>", "</", "<!", "<!--", "<?", "<![CDATA[", '<a href="', "<a ='",
    "&", "&#9", "<code>", "</b>", "<svg>", "<svg/", "<title>", "<li>a", "<p>a", "<div></x>", "<b></i>",
    "<i><div></b>", "<td><tr>a", "<a title=x>", '<a title="', "<a b=' ", "{", "{%", "http://", "a@",
    "<b>a</b>", " ", "=",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_size_alone(unit: str) -> None:
    assert_linear(lambda text: reworded(text + " end", upper), unit, 10_000)


def test_a_word_of_five_million_letters_and_as_many_brackets_are_text() -> None:
    for unit in "a<":
        (segment, *_) = parsed(f"<p>{unit * 5_000_000} x").segments
        assert isinstance(segment[0], Text)


def test_more_markup_than_anybody_writes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.translation.documents.html.MOST_MARKS", 10)
    with pytest.raises(PermanentFault) as fault:
        parsed("<b>a</b>" * 10)
    assert fault.value.code == "too_much_markup"
