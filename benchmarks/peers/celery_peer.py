"""Celery from the outside: its environment, its messages, its worker.

Its packages are those of ``benchmarks/requirements-celery.lock``, with the same storage SDKs as ours, in an
environment under ``build/`` that is made when it is missing.
"""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.filling import SOURCE, TARGET
from benchmarks.programs import DEADLINE, Told, cpu, told, until
from deploy.local.azurite import Azurite
from deploy.local.places import ROOT
from deploy.local.processes import Process, child_environment
from deploy.local.setup.commands import announce, is_current, mark_current, run
from libs.common.deployment import Deployment

LOCK = ROOT / "benchmarks" / "requirements-celery.lock"
_HOME = ROOT / "build" / "celery"
_PYTHON = _HOME / "bin" / "python"
_STAMP = _HOME / "setup" / LOCK.name
_APP = "benchmarks.peers.celery_app"
_QUEUE = "celery-bench"
_STOP_SECONDS = 20.0


def install() -> None:
    """Celery's environment, with exactly what the lock names."""
    if _PYTHON.is_file() and is_current(_STAMP, LOCK):
        return
    announce(f"Python packages of {LOCK.name} into build/celery")
    run([sys.executable, "-m", "venv", "--clear", str(_HOME)], seconds=120)
    pip = [str(_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "install"]
    run([*pip, "--require-hashes", "--requirement", str(LOCK)], seconds=600)
    mark_current(_STAMP, LOCK)


def version() -> str:
    """Which Celery the lock names."""
    return re.search(r"^celery==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)[1]  # type: ignore[index]


class Celery:
    """Celery over the files of one Azurite."""

    def __init__(self, storage: Azurite, folder: Path) -> None:
        self._storage = storage
        self._folder = folder
        settings = {
            "AZURE_STORAGE_CONNECTION_STRING": storage.connection_string,
            "BENCH_FOLDER": str(folder),
            "BENCH_SOURCE": SOURCE,
            "BENCH_TARGET": TARGET,
        }
        self._environment = child_environment(settings)

    async def fill(self, files: int) -> None:
        """One message a file, as Celery writes them."""
        sender = self._process("celery-send", "-m", _APP)
        await sender.start()
        try:
            async with asyncio.timeout(DEADLINE):
                await sender.wait()
        finally:
            await sender.stop(1)
        if sender.last_lines[-1:] != [str(files)]:
            raise sender.died()

    async def work(self, deployment: Deployment, pool: Sequence[str], files: int) -> tuple[Told, float]:
        """Run a worker until every file is in the target. Also gives Azurite's seconds of CPU by then."""
        await deployment.blobs.create_container(TARGET)
        for file in self._files():
            file.unlink()
        worker = self._process(
            "celery", "-m", "celery", "-A", _APP, "worker", "--loglevel=WARNING", "-Q", _QUEUE, *pool,
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        )  # fmt: skip
        await worker.start()
        try:
            await self._copied(worker, deployment, files)
            storage_cpu = cpu(self._storage.process)
        finally:
            await worker.stop(_STOP_SECONDS)
        return told(self._files()), storage_cpu

    async def _copied(self, worker: Process, deployment: Deployment, files: int) -> None:
        """The queue is asked, for a look into the container is dear; at its end that is what counts."""
        queue = deployment.storage.queues.get_queue_client(_QUEUE)

        async def all_there() -> bool:
            if worker.returncode is not None:
                raise worker.died()
            if (await queue.get_queue_properties()).approximate_message_count:
                return False
            target = deployment.storage.blobs.get_container_client(TARGET)
            return len([name async for name in target.list_blob_names()]) >= files

        await until(all_there)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("celery-*.json"))

    def _process(self, name: str, *arguments: str) -> Process:
        return Process(name, [str(_PYTHON), *arguments], env=self._environment)
