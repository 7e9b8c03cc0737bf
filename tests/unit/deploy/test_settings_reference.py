import re
from pathlib import Path

import pytest

from deploy.settings_reference import SERVICES, env_example, main, variables

ACCOUNT = "AZURE_STORAGE_ACCOUNT"
LINE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def test_both_files_are_current() -> None:
    assert main(["--check"]) == 0, "run: python -m deploy.settings_reference"


def test_a_stale_file_is_named_and_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deploy.settings_reference.ROOT", tmp_path)
    assert main(["--check"]) == 1
    assert ".env.example is not current" in capsys.readouterr().out
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_every_variable_stands_once() -> None:
    names = [name for name, _ in LINE.findall(env_example(variables()))]
    fields = {field.upper() for kind in SERVICES.values() for field in kind.model_fields}
    assert sorted(names) == sorted(fields)


@pytest.mark.parametrize("service", SERVICES)
def test_the_defaults_shown_are_those_a_service_takes(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind = SERVICES[service]
    monkeypatch.setattr("os.environ", {})
    shown = [f"{name}={value}" for name, value in LINE.findall(env_example(variables())) if value]
    uncommented = tmp_path / ".env"
    uncommented.write_text("\n".join([*shown, f"{ACCOUNT}=demo"]))
    assert kind(_env_file=uncommented) == kind(_env_file=None, azure_storage_account="demo")
