"""Cases that the engine settled, a share of which is reviewed all the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("sample_percent", sa.Integer(), nullable=False, server_default="0")
    op.add_column("study_plans", column)


def downgrade() -> None:
    op.drop_column("study_plans", "sample_percent")
