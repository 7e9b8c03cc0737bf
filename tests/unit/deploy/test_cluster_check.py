"""How `make cluster-check` begins; what it plays takes a cluster and half an hour."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from tests.cluster.faults import STORM
from tests.cluster.needs import quantity
from tests.cluster.plan import SCENES
from tests.cluster.usage import Usage

FOLDER = ROOT / "tests" / "cluster" / "scenes"


def test_without_a_cluster_it_says_so_and_exits_with_2(tmp_path: Path) -> None:
    environment = {**os.environ, "KUBECONFIG": str(tmp_path / "none"), "HOME": str(tmp_path)}
    check = [sys.executable, "-m", "tests.cluster"]
    ended = subprocess.run(
        check, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2, ended.stderr
    assert "kubectl reaches no cluster" in ended.stderr
    assert "kind create cluster" in ended.stderr


def test_it_can_be_stopped_where_a_shell_started_it_as_a_background_job(tmp_path: Path) -> None:
    """Such a shell has the job ignore SIGINT."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        config = tmp_path / "config"
        config.write_text(json.dumps(_kubeconfig(silent.getsockname()[1])))
        check = f"trap '' INT; exec {sys.executable} -m tests.cluster"
        with subprocess.Popen(
            ["sh", "-c", check], cwd=ROOT, env={**os.environ, "KUBECONFIG": str(config)}
        ) as running:
            connection, _ = silent.accept()
            with connection:
                running.send_signal(signal.SIGTERM)
                # A call that nobody answers would end after 30 seconds.
                assert running.wait(20) == 130


def _kubeconfig(port: int) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "it", "user": {"token": "none"}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }


def test_what_was_measured_before_and_after_a_load_is_not_counted_as_its_use() -> None:
    used = Usage(began=_at(10), ended=_at(40))
    used.take([_measured("a", 9, "900m"), _measured("b", 40, "300m")])
    used.take([_measured("a", 25, "100m"), _measured("b", 41, "900m")])
    assert used.lines() == ["worker     2 pods; a pod: 200m cores, 300m at most, 1 MiB at most"]


def _at(second: int) -> datetime:
    return datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)


def _measured(pod: str, second: int, cpu: str) -> dict[str, object]:
    labels = {"app.kubernetes.io/name": "translate-worker"}
    return {
        "metadata": {"name": pod, "labels": labels},
        "timestamp": _at(second).isoformat().replace("+00:00", "Z"),
        "containers": [{"usage": {"cpu": cpu, "memory": "1Mi"}}],
    }


def test_no_scene_is_collected_with_the_other_tests() -> None:
    assert {path.name for path in FOLDER.glob("*.py")} - {"__init__.py"} == {
        f"scene_{name}.py" for name in SCENES
    }
    assert list(FOLDER.parent.rglob("test_*.py")) == []


def test_every_scene_stands_in_the_document() -> None:
    document = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (part,) = re.findall(r"### That it runs on a cluster\n(.*?)\n### ", document, re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(SCENES)


def test_a_storm_has_every_kind_of_end() -> None:
    assert set(STORM) == {"killed", "forced", "deleted", "evicted"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("250m", 0.25), ("2", 2), ("1Gi", 2**30), ("123456789n", 0.123456789), ("512Mi", 2**29), ("1.5", 1.5)],
)
def test_a_quantity_is_read_as_kubernetes_writes_it(written: str, meant: float) -> None:
    assert quantity(written) == pytest.approx(meant)
