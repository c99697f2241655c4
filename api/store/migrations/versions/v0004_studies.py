"""How studies are reviewed, and figures from upstream."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.store.migrations.building import HASH, KEY, always, keep_append_only
from api.store.tables.base import Json, Moment, Words

revision = "v0004"
down_revision = "v0003"
branch_labels = None
depends_on = None

_TABLES = ("study_plans", "upstream_figures")


def upgrade() -> None:
    op.create_table(
        "study_plans",
        always("protocol_id", Words()),
        always("reviewers", sa.Integer()),
        always("scope", Words()),
        always("engine_hidden", sa.Boolean()),
        always("target_days", Json()),
        always("changed_by", Words()),
        always("changed_at", Moment()),
        sa.CheckConstraint("reviewers IN (1, 2)", name="reviewers"),
        sa.CheckConstraint("scope IN ('open criteria', 'all criteria')", name="scope"),
        sa.ForeignKeyConstraint(["protocol_id"], ["protocols.id"]),
        sa.PrimaryKeyConstraint("protocol_id"),
    )
    op.create_table(
        "upstream_figures",
        always("key", KEY),
        always("protocol_id", Words()),
        sa.Column("site_id", Words()),
        always("channel", Words()),
        always("measure", Words()),
        always("first_day", Words()),
        always("last_day", Words()),
        always("count", sa.Integer()),
        always("source", Words()),
        always("file_sha256", HASH),
        always("imported_by", Words()),
        always("imported_at", Moment()),
        sa.CheckConstraint("count >= 0", name="count"),
        sa.ForeignKeyConstraint(["protocol_id"], ["protocols.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_upstream_figures_protocol_id", "upstream_figures", ["protocol_id", "imported_at"])
    keep_append_only("upstream_figures", "key")


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
