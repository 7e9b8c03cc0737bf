import os
from pathlib import Path

import pytest

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Direction, Wish
from libs.translation.errors import PermanentFault
from libs.translation.segments import plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = [
        "eng-spa",
        "es-pt_BR",
        "spa-cat_valencia",
        "spa-cat_iec2017",
        "eco-es-fr",
        "eng-hbs_HR",
        "xxx-eng",
    ]
    (tmp_path / "pair.bin").write_bytes(b"data")
    for name in names:
        (tmp_path / f"{name}.mode").write_text(f"cat '{tmp_path / 'pair.bin'}' | cat")
    (tmp_path / "spa-eng.mode").write_text("cat | no-such-program -w")
    return tmp_path


def test_directions_are_the_modes_that_can_run_in_iso_639_1(folder: Path) -> None:
    ways = [("en", "es"), ("es", "pt-BR"), ("es", "ca-valencia"), ("en", "hr")]
    assert ApertiumEngine(folder).directions() == {Direction(*way) for way in ways}


def test_the_version_changes_when_a_pairs_data_do(folder: Path) -> None:
    before = ApertiumEngine(folder).version
    assert ApertiumEngine(folder).version == before
    os.utime(folder / "pair.bin", (1, 1))
    assert ApertiumEngine(folder).version != before


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """English, Catalan and Portuguese around Spanish."""
    names = [
        "eng-spa",
        "spa-eng",
        "spa-eng_US",
        "spa-cat",
        "cat-spa",
        "cat-por",
        "por-cat",
        "spa-por",
        "eng-cat",
    ]
    for name in names:
        (tmp_path / f"{name}.mode").write_text("cat | cat")
    return tmp_path


def ways(engine: ApertiumEngine) -> dict[str, str | None]:
    return {f"{way.source}-{way.target}": way.via for way in engine.directions()}


def test_by_way_of_a_pivot_go_those_who_have_no_pair(pairs: Path) -> None:
    without, with_it = ways(ApertiumEngine(pairs)), ways(ApertiumEngine(pairs, pivots=["es"]))
    assert set(without.values()) == {None}
    # English to Catalan has a pair, Portuguese to English would take two between, and en-US is English.
    assert {way: via for way, via in with_it.items() if way not in without} == {
        "en-pt": "es",
        "ca-en": "es",
        "ca-en-US": "es",
    }
    assert with_it["en-ca"] is None


def test_the_first_pivot_that_leads_there_is_taken(pairs: Path) -> None:
    found = ways(ApertiumEngine(pairs, pivots=["ca", "es"]))
    assert (found["en-pt"], found["pt-es"], found["ca-en"]) == ("ca", "ca", "es")
    assert "pt-en" not in found


def test_a_pivot_that_leads_nowhere_is_refused(pairs: Path) -> None:
    for pivot in "xx", "en-US":
        with pytest.raises(ValueError, match=pivot):
            ApertiumEngine(pairs, pivots=[pivot])


def test_the_version_changes_with_the_pivots(pairs: Path) -> None:
    pivots = [(), ("es",), ("ca",), ("es", "ca"), ("ca", "es")]
    assert len({ApertiumEngine(pairs, pivots=some).version for some in pivots}) == len(pivots)


async def test_a_direction_that_is_not_there_is_refused_with_those_that_are(folder: Path) -> None:
    with pytest.raises(PermanentFault, match=r"de to fr .* en-es, en-hr, es-ca-valencia, es-pt-BR") as fault:
        await ApertiumEngine(folder).translate([plain("Haus")], Wish("de", "fr"))
    assert fault.value.code == "unsupported_direction"


async def test_without_any_pair_the_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentFault, match="no language pair is installed"):
        await ApertiumEngine(tmp_path).translate([plain("Haus")], Wish("de", "fr"))
