"""FamilyMemberHistory → FAMILY_HISTORY rows: one for each condition of the relative.

A row is dated by the day on which the history was told. Ages are completed years. A relative of whom no
condition is told makes no row: that is silence, not health.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Raw, Struct

from eligibility.facts import Array, Kind
from eligibility.relatives import role_coding
from fhir_adapters.batch import Batch
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.ages import AgeRange
from fhir_adapters.mapping.common import concepts_within, flagged, optional, status_columns, worst
from fhir_adapters.mapping.events import recorded_columns
from fhir_adapters.record import ABSENT
from fhir_adapters.records import Quantity
from fhir_adapters.times import Times, bound_by_record

# ruff: noqa: N815  (element names are FHIR's)

OLDEST = 150.0
_YEARS = {"a": 1.0, "year": 1.0, "years": 1.0, "yr": 1.0, "mo": 12.0, "month": 12.0, "months": 12.0,
          "wk": 52.18, "week": 52.18, "weeks": 52.18, "d": 365.25, "day": 365.25, "days": 365.25}  # fmt: skip
Years = tuple[float, float]
_UNSAID = (math.nan, math.nan)


class Illness(Struct, gc=False):
    code: Raw = ABSENT
    outcome: Raw = ABSENT
    contributedToDeath: bool | None = None
    onsetAge: Quantity | None = None
    onsetRange: AgeRange | None = None


_illnesses = msgspec.json.Decoder(list[Illness]).decode
_flag = msgspec.json.Decoder(bool).decode


def family_member_history(batch: Batch) -> Emission:
    """Rows of a batch of FamilyMemberHistories."""
    given = batch.decoded("condition", _illnesses)
    illnesses = [illness for _, held in given for illness in held]
    if not illnesses:
        return Emission([])
    record = np.array([row for row, held in given for _ in held], dtype=np.int64)
    written = recorded_columns(batch, "date")
    recorded = written.get("recorded")
    times = Times.instants(*batch.dates_of("date"))
    if recorded is not None:
        bound_by_record(times, recorded)
    of_record = {**times.columns(), **status_columns(batch)}
    of_record["standing"] = worst(of_record["standing"], flagged(batch.plain("notDone")))
    optional(
        of_record,
        recorded_lo=written.get("recorded_lo"),
        recorded=recorded,
        relationship=_relationship(batch),
        relative_sex=_sex(batch),
        relative_deceased=_deceased(batch),
    )
    columns = {name: array[record] for name, array in of_record.items()}
    words = batch.vocabulary.words
    paths = [f"FamilyMemberHistory.condition[{i}]" for _, held in given for i in range(len(held))]
    columns["path"] = np.array([words[path] for path in paths], dtype=np.int16)
    _add_illnesses(batch, columns, illnesses, record)
    return Emission([Rows(Kind.FAMILY_HISTORY, columns, record)])


def _add_illnesses(
    batch: Batch, columns: dict[str, Array], illnesses: Sequence[Illness], record: Array
) -> None:
    columns["concept"] = concepts_within(batch, [held.code for held in illnesses], record, "condition.code")
    outcome = concepts_within(batch, [held.outcome for held in illnesses], record, "condition.outcome")
    if outcome.any():
        columns["outcome"] = outcome
    ages = [_years(held) for held in illnesses]
    if any(age is not _UNSAID for age in ages):
        columns["onset_age"] = np.array([least for least, _ in ages])
        columns["onset_age_hi"] = np.array([most for _, most in ages])
    fatal = [held.contributedToDeath for held in illnesses]
    if fatal.count(None) != len(fatal):
        columns["contributed_to_death"] = np.array([math.nan if f is None else float(f) for f in fatal])


def _relationship(batch: Batch) -> Array | None:
    """Whose illness it is: told in SNOMED CT alone, it also bears the code of RoleCode that means it."""
    found = batch.concepts("relationship")
    if found is None:
        return None
    concepts = batch.vocabulary.concepts_held
    numbers, where = np.unique(found, return_inverse=True)
    for place, number in enumerate(numbers.tolist()):
        codings, text, display = concepts.label(number)
        role = role_coding(codings)
        if role is not None:
            numbers[place] = concepts.intern((*codings, role), text, display)
    return numbers[where]


def _sex(batch: Batch) -> Array | None:
    """The relative's sex; before R4 a bare code."""
    found = batch.concepts("sex")
    if found is not None:
        return found
    texts = batch.plain("gender")
    if texts.count("") == len(texts):
        return None
    system = "http://hl7.org/fhir/administrative-gender"
    coded = batch.vocabulary.coded
    return np.array([coded(system, text) if text else 0 for text in texts], dtype=np.int32)


def _deceased(batch: Batch) -> Array | None:
    """1 where the relative is dead, 0 where alive, NaN where unsaid or told in words."""
    column = np.full(len(batch), math.nan)
    for row, dead in batch.decoded("deceasedBoolean", _flag):
        column[row] = float(dead)
    for name in ("deceasedAge", "deceasedRange", "deceasedDate"):
        for row, _ in batch.given(name):
            column[row] = 1.0
    return None if np.isnan(column).all() else column


def _years(illness: Illness) -> Years:
    """Least and most completed years at which it began; `_UNSAID` where no age can be read."""
    if illness.onsetRange is not None:
        low, high = (_one_age(end) for end in (illness.onsetRange.low, illness.onsetRange.high))
        if low is _UNSAID and high is _UNSAID:
            return _UNSAID
        least = 0.0 if low is _UNSAID else low[0]
        most = OLDEST if high is _UNSAID else high[1]
        return (least, most) if least <= most else _UNSAID
    return _one_age(illness.onsetAge)


def _one_age(age: Quantity | None) -> Years:
    if age is None or age.value is None:
        return _UNSAID
    share = _YEARS.get(age.code or age.unit.lower())
    if share is None or not 0 <= age.value <= OLDEST * share:
        return _UNSAID
    years = float(math.floor(age.value / share))
    if age.comparator in ("<", "<="):
        exact = age.comparator == "<" and age.value == years * share
        return 0.0, max(0.0, years - 1.0 if exact else years)
    if age.comparator in (">", ">="):
        return years, OLDEST
    return (years, years) if not age.comparator else _UNSAID
