"""python -m tests.e2e.hurried <factor> <module>: a service whose clock for its wait runs so much faster."""

import runpy
import sys
import time
from functools import partial

from libs.common.runtime import readiness
from libs.common.waiting import Waiting


def main() -> None:
    factor, began = float(sys.argv[1]), time.monotonic()
    hurried = partial(Waiting, clock=lambda: (time.monotonic() - began) * factor)
    vars(readiness)[Waiting.__name__] = hurried  # that is the moved clock
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
