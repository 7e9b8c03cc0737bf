"""upload.py CONTAINER COUNT: made documents; upload.py CONTAINER: the samples of the checkout."""

import asyncio
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.inside.calling import all_of, calling
from tests.cluster.inside.documents import document

SAMPLES = Path(__file__).with_name("samples.tar.gz")


async def main(container: str, count: str = "") -> None:
    with tempfile.TemporaryDirectory() as folder:
        names = list(_written(Path(folder), _made(int(count)) if count else _samples()))
        async with calling() as client:
            await client.create_container(container)
            await all_of(client.upload(container, name, Path(folder, name)) for name in names)
    print(len(names))


def _made(count: int) -> Iterator[tuple[str, bytes]]:
    return map(document, range(count))


def _samples() -> Iterator[tuple[str, bytes]]:
    with tarfile.open(SAMPLES) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            yield member.name, content.read()


def _written(folder: Path, documents: Iterator[tuple[str, bytes]]) -> Iterator[str]:
    for name, content in documents:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        yield name


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
