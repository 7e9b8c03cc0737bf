"""python -m tests.faults.skewed <seconds> <module>: a service on a machine whose wall clock is so far ahead.

Both ways to ask for the time of day are shifted before anything else is imported; `time.monotonic` and the
loop's clock are not, as on a machine that was set wrongly.
"""

import datetime as dt
import runpy
import sys
import time

AHEAD = dt.timedelta(seconds=float(sys.argv[1]))


class Skewed(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "Skewed":
        return super().now(tz) + AHEAD


def main() -> None:
    seconds, nanoseconds = time.time, time.time_ns
    ahead = AHEAD.total_seconds()
    dt.datetime = Skewed  # type: ignore[misc]  # that is the fault
    time.time = lambda: seconds() + ahead
    time.time_ns = lambda: nanoseconds() + int(ahead * 1e9)
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
