"""`make compose-check` without an Engine: what it says where something is missing, and what it derives."""

import os
import re
import sys
from pathlib import Path

import pytest
import yaml

from deploy.local.places import ROOT
from libs.telemetry.catalogue import JOB_STILLNESS
from tests.compose import __main__ as check
from tests.compose import engine as engine_module
from tests.compose.bases import IMAGES, NODE, PYTHON
from tests.compose.causes import Causes
from tests.compose.engine import find_engine, open_engine
from tests.compose.problems import Missing
from tests.compose.report import Report
from tests.compose.rules import SCALE, scaled_configuration, scaled_rules
from tests.compose.scenes import FILES, notes

OBSERVABILITY = ROOT / "deploy" / "observability"
RULES = (OBSERVABILITY / "alerts.yml").read_text(encoding="utf-8")
FACTS = "20.10.24 /var/lib/docker"


def program(folder: Path, text: str, name: str = "docker") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


async def test_the_client_is_the_one_that_reaches_an_engine_and_not_the_first_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "first", "exit 1")
    program(tmp_path / "second", "echo something else")
    third = program(tmp_path / "third", f"echo {FACTS}")
    folders = [tmp_path / name for name in ("first", "second", "third")]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    engine = await find_engine()
    assert engine is not None
    assert (engine.client, engine.version, str(engine.root)) == (str(third), *FACTS.split())


def test_without_room_it_says_how_much_it_needs_and_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # /proc is a file system without a free byte.
    program(tmp_path, "echo 20.10.24 /proc")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(sys, "argv", ["compose-check", "--stand-ins"])
    for place in ("HOME", "TOOLS"):
        monkeypatch.setattr(check, place, tmp_path)
    assert check.main() == 2
    assert re.search(r"/proc has 0\.0 GiB free and needs \d+: make room", capsys.readouterr().err)


async def test_a_user_who_may_not_start_an_engine_is_shown_how_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_engine(tmp_path, monkeypatch)
    program(tmp_path, "exit 1", "dockerd")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Missing, match="systemctl start docker"):
        async with open_engine(print):
            pass


async def test_where_no_package_can_bring_an_engine_its_own_page_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_engine(tmp_path, monkeypatch)
    with pytest.raises(
        Missing, match=r"no apt-get here: install the Docker Engine \(https://docs\.docker\.com"
    ):
        async with open_engine(print):
            pass


def no_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a client that reaches an Engine nor a dockerd, whatever this machine has."""
    program(folder, "exit 1")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/no.sock")
    monkeypatch.setattr(engine_module, "_SYSTEM_FOLDERS", ())


def test_scaled_rules_differ_in_their_times_alone() -> None:
    original, scaled = (yaml.safe_load(text)["groups"][0]["rules"] for text in (RULES, scaled_rules(RULES)))
    for before, after in zip(original, scaled, strict=True):
        assert after["for"] == before["for"].replace("m", "s")
        assert after["annotations"] == before["annotations"]
        back = re.sub(r"(\d+)s\b", r"\1m", after["expr"])
        back = back.replace(f"{3600 // SCALE}(", "3600(").replace(f"> {1800 // SCALE}", "> 1800")
        assert back == before["expr"]


def test_an_hour_of_stillness_is_a_bucket_again_when_it_is_scaled() -> None:
    assert 3600 // SCALE in JOB_STILLNESS.bounds


def test_the_scaled_configuration_scrapes_each_second() -> None:
    text = (OBSERVABILITY / "prometheus.yml").read_text(encoding="utf-8")
    read = yaml.safe_load(scaled_configuration(text))
    assert read["global"] == {"scrape_interval": "1s", "evaluation_interval": "1s"}
    sought = [target for job in read["scrape_configs"] for target in job.get("dns_sd_configs", ())]
    assert [target["refresh_interval"] for target in sought] == ["1s"] * 2


def test_every_alert_has_a_cause_that_the_check_plays() -> None:
    played = [alert for cause in Causes(None, None, "").all() for alert in cause.alerts]  # type: ignore[arg-type]  # nothing is played
    rules = yaml.safe_load(RULES)["groups"][0]["rules"]
    assert sorted(played) == sorted(rule["alert"] for rule in rules)


def test_stand_ins_are_made_for_what_the_dockerfile_and_the_compose_file_begin_with() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {PYTHON, NODE}
    assert IMAGES[:2] == (PYTHON, NODE)


def test_the_texts_of_the_fault_scenes_are_all_different() -> None:
    assert len(set(notes().values())) == len(notes()) == FILES


def test_the_page_holds_every_row_in_columns() -> None:
    report = Report()
    report.note("on a machine")
    report.row("first", "held", 1.25)
    report.row("a longer one", "held too")
    *_, head, first, second = report.page().splitlines()
    assert head.split() == ["tried", "seconds", "outcome"]
    assert first.split() == ["first", "1.2", "held"]
    assert second.index("held too") == first.index("held")
