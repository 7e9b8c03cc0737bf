"""Prescribed words, in every shape they come in."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.segments import Segment, Standalone, Term, Text, lost_codes, plain, text_of
from libs.translation.terms import Terms, resolved, with_codes
from libs.translation.translator import Order, Translation, Translator
from tests.unit.translation.doubles import ToldEngine
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.simulated import simulated
from tests.unit.translation.strategies import segments


def said(terms: Terms, text: str) -> str:
    """The text with its terms translated and in brackets."""
    (marked,) = terms.marked([plain(text)])
    return "".join(
        f"[{t.translation}]" if isinstance(t, Term) else t.text for t in marked if hasattr(t, "text")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The house. House, HOUSE!", "The [maison]. [Maison], [MAISON]!"),
        ("houses hoUse house2 my_house", "houses hoUse house2 my_house"),
        ("public cloud, Public cloud, cloud", "[nuage public], [Nuage public], [nuage]"),
        ("public  cloud\npublic\ncloud publiccloud", "[nuage public]\n[nuage public] publiccloud"),
        ("Azure azure AZURE Azure's", "[Azure] azure AZURE [Azure]'s"),
        ("C++ and c++, C", "[C++] and c++, C"),
        ("在微软公司", "在[Microsoft]公司"),
        ("हिन्दी", "हिन्दी"),
        ("été Été ÉTÉ étés", "[summer] [Summer] [SUMMER] étés"),
        ("a.b.c. x", "[alphabet] x"),
    ],
)
def test_terms_are_found_as_whole_words_in_the_case_they_allow(text: str, expected: str) -> None:
    dictionary = {
        "house": "maison", "public cloud": "nuage public", "cloud": "nuage", "微软": "Microsoft",
        "हिन्द": "x", "été": "summer", "a.b.c.": "alphabet",
    }  # fmt: skip
    assert said(Terms(dictionary, ["Azure", "C++"]), text) == expected


def test_an_entry_as_it_is_written_goes_before_one_that_would_fit() -> None:
    assert said(Terms({"may": "peut", "May": "mai"}), "may May MAY") == "[peut] [mai] [PEUT]"
    assert said(Terms({"house": "maison"}, ["house"]), "house") == "[house]"


@pytest.mark.parametrize(
    ("dictionary", "keep"),
    [({" ": "x"}, []), ({"x": " "}, []), ({}, [""]), ({}, [f"t{n}" for n in range(1_001)]),
     ({"x": "y" * 32_768}, []), ({}, ["a " * 65])],
)  # fmt: skip
def test_terms_without_text_and_too_many_are_refused(dictionary: dict[str, str], keep: list[str]) -> None:
    with pytest.raises(ValueError, match=r"text|at most|more than"):
        Terms(dictionary, keep)


WORDS = st.text(alphabet="abAB.*+([\\^$ é微", min_size=1, max_size=6).filter(lambda text: text.strip())


@given(
    st.dictionaries(WORDS, WORDS, max_size=6), segments(st.text(alphabet="abAB.*+([\\^$ é微\n", max_size=30))
)
def test_marked_and_left_alone_a_segment_is_the_segment(dictionary: dict[str, str], segment: Segment) -> None:
    (marked,) = Terms(dictionary).marked([segment])
    assert lost_codes(segment, tuple(t for t in marked if not isinstance(t, Term))) == []
    back = "".join(t.text for t in marked if isinstance(t, Term | Text))
    assert back == text_of(segment)
    found = [token for token in marked if isinstance(token, Term)]
    assert len({token.code for token in marked if not isinstance(token, Text)}) >= len(
        {t.code for t in found}
    )
    for term in found:
        assert any(
            re.sub(r"\s+", " ", term.text).lower() == " ".join(key.split()).lower() for key in dictionary
        )
    assert resolved(marked, with_codes(marked)) == resolved(marked, marked)


def test_the_time_grows_with_the_text_and_not_with_the_terms() -> None:
    many = Terms({"a " * 60 + f"b{n}": "x" for n in range(200)})
    assert_linear(lambda text: many.marked([plain(text)]), "a ", 40_000)


def result_of(engine: ToldEngine, text: str, terms: Terms) -> Translation:
    shared = Translator(engine, requests_in_flight=4, request_seconds=60)
    return simulated(shared.translate("a.txt", text.encode(), Order("en", "fr", terms=terms)))


TERMS = Terms({"house": "maison"}, ["Azure"])


def test_an_engine_that_knows_no_terms_is_given_codes_and_the_words_come_out_as_prescribed() -> None:
    engine = ToldEngine()
    result = result_of(engine, "The house of {name} is Azure.\n\nHouse!\n\nAzure house", TERMS)
    assert result.data.decode() == "THE maison OF {name} IS Azure.\n\nMaison!\n\nAzure maison"
    assert engine.segments == [
        (Text("The "), Standalone(2), Text(" of "), Standalone(1), Text(" is "), Standalone(3), Text("."))
    ]


def test_an_engine_that_knows_terms_is_given_them() -> None:
    async def render(segments: Sequence[Segment]) -> list[Segment]:
        return [tuple(Text(t.translation) if isinstance(t, Term) else t for t in s) for s in segments]

    engine = ToldEngine(render)
    engine.native_terms = True
    assert result_of(engine, "The house.", TERMS).data == b"The maison."
    assert engine.segments == [(Text("The "), Term(1, "house", "maison"), Text("."))]


def test_a_term_an_engine_loses_is_put_back_and_counted() -> None:
    async def lose(segments: Sequence[Segment]) -> list[Segment]:
        return [plain(text_of(segment)) for segment in segments]

    result = result_of(ToldEngine(lose), "The house is big.", TERMS)
    assert (result.data.count(b"maison"), result.repairs) == (1, 1)
