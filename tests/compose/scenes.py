"""What is played on the stack as users start it, and what must come out of each scene."""

import asyncio
from functools import partial
from itertools import islice, product

from deploy.local.samples import NOT_A_TEXT, documents
from tests.compose.outside import Done, Outside
from tests.compose.places import PROJECT
from tests.compose.problems import Failed
from tests.compose.project import Container, Project
from tests.compose.report import Report

PAGES = ("/", "/docs", "/docs/swagger-ui.css", "/openapi.json", "/healthz", "/readyz")
#: Enough for half a minute of work on two cores, so that a fault finds the job in its middle.
FILES = 600
#: Files that have ended when a fault comes.
_MIDDLE = 100
_WORKERS = 4
_SOURCE, _CALM = "notes", "notes-calm"
_OURS = frozenset({"api", "dispatcher", "worker"})
_RESTART_SECONDS = 60.0
#: Lists the tables through a host whose name has dots, which is no account's name.
_DOTTED = f"""
import asyncio, os
from azure.data.tables.aio import TableServiceClient
async def main():
    text = os.environ["AZURE_STORAGE_CONNECTION_STRING"].replace("//azurite:", "//azurite.{PROJECT}_default:")
    async with TableServiceClient.from_connection_string(text) as tables:
        print(*sorted([table.name async for table in tables.list_tables()]))
asyncio.run(main())
"""
_SUBJECTS = ("The white house", "My old neighbour", "The first letter", "A small bird", "The new bridge")
# No "near": how Apertium's tagger reads it depends on what its process read before (docs/engines.md), and a
# worker that was started again would translate it otherwise.
_PLACES = ("in the kitchen", "in the garden", "on the table", "behind the church", "in the village")
_DAYS = ("on Monday", "every morning", "last summer", "in March", "after the rain")
_ACTS = (
    "was seen by the children",
    "is a surprise for the mayor",
    "was here",
    "waits for the teacher",
    "is dear to us",
)


class Scenes:
    def __init__(self, project: Project, outside: Outside, report: Report) -> None:
        self._project, self._outside, self._report = project, outside, report
        self._expected: dict[str, str] = {}

    async def play(self) -> None:
        """Raises Failed at the first thing that does not hold."""
        await self._closed()
        await self._dotted_host()
        await self._samples()
        await self._scaled()
        await self._calm()
        await self._worker_killed()
        await self._azurite_restarted()
        await self._workers_stopped()
        await self._all_stopped()

    async def _closed(self) -> None:
        """Every container is healthy, unprivileged and on a read-only root; the API alone is published."""
        containers = await self._project.containers()
        wrong = [
            f"{each.service} is {each.state} {each.health}" for each in containers if each.health != "healthy"
        ]
        wrong += [f"{each.service} may write to its root" for each in containers if not each.read_only]
        wrong += [
            f"{each.service} runs as {each.user!r}"
            for each in containers
            if each.service in _OURS and each.user != "10001:10001"
        ]
        published = {each.service: each.published for each in containers if each.published}
        if set(published) != {"api"} or not all(at.startswith("127.0.0.1:") for at in published["api"]):
            wrong.append(f"published: {published}")
        if wrong:
            raise Failed("the containers are not as they must be", wrong)
        await self._outside.pages(PAGES)
        self._report.row(
            "containers", f"{len(containers)} healthy, read-only; only the API published, on loopback"
        )
        self._report.row("pages", f"{' '.join(PAGES)} answer")

    async def _dotted_host(self) -> None:
        (api,) = await self._project.containers("api")
        found = (await self._project.engine.docker("exec", api.id, "python", "-c", _DOTTED)).split()
        if found != ["translationfiles", "translationjobs"]:
            raise Failed(f"by a host with dots in its name Azurite has the tables {found}")
        self._report.row("Azurite by a host with dots in its name", f"has the tables {' '.join(found)}")

    async def _samples(self) -> None:
        sources = documents()
        await self._outside.upload("samples", sources)
        done = await self._outside.translated("samples", "samples-es")
        failed = [file.name async for file in self._outside.client.files(done.job.job_id, "failed")]
        targets = await self._outside.digests("samples-es")
        if failed != [NOT_A_TEXT] or set(targets) != set(sources) - {NOT_A_TEXT}:
            raise Failed(f"of the samples failed {failed}, {len(targets)} of {len(sources)} were written")
        figure = (
            f"{len(targets)} of {len(sources)} translated; {NOT_A_TEXT} is no text and failed, as it must"
        )
        self._report.row("samples through the API", figure, done.seconds)

    async def _scaled(self) -> None:
        begin = _now()
        await self._project.up(scale={"worker": _WORKERS})
        workers = await self._project.containers("worker")
        if [each.health for each in workers] != ["healthy"] * _WORKERS:
            raise Failed(f"{len(workers)} workers, {[each.health for each in workers]}")
        self._report.row("workers scaled from 2 to 4", f"{len(workers)} healthy", _now() - begin)

    async def _calm(self) -> None:
        """The run without a fault that all others are compared with."""
        await self._outside.upload(_SOURCE, notes())
        done = await self._outside.translated(_SOURCE, _CALM)
        self._expected = await self._outside.digests(_CALM)
        if (
            done.job.status != "completed"
            or len(self._expected) != FILES
            or len(set(self._expected.values())) != FILES
        ):
            raise Failed(f"undisturbed: {done.job.status}, {len(self._expected)} files written")
        self._report.row(
            f"{FILES} files, undisturbed", f"{done.job.processed_files} translated", done.seconds
        )

    async def _worker_killed(self) -> None:
        victim = (await self._project.containers("worker"))[0]
        kill = partial(self._project.kill_service, victim)
        done = await self._outside.translated(_SOURCE, "notes-killed", kill, _MIDDLE)
        revived = await self._revived(victim)
        figure = f"{await self._same(done, 'notes-killed')}; the Engine started the worker again"
        if revived.restarts == victim.restarts:
            raise Failed("no worker was killed: nothing was tried")
        self._report.row("SIGKILL of a worker mid-job", figure, done.seconds)

    async def _azurite_restarted(self) -> None:
        before = (await self._project.containers("azurite"))[0]
        restart = partial(self._project.compose, "restart", "azurite")
        done = await self._outside.translated(_SOURCE, "notes-restarted", restart, _MIDDLE)
        after = (await self._project.containers("azurite"))[0]
        if after.started_at == before.started_at:
            raise Failed("Azurite was not restarted: nothing was tried")
        ours = [each for each in await self._project.containers() if each.service in _OURS]
        restarts = sum(each.restarts for each in ours) - 1  # the worker that was killed before
        if restarts:
            raise Failed(f"services died {restarts} times when storage was restarted")
        figure = f"{await self._same(done, 'notes-restarted')}; no service restarted"
        self._report.row("Azurite restarted mid-job", figure, done.seconds)

    async def _workers_stopped(self) -> None:
        job = await self._outside.post(_SOURCE, "notes-drained")
        begin = _now()
        await self._outside.until(job.job_id, _MIDDLE)
        at = _now()
        await self._project.stop("worker")
        drained = _now() - at
        await self._ended_by_signal("worker")
        left = (await self._outside.client.job(job.job_id)).pending_files
        await self._project.up(scale={"worker": _WORKERS})
        ended = await self._outside.finish(job.job_id)
        figure = await self._same(Done(ended, _now() - begin), "notes-drained")
        spent = [file.name async for file in self._outside.client.files(job.job_id) if file.attempts > 1]
        if left == 0 or spent:
            raise Failed(f"{left} files were left, {len(spent)} lost an attempt to the stop")
        figure += (
            f"; {_WORKERS} workers ended with 0 in {drained:.1f} s, {left} files waited, no attempt spent"
        )
        self._report.row("workers stopped mid-job, started again", figure, _now() - begin)

    async def _all_stopped(self) -> None:
        begin = _now()
        await self._project.stop()
        count = await self._ended_by_signal(*_OURS, "azurite")
        self._report.row("SIGTERM to all", f"{count} containers ended by it, exit code 0", _now() - begin)

    async def _same(self, done: Done, target: str) -> str:
        """Raises Failed unless every file was translated into the very bytes of the undisturbed run."""
        job, found = done.job, await self._outside.digests(target)
        if job.status != "completed" or job.processed_files != FILES or found != self._expected:
            different = [name for name, digest in self._expected.items() if found.get(name) != digest]
            raise Failed(
                f"the job is {job.status}, {job.processed_files} of {FILES}; {len(different)} files differ",
                different[:10],
            )
        return f"{job.processed_files} translated, {len(found)} identical"

    async def _revived(self, victim: Container) -> Container:
        try:
            async with asyncio.timeout(_RESTART_SECONDS):
                while True:
                    (found,) = [
                        each for each in await self._project.containers("worker") if each.id == victim.id
                    ]
                    if found.restarts > victim.restarts and found.state == "running":
                        return found
                    await asyncio.sleep(0.5)
        except TimeoutError:
            raise Failed(f"the killed worker did not come back within {_RESTART_SECONDS:g} s") from None

    async def _ended_by_signal(self, *services: str) -> int:
        containers = [each for each in await self._project.containers() if each.service in services]
        wrong = [
            f"{each.service}: {each.state}, {each.exit_code}"
            for each in containers
            if (each.state, each.exit_code) != ("exited", 0)
        ]
        if wrong:
            raise Failed("exit codes after SIGTERM", wrong)
        return len(containers)


def notes() -> dict[str, bytes]:
    """Small texts of which no two are alike, by name."""
    words = islice(product(_SUBJECTS, _PLACES, _ACTS, _DAYS), FILES)
    return {
        f"{number % 7}/{number:04}.txt": f"{who} {where} {act} {day}. It is number {number}.\n".encode()
        for number, (who, where, act, day) in enumerate(words)
    }


def _now() -> float:
    return asyncio.get_running_loop().time()
