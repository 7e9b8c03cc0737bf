"""`python -m deploy.image.container ROOT COMMAND…`: a command in a root as in a container of the image.

That is: the image's user, variables and entrypoint, process 1 of its own, a root that cannot be written to,
`/tmp` in memory, no capability, no new privilege. It shares this machine's network: it is meant for loopback.
The settings among our own variables go in; SIGTERM is passed on to process 1, whose exit code is ours.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from deploy.image.dockerfile import last, stages
from deploy.image.roots import mounted
from deploy.local.processes import INHERITED

#: Process 1 is the command's, and everything of it ends with it.
_APART = ("--pid", "--fork", "--kill-child", "--ipc", "--uts")
_DEVICES = ("null", "zero", "full", "random", "urandom")


def container(root: Path, command: Sequence[str], settings: Mapping[str, str]) -> list[str]:
    """The command to run here. As with Docker, the settings win over the image's variables."""
    user, group = last("USER").value.split(":")
    variables = {**stages()[-1].variables(), **settings}
    pairs = [f"{name}={value}" for name, value in variables.items()]
    rights = (
        f"--reuid={user}",
        f"--regid={group}",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    )
    process = ["setpriv", *rights, "env", "-i", "-C", last("WORKDIR").value, *pairs, *command]
    return mounted(_mounts(str(root)), ["chroot", str(root), *process], *_APART)


def _mounts(root: str) -> list[list[str]]:
    memory = ["-t", "tmpfs", "-o", "nosuid,nodev,mode=1777", "tmpfs"]
    return [
        ["--bind", root, root],
        ["-o", "remount,bind,ro", root],
        ["-t", "proc", "proc", f"{root}/proc"],
        *([*memory, f"{root}/{folder}"] for folder in ("tmp", "dev/shm")),
        *(["--bind", f"/dev/{name}", f"{root}/dev/{name}"] for name in _DEVICES),
    ]


def main(root: str, *command: str) -> int:
    settings = {name: value for name, value in os.environ.items() if name not in INHERITED}
    inside = [*last("ENTRYPOINT").exec_form, *command]
    with subprocess.Popen(container(Path(root), inside, settings)) as child:

        def stop(number: int, _frame: FrameType | None) -> None:
            # `unshare` itself does not end by it: process 1 is its only child.
            for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
                os.kill(int(pid), number)

        signal.signal(signal.SIGTERM, stop)
        return child.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
