"""Answers as they are given, checked against what was asked, and as the form that brings them to the facts.

An answer takes the way of every questionnaire: a QuestionnaireResponse beside the record, with the
question's key as link id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.asking import answer_type, wording
from api.errors import UserError
from api.store.tables import Answer
from eligibility.instants import to_date
from eligibility.program import AnswerType, Ask
from fhir_adapters.zones import zone as zone_named

UNSURE = "unsure"
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_CLOCKS_DIFFER = timedelta(minutes=5)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)  # nobody who is asked today said anything before


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What somebody says to a question. None takes an answer back; "unsure" decides nothing."""

    question: str
    value: object
    answered_by: str
    answered_at: datetime


def spread(given: GivenAnswer, asked: Mapping[str, Ask]) -> list[tuple[Ask, object]]:
    """The questions that an answer is to (the same words, wherever they are asked), with its stored value."""
    leaf = asked.get(given.question)
    if leaf is None:
        raise UserError("QUESTION_UNKNOWN", "question", "no protocol of this screening asks this")
    return [(one, _value(one, given.value)) for one in asked.values() if wording(one) == wording(leaf)]


def check_time(given: GivenAnswer, now: datetime, as_of: date, zone: str) -> None:
    """An answer has a time that was, and counts as of the day that is asked about."""
    if given.answered_at > now + _CLOCKS_DIFFER:
        raise UserError("ANSWER_IN_FUTURE", "answered_at", "lies in the future")
    if given.answered_at < _FIRST:
        raise UserError("ANSWER_TOO_OLD", "answered_at", f"lies before {_FIRST.year}")
    utc = round(given.answered_at.timestamp() * 1000)
    if to_date(zone_named(zone).wall_one(utc)) > as_of:
        message = f"is after {as_of}, as of which is asked: screen again as of a later day"
        raise UserError("ANSWER_AFTER_AS_OF", "answered_at", message)


def _value(leaf: Ask, value: object) -> object:
    """The value as it is stored: bool, {"value", "unit"}, a day or a word; raises UserError for others."""
    if value is None:
        return None
    if isinstance(value, str) and value.strip().casefold() == UNSURE:
        return UNSURE
    match leaf.type:
        case AnswerType.YES_NO:
            told = (
                {"yes": True, "no": False}.get(value.strip().casefold()) if isinstance(value, str) else value
            )
            if isinstance(told, bool):
                return told
        case AnswerType.DATE:
            if isinstance(value, str) and _is_day(value):
                return value
        case AnswerType.CHOICE:
            known = {" ".join(one.split()).casefold(): one for one in leaf.options}
            found = known.get(" ".join(value.split()).casefold()) if isinstance(value, str) else None
            if found is not None:
                return found
        case AnswerType.NUMBER:
            number = _number(leaf, value)
            if number is not None:
                return number
    wanted = answer_type(leaf)
    raise UserError(
        "ANSWER_TYPE", "value", f"expected {_WORDS[wanted['type']].format(**wanted)}, or {UNSURE!r}"
    )


_WORDS = {
    "yes-no": "true or false, yes or no",
    "date": "a day (YYYY-MM-DD), month or year",
    "choice": "one of {options}",
    "number": 'a number, with its unit where it has one: {{"value": 82, "unit": "kg"}}',
}


def _number(leaf: Ask, value: object) -> dict[str, object] | None:
    unit: object = None
    if isinstance(value, dict) and set(value) <= {"value", "unit"}:
        amount: dict[str, object] = value
        value, unit = amount.get("value"), amount.get("unit")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if unit is None and "unit" in answer_type(leaf):
        # 82 of what? A guess could be wrong by a factor of two.
        return None
    if unit is not None and not (isinstance(unit, str) and 0 < len(unit) <= 40):
        return None
    return {"value": value, "unit": unit}


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    year, month, day = [*text.split("-"), "01", "01"][:3]
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def forms_of(patient: str, answers: Iterable[Answer]) -> tuple[bytes, ...]:
    """Answers as resources that stand beside a patient's record."""
    return tuple(_form(patient, answer) for answer in answers)


def _form(patient: str, answer: Answer) -> bytes:
    authored = answer.answered_at.astimezone(UTC).isoformat(timespec="milliseconds")
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": f"answer-{answer.key}",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient}"},
        "authored": authored,
        "item": [{"linkId": answer.question, "text": answer.wording, "answer": [_fhir_value(answer.value)]}],
    }
    return json.dumps(form).encode()


def _fhir_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, dict):
        if value["unit"] is None:
            return {"valueDecimal": value["value"]}
        return {"valueQuantity": {"value": value["value"], "unit": value["unit"]}}
    return {"valueDate" if _DAY.fullmatch(value) else "valueString": value}


def told(answer: Answer) -> dict[str, Any]:
    """An answer with who and when."""
    return {
        "question": answer.question,
        "text": answer.wording,
        "value": answer.value,
        "answered_by": answer.answered_by,
        "answered_at": answer.answered_at.isoformat(),
        "recorded_by": answer.recorded_by,
        "recorded_at": answer.recorded_at.isoformat(),
    }
