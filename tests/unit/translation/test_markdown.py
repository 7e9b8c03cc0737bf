from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import format_of
from libs.translation.documents.document import Document
from libs.translation.documents.markdown import MarkdownFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, Text, plain, text_of
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper


def parsed(text: str) -> Document:
    return MarkdownFormat().parse(text.encode(), "en")


def texts(text: str) -> list[str]:
    return [text_of(segment) for segment in parsed(text).segments]


def reworded(text: str, how: Callable[[Segment], Segment]) -> str:
    document = parsed(text)
    return document.render([how(segment) for segment in document.segments]).decode()


def becomes(text: str, *translations: str) -> str:
    return parsed(text).render([plain(translation) for translation in translations]).decode()


PIECES = [
    "*", "**", "_", "__", "~~", "`", "```", "[", "]", "(x)", "![", "<", ">", "> ", "# ", "- ", "1. ",
    "    ", "\t", "\\", "|", "|-|-|", "\n", "\n\n", "\r\n", "\r", "  \n", "---", "===", "&amp;", "&auml;",
    "<b>", "</b>", "<div>", "</div>", "<!--", "-->", "word ", "two words ", "Straße", "{x}", "{{ y }}",
    "{% z %}", "https://a.b", "<https://a.b>", "[a]", "[a]: b", "[^1]", "[^1]: ", "[ ] ", "[x](y 'z')",
    "![pic](y)", "!", ".", ":tada:", "\xa0", "+++",
    "!!! note\n", "{% raw %}\n", "{% endraw %}\n",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(SOUP, st.sampled_from([upper, backwards, split]))
def test_no_soup_of_marks_is_too_thick(text: str, how: Callable[[Segment], Segment]) -> None:
    with suppress(PermanentFault):  # a word of five brackets may come to stand where it begins a block
        assert len(texts(reworded(text, how))) <= len(text)


@given(st.binary())
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = MarkdownFormat().parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


@pytest.mark.parametrize("name", ["a.md", "README.MD", "a.markdown"])
def test_names_of_markdown_files(name: str) -> None:
    assert isinstance(format_of(name), MarkdownFormat)


PAGE = """\
---
title: Not this
---
A *title*
=========

## Second `code` ##

> A quote, that is
> wrapped.
>
> - [ ] a task
>   1. deep

Text[^1] with <kbd>Ctrl</kbd>, <https://a.b>, a@b.cd, {{ x }} and :tada:.

| Left | Right \\| x |
|------|-------:|
| `a` | [see](c.md "d") |

    indented code

```sh
fenced code
```

<p align="center" title="shown">
  In <b>HTML</b>
</p>

[^1]: A note.
[^x]: Word

[label]: https://not.this "Nor this"
"""


def test_what_is_read_is_translated_and_all_else_stays() -> None:
    assert texts(PAGE) == [
        "A title",
        "Second ",
        "A quote, that is wrapped.",
        "a task",
        "deep",
        "Text with , , ,  and .",
        "Left",
        "Right  x",
        "see",
        "d",
        "shown",
        "In HTML",
        "A note.",
        "Word",
    ]
    expected = PAGE
    for words in ("A *title*", "Second", "A quote, that is", "wrapped.", "a task", "deep", "Left", "Right"):
        expected = expected.replace(words, words.upper())
    for words in ("see", "shown", "In <b>HTML", "A note.", "Word"):
        expected = expected.replace(words, words.upper().replace("<B>", "<b>"))
    expected = expected.replace("Text[^1] with", "TEXT[^1] WITH").replace("}} and", "}} AND")
    expected = expected.replace('c.md "d"', 'c.md "D"')
    assert reworded(PAGE, upper) == expected.replace("\\| x |", "\\| X |")


@pytest.mark.parametrize("kept", ["$x_1 = house$", "$x$", "$$a * b * c$$", "`$`", "$\\alpha$"])
def test_formulas_stay(kept: str) -> None:
    assert reworded(f"The {kept} is good.", upper) == f"THE {kept} IS GOOD."


@pytest.mark.parametrize(
    "kept",
    ['<span class="notranslate">Blue *Sky*</span>', "<b translate=no>a *b*</b>", "<textarea>a</textarea>"],
)
def test_inline_html_that_is_not_for_readers_stays(kept: str) -> None:
    assert texts(f"The {kept} is good.") == ["The  is good."]
    assert reworded(f"The {kept} is good.", upper) == f"THE {kept} IS GOOD."


def test_prices_are_no_formulas() -> None:
    assert reworded("It costs $5 a month, $7 at most, or 3$ a day.", upper) == (
        "IT COSTS $5 A MONTH, $7 AT MOST, OR 3$ A DAY."
    )


def test_a_title_that_is_translated_ends_where_it_did() -> None:
    source = 'See [the shop](x.md "our shop"), ![a shop](y.png "shop") and [this]( "is-an-address").'
    (_, *titles) = parsed(source).segments
    assert [text_of(title) for title in titles] == ["our shop", "a shop", "shop"]
    new = [plain('"a" ) | b') if s == plain("our shop") else s for s in parsed(source).segments]
    assert parsed(source).render(new).decode() == source.replace("our shop", '\\"a\\" ) \\| b')


def test_marks_stay_on_their_words() -> None:
    source = (
        "The *white* house has [two **doors**](d.md 'x') and `code`, see [docs] in![a pic](y)\n\n[docs]: z\n"
    )
    assert texts(source) == ["The white house has two doors and , see docs in", "a pic"]
    assert reworded(source, backwards) == (
        "in [docs][docs] see , `code` and [**doors** two](d.md 'x') has house *white* The"
        "![pic a](y)\n\n[docs]: z\n"
    )


def test_no_blank_comes_behind_an_escaped_mark_inside_a_word() -> None:
    assert reworded("Set *your* A\\_B\\*C, please.\n", upper) == "SET *YOUR* A\\_B\\*C, PLEASE.\n"


def test_a_reference_by_its_own_text_still_refers_when_the_text_is_another() -> None:
    source = "See [the docs] and [old][].\n\n[the docs]: x\n[old]: y\n"
    assert reworded(source, upper) == "SEE [THE DOCS][the docs] AND [OLD][old].\n\n[the docs]: x\n[old]: y\n"


@pytest.mark.parametrize(
    ("source", "words", "expected"),
    [
        ("A **big** house", ["Una casa", " grande ", "aquí"], "Una casa **grande** aquí"),
        ("A **big** house", ["一", "大。", "屋"], "一**大。** 屋"),
        ("A _big_ house", ["eine", "große", "s Haus"], "eine _große_ s Haus"),
        ("A **big** house", ["Una casa", "", " aquí"], "Una casa aquí"),
        ("A [big](x) house", ["¡Ay!", "grande", "casa"], "¡Ay\\![grande](x)casa"),
        ("A <b id=x>big</b> house", ["Una ", "2 * 3 a_b <i> *x* `y` [z](u) &amp; \\_", ""],
         r"Una <b id=x>2 * 3 a_b \<i> \*x\* \`y\` [z\](u) \&amp; \\\_</b>"),
    ],
)  # fmt: skip
def test_words_that_move_do_not_change_the_markup(source: str, words: list[str], expected: str) -> None:
    (segment,) = parsed(source).segments
    new = iter(words)
    translation = tuple(Text(next(new)) if isinstance(t, Text) else t for t in segment)
    assert parsed(source).render([translation]).decode() == expected


@pytest.mark.parametrize(
    ("translation", "expected"),
    [
        ("# no", "\\# no"),
        ("- no", "\\- no"),
        ("+ no", "\\+ no"),
        ("* no", "\\* no"),
        ("> no", "\\> no"),
        ("1. no", "1\\. no"),
        ("2) no", "2\\) no"),
        ("---", "\\---"),
        ("=", "\\="),
        ("~~~ no", "\\~\\~\\~ no"),
        ("``` no", "\\`\\`\\` no"),
        ("<div> no", "\\<div> no"),
        ("[a]: no", "[a\\]: no"),
        ("a\n\n    b", "a b"),
        ("#1 -a 1.5 >", "#1 -a 1.5 >"),
    ],
)
def test_no_line_begins_a_block_by_accident(translation: str, expected: str) -> None:
    assert becomes("> Text\n", translation) == f"> {expected}\n"
    wrapped = becomes(f"- {'word ' * 9}\n  word\n", f"{'word ' * 10}{translation}")
    assert MarkdownFormat().parse(wrapped.encode(), "en").segments
    assert len(wrapped.split("\n")) == 3


def test_wrapped_lines_are_joined_and_wrapped_again_behind_their_prefix() -> None:
    source = "> - One two three four fives\r\n>   six seven  \r\n>   eight\\\r\n>   nine ten.\r\n"
    assert texts(source) == ["One two three four fives six seveneightnine ten."]
    assert reworded(source, upper) == source.upper()
    (segment,) = parsed(source).segments
    longer = tuple(Text("viel länger " * 4) if isinstance(t, Text) else t for t in segment)
    assert parsed(source).render([longer]).decode() == (
        "> - viel länger viel länger\r\n>   viel länger viel länger  \r\n"
        ">   viel länger viel länger\r\n>   viel länger viel länger\\\r\n"
        ">   viel länger viel länger\r\n>   viel länger viel länger\r\n"
    )


def test_pipes_and_hashes_of_a_translation_are_no_markup() -> None:
    assert becomes("|a|b|\n|-|-|\n|c|d|\n", "a", "b", "c | c", "d") == "|a|b|\n|-|-|\n|c \\| c|d|\n"
    assert becomes("# C #\n", "C #") == "# C \\# #\n"


def test_a_translation_that_makes_another_document_fails_the_file() -> None:
    document = parsed("Intro\n\na <div>b</div>\n")
    intro, segment = document.segments
    tag_first = (*segment[1:], Text(" a"))
    with pytest.raises(PermanentFault, match="line 3 there would be html_block") as fault:
        document.render([intro, tag_first])
    assert fault.value.code == "shape_changed"


def test_a_lost_code_fails_the_file() -> None:
    with pytest.raises(PermanentFault, match="pair 1 is lost") as fault:
        parsed("A **big** house").render([plain("Una casa grande")])
    assert fault.value.code == "codes_lost"


UNITS = [
    "*", "[", "![", "<", "`", "``a`", "_", "~", "[a](", '[a](b "', "[a](b '", "[a](<", "](", "[a]", "[a][b]",
    "![a](b)", "*a", "*a ", "**a* ", "<a ", '<a b="', "<!--", "{{", "&#", "\\", "> ", "> a\n", "- ", "- a\n",
    "a\n", "a  \n", "|a", "|a|b|\n|-|-|\n", "# a\n", "  - a\n", "[^", ":a", "<b>a", "```\n", "<div>\n",
    "[a]: b\n", "[a\n", "[*a](b)", "[a](((", "a\n=\n", "---\n", "> - 1. ", "[[a]]",
    "!!! a\n", "!!! a\n    b\n", "!!! a\n\n    b\n\n", "[^1]: a\n\n    b\n\n", "{% raw %}\n",
    "a\n{% raw %}\n\n", "{% raw %}\n{% endraw %}\n", "- {% raw %}\n", "> {% raw %}\n",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_size_alone(unit: str) -> None:
    def work(text: str) -> None:
        with suppress(PermanentFault):
            reworded(text + " end", upper)

    assert_linear(work, unit, 6_000)


@pytest.mark.parametrize("unit", ["*", "<", "`"])
def test_five_million_of_a_character_are_nothing(unit: str) -> None:
    assert texts(f"{unit * 5_000_000} end") is not None


def test_more_than_anybody_writes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.translation.documents.markdown.MOST_LINES", 10)
    monkeypatch.setattr("libs.translation.documents.markdown_inline.MOST_MARKS", 10)
    for text, code in (("a\n" * 11, "too_many_lines"), ("[" * 12, "too_much_markup")):
        with pytest.raises(PermanentFault) as fault:
            parsed(text)
        assert fault.value.code == code
