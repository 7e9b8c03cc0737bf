"""Hundreds of real documents of all formats (`tests/corpora/documents.py`)."""

from collections.abc import Sequence

import pytest

from deploy.local.setup import corpora
from libs.translation.documents import FORMATS
from libs.translation.documents.document import DocumentFormat
from libs.translation.errors import PermanentFault
from tests.conftest import missing
from tests.corpora.documents import RealDocument, documents, spread
from tests.corpora.readers import content
from tests.unit.translation.rewording import again, upper
from tests.unit.translation.taking_apart import rendered

#: Files of each format that there must be at least.
FLOORS = {
    "txt": 80,
    "html": 80,
    "markdown": 80,
    "json": 80,
    "csv": 80,
    "tsv": 1,
    "srt": 6,
    "vtt": 15,
    "po": 80,
    "xliff": 8,
    "docx": 45,
    "pptx": 65,
    "xlsx": 25,
    "odt": 15,
}
NEEDED = 400
#: More of a format add time.
MOST = 100
#: What is not what its name says, by the end of its name.
REFUSED = {
    "examples/null_byte.csv": "undecodable",
    "tests/examples/nasty.odt": "xml_entities",
    "samples/invalid_format1.srt": "malformed",
    "samples/invalid_format2.srt": "malformed",
    "samples/invalid_format3.srt": "malformed",
}


@pytest.fixture(autouse=True)
def _fetched() -> None:
    if not corpora.are_current():
        missing("the collection of real documents")


def test_there_are_hundreds_and_some_of_every_format() -> None:
    counts = {form.name: len(_documents(form)) for form in FORMATS}
    print(f"real documents: {sum(counts.values())}, {counts}")
    assert sum(counts.values()) - len(REFUSED) >= NEEDED
    assert {form.name for form in FORMATS} <= FLOORS.keys(), "a new format has a floor, and documents"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_real_documents_come_back_whole(form: DocumentFormat) -> None:
    """Byte for byte if nothing changes. With their own words written anew they say the same, and with others
    they pass the comparison of their shape.
    """
    same = ran = 0
    for real in _documents(form):
        if code := next((code for end, code in REFUSED.items() if real.name.endswith(end)), None):
            with pytest.raises(PermanentFault) as caught:
                form.parse(real.data, "en")
            assert caught.value.code == code
        else:
            ran, same = ran + 1, same + _is_whole(form, real)
    print(f"{form.name}: {ran} byte for byte the same, {same} of them also when written anew")
    assert ran >= FLOORS[form.name]


def _documents(form: DocumentFormat) -> Sequence[RealDocument]:
    return spread(documents()[form.name], MOST)


def _is_whole(form: DocumentFormat, real: RealDocument) -> bool:
    """True if not even a byte changed when it was written anew."""
    document = form.parse(real.data, "en")
    assert document.render(document.segments) == real.data, real
    anew = rendered(document, again)
    assert content(form.name, anew) == content(form.name, real.data), real
    assert rendered(document, upper), real
    return anew == real.data
