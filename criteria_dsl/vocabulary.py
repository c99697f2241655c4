"""What the language calls the kinds of fact and their fields, and which words those fields take.

Fields are the columns of `eligibility.facts.ATTRIBUTES`, shown with hyphens; a column that is only
machinery (a unit id, an interval's other end) has no name here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from eligibility.facts import ATTRIBUTES, COMMON, PLACES, Kind
from eligibility.field_words import field_words
from eligibility.program import Relation


@dataclass(frozen=True, slots=True)
class KindWord:
    """A kind of term. `relation` is what a time phrase means when it names none; None: it must."""

    word: str
    kind: Kind
    plural: str
    relation: Relation | None
    needs_unit: bool = False
    has_value: bool = False


KINDS = {
    entry.word: entry
    for entry in (
        KindWord("diagnosis", Kind.CONDITION, "diagnoses", None),
        KindWord("measurement", Kind.OBSERVATION, "measurements", Relation.ENDING, True, True),
        KindWord("assessment", Kind.OBSERVATION, "assessments", Relation.ENDING, False, True),
        KindWord("finding", Kind.OBSERVATION, "findings", Relation.ENDING, False, True),
        KindWord("medication", Kind.MEDICATION, "medications", None),
        KindWord("procedure", Kind.PROCEDURE, "procedures", Relation.ENDING),
        KindWord("visit", Kind.ENCOUNTER, "visits", None),
        KindWord("order", Kind.ORDER, "orders", Relation.STARTING),
        KindWord("device-order", Kind.DEVICE_ORDER, "device orders", Relation.STARTING),
        KindWord("allergy", Kind.ALLERGY, "allergies", None),
        KindWord("vaccine", Kind.IMMUNIZATION, "vaccines", Relation.STARTING),
        KindWord("report", Kind.REPORT, "reports", Relation.ENDING),
        KindWord("family-history", Kind.FAMILY_HISTORY, "family histories", Relation.ENDING),
        KindWord("coverage", Kind.COVERAGE, "coverages", None),
        KindWord("consent", Kind.CONSENT, "consents", None),
        KindWord("device", Kind.DEVICE, "devices", None),
        KindWord("answer", Kind.ANSWER, "answers", Relation.ENDING, False, True),
        KindWord("survey", Kind.SURVEY, "surveys", Relation.ENDING),
        KindWord("mention", Kind.MENTION, "mentions", Relation.ENDING),
    )
}


class FieldSort(Enum):
    """What a field is compared with."""

    WORDS = "words"
    CODES = "codes"
    DOSE = "a dose and its unit"
    DAYS = "days"
    YEARS = "years of age"
    PLACE = "quoted words"
    FLAG = "yes or no"


@dataclass(frozen=True, slots=True)
class Field:
    name: str  # as the language writes it
    column: str
    sort: FieldSort
    words: tuple[str, ...] = ()


# Columns that another field or another construct speaks for, or that hold free words.
_UNNAMED = {
    *("value_state", "value_lo", "value_hi", "value_flags", "unit", "unit_as_written", "value_concept"),
    *("range_lo", "range_hi", "dose_unit", "birth_lo", "birth_hi", "death_lo", "death_hi", "deceased"),
    *("bytes", "content_type", "question", "onset_age_hi"),
}
_SORTS = {
    "dose_per_day": FieldSort.DOSE,
    "days_supplied": FieldSort.DAYS,
    "onset_age": FieldSort.YEARS,
    **dict.fromkeys(PLACES, FieldSort.PLACE),
    **dict.fromkeys(("period_known", "exceptions"), FieldSort.FLAG),
    **dict.fromkeys(("relative_deceased", "contributed_to_death"), FieldSort.FLAG),
}
# Columns whose name here is another one.
_CALLED = {
    (Kind.FAMILY_HISTORY, "relationship"): "relative",
    (Kind.FAMILY_HISTORY, "relative_deceased"): "deceased",
}


@cache
def fields(kind: Kind) -> dict[str, Field]:
    """The fields of a kind by the name the language gives them."""
    words = field_words(kind)
    found = {}
    for column in (*ATTRIBUTES[kind], *(name for name in ("status",) if name in COMMON and name in words)):
        if column in _UNNAMED:
            continue
        name = _CALLED.get((kind, column), column.replace("_", "-"))
        if column in words:
            found[name] = Field(name, column, FieldSort.WORDS, words[column])
        elif column in _SORTS:
            found[name] = Field(name, column, _SORTS[column])
        else:
            found[name] = Field(name, column, FieldSort.CODES)
    return found


def person_fields() -> dict[str, Field]:
    """The fields of the person: `sex is female`, `race is …`."""
    return fields(Kind.DEMOGRAPHIC)
