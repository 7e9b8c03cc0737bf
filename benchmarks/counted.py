"""Run a program with every storage request counted at the transport.

    python -m benchmarks.counted MODULE FILE

At its end FILE holds, as JSON, the requests by port and method, and the CPU seconds of the program.
"""

import atexit
import json
import resource
import runpy
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline.transport import AioHttpTransport


def main() -> None:
    module, file = sys.argv[1:3]
    counts = _counting()
    atexit.register(_write, counts, Path(file))
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__")


def _counting() -> Counter[str]:
    counts: Counter[str] = Counter()
    send = AioHttpTransport.send

    async def counted(self: Any, request: Any, **options: Any) -> Any:
        counts[f"{urlsplit(request.url).port} {request.method}"] += 1
        return await send(self, request, **options)

    setattr(AioHttpTransport, "send", counted)  # noqa: B010 - a type checker would refuse the plain form
    return counts


def _write(counts: Counter[str], file: Path) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    file.write_text(json.dumps({"requests": counts, "cpu_seconds": usage.ru_utime + usage.ru_stime}))


if __name__ == "__main__":
    main()
