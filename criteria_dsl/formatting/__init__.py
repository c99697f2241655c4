"""The one canonical text of a file: `format_text`."""

from criteria_dsl.formatting.file import FormatError, format_text

__all__ = ["FormatError", "format_text"]
