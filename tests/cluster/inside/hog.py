"""Fills the memory of a container until the kernel has to end a process, and offers it the service's.

Process 1 is tini, which passes signals on; its child is the service. A process may raise the score of another
one of its user: https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
"""

import time
from pathlib import Path

_PIECE = 16 * 2**20


def main() -> None:
    for child in Path("/proc/1/task/1/children").read_text().split():
        Path("/proc", child, "oom_score_adj").write_text("1000")
    held = []
    while True:
        held.append(b"x" * _PIECE)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
