"""kubectl of the checkout, for what it does itself: it renders overlays, merges, and warns."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.unit.deploy.manifests import KUBECTL, KUBERNETES, Document

_SECONDS = 120


def apply(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(KUBECTL), "apply", "--kustomize", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)


def apply_document(document: Document, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(KUBECTL), "apply", "--filename", "-", *options]
    text = yaml.safe_dump(document)
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=_SECONDS, check=False)


@contextmanager
def over(overlay: str, **changes: object) -> Iterator[Path]:
    """A folder with a kustomization over one of the overlays."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        base = os.path.relpath(KUBERNETES / "overlays" / overlay, folder)
        kustomization = {"resources": [base], **changes}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
        yield folder


def image(name: str) -> dict[str, str]:
    """An entry of ``images`` that puts this image in the place of the services'."""
    repository, _, tag = name.rpartition(":")
    if "@" in name:
        repository, _, digest = name.partition("@")
        return {"name": "batch-translation", "newName": repository, "digest": digest}
    return {"name": "batch-translation", "newName": repository, "newTag": tag}
