from tests.cluster.stage import Stage


def test_the_overlay_is_applied_to_a_namespace_made_by_hand_without_a_warning(stage: Stage) -> None:
    assert [line for line in stage.said.splitlines() if "warning" in line.lower()] == []
    assert len(stage.said.splitlines()) > 10
