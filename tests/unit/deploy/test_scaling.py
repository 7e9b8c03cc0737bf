"""Numbers that belong together: how many pods there are, and how much time they get to end."""

import math
import re
from typing import Any

import pytest

from deploy.local.places import ROOT
from libs.common.settings import ServiceSettings, WorkerSettings
from services.dispatcher import dispatcher
from services.worker import worker
from tests.unit.deploy.manifests import KUBERNETES, OVERLAYS, SERVICES, rendered

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
SCALED = ("translate-dispatcher", "translate-worker")


@every_overlay
def test_nobody_says_how_many_pods_there_are_where_an_autoscaler_does(overlay: str) -> None:
    manifests = rendered(overlay)
    by_keda = [scaled_object(overlay, name)["scaleTargetRef"]["name"] for name in SCALED]
    autoscalers = manifests.of_kind("HorizontalPodAutoscaler").values()
    targets = [*by_keda, *(it["spec"]["scaleTargetRef"]["name"] for it in autoscalers)]
    assert sorted(targets) == sorted(SERVICES)
    assert [workload.name for workload in manifests.workloads if "replicas" in workload.spec] == []


@every_overlay
@pytest.mark.parametrize("name", SCALED)
def test_keda_watches_the_queue_of_the_service_in_the_account_of_the_service(overlay: str, name: str) -> None:
    manifests, kept = rendered(overlay), rendered(overlay).workload(name).settings()
    (trigger,) = scaled_object(overlay, name)["triggers"]
    assert trigger["type"] == "azure-queue"
    assert trigger["metadata"]["queueName"] == (
        kept.queue_name if isinstance(kept, WorkerSettings) else kept.dispatch_queue_name
    )
    # Messages in work count: "visibleonly" would take away workers that still translate.
    assert trigger["metadata"]["queueLengthStrategy"] == "all"
    authentication = manifests.of_kind("TriggerAuthentication")[trigger["authenticationRef"]["name"]]["spec"]
    if "podIdentity" in authentication:
        assert authentication == {"podIdentity": {"provider": "azure-workload"}}
        assert trigger["metadata"]["accountName"] == kept.azure_storage_account
    else:
        (reference,) = authentication["secretTargetRef"]
        secret = manifests.secret(reference["name"])[reference["key"]]
        assert reference["parameter"] == "connection"
        assert secret == connection_string(kept)


@every_overlay
@pytest.mark.parametrize("name", SCALED)
def test_while_keda_cannot_read_a_queue_no_pod_is_taken_away(overlay: str, name: str) -> None:
    spec = scaled_object(overlay, name)
    assert spec["fallback"]["behavior"] == "currentReplicasIfHigher"
    assert 1 <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]
    # From KEDA 2.17 on: https://keda.sh/docs/2.17/reference/scaledobject-spec/#fallback
    assert "2.17" in (KUBERNETES / "base" / "keda.yaml").read_text(encoding="utf-8")


@every_overlay
def test_a_worker_is_asked_for_what_it_does_at_once_and_a_dispatcher_is_always_there(overlay: str) -> None:
    workers, dispatchers = scaled_object(overlay, "translate-worker"), scaled_object(overlay, SCALED[0])
    kept = worker_settings(overlay)
    assert workers["triggers"][0]["metadata"]["queueLength"] == str(kept.max_concurrent_files)
    assert workers["cooldownPeriod"] == 2 * kept.visibility_timeout
    assert (workers["minReplicaCount"], dispatchers["minReplicaCount"]) == (0, 1)


@every_overlay
def test_busy_workers_are_taken_away_slowly_and_not_for_a_dip(overlay: str) -> None:
    behaviour = scaled_object(overlay, "translate-worker")["advanced"]["horizontalPodAutoscalerConfig"]
    down = behaviour["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= worker_settings(overlay).drain_seconds
    assert down["selectPolicy"] == "Min"
    assert down["policies"] == [{"type": "Percent", "value": 25, "periodSeconds": 60}]


def test_the_largest_number_of_workers_follows_from_the_engines_quota() -> None:
    kept, workers = worker_settings("azure"), scaled_object("azure", "translate-worker")
    comment = (KUBERNETES / "base" / "keda.yaml").read_text(encoding="utf-8")
    (characters,) = re.findall(r"files of (\d+) characters", comment)
    a_worker = kept.max_concurrent_files * 60 * int(characters)
    assert f"{a_worker:,} characters a minute" in comment
    assert workers["maxReplicaCount"] == math.ceil(0.96 * kept.engine_chars_per_minute / a_worker)


def test_the_document_counts_workers_by_the_same_rule() -> None:
    document = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [FS]\d \| ([\d,]+) \| (\d+) \|$", document, re.MULTILINE)
    (a_worker,) = re.findall(r"8 x 60 x 150 = ([\d,]+)", document)
    assert number(a_worker) == worker_settings("azure").max_concurrent_files * 60 * 150
    assert {most: math.ceil(0.96 * number(quota) / number(a_worker)) for quota, most in rows} == {
        most: int(most) for _, most in rows
    }
    assert ("666,666", str(scaled_object("azure", "translate-worker")["maxReplicaCount"])) in rows


@every_overlay
def test_a_stopping_worker_has_time_to_end_its_files(overlay: str) -> None:
    kept, grace = worker_settings(overlay), grace_of(overlay, "translate-worker")
    # Above 600 s a cluster's autoscaler does not wait.
    assert kept.drain_seconds + 30 == grace <= 600
    assert worker._HAND_BACK_SECONDS + worker._LOOK_SECONDS < 30


@every_overlay
def test_api_and_dispatcher_have_time_for_what_they_have_in_hand(overlay: str) -> None:
    assert grace_of(overlay, "translate-dispatcher") >= dispatcher._DRAIN_SECONDS + 20
    api = rendered(overlay).workload("translate-api").container
    (_, pause) = api["lifecycle"]["preStop"]["exec"]["command"]
    answers = 5  # `libs.common.runtime.health.serve` gives them so long
    assert grace_of(overlay, "translate-api") >= int(pause) + answers + 10


def scaled_object(overlay: str, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = rendered(overlay).of_kind("ScaledObject")[name]["spec"]
    return spec


def worker_settings(overlay: str) -> WorkerSettings:
    kept = rendered(overlay).workload("translate-worker").settings()
    assert isinstance(kept, WorkerSettings)
    return kept


def grace_of(overlay: str, name: str) -> int:
    seconds: int = rendered(overlay).workload(name).pod["terminationGracePeriodSeconds"]
    return seconds


def number(written: str) -> int:
    return int(written.replace(",", ""))


def connection_string(kept: ServiceSettings) -> str:
    assert kept.azure_storage_connection_string is not None
    return kept.azure_storage_connection_string.get_secret_value()
