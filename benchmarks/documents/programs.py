"""Programs that take documents apart, where the machine has them."""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from benchmarks.documents.contender import Contender, Trip
from tests.corpora.documents import RealDocument
from tests.office import libreoffice

_TRANSFUSE = frozenset({"txt", "html", "docx", "pptx", "odt"})
_OFFICE = frozenset({"docx", "pptx", "xlsx", "odt"})
_SECONDS = 300.0


def contenders(form: str) -> Iterator[Contender]:
    if form in _TRANSFUSE and shutil.which("transfuse"):
        yield Contender(f"transfuse {_transfuse_version()}", _transfused)
    if form in _OFFICE and shutil.which(libreoffice.PROGRAM):
        yield Contender(libreoffice.version(), _converted)


def _transfuse_version() -> str:
    said = subprocess.run(["transfuse", "--version"], capture_output=True, text=True, timeout=60, check=False)
    return (said.stdout + said.stderr).split()[-1]


def _transfused(documents: Sequence[RealDocument]) -> list[Trip]:
    """A process takes each apart, another puts it together: so Apertium uses it."""
    trips = []
    for document in documents:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            paths = [folder / f"{what}{PurePosixPath(document.name).suffix}" for what in ("source", "back")]
            paths[0].write_bytes(document.data)
            stream, state = folder / "stream", folder / "state"
            seconds, held = _cpu(
                ["tf-extract", "-K", "-d", str(state), str(paths[0]), str(stream)],
                ["tf-inject", "-K", "-d", str(state), str(stream), str(paths[1])],
            )
            trips.append(Trip(_read(paths[1]) if held else None, seconds))
    return trips


def _converted(documents: Sequence[RealDocument]) -> list[Trip]:
    """One process for all of a kind: its start is shared."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "back").mkdir()
        suffixes = [PurePosixPath(document.name).suffix for document in documents]
        for number, (document, suffix) in enumerate(zip(documents, suffixes, strict=True)):
            (folder / f"{number}{suffix}").write_bytes(document.data)
        seconds = 0.0
        for suffix in sorted(set(suffixes)):
            paths = sorted(str(path) for path in folder.glob(f"*{suffix}"))
            convert = ["--headless", "--convert-to", suffix[1:], "--outdir", str(folder / "back")]
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            seconds += _cpu([libreoffice.PROGRAM, profile, *convert, *paths])[0]
        return [
            Trip(_read(folder / "back" / f"{number}{suffix}"), seconds / len(documents))
            for number, suffix in enumerate(suffixes)
        ]


def _cpu(*commands: Sequence[str]) -> tuple[float, bool]:
    """CPU seconds of the commands and their children, and whether all ended well."""
    before = _children()
    held = all(
        subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_SECONDS, check=False
        ).returncode
        == 0
        for command in commands
    )
    return _children() - before, held


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and path.stat().st_size else None
