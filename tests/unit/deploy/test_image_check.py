"""How `make image-check` reads the Dockerfile; the check itself takes minutes and is run by hand."""

from pathlib import Path

import pytest

from deploy.image import build, roots
from deploy.image.build import Build
from deploy.image.container import container
from deploy.image.dockerfile import Instruction, Stage, stages
from deploy.local.problems import LocalStackError


def test_stages_are_read_with_their_bases_and_what_others_copy_from() -> None:
    assert [stage.name for stage in stages()] == ["packages", "reference", ""]
    taken = [it.other_stage for it in stages()[-1].instructions if it.name == "COPY" and it.other_stage]
    assert taken == ["packages", "reference"]


def test_variables_build_on_those_before_and_arguments_have_their_defaults() -> None:
    stage = stages()[-1]
    assert stage.variables()["PATH"].startswith("/opt/venv/bin:/usr/local/bin:")
    assert "apertium-eng-spa" in stage.arguments()["APERTIUM_PAIRS"].split()


def test_an_instruction_the_check_cannot_carry_out_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unknown = Stage("python:3.11-slim-bookworm", "", (Instruction("ADD", "a b"),))
    monkeypatch.setattr(build, "stages", lambda: [unknown])
    monkeypatch.setattr(roots, "debian", lambda _root, _release: None)
    monkeypatch.setattr(roots, "copy", lambda _base, root: root.mkdir())
    with pytest.raises(LocalStackError, match="ADD"):
        Build(tmp_path, print).run()


def test_a_base_that_nothing_stands_in_for_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build, "stages", lambda: [Stage("alpine:3.22", "", ())])
    with pytest.raises(LocalStackError, match=r"alpine:3\.22"):
        Build(tmp_path, print).run()


def test_a_service_runs_as_the_images_user_on_a_root_it_cannot_write_to() -> None:
    settings = {"API_PORT": "18000", "REFERENCE_ASSETS": "/elsewhere"}
    script = container(Path("/root-of-it"), ["tini", "--", "python", "-m", "services.api"], settings)[-1]
    *mounts, last = script.splitlines()
    assert "mount -o remount,bind,ro /root-of-it" in mounts
    words = last.split()
    assert {"--reuid=10001", "--regid=10001", "--no-new-privs", "--bounding-set=-all"} <= set(words)
    assert {"API_PORT=18000", "REFERENCE_ASSETS=/elsewhere", "BATCH_TRANSLATION_ENV_FILE="} <= set(words)
    assert words[-5:] == ["tini", "--", "python", "-m", "services.api"]
