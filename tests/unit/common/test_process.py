"""How a process ends: one line for people where something outside is wrong, a traceback for a bug."""

import asyncio

import pytest

from libs.common.errors import ConfigurationFault, StorageRejected
from libs.common.runtime.process import run_until_stopped


@pytest.mark.parametrize("fault", [ConfigurationFault("port 1 is taken"), StorageRejected("bad name")])
def test_a_fault_inside_task_groups_is_still_one_line(fault: Exception) -> None:
    async def main(_stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup(), asyncio.TaskGroup():
            raise fault

    with pytest.raises(SystemExit) as end:
        run_until_stopped(main)
    assert str(fault) in str(end.value.code)
    assert "\n" not in str(end.value.code)


def test_a_bug_is_not_made_into_one_line() -> None:
    async def main(_stop: asyncio.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_until_stopped(main)
