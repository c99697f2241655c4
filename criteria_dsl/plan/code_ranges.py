"""Ranges of codes (`C00-C96`): both ends, all that stands between them, and everything below.

Only ICD-10-CM has them, because its order and its hierarchy are at hand.
"""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.problem import Report
from criteria_dsl.systems import System
from eligibility import icd_10_cm
from eligibility.codesystems import ICD_10_CM, is_own_hierarchy
from eligibility.program import CodeRange


def is_range(system: System, word: t.Word) -> bool:
    """Whether a written code is meant as a range, in systems whose codes hold no hyphen."""
    return "-" in word.text and (is_own_hierarchy(system.uri) or system.name == "ICD-9-CM")


def code_range(system: System, word: t.Word, report: Report) -> CodeRange | None:
    """The codes of a range; None where a problem was reported."""
    first, _, last = word.text.partition("-")
    if system.uri != ICD_10_CM:
        message = f"ranges are known for ICD-10-CM, not for {system.name}"
        hint = f"name each prefix, such as `{first}*`, or a value set"
        report.add("E408", word.span, message, hint if system.below else "name each code, or a value set")
        return None
    if word.text.endswith("*"):
        report.add("E408", word.span, "a range holds everything below its codes", f"write `{word.text[:-1]}`")
        return None
    for end in (first, last):
        if not system.shape.fullmatch(end):
            shown = f"`{end}` is not shaped like a code of ICD-10-CM" if end else "it has one end"
            message = f"`{word.text}` is not a range: {shown}"
            report.add("E408", word.span, message, "a range is written like `C00-C96` or `C50.0-C50.4`")
            return None
        if not icd_10_cm.is_code(end):
            near = icd_10_cm.before(end)
            message = f"ICD-10-CM has no code `{end}`"
            report.add("E408", word.span, message, f"the category before it is `{near}`" if near else "")
            return None
    codes = icd_10_cm.between(first, last)
    if codes:
        return CodeRange(system.uri, word.text, codes, icd_10_cm.edition())
    if last.startswith(first):
        message, hint = f"`{last}` lies below `{first}`", f"write `{first}*`, or begin with a code below it"
    else:
        message, hint = f"`{last}` does not come after `{first}`", f"write `{last}-{first}`"
    report.add("E408", word.span, message, hint)
    return None
