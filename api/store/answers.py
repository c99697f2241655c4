"""Answers to a protocol's questions: kept with who, when and the wording; corrected by another row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.database import BESIDE_KEYS, Writing
from api.store.errors import NotStoredError
from api.store.keys import new_key
from api.store.tables import Answer, Patient


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """`question` is the question's key, which changes with its wording. A value of None takes back."""

    patient_key: str
    question: str
    wording: str
    value: object
    answered_by: str
    answered_at: datetime
    key: str = field(default_factory=new_key)


def record_answer(unit: Writing, new: NewAnswer) -> Answer:
    """Keep an answer beside those given before; the newest counts."""
    patient = unit.session.get(Patient, new.patient_key, with_for_update=BESIDE_KEYS)
    if patient is None:
        raise NotStoredError("patients", new.patient_key)
    before = unit.session.scalar(
        select(func.max(Answer.number)).where(
            Answer.patient_key == new.patient_key, Answer.question == new.question
        )
    )
    answer = Answer(
        key=new.key,
        patient_key=new.patient_key,
        question=new.question,
        number=(before or 0) + 1,
        wording=new.wording,
        value=new.value,
        answered_by=new.answered_by,
        recorded_by=unit.actor.name,
        answered_at=new.answered_at,
        recorded_at=unit.now,
    )
    unit.keep(
        answer,
        "answer.recorded",
        {"patient": new.patient_key, "question": new.question, "number": answer.number},
        patient.site_id,
    )
    return answer


def current_answers(session: Session, patient_key: str) -> dict[str, Answer]:
    """The newest answer by question, without those that were taken back."""
    newest: dict[str, Answer] = {}
    rows = session.scalars(select(Answer).where(Answer.patient_key == patient_key).order_by(Answer.number))
    for answer in rows:
        newest[answer.question] = answer
    return {question: answer for question, answer in newest.items() if answer.value is not None}
