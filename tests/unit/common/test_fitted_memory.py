"""What a process may take of memory fits its container, is lowered until it does, or the process says why."""

from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

from libs.common.errors import ConfigurationFault
from libs.common.settings import ApiSettings, TranslatingSettings, WorkerSettings, fitted
from libs.common.settings.memory import MIB, memory_need

SettingsT = TypeVar("SettingsT", bound=TranslatingSettings)


def explicit(kind: type[SettingsT], **values: Any) -> SettingsT:
    """Settings of nothing but the values given."""
    storage = SecretStr("UseDevelopmentStorage=true")
    return kind(azure_storage_connection_string=storage, _env_file=None, **values)


@pytest.mark.parametrize("engine", ["copy", "apertium"])
@pytest.mark.parametrize("limit", [330, 400, 512, 777, 1024, 1500, 2048, 4096])
def test_what_the_settings_allow_fits_every_container(limit: int, engine: str) -> None:
    asked = explicit(WorkerSettings, translation_engine=engine)
    settings, lowered = fitted(asked, limit * MIB)
    need = memory_need(settings)
    engine_has = min(need.engine, limit * MIB - need.total + need.engine)
    assert need.total - need.engine + engine_has <= limit * MIB
    assert engine_has >= (64 * MIB if engine == "apertium" else 0)
    assert (lowered is None) == (settings == asked) == (memory_need(asked).total <= limit * MIB)
    assert settings.document_memory_bytes >= 64 * MIB
    assert settings.document_processes >= 1


def test_the_line_says_what_there_is_what_was_asked_for_and_what_is_left() -> None:
    _, lowered = fitted(explicit(WorkerSettings, translation_engine="copy"), 512 * MIB)
    assert lowered is not None
    assert "the container has 512 MiB" in lowered
    assert "ask for 2176 MiB (128 for itself, 512 for documents in hand, 1536 for 2 document" in lowered
    assert "lowered to 5" in lowered


def test_a_container_that_cannot_hold_the_least_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigurationFault) as refused:
        fitted(explicit(WorkerSettings, translation_engine="copy"), 200 * MIB)
    said = str(refused.value)
    assert "the container has 200 MiB of memory, and this process needs at least 224 MiB" in said
    assert "\n" not in said


def test_without_a_limit_the_settings_stand() -> None:
    asked = explicit(WorkerSettings)
    assert fitted(asked, None) == (asked, None)


def test_an_api_that_only_looks_at_files_needs_no_memory_for_translating_them() -> None:
    looks = memory_need(explicit(ApiSettings))
    translates = memory_need(explicit(ApiSettings, enable_batch_queue=False))
    assert (looks.files, looks.engine) == (64 * MIB, 0)
    assert (translates.files, translates.engine) == (512 * MIB, 320 * MIB)
