"""The tables, one file per concept. Importing this folder registers all of them."""

from api.store.tables.answers import Answer
from api.store.tables.audit import AuditEntry, AuditHead
from api.store.tables.base import Base
from api.store.tables.candidates import StatusStep
from api.store.tables.jobs import IdempotencyKey, Job
from api.store.tables.people import Identifier, Patient, Site
from api.store.tables.protocols import ActiveVersion, Protocol, ProtocolVersion
from api.store.tables.results import StoredFinding, StoredVerdict
from api.store.tables.reviews import Decision, Draft, Signature, Task, TaskCriterion, Void
from api.store.tables.runs import Portion, Run
from api.store.tables.studies import StudyPlan, UpstreamFigure

__all__ = [
    "ActiveVersion",
    "Answer",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Decision",
    "Draft",
    "IdempotencyKey",
    "Identifier",
    "Job",
    "Patient",
    "Portion",
    "Protocol",
    "ProtocolVersion",
    "Run",
    "Signature",
    "Site",
    "StatusStep",
    "StoredFinding",
    "StoredVerdict",
    "StudyPlan",
    "Task",
    "TaskCriterion",
    "UpstreamFigure",
    "Void",
]
