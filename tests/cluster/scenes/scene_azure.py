import copy
from typing import Any

import pytest

from tests.cluster import kubectl
from tests.cluster.places import make
from tests.cluster.plan import NAMESPACE, STRANGERS
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.unit.deploy.manifests import rendered

_WEBHOOK = "vscaledobject.kb.io"


async def test_the_cluster_and_keda_would_take_the_azure_overlay(stage: Stage, report: Report) -> None:
    await make(stage.cluster, STRANGERS)
    with kubectl.over("azure", namespace=STRANGERS) as folder:
        dry = kubectl.apply(folder, "--dry-run=server")
    assert dry.returncode == 0, dry.stderr
    assert "warning" not in dry.stderr.lower()
    taken = dry.stdout.splitlines()
    assert all("(server dry run)" in line for line in taken)
    assert len(taken) == len(rendered("azure").documents)
    report.say(f"azure: the cluster and KEDA's webhook would take all {len(taken)} documents of the overlay")


@pytest.mark.usefixtures("stage")
def test_kedas_webhook_is_asked() -> None:
    """A second ScaledObject for a workload is what only KEDA's webhook refuses."""
    second: dict[str, Any] = copy.deepcopy(rendered("local").of_kind("ScaledObject")["translate-worker"])
    second["metadata"] = {"name": "second", "namespace": NAMESPACE}
    said = kubectl.apply_document(second, "--dry-run=server")
    assert said.returncode != 0
    assert "already managed" in said.stderr
