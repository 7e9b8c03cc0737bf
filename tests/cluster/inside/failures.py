"""failures.py JOB: the failed files of a job as JSON: name and error code."""

import asyncio
import json
import sys

from tests.cluster.inside.calling import calling


async def main(job_id: str) -> None:
    async with calling() as client:
        print(json.dumps({file.name: file.error_code async for file in client.files(job_id, "failed")}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
