"""`make cluster-check`: the local overlay on the cluster that kubectl reaches, and what it endures there.

Exit code 2 where something is missing; then it says what, and how to get it. Its namespaces go at the end.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.cluster.cluster import connected
from tests.cluster.given import Given
from tests.cluster.needs import NO_CLUSTER, UNREACHABLE, check_needs, check_room, described
from tests.cluster.places import remove_all
from tests.cluster.plan import SCENES, Plan
from tests.cluster.problems import Missing
from tests.cluster.report import Report
from tests.cluster.stage import set_up

FOLDER = Path(__file__).parent / "scenes"
MISSING, INTERRUPTED = 2, 130
#: Scenes take minutes, in one loop because they share their connections.
_PYTEST = (
    # Which the setting up has imported before: the asserts of scenes are still rewritten.
    "-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning",
    "-q", "-s", "--no-header", "-p", "no:cacheprovider",
    "-o", "python_files=scene_*.py", "-o", "timeout=3600",
    "-o", "asyncio_default_fixture_loop_scope=session", "-o", "asyncio_default_test_loop_scope=session",
)  # fmt: skip


def main() -> int:
    plan, report = _plan(), Report()
    # A shell has its background jobs ignore it, and Python leaves that so: they could not be stopped.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        said = asyncio.run(_prepare(plan, report))
        return _play(plan, report, said)
    except Missing as missing:
        print(f"cluster-check: {missing}", file=sys.stderr)
        return MISSING
    except AssertionError as fault:
        print(f"cluster-check: the system did not come up: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="cluster-check", description=__doc__)
    parser.add_argument("--image", default="batch-translation:local", help="as the cluster's nodes know it")
    parser.add_argument("--scenes", default=",".join(SCENES), help=f"some of {','.join(SCENES)}")
    parser.add_argument("--files", type=int, default=1000, help="files of a job")
    parser.add_argument("--jobs", type=int, default=4, help="jobs in the storm")
    parser.add_argument("--storm", type=float, default=100, help="seconds of faults")
    parser.add_argument("--away", type=float, default=180, help="seconds without storage")
    parser.add_argument("--load", type=float, default=150, help="requests a second that make the API scale")
    asked = parser.parse_args()
    scenes = tuple(asked.scenes.replace(",", " ").split())
    if unknown := [scene for scene in scenes if scene not in SCENES]:
        parser.error(f"there is no scene {unknown[0]}; there are {', '.join(SCENES)}")
    return Plan(asked.image, asked.files, asked.jobs, asked.storm, asked.away, asked.load, scenes)


async def _prepare(plan: Plan, report: Report) -> str:
    try:
        async with connected() as cluster:
            await check_needs(cluster)
            report.begin(await described(cluster))
    except UNREACHABLE as error:
        raise Missing(NO_CLUSTER.format(error)) from error
    try:
        async with connected() as cluster:
            await remove_all(cluster)
            await check_room(cluster)
            return await set_up(cluster, plan)
    except BaseException:
        await _removed()
        raise


def _play(plan: Plan, report: Report, said: str) -> int:
    files = [str(FOLDER / f"scene_{scene}.py") for scene in SCENES if scene in plan.scenes]
    try:
        code = pytest.main([*_PYTEST, *files], plugins=[Given(plan, report, said)])
    finally:
        # A second Ctrl-C would leave namespaces; the removal is bounded.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        asyncio.run(_removed())
    if code == pytest.ExitCode.INTERRUPTED:
        return INTERRUPTED
    if code == pytest.ExitCode.OK:
        report.end()
        if plan.scenes == SCENES:
            report.write()
    return int(code)


async def _removed() -> None:
    print("cluster-check: removing its namespaces", flush=True)
    async with connected() as cluster:
        await remove_all(cluster)


if __name__ == "__main__":
    sys.exit(main())
