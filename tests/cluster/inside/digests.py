"""digests.py CONTAINER: every file of a container as JSON: its name and the SHA-256 of its bytes."""

import asyncio
import hashlib
import io
import json
import sys

from tests.cluster.inside.calling import all_of, calling


async def main(container: str) -> None:
    digests = dict[str, str]()
    async with calling() as client:

        async def digest(name: str) -> None:
            content = io.BytesIO()
            await client.download(container, name, content)
            digests[name] = hashlib.sha256(content.getvalue()).hexdigest()

        names = [file.name async for file in client.stored_files(container)]
        await all_of(map(digest, names))
    print(json.dumps(digests))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
