"""A stopping process hands its last figures over if it can, and waits for nobody who does not take them."""

import threading

from libs.common.runtime.telemetry import _within


async def test_what_is_left_is_handed_over_in_order() -> None:
    taken: list[str] = []
    await _within(30, lambda: taken.append("spans"), lambda: taken.append("metrics"))
    assert taken == ["spans", "metrics"]


async def test_somebody_who_takes_nothing_holds_up_no_process() -> None:
    taker, gone = threading.Event(), threading.Event()

    def hand_over() -> None:
        taker.wait(60)
        gone.set()

    await _within(0.05, hand_over)
    assert not gone.is_set()
    taker.set()
    assert gone.wait(30)


async def test_an_error_on_the_way_out_is_nobody_elses() -> None:
    def broken() -> None:
        raise OSError("no route")

    await _within(30, broken)
