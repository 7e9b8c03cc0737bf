"""The emulator that benchmarks put at a distance."""

import time

from benchmarks.filling import opened
from benchmarks.programs import storage_at


async def test_storage_at_a_distance_answers_no_sooner_than_that() -> None:
    async with storage_at(300) as storage, opened(storage) as deployment:
        began = time.monotonic()
        assert await deployment.blobs.containers(1, None) == ([], None)
        assert time.monotonic() - began >= 0.3
