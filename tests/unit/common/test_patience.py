"""A deadline holds, and a loop that stood still beyond it costs no answer that has come meanwhile."""

import asyncio
import socket
import time

import pytest

from libs.common.patience import within


async def test_what_takes_longer_is_given_up() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with within(0.1):
            await asyncio.Event().wait()
    assert time.monotonic() - began >= 0.1


async def test_what_ends_in_time_is_left_alone() -> None:
    async with within(30):
        await asyncio.sleep(0)


async def test_an_answer_that_came_while_the_loop_stood_still_is_read() -> None:
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    asyncio.get_running_loop().call_later(0.05, time.sleep, 1.0)
    theirs.send(b"answer")
    with theirs:
        async with within(0.3):
            await asyncio.sleep(0.1)  # the loop stands still in it, until after the deadline
            assert await reader.read(6) == b"answer"
    writer.close()


async def test_what_does_not_come_after_a_standstill_is_given_up_a_little_later() -> None:
    asyncio.get_running_loop().call_later(0.05, time.sleep, 1.0)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with within(0.3):
            await asyncio.Event().wait()
    assert time.monotonic() - began >= 1.3
