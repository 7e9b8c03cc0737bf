"""What the built root must be: nothing in it that builds, no right that is not needed."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.image.build import Tell
from deploy.image.container import container
from deploy.image.dockerfile import last
from deploy.local.problems import LocalStackError

#: Programs that build or fetch others, and what only developers need.
_TOOLS = ("pip", "pip3", "wheel", "gcc", "cc", "make", "git", "node", "npm", "pytest", "ruff", "mypy")
_PROGRAMS = ("usr/local/bin", "opt/venv/bin", "usr/bin")
_PACKAGES = ("pip", "setuptools", "wheel", "pytest")
_TREES = ("usr/local", "opt/venv")
_OURS = {"libs", "services"}
_WRITES = """
import os, pathlib, tempfile
print(os.getuid(), os.getgid())
for folder in ("/", "/app", "/opt/venv", "/etc", "/usr/local"):
    try:
        (pathlib.Path(folder) / "written").touch()
    except OSError:
        continue
    raise SystemExit(f"can write to {folder}")
tempfile.TemporaryFile().write(b"x")
"""
_SECONDS = 60.0


def check_contents(root: Path, tell: Tell) -> None:
    """No tool that builds; nothing of the checkout but the two packages. Raises LocalStackError."""
    found = [
        f"/{folder}/{tool}" for folder in _PROGRAMS for tool in _TOOLS if (root / folder / tool).exists()
    ]
    for tree in _TREES:
        packages = (root / tree / "lib").glob("python3.*/site-packages/*")
        found += [f"/{path.relative_to(root)}" for path in packages if path.name in _PACKAGES]
    found += [f"/app/{path.name}" for path in (root / "app").iterdir() if path.name not in _OURS]
    if found:
        raise LocalStackError(f"the image has what it should not have: {' '.join(found)}")
    tell(f"contents: none of {' '.join(_TOOLS)}; of the checkout {' and '.join(sorted(_OURS))} alone")


def check_rights(root: Path, tell: Tell) -> None:
    """A process of the image's user writes to `/tmp` and nowhere else. Raises LocalStackError."""
    told = run_inside(root, ["python", "-c", _WRITES], {})
    user = last("USER").value.replace(":", " ")
    if told.returncode != 0 or told.stdout.strip() != user:
        raise LocalStackError(f"as {user}: {told.stdout.strip()} {told.stderr.strip()}")
    tell(f"rights: user and group {user}, writes to /tmp alone")


def run_inside(
    root: Path, command: Sequence[str], settings: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """A command beside the entrypoint, as `docker exec` runs it."""
    inside = container(root, command, settings)
    return subprocess.run(inside, capture_output=True, text=True, timeout=_SECONDS, check=False)
