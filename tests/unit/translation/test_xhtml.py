"""HTML that is written as XML."""

from tests.unit.translation.rewording import upper
from tests.unit.translation.test_html import reworded, texts

XHTML = '<!DOCTYPE html>\n<!-- &nbsp; --><html xmlns="http://www.w3.org/1999/xhtml">{}</html>'


def test_what_has_the_namespace_of_xhtml_is_xml_without_a_declaration_too() -> None:
    source = XHTML.format(
        '<head><title/><script src="a.js"/></head><body><p>One&#160;two <a id="b"/>is <code/>three</p>'
        '<div class="notranslate"/><pre/><p>Four</p></body>'
    )
    assert texts(source) == ["One\xa0two is three", "Four"]
    assert reworded(source, upper) == source.replace("One&#160;two", "ONE&#160;TWO").replace(
        ">is ", ">IS "
    ).replace("three", "THREE").replace("Four", "FOUR")
    assert texts("<p>One<script src=a.js/>two</p>") == ["One"]


def test_a_name_that_the_source_uses_is_declared_and_used() -> None:
    declared = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY nbsp "&#160;">]><p>a&nbsp;b</p>'
    assert reworded(declared, upper) == declared.replace("a&nbsp;b", "A&nbsp;B")
