"""traffic.py RATE SECONDS: so many requests a second, half on new connections; prints what came of them.

No request is tried again; aiohttp alone opens a connection once more that it kept and found closed.
It ends after SECONDS, or before when the file /tmp/stop-traffic is there.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import aiohttp

PATHS = ("batch/jobs?limit=5", "languages", "batch/containers", "formats")
STOP = Path("/tmp/stop-traffic")
_TIMEOUT = aiohttp.ClientTimeout(total=30)


class Traffic:
    def __init__(self, url: str, sessions: list[aiohttp.ClientSession]) -> None:
        self.took: list[float] = []
        self.lost: Counter[str] = Counter()
        self._url = url
        self._sessions = sessions

    async def ask(self, number: int) -> None:
        began = time.monotonic()
        session = self._sessions[number % len(self._sessions)]
        try:
            async with session.get(f"{self._url}/api/v1/{PATHS[number // 2 % len(PATHS)]}") as response:
                await response.read()
                if not response.ok:
                    self.lost[str(response.status)] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.lost[repr(error)[:200]] += 1
        self.took.append(time.monotonic() - began)


def is_stopped() -> bool:
    return STOP.exists()


async def main(rate: str, seconds: str) -> None:
    headers = {"Authorization": f"Bearer {os.environ['BATCH_TRANSLATE_KEY']}"}
    async with (
        aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as kept,
        aiohttp.ClientSession(
            headers=headers, timeout=_TIMEOUT, connector=aiohttp.TCPConnector(force_close=True)
        ) as fresh,
        asyncio.TaskGroup() as group,
    ):
        traffic = Traffic(os.environ["BATCH_TRANSLATE_URL"], [kept, fresh])
        began, sent = time.monotonic(), 0
        while time.monotonic() - began < float(seconds) and not is_stopped():
            group.create_task(traffic.ask(sent))
            sent += 1
            await asyncio.sleep(max(0.0, began + sent / float(rate) - time.monotonic()))
    took = sorted(traffic.took)
    figures = {
        name: round(took[int(len(took) * part)] * 1000) for name, part in (("half", 0.5), ("most", 0.99))
    }
    print(json.dumps({"sent": sent, "lost": traffic.lost, "slowest": round(took[-1] * 1000), **figures}))


if __name__ == "__main__":
    STOP.unlink(missing_ok=True)
    asyncio.run(main(*sys.argv[1:]))
