"""A Dockerfile as its instructions, and which files of the checkout a build gets to see."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from deploy.local.places import ROOT


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    value: str

    @property
    def arguments(self) -> list[str]:
        """What stands behind the flags, such as ``--from=``."""
        return [word for word in self.value.split() if not word.startswith("--")]

    @property
    def is_from_another_stage(self) -> bool:
        return "--from=" in self.value

    @property
    def exec_form(self) -> list[str]:
        """The command of CMD, ENTRYPOINT or HEALTHCHECK. Raises ValueError where it is not in exec form."""
        command = self.value.partition("CMD")[2] if self.name == "HEALTHCHECK" else self.value
        words: list[str] = json.loads(command)
        return words


@cache
def instructions() -> tuple[Instruction, ...]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    whole = (line.partition(" ") for line in text.replace("\\\n", " ").splitlines())
    return tuple(Instruction(name.upper(), value.strip()) for name, _, value in whole)


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
