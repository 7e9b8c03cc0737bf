"""Run a program with every storage request counted at the transport.

    python -m benchmarks.counted MODULE FILE

At its end FILE holds, as JSON, the requests by service and method (``blob GET``), the bytes of documents,
entities and messages that went either way, and the CPU seconds of the program.
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

from libs.common.settings import ServiceSettings, load


def main() -> None:
    module, file = sys.argv[1:3]
    counts, traffic = _counting(_services())
    atexit.register(_write, counts, traffic, Path(file))
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__")


def _services() -> dict[str, str]:
    """Which service of the emulator listens where, from the settings the program is about to read."""
    secret = load(ServiceSettings).azure_storage_connection_string
    if secret is None:
        raise SystemExit("only an emulator named by a connection string is counted on")
    parts = dict(part.partition("=")[::2] for part in secret.get_secret_value().rstrip(";").split(";"))
    return {
        urlsplit(value).netloc: name.removesuffix("Endpoint").lower()
        for name, value in parts.items()
        if name.endswith("Endpoint")
    }


def _counting(services: dict[str, str]) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    traffic: Counter[str] = Counter()
    send = AioHttpTransport.send

    async def counted(self: Any, request: Any, **options: Any) -> Any:
        counts[f"{services.get(urlsplit(request.url).netloc, 'other')} {request.method}"] += 1
        traffic["sent"] += int(request.headers.get("Content-Length") or 0)
        answer = await send(self, request, **options)
        traffic["received"] += int(answer.headers.get("Content-Length") or 0)
        return answer

    setattr(AioHttpTransport, "send", counted)  # noqa: B010 - a type checker would refuse the plain form
    return counts, traffic


def _write(counts: Counter[str], traffic: Counter[str], file: Path) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {"requests": counts, "bytes": traffic, "cpu_seconds": usage.ru_utime + usage.ru_stime}
    file.write_text(json.dumps(told))


if __name__ == "__main__":
    main()
