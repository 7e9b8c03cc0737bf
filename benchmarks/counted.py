"""Run a program with every storage request counted at the transport.

    python -m benchmarks.counted FILE MODULE [ARGUMENT …]

At its end, and whenever it gets SIGUSR1, FILE holds as JSON what `tally.Tally` has counted.
"""

import atexit
import runpy
import signal
import sys
from pathlib import Path

from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport

from benchmarks.tally import Tally, count_async, count_sync, services_of
from libs.common.settings import ServiceSettings, load


def main() -> None:
    file, module = Path(sys.argv[1]), sys.argv[2]
    secret = load(ServiceSettings).azure_storage_connection_string
    if secret is None:
        raise SystemExit("only an emulator named by a connection string is counted on")
    services, tally = services_of(secret.get_secret_value()), Tally()
    count_async(AioHttpTransport, tally, services)
    count_sync(RequestsTransport, tally, services)
    tally.watch_collector()
    atexit.register(tally.write, file)
    signal.signal(signal.SIGUSR1, lambda *_: tally.write(file))
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
