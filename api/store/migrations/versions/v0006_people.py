"""What names a person is the sender's identifiers alone: names and telephone numbers were never kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.store.migrations.building import KEY, always
from api.store.tables.base import Json

revision = "v0006"
down_revision = "v0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("personal_details")


def downgrade() -> None:
    op.create_table(
        "personal_details",
        always("patient_key", KEY),
        always("details", Json()),
        sa.ForeignKeyConstraint(["patient_key"], ["patients.key"]),
        sa.PrimaryKeyConstraint("patient_key"),
    )
