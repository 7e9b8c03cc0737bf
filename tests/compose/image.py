"""The image that the Engine built: what is in it, and what its user may do."""

import json
from dataclasses import dataclass
from typing import Any

from tests.compose.bases import PYTHON
from tests.compose.engine import Engine
from tests.compose.places import IMAGE
from tests.compose.problems import Failed
from tests.compose.project import LABELLED

#: Programs that build or fetch others, and what only developers need.
TOOLS = ("pip", "pip3", "wheel", "gcc", "cc", "make", "git", "node", "npm", "pytest", "ruff", "mypy")
#: MiB that the Dockerfile may add to its base. It adds 330 today; a compiler or tests would not fit.
MOST_ADDED = 420
_MIB = 1024 * 1024
_USER = "10001:10001"
#: Runs in a container of the image, as its user, and prints what it finds as JSON.
_PROBE = """
import glob, json, os, pathlib, shutil, sys, tempfile
tools = [tool for tool in sys.argv[1].split(",") if shutil.which(tool, path=
    "/usr/local/bin:/usr/local/sbin:/opt/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin")]
packages = [path for tree in ("/usr/local", "/opt/venv") for name in ("pip", "setuptools", "wheel", "pytest")
    for path in glob.glob(f"{tree}/lib/python3.*/site-packages/{name}")]
written = []
for folder in ("/", "/app", "/opt/venv", "/etc", "/usr/local", "/var/tmp", "/tmp"):
    try:
        tempfile.TemporaryFile(dir=folder).write(b"x")
    except OSError:
        continue
    written.append(folder)
compiled = bool(glob.glob("/app/services/api/__pycache__/*.pyc"))
print(json.dumps({"uid": os.getuid(), "gid": os.getgid(), "tools": tools, "packages": packages,
    "app": sorted(os.listdir("/app")), "written": written, "compiled": compiled}))
"""


@dataclass(frozen=True, slots=True)
class Image:
    #: MiB of all its layers.
    size: int
    #: MiB of those that are not the base's.
    added: int
    #: Layers, the base's included.
    layers: int


async def checked(engine: Engine) -> Image:
    """Raises Failed for what the image must not be."""
    (found,) = json.loads(await engine.docker("image", "inspect", IMAGE))
    wrong = _wrong_configuration(found["Config"]) + _wrong_contents(await _probe(engine))
    closed = await _probe(engine, "--read-only", "--tmpfs", "/tmp")
    if closed["written"] != ["/tmp"]:
        wrong.append(f"on a read-only root its user may write to {' '.join(closed['written'])}")
    (base,) = json.loads(await engine.docker("image", "inspect", PYTHON))
    size, added = found["Size"] // _MIB, (found["Size"] - base["Size"]) // _MIB
    if added > MOST_ADDED:
        wrong.append(f"it adds {added} MiB to its base, more than {MOST_ADDED}")
    if wrong:
        raise Failed("the image is not what it must be", wrong)
    return Image(size, added, len(found["RootFS"]["Layers"]))


def _wrong_configuration(config: dict[str, Any]) -> list[str]:
    expected = {
        "User": _USER,
        "Entrypoint": ["tini", "--"],
        "Cmd": ["python", "-m", "services.api"],
        "WorkingDir": "/app",
        "ExposedPorts": {"8000/tcp": {}},
    }
    wrong = [f"{name} is {config.get(name)}" for name, value in expected.items() if config.get(name) != value]
    # In exec form: a shell would keep signals from the program.
    if (config.get("Healthcheck") or {}).get("Test", ["NONE"])[0] != "CMD":
        wrong.append("it has no health check in exec form")
    if "org.opencontainers.image.version" not in (config.get("Labels") or {}):
        wrong.append("no label names its version")
    return wrong


def _wrong_contents(found: dict[str, Any]) -> list[str]:
    wrong = []
    if f"{found['uid']}:{found['gid']}" != _USER:
        wrong.append(f"a container of it runs as {found['uid']}:{found['gid']}")
    # Every user of Debian may write to both; a read-only root closes the second.
    if set(found["written"]) - {"/tmp", "/var/tmp"}:
        wrong.append(f"its user may write to {' '.join(found['written'])}")
    if found["tools"] or found["packages"]:
        wrong.append(f"it has {' '.join(found['tools'] + found['packages'])}")
    if found["app"] != ["libs", "services"]:
        wrong.append(f"/app holds {' '.join(found['app'])}")
    if not found["compiled"]:
        wrong.append("its modules are not compiled")
    return wrong


async def _probe(engine: Engine, *options: str) -> dict[str, Any]:
    closed = ("--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    command = ("python", "-c", _PROBE, ",".join(TOOLS))
    told = await engine.docker("run", "--rm", *LABELLED, *closed, *options, IMAGE, *command)
    found: dict[str, Any] = json.loads(told)
    return found
