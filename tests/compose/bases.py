"""The images that others make: pulled, or, where no registry answers, made here under the same names.

A stand-in is made of Debian's, PyPI's and npm's packages. It stays on the Engine, so that the next run is
quick, and bears a label by which it can be removed.
"""

import asyncio
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.local.places import ROOT
from deploy.local.problems import LocalStackError
from deploy.local.setup.apt import apt_install, plan_for, this_system
from tests.compose.commands import run
from tests.compose.engine import Engine, Note
from tests.compose.problems import Failed, Missing

STAND_IN = "batch-translation.stand-in"
#: Raised with every change of what stands in.
_EDITION = "1"
_DEBIAN = "batch-translation-stand-in:bookworm"
_FOLDER = Path(__file__).parent / "bases"
_COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
AZURITE, PROMETHEUS = _COMPOSE["azurite"]["image"], _COMPOSE["prometheus"]["image"]
PYTHON, NODE = "python:3.11-slim-bookworm", "node:24-bookworm-slim"
#: In the order in which stand-ins are made: that of Node is made from that of Python, Azurite's from Node's.
IMAGES = (PYTHON, NODE, AZURITE, PROMETHEUS)
_RECIPES = dict(zip(IMAGES, ("python", "node", "azurite", "prometheus"), strict=True))
_PULL_SECONDS, _BUILD_SECONDS, _BOOTSTRAP_SECONDS = 600.0, 900.0, 900.0
_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_CHANGES = (
    f"ENV PATH={_PATH} SSL_CERT_FILE={_BUNDLE} PIP_CERT={_BUNDLE} NODE_EXTRA_CA_CERTS={_BUNDLE}",
    f"LABEL {STAND_IN}={_EDITION}",
)
#: How this machine reaches its registries, beside apt's proxies.
_LENT = ("/etc/apt/auth.conf", "/etc/pip.conf", "/etc/npmrc")


@dataclass(frozen=True, slots=True)
class Bases:
    #: Names of the images that came from a registry.
    pulled: tuple[str, ...]
    #: Names of the images that were made here.
    stand_ins: tuple[str, ...]


async def prepared(engine: Engine, note: Note, *, ask_registry: bool) -> Bases:
    """Every image there is to start from. Raises Missing."""
    pulled, made = list[str](), list[str]()
    for image in IMAGES:
        origin = await _origin(engine, image)
        if origin is None and ask_registry:
            ask_registry = await _pull(engine, image, note)
            origin = await _origin(engine, image)
        if origin is None:
            note(f"{image}: making a stand-in from packages")
            await _make(engine, image)
        (pulled if origin == "registry" else made).append(image)
    return Bases(tuple(pulled), tuple(made))


async def _origin(engine: Engine, image: str) -> str | None:
    """Where an image on this Engine came from; None: it has to be brought."""
    told = await engine.attempt("image", "inspect", image)
    if told.code != 0:
        return None
    (found,) = json.loads(told.output)
    if found["RepoDigests"]:
        return "registry"
    # One of another program under this name is no stand-in that we know.
    return "here" if (found["Config"].get("Labels") or {}).get(STAND_IN) == _EDITION else None


async def _pull(engine: Engine, image: str, note: Note) -> bool:
    try:
        await engine.docker("pull", "--quiet", image, seconds=_PULL_SECONDS)
    except Failed as problem:
        note(f"{image} cannot be pulled: {(problem.lines or [str(problem)])[-1]}")
        return False
    return True


async def _make(engine: Engine, image: str) -> None:
    recipe = _RECIPES[image]
    try:
        if (await _origin(engine, _DEBIAN)) is None:
            await _debian(engine)
        # The old builder is in every Engine, and takes bases that no registry has.
        builder = {"DOCKER_BUILDKIT": "0"}
        label, version = f"{STAND_IN}={_EDITION}", image.rpartition(":")[2]
        arguments = ["--network", "host", "--label", label, "--tag", image]
        arguments += ["--build-arg", f"VERSION={version}"] if recipe == "azurite" else []
        command = [engine.client, "build", *arguments, "-"]
        text = (_FOLDER / f"{recipe}.Dockerfile").read_text(encoding="utf-8")
        await run(command, seconds=_BUILD_SECONDS, env={**engine.environment, **builder}, stdin=text)
    except Failed as problem:
        raise Missing(
            f"{image} can neither be pulled nor made from packages: {problem}: give this machine access to a "
            "registry of images, or to Debian's, PyPI's and npm's packages",
            problem.lines,
        ) from problem


async def _debian(engine: Engine) -> None:
    """A small Debian as an image, from the mirror that this machine's apt uses."""
    if os.geteuid() != 0:
        raise Missing("only root can make stand-ins for images that cannot be pulled: run this check as root")
    if shutil.which("debootstrap") is None:
        try:
            await asyncio.to_thread(apt_install, plan_for(this_system(), ["debootstrap"]), ["debootstrap"])
        except LocalStackError as problem:
            raise Missing(f"stand-ins need debootstrap: {problem}", problem.lines) from problem
    with tempfile.TemporaryDirectory(prefix="compose-check-") as folder:
        root = Path(folder) / "root"
        include = "--include=ca-certificates"
        bootstrap = ["debootstrap", "--variant=minbase", include, "bookworm", str(root), await _mirror()]
        await run(bootstrap, seconds=_BOOTSTRAP_SECONDS)
        await asyncio.to_thread(_lend, root)
        archive = Path(folder) / "root.tar"
        await run(["tar", "-C", str(root), "-cf", str(archive), "."], seconds=_BUILD_SECONDS)
        changes = [word for change in _CHANGES for word in ("--change", change)]
        await engine.docker("import", *changes, str(archive), _DEBIAN, seconds=_BUILD_SECONDS)


async def _mirror() -> str:
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Codename: bookworm"]
    sites = (await run(asked, seconds=60)).split()
    if not sites:
        raise Failed("apt on this machine has no mirror of Debian 12")
    return sites[0]


def _lend(root: Path) -> None:
    """This machine's way to its registries: certificates, proxies, settings of pip and npm."""
    shutil.copy(_BUNDLE, root / _BUNDLE.relative_to("/"))
    lent = [Path(name) for name in _LENT if Path(name).is_file()]
    configured = Path("/etc/apt/apt.conf.d").iterdir()
    lent += [path for path in configured if path.is_file() and "Proxy" in path.read_text(errors="replace")]
    for path in lent:
        shutil.copy(path, root / path.relative_to("/"))
