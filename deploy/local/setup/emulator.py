"""Azurite, the API's reference page, and a Node new enough for both."""

import os
from pathlib import Path

from deploy.local.node import OLDEST_NODE, find_node, machine_node, wheel_node
from deploy.local.places import AZURITE_PROGRAM, HERE, ROOT, VENV
from deploy.local.problems import LocalStackError
from deploy.local.setup.commands import announce, is_current, mark_current, run
from deploy.local.setup.python import pip_install

NODE_LOCK = ROOT / "requirements-node.lock"
NODE_STAMP = VENV / "setup" / NODE_LOCK.name
AZURITE_LOCK = HERE / "package-lock.json"
AZURITE_STAMP = HERE / "node_modules" / ".setup"
"""Inside what `npm ci` removes first, so that it never outlives an installation cut short."""


def install_node() -> bool:
    if machine_node() or (wheel_node() and is_current(NODE_STAMP, NODE_LOCK)):
        return False
    announce(f"Node from {NODE_LOCK.name} into {VENV.name} (the machine has none >= {OLDEST_NODE})")
    run(pip_install(NODE_LOCK.name), seconds=300)
    mark_current(NODE_STAMP, NODE_LOCK)
    return True


def install_azurite() -> bool:
    if AZURITE_PROGRAM.is_file() and is_current(AZURITE_STAMP, AZURITE_LOCK):
        return False
    announce(f"Azurite and Swagger UI of {AZURITE_LOCK.relative_to(ROOT)}")
    # Its optional packages are native speed-ups of things Azurite does not use here; no package's own
    # installation script is needed either. The image takes only what is no development dependency.
    npm("ci", "--ignore-scripts", "--include=dev", "--omit=optional")
    mark_current(AZURITE_STAMP, AZURITE_LOCK)
    return True


def npm(*arguments: str) -> None:
    """Raises LocalStackError when npm fails, with its last lines."""
    node = find_node()
    if node.npm is None or not node.npm.is_file():
        raise LocalStackError(f"there is no npm beside {node.program}")
    options = ["--no-audit", "--no-fund", "--loglevel=error"]
    path = os.pathsep.join([str(Path(node.program).parent), os.environ.get("PATH", "")])
    run([node.program, str(node.npm), *arguments, *options], seconds=300, cwd=HERE, env={"PATH": path})
