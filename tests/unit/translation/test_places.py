"""Where the elements of an XML text are, beside what lxml says of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from libs.translation.documents.trees.places import PlacedXml, with_attributes
from libs.translation.documents.trees.tree import local, parsed
from libs.translation.errors import PermanentFault
from tests.unit.translation.pace import assert_linear

PIECES = [
    "<a>", "</a>", "<x:b>", "</x:b>", "<c/>", "<c d='>'/>", '<d e="/">', "</d >", "<a\r\n f = '\"'>", "word",
    "é", "\r\n", "\r", "&amp;", "&#60;", "&#x3C;", "&#128;", "&quot;", "<!-- <a> -->", "<!---->",
    "<?a <b> ?>", "<![CDATA[<a>&amp;]]>", "<![CDATA[]]>", "]]", ">", '"', "'",
]  # fmt: skip
PROLOGS = [
    "", "<?xml version='1.0'?>\n", "<!-- <r> -->", "<!DOCTYPE r>", '<!DOCTYPE r PUBLIC "<r>" \'>\'>',
    '<!DOCTYPE r [<!ELEMENT r ANY><!-- \' ]> --><?p "]>?><!ATTLIST r a CDATA "]>">]>\n',
]  # fmt: skip
XML = st.builds(
    "{}<r xmlns:x='x'>{}</r>\n<!-- e -->".format,
    st.sampled_from(PROLOGS),
    st.recursive(
        st.sampled_from(PIECES),
        lambda inner: st.lists(inner, max_size=5).map("".join) | inner.map("<a>{}</a>".format),
        max_leaves=12,
    ),
)


@given(XML)
@example("<r/>")
def test_the_elements_and_their_words_are_lxmls(text: str) -> None:
    try:
        root = parsed(text.encode(), "it", may_have_doctype=True)
    except PermanentFault:
        return
    xml = PlacedXml(text)
    nodes = [xml.root]
    for element in root.iter(etree.Element):
        node = nodes.pop()
        nodes += [child for child in reversed(node.children) if child.name]
        assert node.name == local(element)
        assert xml.words(node) == "".join(map(str, element.itertext(etree.Element)))
        assert list(xml.attributes(node).values())[:1] in ([], ["x"], [">"], ["/"], ['"'])
        assert text[node.start] == "<"
        assert text[node.end - 1] == ">"
    assert not nodes


def test_a_start_tag_keeps_all_but_what_is_told() -> None:
    told = {"state": 'a "b" & c', "lang": "es"}
    assert with_attributes("<t\n  id='state=\"1\"' state = 'new' />", told) == (
        '<t\n  id=\'state="1"\' state = "a &quot;b&quot; &amp; c" lang="es" />'
    )


@pytest.mark.parametrize("unit", ["a", "<a/>", "<a b='c'/>", "&amp;", "<![CDATA[a]]>", "<!-- -->", "\r\n"])
def test_time_grows_with_size_alone(unit: str) -> None:
    def work(text: str) -> object:
        xml = PlacedXml(f"<r>{text}</r>")
        return xml.words(xml.root)

    assert_linear(work, unit, 20_000)
