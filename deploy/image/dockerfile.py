"""The Dockerfile as its instructions, and which files of the checkout a build gets to see."""

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from string import Template

from deploy.local.places import ROOT

#: PATH of Docker's own images.
BASE_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    value: str

    @property
    def arguments(self) -> list[str]:
        """What stands behind the flags, such as ``--from=``."""
        return [word for word in self.value.split() if not word.startswith("--")]

    @property
    def other_stage(self) -> str | None:
        """The stage that ``COPY --from=`` takes from."""
        found = re.search(r"--from=(\S+)", self.value)
        return found[1] if found else None

    @property
    def exec_form(self) -> list[str]:
        """The command of CMD, ENTRYPOINT or HEALTHCHECK. Raises ValueError where it is not in exec form."""
        command = self.value.partition("CMD")[2] if self.name == "HEALTHCHECK" else self.value
        words: list[str] = json.loads(command)
        return words

    @property
    def pairs(self) -> dict[str, str]:
        """The variables of ENV, ARG or LABEL, quotes taken away, references left as they are."""
        return dict(word.partition("=")[::2] for word in shlex.split(self.value))


@dataclass(frozen=True, slots=True)
class Stage:
    """``base`` is an image; ``name`` is empty for the last stage, which nobody copies from."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def variables(self) -> dict[str, str]:
        """What its ENV says, for the processes of a container; PATH goes on from the base's."""
        known = {"PATH": BASE_PATH}
        for instruction in self.instructions:
            if instruction.name == "ENV":
                known |= {
                    name: Template(value).substitute(known) for name, value in instruction.pairs.items()
                }
        return known

    def arguments(self) -> dict[str, str]:
        """The build arguments with their defaults."""
        return {
            name: value
            for instruction in self.instructions
            if instruction.name == "ARG"
            for name, value in instruction.pairs.items()
        }


@cache
def instructions() -> tuple[Instruction, ...]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    whole = (line.partition(" ") for line in text.replace("\\\n", " ").splitlines())
    return tuple(Instruction(name.upper(), value.strip()) for name, _, value in whole)


def stages() -> list[Stage]:
    """In the order of the file."""
    found: list[Stage] = []
    for instruction in instructions():
        if instruction.name == "FROM":
            base, *named = instruction.arguments
            found.append(Stage(base, named[-1] if named else "", ()))
        else:
            begun = found.pop()  # an instruction before the first FROM is none of ours
            found.append(Stage(begun.base, begun.name, (*begun.instructions, instruction)))
    return found


def all_of(name: str) -> list[Instruction]:
    return [instruction for instruction in instructions() if instruction.name == name]


def last(name: str) -> Instruction:
    """The one that counts: of the last stage, and the last there."""
    return all_of(name)[-1]


def is_ignored(path: str) -> bool:
    """What .dockerignore says of a path: the last line that matches it, or a folder it is in, decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#") and _matches(pattern.lstrip("!"), path):
            ignored = not pattern.startswith("!")
    return ignored


def _matches(pattern: str, path: str) -> bool:
    parts = path.split("/")
    return any(_expression(pattern).fullmatch("/".join(parts[:end])) for end in range(1, len(parts) + 1))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_piece(piece) for piece in re.split(r"(\*\*/|\*)", pattern)))


def _piece(piece: str) -> str:
    return {"**/": "(?:.*/)?", "*": "[^/]*"}.get(piece, re.escape(piece))


def seen_by_the_build(paths: Iterable[str]) -> set[str]:
    return {path for path in paths if not is_ignored(path)}
