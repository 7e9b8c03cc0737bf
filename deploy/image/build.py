"""The steps of the Dockerfile, carried out in root file systems instead of images.

An instruction that is not known here is an error: what is checked would not be what is built.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from textwrap import shorten
from time import monotonic

from deploy.image import roots
from deploy.image.dockerfile import Instruction, Stage, is_ignored, stages
from deploy.local.places import ROOT
from deploy.local.problems import LocalStackError

#: Of no effect on files: `Stage` and whoever starts a container read them (`deploy.image.container`).
_DESCRIBING = frozenset({"USER", "LABEL", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD", "ARG", "ENV"})
#: Characters of an instruction in what is told.
_SHOWN = 72
Tell = Callable[[str], None]


@dataclass(slots=True)
class Build:
    """``folder`` gets a root for each stage; ``tell`` hears of each step that is done."""

    folder: Path
    tell: Tell
    _bases: dict[str, Path] = field(default_factory=dict)

    def run(self) -> Path:
        """The root of the last stage. Raises LocalStackError where a step fails."""
        for stage in stages():
            self._stage(stage)
        return self._root("")

    def _stage(self, stage: Stage) -> None:
        roots.copy(self._base(stage.base), self._root(stage.name))
        folder = "/"
        for at, instruction in enumerate(stage.instructions):
            begin = monotonic()
            if instruction.name == "WORKDIR":
                folder = instruction.value
                self._inside(stage, folder).mkdir(parents=True, exist_ok=True)
            elif instruction.name == "COPY":
                self._copy(stage, folder, instruction)
            elif instruction.name == "RUN":
                so_far = replace(stage, instructions=stage.instructions[:at])
                variables = so_far.variables() | so_far.arguments()
                roots.shell(self._root(stage.name), instruction.value, variables, folder)
            elif instruction.name not in _DESCRIBING:
                raise LocalStackError(f"the check does not know how to carry out {instruction.name}")
            if instruction.name in {"RUN", "COPY"}:
                self._told(stage, instruction, monotonic() - begin)

    def _told(self, stage: Stage, instruction: Instruction, seconds: float) -> None:
        said = shorten(instruction.value, _SHOWN, placeholder=" ...")
        self.tell(f"{stage.name or 'image'}: {instruction.name} {said} ({seconds:.0f} s)")

    def _base(self, image: str) -> Path:
        """What stands in for an image of Docker's library: `python:…-bookworm`, `node:…-bookworm-slim`."""
        name, _, tag = image.partition(":")
        release = next((word for word in tag.split("-") if word == "bookworm"), None)
        if name not in {"python", "node"} or release is None:
            raise LocalStackError(f"the check has nothing that stands in for {image}")
        if name not in self._bases:
            self._bases[name] = self.folder / f"base-{name}"
            self._make(name, release)
        return self._bases[name]

    def _make(self, name: str, release: str) -> None:
        begin = monotonic()
        if name == "python":
            roots.debian(self._bases[name], release)
        else:
            roots.copy(self._base(f"python:{release}"), self._bases[name])
            roots.node(self._bases[name])
        self.tell(f"base of {name}: Debian {release} from debootstrap ({monotonic() - begin:.0f} s)")

    def _copy(self, stage: Stage, folder: str, instruction: Instruction) -> None:
        *sources, target = instruction.arguments
        into = self._inside(stage, str(PurePosixPath(folder) / target))
        for source in sources:
            if instruction.other_stage is not None:
                origin = self._root(instruction.other_stage) / source.lstrip("/")
                shutil.copytree(origin, into, symlinks=True, dirs_exist_ok=True)
            elif (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=_ignored, dirs_exist_ok=True)
            else:
                shutil.copy2(ROOT / source, into)

    def _inside(self, stage: Stage, path: str) -> Path:
        return self._root(stage.name) / path.lstrip("/")

    def _root(self, stage: str) -> Path:
        return self.folder / (stage or "image")


def _ignored(folder: str, names: list[str]) -> set[str]:
    place = Path(folder).relative_to(ROOT)
    return {name for name in names if is_ignored(str(place / name))}
