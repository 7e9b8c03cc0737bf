"""What is not asked and not paid for: small files that share requests, and sentences known already."""

from dataclasses import dataclass

from benchmarks.engines.emulated import site

#: Of the second scenario: files, sentences of each, and every how many-th sentence is edited.
FILES, SENTENCES, EDITED = 50, 40, 20


@dataclass(frozen=True, slots=True)
class Shared:
    """Requests to the engine for so many files of one sentence each."""

    files: int
    requests: int

    @property
    def ratio(self) -> float:
        return self.files / self.requests


@dataclass(frozen=True, slots=True)
class Remembered:
    """Characters paid for by a first job, and by a second over the same files with some sentences edited."""

    first: int
    second: int
    sentences_changed: float

    @property
    def share(self) -> float:
        return self.second / self.first


async def shared_requests(files: int) -> Shared:
    """Every file has another sentence, so nothing but sharing requests can help."""
    async with site(1, ["--latency-ms", "150"], {"MAX_CONCURRENT_FILES": "64", "MAX_MESSAGES": "32"}) as at:
        texts = {f"{number:05}.txt": f"This is the sentence of file {number}.\n" for number in range(files)}
        await at.upload("small-source", texts)
        job = await at.post("small-source", "small-target")
        ended = await at.ended(job.job_id)
        if ended.counts.succeeded != files:
            raise RuntimeError(f"{ended.counts} of {files}")
        return Shared(files, (await at.stats())["requests"])


async def remembered() -> Remembered:
    """Two workers and a memory between them; the second job has other workers' files as well as its own."""
    async with site(2, [], {"TRANSLATION_MEMORY": "true"}) as at:
        await at.upload("first-source", _texts(edition=1))
        first = await at.ended((await at.post("first-source", "memory-target")).job_id)
        await at.upload("second-source", _texts(edition=2))
        second = await at.ended((await at.post("second-source", "memory-target")).job_id)
        return Remembered(first.counts.characters, second.counts.characters, 1 / EDITED)


def _texts(edition: int) -> dict[str, str]:
    return {
        f"{number:03}.txt": "\n".join(_sentence(number, line, edition) for line in range(SENTENCES))
        for number in range(FILES)
    }


def _sentence(number: int, line: int, edition: int) -> str:
    edited = edition if line % EDITED == number % EDITED else 1
    return f"Sentence {line} of file {number} in edition {edited}."
