"""Review: a task per case and slot, drafts while it is worked on, and what was signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables.base import At, Base, Content, Hash, Key, Moment, Name


class Task(Base):
    """A case that someone has to look at. Two slots of one verdict are a double review.

    `revision` counts every change and is what an ETag shows; a lease is a holder until a time.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("verdict_key", "kind", "slot"),
        CheckConstraint("kind IN ('review', 'question', 'adjudication')", name="kind"),
        CheckConstraint("state IN ('open', 'signed', 'void', 'closed')", name="state"),
        Index("ix_tasks_queue", "state", "kind", "site_id", "open_criteria", "added_at", "key"),
        Index("ix_tasks_case", "patient_key", "version_key"),
        # All that a queue counts by, so that counting reads the index alone.
        Index("ix_tasks_counts", "state", "kind", "site_id", "version_key", "assignee", "asks", "key"),
    )

    key: Mapped[Key] = mapped_column(primary_key=True)
    verdict_key: Mapped[Key] = mapped_column(ForeignKey("verdicts.key"))
    version_key: Mapped[Key] = mapped_column(ForeignKey("protocol_versions.key"))
    patient_key: Mapped[Key] = mapped_column(ForeignKey("patients.key"))
    site_id: Mapped[Name] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[Name]
    slot: Mapped[int]
    open_criteria: Mapped[int]  # fewest first: who almost passes
    asks: Mapped[Key] = mapped_column(server_default="")  # a mark of its criteria and reasons, to count by
    seen_sha256: Mapped[Hash]  # what a reviewer of this case is shown
    added_at: Mapped[At]
    state: Mapped[Name]
    revision: Mapped[int]
    assignee: Mapped[Name | None]
    holder: Mapped[Name | None]
    held_until: Mapped[datetime | None] = mapped_column(Moment)


class TaskCriterion(Base):
    """A criterion that a task asks about, so that a queue can be filtered by it and by its reason."""

    __tablename__ = "task_criteria"
    __table_args__ = (Index("ix_task_criteria_filter", "criterion", "reason"),)

    task_key: Mapped[Key] = mapped_column(ForeignKey("tasks.key"), primary_key=True)
    criterion: Mapped[Name] = mapped_column(primary_key=True)
    reason: Mapped[Name]


class Draft(Base):
    """What a reviewer has chosen and not yet signed; may be changed and taken back."""

    __tablename__ = "drafts"

    task_key: Mapped[Key] = mapped_column(ForeignKey("tasks.key"), primary_key=True)
    criterion: Mapped[Name] = mapped_column(primary_key=True)
    reviewer: Mapped[Name]
    outcome: Mapped[Name]
    reason: Mapped[Name]
    comment: Mapped[Name]
    changed_at: Mapped[At]


class Signature(Base):
    """One signature per task: who, when, what it means, over the hash of what was seen and decided."""

    __tablename__ = "signatures"

    key: Mapped[Key] = mapped_column(primary_key=True)
    task_key: Mapped[Key] = mapped_column(ForeignKey("tasks.key"), unique=True)
    verdict_key: Mapped[Key] = mapped_column(ForeignKey("verdicts.key"), index=True)
    reviewer: Mapped[Name]
    signed_name: Mapped[Name]
    meaning: Mapped[Name]
    seen_sha256: Mapped[Hash]
    signed_sha256: Mapped[Hash]
    signed_at: Mapped[At]


class Decision(Base):
    """What was signed for one criterion."""

    __tablename__ = "decisions"
    __table_args__ = (CheckConstraint("outcome IN ('met', 'not met', 'cannot tell')", name="outcome"),)

    signature_key: Mapped[Key] = mapped_column(ForeignKey("signatures.key"), primary_key=True)
    criterion: Mapped[Name] = mapped_column(primary_key=True)
    reviewer: Mapped[Name]
    outcome: Mapped[Name]
    reason: Mapped[Name]
    comment: Mapped[Name]


class Void(Base):
    """A signature that no longer holds, and why. The signature itself stays as it was."""

    __tablename__ = "voids"

    signature_key: Mapped[Key] = mapped_column(ForeignKey("signatures.key"), primary_key=True)
    by_verdict: Mapped[Key] = mapped_column(ForeignKey("verdicts.key"))
    changed: Mapped[Content]  # which of data, protocol, terminology
    voided_at: Mapped[At]
