import socket

import pytest

from deploy.local.ports import free_ports, require_free
from deploy.local.problems import LocalStackError
from deploy.local.up import read_settings


def test_a_taken_port_is_named_with_the_variable_that_moves_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(LocalStackError) as caught:
            require_free({"API_PORT": free_ports(1)[0], "BLOB_PORT": port})
    assert f"port {port} (BLOB_PORT) is taken" in str(caught.value)
    assert "BLOB_PORT=<port>" in str(caught.value)
    assert "\n" not in str(caught.value)
    require_free({"BLOB_PORT": port})


def test_ports_chosen_together_differ() -> None:
    assert len(set(free_ports(20))) == 20


def test_wrong_settings_of_make_up_are_all_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "99999")
    monkeypatch.setenv("WORKERS", "many")
    with pytest.raises(LocalStackError, match=r"^API_PORT: .*; WORKERS: [^\n]*$"):
        read_settings()


def test_an_empty_setting_of_make_up_is_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "")
    assert read_settings().ports["API_PORT"] == 8000
