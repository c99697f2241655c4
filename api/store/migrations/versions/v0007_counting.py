"""A mark of what a task asks about: a queue is counted and put in order by indexes of tasks alone."""

from __future__ import annotations

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from api.store.hashing import asked_mark
from api.store.migrations.building import KEY

revision = "v0007"
down_revision = "v0006"
branch_labels = None
depends_on = None

_TASKS = sa.table("tasks", sa.column("key"), sa.column("asks"))
_CRITERIA = sa.table("task_criteria", *map(sa.column, ("task_key", "criterion", "reason")))
_KIND = ["state", "kind", "site_id"]
_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("tasks", sa.Column("asks", KEY, nullable=False, server_default=""))
    connection = op.get_bind()
    rows = connection.execute(sa.select(_CRITERIA).order_by(_CRITERIA.c.task_key)).all()
    told = [
        {"of": key, "told": asked_mark({one.criterion: one.reason for one in several})}
        for key, several in groupby(rows, key=lambda row: row.task_key)
    ]
    change = sa.update(_TASKS).where(_TASKS.c.key == sa.bindparam("of")).values(asks=sa.bindparam("told"))
    for start in range(0, len(told), _AT_ONCE):
        connection.execute(change, told[start : start + _AT_ONCE])
    op.create_index("ix_tasks_counts", "tasks", [*_KIND, "version_key", "assignee", "asks", "key"])
    op.drop_index("ix_tasks_queue", "tasks")
    op.create_index("ix_tasks_queue", "tasks", [*_KIND, "open_criteria", "added_at", "key"])


def downgrade() -> None:
    op.drop_index("ix_tasks_queue", "tasks")
    op.create_index("ix_tasks_queue", "tasks", ["state", "site_id", "open_criteria", "added_at"])
    op.drop_index("ix_tasks_counts", "tasks")
    op.drop_column("tasks", "asks")
