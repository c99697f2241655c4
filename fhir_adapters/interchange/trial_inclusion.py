"""The Trial Inclusion/Exclusion domain of the Study Data Tabulation Model (CDISC SDTMIG 3.4, section 7.4.3).

IETESTCD holds at most 8 characters, IETEST at most 200: a longer text is cut at a word, and the whole of it
belongs into the study's own documentation. Cohorts are no inclusion of everybody and have no row; the
criteria of some cohorts only say so in their subcategory.
"""

from __future__ import annotations

from collections.abc import Mapping

from eligibility.program import Criterion, Polarity, Program

COLUMNS = ("STUDYID", "DOMAIN", "IETESTCD", "IETEST", "IECAT", "IESCAT", "TIRL", "TIVERS")
_LONGEST_CODE, _LONGEST_TEXT = 8, 200
_CATEGORIES = {Polarity.INCLUDE: "INCLUSION", Polarity.EXCLUDE: "EXCLUSION"}


def trial_inclusion(program: Program, words: Mapping[str, str]) -> list[dict[str, str]]:
    """One row for each inclusion and exclusion, in the protocol's order; `words` is our reading of each."""
    rows: list[dict[str, str]] = []
    codes: set[str] = set()
    for criterion in program.criteria:
        category = _CATEGORIES.get(criterion.polarity)
        if category is None:
            continue
        text = " ".join(criterion.source) or criterion.label
        rows.append(
            {
                "STUDYID": program.id,
                "DOMAIN": "TI",
                "IETESTCD": _code(criterion.id, codes),
                "IETEST": _cut(text),
                "IECAT": category,
                "IESCAT": _subcategory(criterion),
                "TIRL": _cut(words[criterion.id]),
                "TIVERS": program.version,
            }
        )
    return rows


def _subcategory(criterion: Criterion) -> str:
    cohorts = f", COHORT {' OR '.join(criterion.cohorts)}" if criterion.cohorts else ""
    return f"{criterion.stage.value.upper()}{cohorts}"


def _code(name: str, taken: set[str]) -> str:
    """At most 8 letters, digits and underscores, not beginning with a digit, each once."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.upper())
    plain = plain if plain[:1].isalpha() else f"C{plain}"
    code, number = plain[:_LONGEST_CODE], 1
    while code in taken:
        number += 1
        code = f"{plain[: _LONGEST_CODE - len(str(number))]}{number}"
    taken.add(code)
    return code


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return text[: _LONGEST_TEXT - 1].rsplit(" ", 1)[0] + "…"
