import pytest

from libs.translation.documents.placeholders import protect, restore
from libs.translation.segments import lost_codes, text_of

PLACEHOLDERS = [
    "{date, date, medium}", "{0, number}", "{price, number, ::currency/EUR}", "{ name }", "{{{ name }}}",
    "{{ 'home.title' | translate: { count: n } }}", "{{ $t('hello there', { name: user }) }}",
    '<%= link_to "All of the goods", goods_path(locale: I18n.locale), class: "button button-large red" %>',
    "<%\n for each item in list\n%>", "{% if a > 3 and settings.LOYALTY_ENABLED" + " and more" * 90 + "%}",
    "%#@files@", "%1$#@files@", "%-10s", "%g", "%(count)d",
]  # fmt: skip
PROSE = [
    "100% done",
    "100% sure, 50 % of it",
    "5%discount",
    "a set {a, b, c}",
    "{see above, number 3}",
    "5%ds, 5 %dm",
]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_placeholder_is_one_code_and_comes_back_as_it_was(placeholder: str) -> None:
    segment, texts = protect(f"Of {placeholder} here")
    assert list(texts.values()) == [placeholder]
    assert restore(segment, texts) == f"Of {placeholder} here"


@pytest.mark.parametrize("text", PROSE)
def test_prose_with_braces_and_per_cent_is_text(text: str) -> None:
    assert text_of(protect(text)[0]) == text


def test_what_follows_a_conversion_at_once_is_text() -> None:
    assert (
        text_of(protect("%dKB of %sMB, %(count)dh, %dx%dpx, %1$dms, %d个文件")[0])
        == "KB of MB, h, xpx, ms, 个文件"
    )
    assert text_of(protect("One_x000D_\nTwo_x000D_three")[0]) == "One\nTwothree"


def test_what_takes_the_next_argument_must_not_change_places() -> None:
    (number, files, text), _ = protect("%d files in %s")
    assert lost_codes((number, files, text), (text, files, number)) == [
        "arguments are taken by %s, %d, not %d, %s"
    ]


@pytest.mark.parametrize("text", ["%s and %s", "%1$d of %2$s", "%(a)d of %(b)s", "{a} of {b}"])
def test_what_names_its_argument_or_is_all_alike_may_change_places(text: str) -> None:
    (one, between, other), _ = protect(text)
    assert lost_codes((one, between, other), (other, between, one)) == []
