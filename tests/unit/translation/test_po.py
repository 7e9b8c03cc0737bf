from collections.abc import Callable
from functools import partial

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import format_of
from libs.translation.documents.po import PoFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain
from tests.unit.translation import taking_apart
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered

FORM = PoFormat()
texts = partial(taking_apart.texts, FORM)
reworded = partial(taking_apart.reworded, FORM)
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
)


WORDS = st.lists(
    st.sampled_from(
        ["File ", "it's", "%s ", "{x}", "<b>", "</b>", "\n", '"', "\\", "\t", "é", "\x01", "a.b"]
    ),
    min_size=1,
    max_size=6,
).map("".join)


@st.composite
def catalogues(draw: st.DrawFn) -> str:
    catalogue = polib.POFile(wrapwidth=draw(st.sampled_from([20, 78])))
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for number, word in enumerate(draw(st.lists(WORDS, max_size=5))):
        entry = polib.POEntry(msgid=f"{number}{word}", comment=draw(st.sampled_from(["", "a comment"])))
        if draw(st.booleans()):
            entry.msgid_plural = f"{word}s"
            entry.msgstr_plural = {0: "", 1: draw(st.sampled_from(["", "there"]))}
        else:
            entry.msgstr = draw(st.sampled_from(["", "there"]))
        entry.msgctxt = draw(st.sampled_from([None, "menu"]))  # type: ignore[assignment]  # it may have none
        entry.flags = draw(st.sampled_from([[], ["fuzzy"], ["c-format"]]))
        entry.obsolete = draw(st.booleans())
        catalogue.append(entry)
    return str(catalogue)


@given(catalogues(), st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_entry_flag_comment_and_translation(
    text: str, how: Callable[[Segment], Segment]
) -> None:
    before, after = polib.pofile(text), polib.pofile(reworded(text, how))
    assert after.metadata == before.metadata
    for ours, theirs in zip(before, after, strict=True):
        for kept in ("msgid", "msgid_plural", "msgctxt", "flags", "comment", "obsolete"):
            assert getattr(ours, kept) == getattr(theirs, kept)
        if ours.msgstr and not ours.fuzzy:
            assert ours.msgstr == theirs.msgstr


@given(st.binary() | st.text(alphabet='msgidtr "\\\n#,~[]01').map(str.encode))
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = FORM.parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


def test_names_of_catalogues() -> None:
    assert isinstance(format_of("es.po"), PoFormat)
    assert isinstance(format_of("app.pot"), PoFormat)


def test_missing_and_fuzzy_translations_are_made_and_others_kept() -> None:
    source = (
        f'# A comment\n{HEADER}\n#: a.c:1\nmsgctxt "menu"\nmsgid "Open %s"\nmsgstr ""\n'
        'msgid ""\n"Two\\n"\n"lines"\nmsgstr ""\n\n#, fuzzy\nmsgid "Old"\nmsgstr "Alt"\n\n'
        'msgid "Kept"\nmsgstr "Da"\n#~ msgid "Gone"\n#~ msgstr ""\n'
    )
    assert texts(source) == ["Open ", "Two", "lines", "Old"]
    new = source.replace('Open %s"\nmsgstr ""', 'Open %s"\nmsgstr "OPEN %s"').replace('"Alt"', '"OLD"')
    new = new.replace('"lines"\nmsgstr ""', '"lines"\nmsgstr ""\n"TWO\\n"\n"LINES"')
    assert reworded(source, upper) == new


def test_plural_forms_are_made_from_the_plural_and_the_first_from_the_singular() -> None:
    source = f'{HEADER}\nmsgid "%d file"\nmsgid_plural "%d files"\n'
    assert reworded(f'{source}msgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n', upper) == (
        f'{source}msgstr[0] "%d FILE"\nmsgstr[1] "%d FILES"\nmsgstr[2] "%d FILES"\n'
    )
    assert reworded(f'{source}msgstr[0] ""\n', upper) == f'{source}msgstr[0] "%d FILES"\n'


def test_the_declared_charset_is_kept_where_the_translation_fits_it() -> None:
    source = f'{HEADER}\nmsgid "Größe"\nmsgstr ""\n'.replace("UTF-8", "ISO-8859-2").encode("iso-8859-2")
    document = FORM.parse(source, "de")
    assert document.render([plain("Wielkość")]).endswith('msgstr "Wielkość"\n'.encode("iso-8859-2"))
    assert document.render([plain("日本")]).decode().startswith(HEADER)
    template = HEADER.replace("UTF-8", "CHARSET") + '\nmsgid "Size"\nmsgstr ""\n'
    assert FORM.parse(template.encode(), "en").render([plain("Größe")]).decode().startswith(HEADER)


@pytest.mark.parametrize("line", ["hello", 'msgid "a', 'msgid "a" b', '"a"', 'msgwhat "a"'])
def test_what_is_no_catalogue_is_told_with_its_line(line: str) -> None:
    with pytest.raises(PermanentFault, match="line 2 ") as fault:
        FORM.parse(f"# a\n{line}\n".encode(), "en")
    assert fault.value.code == "malformed"


@pytest.mark.parametrize("unit", ["a", "a ", "\\n", '"\n"', '\\"', "<", "%", '"\nmsgstr ""\nmsgid "a'])
def test_time_grows_with_size_alone(unit: str) -> None:
    def work(text: str) -> object:
        return rendered(FORM.parse(f'msgid "{text} x"\nmsgstr ""\n'.encode(), "en"), upper)

    assert_linear(work, unit, 5_000)
