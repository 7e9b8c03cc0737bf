"""Whatever the segments are, no request is larger than the service takes."""

from azure.core.credentials import AzureKeyCredential
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.translation.cutting import cut, units_of
from libs.translation.engines.azure import AzureEngine
from libs.translation.engines.engine import Limits, Wish
from libs.translation.segments import Segment, has_letters, lost_codes, plain, text_of
from tests.contract.engines.servers import KEY, azure_emulator
from tests.unit.translation.strategies import segments

#: Texts that grow in HTML, that count twice, and that are cut in sentences; each with letters.
_SCRAPS = st.sampled_from(["a&b ", "x < y. ", "𝒳é ", "One sentence. ", 'q"', "word"])
_TEXTS = st.builds(lambda scrap, times: scrap * times, _SCRAPS, st.integers(1, 9_000))


def _requests(sources: list[Segment], limits: Limits) -> list[list[Segment]]:
    """Filled as full as the limits let them be."""
    requests: list[list[Segment]] = [[]]
    for piece in (piece for source in sources for piece in cut(source, limits.units)):
        if not has_letters(piece):
            continue
        full = sum(map(units_of, requests[-1])) + units_of(piece) > limits.units
        if full or len(requests[-1]) == limits.elements:
            requests.append([])
        requests[-1].append(piece)
    return [request for request in requests if request]


@settings(max_examples=30)
@given(st.lists(segments(_TEXTS), max_size=6))
async def test_no_request_is_too_large_and_no_code_is_lost(sources: list[Segment]) -> None:
    async with azure_emulator() as (emulator, url):
        engine = AzureEngine(url, AzureKeyCredential(KEY))
        try:
            for request in _requests(sources, engine.limits):
                done = await engine.translate(request, Wish("en", "es"))
                for source, one in zip(request, done, strict=True):
                    assert lost_codes(source, one.segment) == []
                    assert text_of(source).strip() in text_of(one.segment).replace("⟧⟦es: ", "").replace(
                        "⟧ ⟦es: ", " "
                    )
        finally:
            await engine.close()
        assert emulator.stats.statuses.keys() <= {200}  # it answers 400 to what is too large


async def test_a_thousand_short_texts_are_one_request() -> None:
    async with azure_emulator() as (emulator, url):
        engine = AzureEngine(url, AzureKeyCredential(KEY))
        await engine.translate([plain(f"text {number}") for number in range(1000)], Wish("en", "es"))
        await engine.close()
        assert (emulator.stats.requests, emulator.stats.elements) == (1, 1000)
