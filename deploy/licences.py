"""docs/licences.md, from what is locked for the services: python -m deploy.licences [--check].

Exit code 1: with --check, the document is not current; always, a licence that nobody has allowed.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deploy.local.places import ROOT

LOCK, DOCUMENT = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"
#: Licences that ask for no more than their text, or for the source of changes to the very files (MPL).
ALLOWED = frozenset(
    {
        "Apache Software License", "Apache-2.0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "MIT",
        "MIT License", "MIT-0", "Mozilla Public License 2.0 (MPL 2.0)", "PSF-2.0",
        "Python Software Foundation License",
    }
)  # fmt: skip
#: Packages under others, looked at one by one.
EXCEPTIONS: Mapping[str, str] = {}
_HEAD = """# Licences

Written by `make licences` from `requirements.lock`: every Python package that the services are installed
with, on this platform. A test fails when a package has a licence that is not on the list in
`deploy/licences.py`.

| package | version | licence |
|---|---|---|
"""
_TAIL = """
Beside them, in the image and on machines that `make setup` prepared: [Apertium](https://www.apertium.org) and
its language pairs (GPL), programs of the system's packages that a worker starts and talks to through pipes;
Swagger UI (Apache-2.0), files that the API serves. Azurite (MIT), Node and the development tools are in no
image.
"""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str

    @property
    def fault(self) -> str | None:
        """What stands against it."""
        parts = (part.split(" OR ") for part in re.split(r" AND |; ", self.licence))
        is_known = all(any(choice in ALLOWED for choice in choices) for choices in parts)
        return None if is_known or self.name in EXCEPTIONS else f"{self.name} {self.version}: {self.licence}"


def main(arguments: Sequence[str]) -> int:
    packages = locked_packages()
    faults = [package.fault for package in packages if package.fault]
    print(*(f"not an allowed licence: {fault}" for fault in faults), sep="\n", end="\n" * bool(faults))
    text = page(packages)
    is_current = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == text
    if not is_current:
        print("docs/licences.md", "is not current" if "--check" in arguments else "written")
    if "--check" not in arguments:
        DOCUMENT.write_text(text, encoding="utf-8")
        is_current = True
    return int(bool(faults) or not is_current)


def locked_packages() -> list[Package]:
    """Those of the lock that this platform needs, as their metadata describe them."""
    names = locked_names()
    command = (sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed", "--packages", *names)
    said = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
    found = (Package(_normal(one["Name"]), one["Version"], one["License"]) for one in said)
    return sorted(found, key=lambda package: package.name)


def locked_names() -> list[str]:
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)


def page(packages: Iterable[Package]) -> str:
    rows = [f"| {one.name} | {one.version} | {one.licence} |" for one in packages]
    notes = [f"- {name}, {why}." for name, why in EXCEPTIONS.items()]
    return _HEAD + "\n".join(rows) + "\n\nLooked at by themselves:\n\n" + "\n".join(notes) + "\n" + _TAIL


def _normal(name: str) -> str:
    """A name as locks write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
