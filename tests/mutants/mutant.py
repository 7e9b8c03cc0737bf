"""A bug that is planted on purpose, and the tree it is planted in."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.places import ROOT

#: What the tests need of the project. Azurite is linked: it is large, and no mutant touches it.
COPIED = ("libs", "services", "deploy", "tests", "pyproject.toml")
LINKED = "deploy/local/node_modules"

Edit = tuple[str, str]
"""Text that occurs exactly once in its file, and what comes in its place."""


class PlaceLost(Exception):
    """The text that a mutant replaces is no longer there, or is there more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """``bug`` is the number in `tests.mutants.first_generation`, ``test`` must notice (a node id)."""

    bug: int
    name: str
    path: str
    edits: Sequence[Edit]
    test: str

    def place(self, root: Path) -> str:
        """``path:line`` of the first edit. Raises `PlaceLost`."""
        source = (root / self.path).read_text(encoding="utf-8")
        for text, _ in self.edits:
            if source.count(text) != 1:
                raise PlaceLost(f"{self.path} has {source.count(text)} times: {text!r}")
        return f"{self.path}:{source[: source.index(self.edits[0][0])].count(chr(10)) + 1}"

    def plant(self, root: Path) -> None:
        """Write the bug into the tree at ``root``. Raises `PlaceLost`."""
        self.place(root)
        file = root / self.path
        source = file.read_text(encoding="utf-8")
        for text, instead in self.edits:
            source = source.replace(text, instead)
        file.write_text(source, encoding="utf-8")


@contextmanager
def copy_of(tree: Path = ROOT) -> Iterator[Path]:
    """A copy of the project in a temporary folder, without anything compiled, for the time of the block."""
    with TemporaryDirectory(prefix="mutant-") as folder:
        root = Path(folder)
        for name in COPIED:
            if (tree / name).is_dir():
                left_out = shutil.ignore_patterns("node_modules", "__pycache__", ".*")
                shutil.copytree(tree / name, root / name, ignore=left_out)
            else:
                shutil.copy2(tree / name, root / name)
        (root / LINKED).symlink_to((tree / LINKED).resolve())
        yield root
