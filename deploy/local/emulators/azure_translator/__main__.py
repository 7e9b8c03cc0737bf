"""`python -m deploy.local.emulators.azure_translator`: the emulator until it is ended."""

import argparse
import asyncio
import sys

from aiohttp import web

from deploy.local.emulators.azure_translator import CHARACTERS_A_MINUTE, Emulator, Fault, Knobs, build_app
from deploy.local.ports import LOOPBACK
from deploy.local.problems import LocalStackError
from deploy.local.terminal import ended_by_signals

#: Answers under way when it ends are given so long.
_STOP_SECONDS = 1.0
READY = "EMULATED Azure AI Translator"


def main() -> int:
    given = _arguments().parse_args()
    quota = given.characters_a_minute or CHARACTERS_A_MINUTE.get(given.tier)
    knobs = Knobs(
        characters_a_minute=quota,
        latency_ms=given.latency_ms,
        retry_after=given.retry_after,
        fault=given.fault,
        fault_rate=given.fault_rate,
    )
    try:
        asyncio.run(_serve(Emulator(knobs, key=given.key, speed=given.speed), given.host, given.port))
    except LocalStackError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azure_translator", description=__doc__)
    add = parser.add_argument
    add("--host", default=LOOPBACK, help="address to listen on")
    add("--port", type=int, default=0, help="port; 0 takes a free one")
    add("--key", help="the only key accepted; without it any is")
    add("--tier", choices=["none", *CHARACTERS_A_MINUTE], default="none", help="whose quota holds")
    add("--characters-a-minute", type=int, help="a quota of your own")
    add("--latency-ms", type=float, default=0, help="what each request takes")
    add("--retry-after", type=float, help="seconds told with a 429; without it none are, as the service does")
    add("--fault", choices=[fault.value for fault in Fault], default="none", help="what goes wrong")
    add("--fault-rate", type=float, default=1.0, help="with which share of the requests")
    add("--speed", type=float, default=1.0, help="how fast time runs for the quota (tests)")
    return parser


async def _serve(emulator: Emulator, host: str, port: int) -> None:
    runner = web.AppRunner(build_app(emulator), access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    with ended_by_signals():
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
        except OSError as error:
            raise LocalStackError(f"port {port} cannot be used: {error.strerror}") from error
        address = runner.addresses[0]
        print(
            f"{READY} on http://{address[0]}:{address[1]}: it marks texts, it translates nothing", flush=True
        )
        await asyncio.Event().wait()
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
