"""What a job says of its languages, words and engine reaches the engine, and comes back."""

from collections.abc import Sequence
from dataclasses import replace

from libs.common.deployment import Deployment
from libs.common.ledger.records import JobStatus
from libs.common.settings import WorkerSettings
from libs.translation.engines.engine import Translated, Wish
from libs.translation.segments import Segment
from services.worker.resources import open_worker
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import SETTINGS, ReadRow, ended, worker_of, working


class Linguist(StubbornEngine):
    """Finds out that everything is French."""

    detects = True

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        answers = await super().translate(segments, wish)
        return [replace(answer, detected="fr" if wish.source is None else None) for answer in answers]


async def test_the_language_that_the_engine_found_is_told_of_each_file(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow
) -> None:
    job = await listed({"a.txt": b"Bonjour."}, source_language=None)
    told = await listed({"b.txt": b"Salut."}, source_language="fr")
    async with working(explicit, deployment, Linguist()):
        assert (await ended(deployment, job)).status is JobStatus.COMPLETED
        await ended(deployment, told)
    assert (await file_row(job, "a.txt")).detected_language == "fr"
    assert (await file_row(told, "b.txt")).detected_language is None


async def test_a_job_is_translated_by_the_engine_it_names_with_its_words(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    job = await listed(
        {"a.txt": b"The blue whale likes Azurite."},
        engine="pseudo",
        dictionary={"blue whale": "ballena azul"},
        do_not_translate=("Azurite",),
    )
    other = await listed({"b.txt": b"The blue whale."}, target_prefix="copied/")
    settings = explicit(WorkerSettings, translation_engine="copy", further_engines=("pseudo",), **SETTINGS)
    async with open_worker(settings) as (worker, _), worker_of(worker):
        assert (await ended(deployment, job)).status is JobStatus.COMPLETED
        assert (await ended(deployment, other)).status is JobStatus.COMPLETED
    translated = (await deployment.blobs.read(job.target_container, "a.txt", 1000)).data.decode()
    assert "ballena azul" in translated
    assert "Azurite" in translated
    assert "likes" not in translated
    copied = (await deployment.blobs.read(other.target_container, "copied/b.txt", 1000)).data
    assert copied == b"The blue whale."
