from libs.translation.documents.registry import FORMATS, format_of

__all__ = ["FORMATS", "format_of"]
