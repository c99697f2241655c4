"""The Trial Inclusion/Exclusion domain of the Study Data Tabulation Model (CDISC SDTMIG 3.4, section 7.4.3).

IETESTCD holds at most 8 characters, IETEST and TIRL at most 200, counted in bytes as a transport file does.
Criteria have no supplemental qualifiers: of a longer text the table holds what is meaningful, here its
beginning up to a word, and the full text belongs into the study's metadata (SDTMIG 3.4, assumptions of the
IE domain on IETEST). `full_texts` is that text. Cohorts are no inclusion of everybody and have no row; the
criteria of some cohorts only say so in their subcategory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eligibility.program import Criterion, Polarity, Program

COLUMNS = ("STUDYID", "DOMAIN", "IETESTCD", "IETEST", "IECAT", "IESCAT", "TIRL", "TIVERS")
TEXT_COLUMNS = ("STUDYID", "DOMAIN", "IETESTCD", "TIVERS", "VARIABLE", "TEXT")
_LONGEST_CODE, _LONGEST_TEXT = 8, 200
_MORE = "..."
_CATEGORIES = {Polarity.INCLUDE: "INCLUSION", Polarity.EXCLUDE: "EXCLUSION"}


def trial_inclusion(program: Program, words: Mapping[str, str]) -> list[dict[str, str]]:
    """One row for each inclusion and exclusion, in the protocol's order; `words` is our reading of each."""
    return [
        {**row, "IETEST": _cut(row["IETEST"]), "TIRL": _cut(row["TIRL"])} for row in _rows(program, words)
    ]


def full_texts(program: Program, words: Mapping[str, str]) -> list[dict[str, str]]:
    """The whole of each text that `trial_inclusion` cuts, with the row and variable that it is of."""
    return [
        {name: row[name] for name in TEXT_COLUMNS[:4]} | {"VARIABLE": variable, "TEXT": row[variable]}
        for row in _rows(program, words)
        for variable in ("IETEST", "TIRL")
        if _cut(row[variable]) != row[variable]
    ]


def _rows(program: Program, words: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The rows of the table, texts in full."""
    codes: set[str] = set()
    for criterion in program.criteria:
        category = _CATEGORIES.get(criterion.polarity)
        if category is not None:
            yield {
                "STUDYID": program.id,
                "DOMAIN": "TI",
                "IETESTCD": _code(criterion.id, codes),
                "IETEST": " ".join(criterion.source) or criterion.label,
                "IECAT": category,
                "IESCAT": _subcategory(criterion),
                "TIRL": words[criterion.id],
                "TIVERS": program.version,
            }


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
    """A text of at most so many bytes; a longer one ends at a word, with three dots."""
    written = text.encode("utf-8")
    if len(written) <= _LONGEST_TEXT:
        return text
    begun = written[: _LONGEST_TEXT - len(_MORE)].decode("utf-8", "ignore")
    return begun.rsplit(" ", 1)[0] + _MORE
