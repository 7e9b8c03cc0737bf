"""python -m tests.office: every real office document is translated, and LibreOffice opens it.

Exit code 1 if one does not open though its source does, if one is not translated, if a format has none, or if
a broken document opens: then opening proves nothing.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from deploy.local.setup import corpora
from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.pseudo import PseudoEngine
from libs.translation.errors import PermanentFault
from libs.translation.translator import Order, Translator
from tests.corpora.documents import RealDocument, documents
from tests.office.broken import broken
from tests.office.libreoffice import opened, version

FORMATS = ("docx", "pptx", "xlsx", "odt")
#: One in so many is translated by Apertium, the others by the engine that marks every word.
APERTIUM_EVERY = 4
#: Documents that are refused, as they should be, by the end of their names.
REFUSED = ("tests/examples/nasty.odt",)
_ROW = "{:<8}{:>8}{:>10}{:>10}{:>8}  {}"


@dataclass(slots=True)
class Tally:
    sources: list[Path] = field(default_factory=list)
    translations: list[Path] = field(default_factory=list)
    by_apertium: int = 0
    failed: list[str] = field(default_factory=list)


async def main() -> int:
    if not corpora.are_current():
        print("the collection of real documents is missing: run make setup SETUP=--corpora")
        return 1
    print(f"{datetime.now(UTC):%Y-%m-%d}, {version()}\n")
    print(
        _ROW.format("format", "files", "Apertium", "written", "opened", "not opened, though the source does")
    )
    verdicts = [await _holds(form) for form in FORMATS]
    return 0 if all(verdicts) else 1


async def _holds(form: str) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tally = await _translated(documents()[form], folder)
        control = folder / f"broken.{form}"
        control.write_bytes(broken(form, tally.sources[0].read_bytes()))
        seen = opened([*tally.translations, control], folder)
        closed = [path for path in tally.translations if path not in seen]
        # Only these are asked for, and elsewhere: the PDFs would have the same names.
        (folder / "sources").mkdir()
        could = opened([folder / path.name.replace("new", "old") for path in closed], folder / "sources")
        problems = [*tally.failed, *sorted(path.name for path in could)]
        problems += ["a broken document opened"] if control in seen else []
        count = len(seen - {control})
    told = ", ".join(problems) or "none"
    print(_ROW.format(form, len(tally.sources), tally.by_apertium, len(tally.translations), count, told))
    return count > 0 and not problems


async def _translated(reals: Sequence[RealDocument], folder: Path) -> Tally:
    tally = Tally()
    apertium = ApertiumEngine()
    engines = (apertium, PseudoEngine())
    translators = [Translator(one, requests_in_flight=4, request_seconds=60) for one in engines]
    for number, real in enumerate(real for real in reals if not real.name.endswith(REFUSED)):
        suffix = PurePosixPath(real.name).suffix
        source, target = (folder / f"{age}{number}{suffix}" for age in ("old", "new"))
        source.write_bytes(real.data)
        tally.sources.append(source)
        is_apertium = number % APERTIUM_EVERY == 0
        tally.by_apertium += is_apertium
        translator = translators[0 if is_apertium else 1]
        try:
            target.write_bytes((await translator.translate(real.name, real.data, Order("en", "es"))).data)
        except PermanentFault as fault:
            tally.failed.append(f"{real}: {fault.code}")
        else:
            tally.translations.append(target)
    await asyncio.gather(*(translator.close() for translator in translators))
    await apertium.close()
    return tally


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
