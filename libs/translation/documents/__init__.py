from libs.translation.documents.registry import FORMAT_CHOICES, FORMAT_OPTIONS, FORMATS, format_of

__all__ = ["FORMATS", "FORMAT_CHOICES", "FORMAT_OPTIONS", "format_of"]
