"""What new verdicts do to reviews: tasks that saw something else are void, whoever needs a clinician has one.

A patient has at most one case under review in a protocol, of as many reviewers as the study's plan says. A
verdict under which a reviewer would be shown the very same leaves the task, or the signature, that is there.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, select

from api.store.database import BESIDE_KEYS, Writing
from api.store.double_review import asked_criteria
from api.store.plans import ALL_CRITERIA, Plan, plan_of
from api.store.tables import Patient, ProtocolVersion, Run, StoredVerdict, Task
from api.store.tasks import open_many, seen_hash
from api.store.voiding import void_overtaken

_AT_ONCE = 500


def hold_patients(unit: Writing, patient_keys: list[str]) -> None:
    """Let nobody else judge or answer about these patients until the unit ends."""
    wanted = sorted(patient_keys)
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(Patient.key)
            .where(Patient.key.in_(wanted[start : start + _AT_ONCE]))
            .order_by(Patient.key)
            .with_for_update(key_share=BESIDE_KEYS.key_share)
        )
        unit.session.execute(query).all()


def renew_reviews(
    unit: Writing, run_key: str, cases: Mapping[str, Mapping[str, str] | None]
) -> dict[str, str]:
    """Void what a run's verdicts overtake and open the tasks they need; the first task's key by patient.

    `cases` has for each patient the open criteria with their reasons, None where nobody has to look.
    Called in the unit that stores the verdicts and holds the patients.
    """
    session = unit.session
    wanted = sorted(cases)
    verdicts: dict[str, StoredVerdict] = {}
    tasks: dict[str, list[Task]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        keys = wanted[start : start + _AT_ONCE]
        of_run = select(StoredVerdict).where(
            StoredVerdict.run_key == run_key, StoredVerdict.patient_key.in_(keys)
        )
        verdicts |= {row.patient_key: row for row in session.scalars(of_run)}
        for task in session.scalars(_alive(run_key, keys)):
            tasks.setdefault(task.patient_key, []).append(task)
    plan = _plan(unit, run_key)
    opened: dict[str, dict[str, str]] = {}
    for patient, verdict in verdicts.items():
        old = tasks.get(patient, [])
        seen = seen_hash(session, verdict) if old else ""
        if any(task.seen_sha256 != seen for task in old):
            void_overtaken(unit, verdict.key)
        criteria = cases[patient]
        if criteria is None and plan.draws(patient):
            # Of what the engine settled a share is reviewed too: else nobody knows how right it is.
            criteria = asked_criteria(session, verdict.key)
        if criteria is not None and all(task.seen_sha256 != seen for task in old):
            opened[verdict.key] = dict(criteria)
    if not opened:
        return {}
    if plan.scope == ALL_CRITERIA:
        opened = {key: asked_criteria(session, key) for key in opened}
    made = open_many(unit, opened, slots=plan.reviewers)
    return {task.patient_key: task.key for task in made if task.slot == 1}


def _plan(unit: Writing, run_key: str) -> Plan:
    run = unit.session.get_one(Run, run_key)
    return plan_of(unit.session, unit.session.get_one(ProtocolVersion, run.version_key).protocol_id)


def _alive(run_key: str, patient_keys: list[str]) -> Select[Task]:
    """Tasks of these patients under the run's protocol, in any version, that are open or signed."""
    protocol = (
        select(ProtocolVersion.protocol_id)
        .join(StoredVerdict, StoredVerdict.version_key == ProtocolVersion.key)
        .where(StoredVerdict.run_key == run_key)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Task)
        .join(ProtocolVersion, ProtocolVersion.key == Task.version_key)
        .where(
            Task.patient_key.in_(patient_keys),
            Task.state.in_(("open", "signed")),
            ProtocolVersion.protocol_id == protocol,
        )
    )
