"""Which documents LibreOffice opens: those it makes a PDF of."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

PROGRAM = "soffice"
#: Documents of one start, and how long that may take: a start takes seconds, a document seldom one.
_AT_ONCE, _SECONDS = 20, 600.0


def opened(documents: Sequence[Path], folder: Path) -> set[Path]:
    """``folder`` gets LibreOffice's profile and the PDFs. The documents have different stems."""
    done = set[Path]()
    for first in range(0, len(documents), _AT_ONCE):
        done |= _opened(documents[first : first + _AT_ONCE], folder)
    return done


def version() -> str:
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, timeout=60, check=True)
    return " ".join(said.stdout.split()[:2])


def _opened(documents: Sequence[Path], folder: Path) -> set[Path]:
    profile = (folder / "profile").absolute().as_uri()
    convert = ("--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(folder))
    subprocess.run(
        [PROGRAM, f"-env:UserInstallation={profile}", *convert, *map(str, documents)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=False,
    )
    return {document for document in documents if (folder / f"{document.stem}.pdf").is_file()}
