"""Root file systems: what stands in for the base images, and commands inside."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.image import registries
from deploy.image.dockerfile import BASE_PATH
from deploy.local.node import find_node
from deploy.local.problems import LocalStackError
from deploy.local.setup.commands import run

BOOTSTRAP_SECONDS = 900.0
STEP_SECONDS = 900.0


def debian(root: Path, release: str) -> None:
    """A small Debian with Python's package, from the mirror this machine's apt uses.

    ``/usr/local`` gets a Python with pip, where the images of Docker's library have theirs.
    """
    mirror = _mirror(release)
    packages = "python3,python3-venv,ca-certificates"
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={packages}", release, str(root), mirror]
    run(bootstrap, seconds=BOOTSTRAP_SECONDS)
    shell(root, "python3 -m venv --copies /usr/local", {"PATH": BASE_PATH})


def node(root: Path) -> None:
    """This machine's Node and npm, into a Debian."""
    found = find_node()
    if found.npm is None:
        raise LocalStackError("there is no npm beside this machine's Node")
    local, npm = root / "usr" / "local", found.npm.parent.parent
    shutil.copy2(found.program, local / "bin" / "node")
    shutil.copytree(npm, local / "lib" / "node_modules" / "npm")
    program = local / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program.chmod(0o755)
    (local / "bin" / "npm").symlink_to("/" / program.relative_to(root))


def copy(base: Path, root: Path) -> None:
    run(["cp", "-a", str(base), str(root)], seconds=STEP_SECONDS)


def shell(root: Path, command: str, variables: Mapping[str, str], folder: str = "/") -> None:
    """One RUN: as root in the root, with this machine's way to its registries. Raises LocalStackError."""
    environment = {"HOME": "/root", **registries.variables(), **variables}
    pairs = [f"{name}={value}" for name, value in environment.items()]
    inside = ["chroot", str(root), "env", "-i", "-C", folder, *pairs, "/bin/sh", "-c", command]
    lent = [*registries.files(), Path("/etc/apt")]
    mounts = [["--bind", str(path), f"{root}{path}"] for path in lent]
    mounts += [["--rbind", "/dev", f"{root}/dev"], ["-t", "proc", "proc", f"{root}/proc"]]
    made = [point for path in lent for point in _made(root, path)]
    try:
        run(mounted(mounts, inside), seconds=STEP_SECONDS)
    finally:
        for point in reversed(made):
            point.rmdir() if point.is_dir() else point.unlink()


def mounted(mounts: Sequence[Sequence[str]], command: Sequence[str], *flags: str) -> list[str]:
    """A command in a mount namespace of its own: its mounts end with it, whatever ends it."""
    lines = [shlex.join(["mount", *mount]) for mount in mounts]
    script = "\n".join(["set -e", *lines, "exec " + shlex.join(command)])
    return ["unshare", "--mount", "--propagation", "private", *flags, "/bin/sh", "-c", script]


def size_of(folder: Path) -> int:
    """MiB on disk."""
    told = subprocess.run(
        ["du", "-smx", str(folder)], capture_output=True, text=True, timeout=120, check=True
    )
    return int(told.stdout.split()[0])


def _made(root: Path, path: Path) -> list[Path]:
    """Points to mount at, where the root has none; outermost first, so that they can be taken away again."""
    point = root / path.relative_to("/")
    missing = [folder for folder in reversed(point.parents) if not folder.exists()]
    for folder in missing:
        folder.mkdir()
    if point.exists():
        return missing
    point.mkdir() if path.is_dir() else point.touch()
    return [*missing, point]


def _mirror(release: str) -> str:
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", f"Codename: {release}"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    sites = told.stdout.split()
    if not sites:
        raise LocalStackError(f"this machine's apt knows no mirror of Debian's {release}")
    return sites[0]
