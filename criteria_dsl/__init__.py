"""Protocol text in, checked program out."""

from criteria_dsl.compile import Compiled, compile_file, compile_text
from criteria_dsl.defaults import print_defaults
from criteria_dsl.formatting import FormatError, format_cases, format_text
from criteria_dsl.problem import CriteriaError, Problem
from criteria_dsl.source import EncodingError, decoded

__all__ = [
    "Compiled",
    "CriteriaError",
    "EncodingError",
    "FormatError",
    "Problem",
    "compile_file",
    "compile_text",
    "decoded",
    "format_cases",
    "format_text",
    "print_defaults",
]
