"""job.py REQUEST PATIENCE: posts a job and prints it as a line of JSON at each look, until it has ended.

PATIENCE is how long (seconds) an API that does not answer is waited for.
"""

import asyncio
import sys

from libs.client.records import JobRequest
from tests.cluster.inside.calling import calling


async def main(request: str, patience: str) -> None:
    async with calling() as client:
        job = await client.submit(JobRequest.model_validate_json(request))
        async for sight in client.watch(job.job_id, float(patience)):
            print(sight.job.model_dump_json(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
