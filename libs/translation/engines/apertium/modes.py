"""What is installed: each ``<source>-<target>.mode`` file is one direction, and holds its command line."""

import hashlib
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from libs.translation.engines.engine import Direction

#: All a chain gets of an environment: the programs' place, and UTF-8 without anyone's locale.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

#: Mode names mix two- and three-letter codes (``es-pt`` beside ``spa-cat``), so this is a table and not
#: a rule. Right: ISO 639-1, else ISO 639-3, or a BCP 47 tag for a variant. A two-letter code is its own.
_LANGUAGES = {
    "afr": "af", "arg": "an", "ast": "ast", "bel": "be", "bul": "bg", "cat": "ca", "dan": "da", "eng": "en",
    "fra": "fr", "frp": "frp", "hbs": "sh", "hin": "hi", "ind": "id", "isl": "is", "ita": "it", "mkd": "mk",
    "nld": "nl", "nno": "nn", "nob": "nb", "oci": "oc", "pol": "pl", "por": "pt", "rus": "ru", "slv": "sl",
    "spa": "es", "srd": "sc", "swe": "sv", "szl": "szl", "ukr": "uk", "urd": "ur", "zlm": "ms",
    "cat_valencia": "ca-valencia", "eng_US": "en-US", "hbs_BS": "bs", "hbs_HR": "hr", "hbs_SR": "sr",
    "por_BR": "pt-BR", "pt_BR": "pt-BR",
}  # fmt: skip

_MODE_NAME = re.compile(r"([a-z]{2,3})-([a-z]{2,3}(?:_\w+)?)")
_DATA_FILE = re.compile(r"'(/[^']+)'")


@dataclass(frozen=True, slots=True)
class Mode:
    """One installed direction."""

    path: Path

    @property
    def languages(self) -> tuple[str | None, str | None]:
        """Source and target, whatever the variant: of ``eng-hbs_HR`` English and Serbo-Croatian."""
        source, target = self.path.stem.split("-")
        return _language(source), _language(target.partition("_")[0])

    def fingerprint(self) -> str:
        """Changes when the pair does: its command line, and size and time of each data file it names."""
        line = self.path.read_text(encoding="utf-8")
        stats = [Path(name).stat() for name in _DATA_FILE.findall(line) if Path(name).exists()]
        marks = [line, *(f"{stat.st_size} {stat.st_mtime_ns}" for stat in stats)]
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]

    def commands(self) -> list[list[str]]:
        """The argument lists of the chain, NUL-flushing and with word-bound blanks. Blocks for ~10 ms.

        ``apertium-wblank-mode -z`` (Apertium 3.7 and later) knows which programs want ``-z`` and where
        the blanks are attached and detached. In its line ``$1`` is the generator's option (``-n``: no
        marks on unknown words) and ``$2`` the tagger's (none).

        Raises OSError or `subprocess.SubprocessError` when Apertium is not there or refuses the file.
        """
        line = subprocess.run(  # noqa: S603 - a fixed program and the path of an installed file, no shell
            ["apertium-wblank-mode", "-z", str(self.path)],  # noqa: S607 - found by ENVIRONMENT's PATH
            check=True, capture_output=True, encoding="utf-8", timeout=10, env=ENVIRONMENT,
        ).stdout  # fmt: skip
        words = shlex.split(line.replace("$1", "-n").replace("$2", ""))
        return [list(group) for bar, group in groupby(words, key=lambda word: word == "|") if not bar]


def installed(folder: Path) -> dict[Direction, Mode]:
    """Every direction the folder offers.

    Left out are variants without a BCP 47 tag of their own, and modes of which a program is missing
    (``apertium-spa-cat`` runs ``cg-proc`` of Debian's ``cg3``, which it does not depend on).
    """
    modes: dict[Direction, Mode] = {}
    for path in sorted(folder.glob("*.mode")):
        name = _MODE_NAME.fullmatch(path.stem)
        if name and (source := _language(name[1])) and (target := _language(name[2])) and _can_run(path):
            modes.setdefault(Direction(source, target), Mode(path))
    return modes


def _can_run(mode: Path) -> bool:
    programs = {part.split()[0] for part in mode.read_text(encoding="utf-8").split("|") if part.strip()}
    return all(shutil.which(program, path=ENVIRONMENT["PATH"]) for program in programs)


def _language(code: str) -> str | None:
    two_letters = 2
    return code if len(code) == two_letters else _LANGUAGES.get(code)
