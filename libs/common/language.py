"""Language codes as they travel through requests, messages and row keys."""

#: ISO 639-1 (or -3) with optional subtags, as in BCP 47: `es`, `pt-BR`, `zh-Hans`. Safe in a row key.
LANGUAGE_TAG = r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$"
