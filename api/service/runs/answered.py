"""Patients of an extract whose questions were answered: their answers count in a batch as they do alone.

Which answers count is settled by the moment the run was asked for, so that whoever tries again after a
crash judges the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.service.answering import forms_of
from api.store.tables import Answer, Identifier, Patient


def answers_at(
    session: Session, site: str, system: str, questions: Collection[str], moment: datetime
) -> dict[str, list[Answer]]:
    """Answers to some questions that counted at a moment, by the identifier of the patient at a site."""
    rows = session.execute(
        select(Identifier.value, Answer)
        .join(Patient, Patient.key == Answer.patient_key)
        .join(Identifier, Identifier.patient_key == Patient.key)
        .where(
            Patient.site_id == site,
            Identifier.site_id == site,
            Identifier.system == system,
            Answer.question.in_(questions),
            Answer.recorded_at <= moment,
        )
        .order_by(Identifier.value, Answer.question, Answer.number)
    )
    newest: dict[str, dict[str, Answer]] = {}
    for identifier, answer in rows:
        newest.setdefault(identifier, {})[answer.question] = answer
    found = {
        identifier: [answer for answer in own.values() if answer.value is not None]
        for identifier, own in newest.items()
    }
    return {identifier: own for identifier, own in found.items() if own}


def answered_since(
    session: Session, patient_keys: Collection[str], questions: Collection[str], moment: datetime
) -> set[str]:
    """Whose questions were answered after a moment: what is judged without it overtakes no review."""
    query = select(Answer.patient_key).where(
        Answer.patient_key.in_(patient_keys), Answer.question.in_(questions), Answer.recorded_at > moment
    )
    return set(session.scalars(query)) if questions else set()


def forms(answers: Mapping[str, list[Answer]]) -> bytes:
    """Answers by the sender's id of the patient, one form a line."""
    return b"".join(form + b"\n" for patient, own in answers.items() for form in forms_of(patient, own))
