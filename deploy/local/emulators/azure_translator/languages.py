"""Languages of the emulator: a part of the service's own, by its codes."""

import unicodedata

LANGUAGES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "fr-ca": "French (Canada)",
    "ga": "Irish",
    "gl": "Galician",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mt": "Maltese",
    "nb": "Norwegian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese (Brazil)",
    "pt-pt": "Portuguese (Portugal)",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sr-Cyrl": "Serbian (Cyrillic)",
    "sr-Latn": "Serbian (Latin)",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh-Hans": "Chinese Simplified",
    "zh-Hant": "Chinese Traditional",
}
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he"})
_KNOWN = frozenset(code.lower() for code in LANGUAGES)

#: The first word of a letter's Unicode name, and the language a text in such letters is taken for.
_SCRIPTS = {
    "ARABIC": "ar",
    "CJK": "zh-Hans",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "GREEK": "el",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "THAI": "th",
}


def is_known(code: object) -> bool:
    return isinstance(code, str) and code.lower() in _KNOWN


def detected(text: str) -> str:
    """By the first letter of a script that is known; English for the rest."""
    scripts = (unicodedata.name(letter, "").partition(" ")[0] for letter in text)
    return next((_SCRIPTS[script] for script in scripts if script in _SCRIPTS), "en")


def listing(version: str) -> dict[str, object]:
    """The body of `GET /languages`, scope translation."""
    models: dict[str, object] = {} if version == "3.0" else {"models": ["gpt-4o-mini"]}
    translation: dict[str, object] = {
        code: {"name": name, "nativeName": name, "dir": "rtl" if code in _RIGHT_TO_LEFT else "ltr", **models}
        for code, name in LANGUAGES.items()
    }
    return {"translation": translation, **models}
