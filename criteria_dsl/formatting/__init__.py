"""The one canonical text of a file: `format_text`, and `format_cases` of a case file."""

from criteria_dsl.formatting.cases import format_cases
from criteria_dsl.formatting.file import FormatError, format_text

__all__ = ["FormatError", "format_cases", "format_text"]
