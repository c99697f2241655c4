"""How a study is run: its plan of review, and figures that come from elsewhere."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables.base import At, Base, Content, Hash, Key, Name


class StudyPlan(Base):
    """How cases of a protocol are reviewed, and how long a candidate may stand at each step."""

    __tablename__ = "study_plans"
    __table_args__ = (
        CheckConstraint("reviewers IN (1, 2)", name="reviewers"),
        CheckConstraint("scope IN ('open criteria', 'all criteria')", name="scope"),
    )

    protocol_id: Mapped[Name] = mapped_column(ForeignKey("protocols.id"), primary_key=True)
    reviewers: Mapped[int]
    scope: Mapped[Name]  # which criteria of a case are asked of its reviewers
    engine_hidden: Mapped[bool]  # reviewers decide without what the engine says
    target_days: Mapped[Content]  # days by step
    # Of a hundred cases that the engine settled, how many are reviewed all the same.
    sample_percent: Mapped[int] = mapped_column(server_default="0")
    changed_by: Mapped[Name]
    changed_at: Mapped[At]


class UpstreamFigure(Base):
    """A count from before the engine, as a file of somebody else's told it."""

    __tablename__ = "upstream_figures"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        Index("ix_upstream_figures_protocol_id", "protocol_id", "imported_at"),
    )

    key: Mapped[Key] = mapped_column(primary_key=True)
    protocol_id: Mapped[Name] = mapped_column(ForeignKey("protocols.id"))
    site_id: Mapped[Name | None] = mapped_column(ForeignKey("sites.id"))  # none: of no single site
    channel: Mapped[Name]
    measure: Mapped[Name]
    first_day: Mapped[Name]
    last_day: Mapped[Name]
    count: Mapped[int]
    source: Mapped[Name]  # in words: whose figure, out of which report
    file_sha256: Mapped[Hash]
    imported_by: Mapped[Name]
    imported_at: Mapped[At]
