import re
from collections.abc import Callable
from functools import partial
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from libs.translation.documents import format_of
from libs.translation.documents.trees.tree import words
from libs.translation.documents.xliff import XliffFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain
from tests.unit.translation import taking_apart
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered

FORM = XliffFormat()
texts = partial(taking_apart.texts, FORM)
reworded = partial(taking_apart.reworded, FORM)


def in_1(units: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!-- by hand --><xliff version="1.2" '
        'xmlns="urn:oasis:names:tc:xliff:document:1.2"><file source-language="en" original="a">'
        f"<body>{units}</body></file></xliff>\n"
    )


def in_2(segments: str) -> str:
    return (
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en">'
        f'<file id="f"><unit id="u">{segments}</unit></file></xliff>'
    )


TEXTS = st.sampled_from(["A word", " two ", "{x}", "\n", "é", "", "&amp;", "a < b", "<b>bold</b>"]).map(
    escape
)
INLINE = st.recursive(
    TEXTS | st.sampled_from(['<x id="7"/>', '<ph id="8">%d</ph>', '<bpt id="9">(</bpt>', "<!-- c -->"]),
    lambda inner: (
        st.lists(inner, max_size=4).map("".join)
        | inner.map(lambda text: f'<g id="1">{text}</g>')
        | inner.map(lambda text: f'<mrk mtype="term">{text}</mrk>')
        | inner.map(lambda text: f'<mrk mtype="protected">{text}</mrk>')
    ),
    max_leaves=8,
)
SOURCES = st.lists(INLINE, min_size=1, max_size=4)


def units(sources: list[str]) -> str:
    return "\n".join(
        f'<trans-unit id="{n}"><source>{source}</source></trans-unit>' for n, source in enumerate(sources)
    )


@given(SOURCES, st.sampled_from([upper, backwards, split]))
def test_other_words_leave_the_sources_and_put_every_inline_element_into_the_targets(
    sources: list[str], how: Callable[[Segment], Segment]
) -> None:
    source = in_1(units(sources))
    before, after = (etree.fromstring(text.encode()) for text in (source, reworded(source, how)))
    for target in after.findall(".//{*}target"):
        unit = target.getparent()
        assert unit is not None
        assert {e.tag for e in target.iter()} - {target.tag} <= {e.tag for e in unit[0].iter()}
        assert sorted("".join(words(target).lower().split())) == sorted(
            "".join(words(unit[0]).lower().split())
        )
        unit.remove(target)
    assert strings(after) == strings(before)


@given(SOURCES, st.sampled_from([upper, backwards, split]), st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_no_target_stays_character_for_character(
    sources: list[str], how: Callable[[Segment], Segment], newline: str
) -> None:
    source = in_1(units(sources)).replace("\n", newline)
    new = reworded(source, how)
    assert re.sub(r"\s*<target.*?</target>", "", new, flags=re.DOTALL).split() == source.split()
    assert new.count("\n") == new.count(newline)


def strings(root: etree._Element) -> list[object]:
    return [(e.tag, sorted(e.items()), (e.text or "").strip(), (e.tail or "").strip()) for e in root.iter()]


@given(st.binary())
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(PermanentFault):
        FORM.parse(data, "en")


def test_names_of_xliff_files() -> None:
    assert isinstance(format_of("a.xlf"), XliffFormat)
    assert isinstance(format_of("a.XLIFF"), XliffFormat)


def test_a_target_is_made_with_its_codes_and_state() -> None:
    unit = units(['See <g id="1">the <x id="2"/> list</g>'])
    source = in_1(unit.replace("</trans", "\n<note>Kept</note></trans"))
    assert texts(source) == ["See the  list"]
    document = FORM.parse(source.encode(), "en", {"target_language": "es"})
    new = rendered(document, upper).decode()
    assert (
        '<source>See <g id="1">the <x id="2"/> list</g></source>\n'
        '<target state="translated" state-qualifier="mt-suggestion">'
        'SEE <g id="1">THE <x id="2"/> LIST</g></target>\n'
        "<note>Kept</note>"
    ) in new
    assert 'target-language="es"' in new
    assert new.startswith('<?xml version="1.0" encoding="utf-8"?>\n<!-- by hand --><xliff')


def test_segments_of_version_2_have_their_targets() -> None:
    source = in_2(
        '<segment><source>A <pc id="1">big<ph id="2"/></pc> <mrk id="m" translate="no">Name</mrk> is</source>'
        '</segment><ignorable><source> </source></ignorable><segment state="final"><source>One</source>'
        "<target>Uno</target></segment>"
    )
    new = rendered(FORM.parse(source.encode(), "en", {"target_language": "es"}), upper).decode()
    target = '<target>A <pc id="1">BIG<ph id="2"/></pc> <mrk id="m" translate="no">Name</mrk> IS</target>'
    assert target in new
    assert '<segment state="translated"><source>A ' in new
    assert 'trgLang="es"' in new


FINISHED = (
    "<?xml version='1.0' encoding='utf-8' ?>\r\n<!DOCTYPE xliff PUBLIC '-//XLIFF//DTD XLIFF//EN' "
    "'http://www.oasis-open.org/committees/xliff/documents/xliff.dtd' [<!-- ' ]> -->]>\r\n"
    "<xliff version = '1.2'><file source-language='en'  original='a'><body>\r\n"
    "  <trans-unit id='1'><source><![CDATA[<b>One</b>]]> &quot;x&quot;</source>\r\n"
    "    <target state='final' >&#85;no\t<![CDATA[<b>]]> &gt; ></target></trans-unit>\r\n"
    "  <trans-unit\tid='2'>\r\n    <source>A <![CDATA[big & red]]> "
    "<g id='1' ctype=\"x-&quot;\">house</g>,\r\n      <x id='2' /> &quot;here&quot;</source>{}\r\n"
    "  </trans-unit>\r\n</body></file></xliff>\r\n"
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_all_but_the_new_target_stays_byte_for_byte(codec: str) -> None:
    """Sections of characters, line ends, references, quotes, blanks in tags."""
    declared = FINISHED.replace("utf-8", codec.removesuffix("-sig"))
    target = (
        '\r\n    <target state="translated" state-qualifier="mt-suggestion">A BIG &amp; RED '
        "<g id='1' ctype=\"x-&quot;\">HOUSE</g>,\r\n      <x id='2' /> \"HERE\"</target>"
    )
    new = rendered(FORM.parse(declared.format("").encode(codec), "en"), upper)
    assert new == declared.format(target).encode(codec)


def test_a_target_that_is_there_is_written_in_its_place_and_prefixes_are_kept() -> None:
    source = (
        "<x:xliff xmlns:x='x' version='1.2'><x:file><x:trans-unit id='1'><x:source>One</x:source>{}"
        "</x:trans-unit></x:file></x:xliff>"
    )
    told = 'state="translated" state-qualifier="mt-suggestion"'
    for old, new in (
        ("", f"<x:target {told}>ONE</x:target>"),
        ("<x:target/>", f"<x:target {told}>ONE</x:target>"),
        (
            "<x:note/> <x:target state='new'\n>Ein<!-- s --></x:target>",
            f"<x:note/> <x:target {told}>ONE</x:target>",
        ),
    ):
        assert reworded(source.format(old), upper) == source.format(new)


def test_what_an_encoding_lacks_is_written_as_a_reference() -> None:
    source = in_1(units(["One"])).replace("utf-8", "iso-8859-1")
    new = FORM.parse(source.encode("latin-1"), "en").render([plain("Größe Ł")])
    assert "Größe &#321;</target>".encode("latin-1") in new


def test_ids_stay_apart_where_a_pair_is_split() -> None:
    source = in_2('<segment><source>A <pc id="1">big house</pc> it is</source></segment>')
    assert '<pc id="1">big</pc> <pc id="1_2">house</pc>' in reworded(source, split)


@pytest.mark.parametrize(
    ("unit", "is_translated"),
    [
        ("<trans-unit id='1'><source>One</source><target/></trans-unit>", True),
        ("<trans-unit id='1'><source>One</source><target>One</target></trans-unit>", True),
        ("<trans-unit id='1'><source>One</source><target state='new'>Eins</target></trans-unit>", True),
        ("<trans-unit id='1'><source>One</source><target>Uno</target></trans-unit>", False),
        ("<trans-unit id='1' approved='yes'><source>One</source><target/></trans-unit>", False),
        ("<trans-unit id='1'><source>One</source><target state='final'>One</target></trans-unit>", False),
        ("<group translate='no'><trans-unit id='1'><source>One</source></trans-unit></group>", False),
    ],
)
def test_what_is_translated_already_or_is_not_to_be_stays(unit: str, is_translated: bool) -> None:
    assert texts(in_1(unit)) == ["One"] * is_translated


def test_tags_that_are_written_as_text_say_what_stays() -> None:
    source = in_1(units([escape('A <i translate="no">Blue Sky</i> <style>a\nb</style> is')]))
    assert texts(source) == ["A   is"]


BOMB = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<html/>", "wrong_content"),
        ('<xliff version="3.0"/>', "wrong_content"),
        (in_1("<trans-unit>"), "malformed"),
        (in_1("<group>" * 300 + "</group>" * 300), "too_deep"),
        (f'<!DOCTYPE xliff [<!ENTITY a0 "a">{BOMB}]><xliff version="1.2">&a9;</xliff>', "xml_entities"),
        (
            '<!DOCTYPE xliff [<!ENTITY a SYSTEM "file:///etc/hostname">]><xliff version="1.2">&a;</xliff>',
            "xml_entities",
        ),
    ],
)
def test_what_is_no_xliff_or_hostile_is_refused(text: str, code: str) -> None:
    with pytest.raises(PermanentFault) as fault:
        FORM.parse(text.encode(), "en")
    assert fault.value.code == code


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    document = FORM.parse(in_1(units(["One"])).encode(), "en")
    assert "a b</target>" in document.render([plain("a\x00\x01 b\x02")]).decode()


@pytest.mark.parametrize("unit", ["a", "a ", "&lt;", "&lt;b&gt;", "<x/>a ", "<g>a</g>"])
def test_time_grows_with_size_alone(unit: str) -> None:
    assert_linear(lambda text: reworded(in_1(units([f"{text} end"])), upper), unit, 5_000)
