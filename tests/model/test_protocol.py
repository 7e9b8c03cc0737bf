import pytest

from tests.model.explore import Verdict, explore
from tests.model.protocol import Protocol
from tests.model.scenarios import BROKEN, SOUND, Bounds


@pytest.mark.parametrize("name", SOUND)
def test_no_order_of_steps_and_faults_breaks_a_promise_or_leaves_a_job_stuck(name: str) -> None:
    verdict = _walk(name, SOUND[name])
    assert verdict.broken == "", "\n".join(verdict.trace)
    assert verdict.faults > 0


@pytest.mark.parametrize("name", BROKEN)
def test_a_protocol_known_to_be_broken_is_found_out(name: str) -> None:
    bounds, breaks = BROKEN[name]
    assert breaks in _walk(name, bounds).broken


def _walk(name: str, bounds: Bounds) -> Verdict:
    verdict = explore(Protocol(**bounds))
    print(f"{name}: {verdict.states} states, {verdict.faults} faults, {verdict.broken or 'sound'}")
    return verdict
