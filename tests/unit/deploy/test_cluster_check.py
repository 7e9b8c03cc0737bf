"""How `make cluster-check` begins; what it plays takes a cluster and half an hour."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from tests.cluster.faults import STORM
from tests.cluster.needs import quantity
from tests.cluster.plan import SCENES

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
