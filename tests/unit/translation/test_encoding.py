import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents.encoding import decode
from libs.translation.errors import PermanentFault


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_files_keep_their_encoding_and_mark(codec: str) -> None:
    data = "Ein Mädchen 😀".encode(codec)
    text, encoding = decode(data)
    assert text == "Ein Mädchen 😀"
    assert encoding.encode(text) == data
    assert encoding.encode("日本").decode(codec) == "日本"


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_big_endian_marks_are_known(mark: bytes) -> None:
    codec = "utf-16-be" if len(mark) == 2 else "utf-32-be"
    text, encoding = decode(mark + "é".encode(codec))
    assert (text, encoding.encode("ő")) == ("é", mark + "ő".encode(codec))


@pytest.mark.parametrize(
    ("codec", "language", "text"),
    [
        ("cp1252", "es", "¡Hola! El niño come una manzana en la escuela."),
        ("cp1252", "fr", "Les élèves étaient à l'école où ils ont appris le français."),
        ("cp1252", "en", "“Quotes” and the naïve café menu"),
        ("cp1250", "cs", "Dobrý den, jak se máte? Včera jsem byl v kině."),
        ("cp1251", "ru", "Привет, как дела? Это простой русский текст."),
        ("koi8_r", "ru-RU", "Привет, как дела? Это простой русский текст."),
        ("cp1254", "tr", "Bugün hava çok güzel, şehirde dolaşmak için."),
        ("cp932", "ja", "これは日本語のテキストです。漢字とかな。"),
        ("euc_kr", "ko", "안녕하세요. 이것은 한국어 텍스트입니다."),
        ("gb18030", "zh", "你好,这是一个简体中文的文本文件。"),
    ],
)
def test_older_encodings_are_recognised_and_written_back(codec: str, language: str, text: str) -> None:
    decoded, encoding = decode(text.encode(codec), language)
    assert decoded == text
    assert encoding.encode(decoded) == text.encode(codec)


def test_a_translation_that_does_not_fit_the_encoding_is_written_in_utf_8() -> None:
    _, encoding = decode("El niño come.".encode("cp1252"), "es")
    assert encoding.encode("Дети") == "Дети".encode()


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x14\x00",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        bytes(range(1, 256)) * 300,
        b"\xef\xbb\xbf\xff",
        b"\xff\xfea",
    ],
)
def test_what_is_not_text_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(PermanentFault, match="the file") as fault:
        decode(data)
    assert fault.value.code == "undecodable"


GERMAN = "Größe und Häuser überraschen müde Gäste.\n"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (GERMAN.encode() * 3 + b"a\xffb\n" + GERMAN.encode(), r"byte 142 \(in line 4\)"),
        (GERMAN.encode() + "Schöne Grüße\n".encode("cp1252") + 9 * GERMAN.encode(), r"byte 50 \(in line 2\)"),
        (GERMAN.encode() + "Grö".encode()[:-1], r"byte 49 \(in line 2\)"),
        ("これは日本語のテキストです。\n".encode() + b"\x82\n", "byte 43"),
    ],
)  # fmt: skip
def test_utf_8_that_was_cut_or_damaged_is_refused_and_the_byte_is_named(data: bytes, place: str) -> None:
    with pytest.raises(PermanentFault, match=place) as fault:
        decode(data, "de")
    assert fault.value.code == "undecodable"


@given(st.binary())
def test_whatever_decodes_is_written_back_byte_for_byte(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except PermanentFault:
        return
    assert encoding.encode(text) == data
