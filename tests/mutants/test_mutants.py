"""`make mutants` takes minutes and is run now and then; this keeps its list in step with the code."""

from deploy.local.places import ROOT
from tests.mutants.first_generation import MUTANTS


def test_every_mutant_still_finds_its_place_and_its_test() -> None:
    assert {mutant.bug for mutant in MUTANTS} == set(range(1, 12))
    for mutant in MUTANTS:
        assert mutant.place(ROOT)
        path, _, name = mutant.test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), mutant.test
