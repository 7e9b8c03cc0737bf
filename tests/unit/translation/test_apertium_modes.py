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


async def test_a_direction_that_is_not_there_is_refused_with_those_that_are(folder: Path) -> None:
    with pytest.raises(PermanentFault, match=r"de to fr .* en-es, en-hr, es-ca-valencia, es-pt-BR") as fault:
        await ApertiumEngine(folder).translate([plain("Haus")], Wish("de", "fr"))
    assert fault.value.code == "unsupported_direction"


async def test_without_any_pair_the_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentFault, match="no language pair is installed"):
        await ApertiumEngine(tmp_path).translate([plain("Haus")], Wish("de", "fr"))
