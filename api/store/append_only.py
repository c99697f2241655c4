"""Triggers that refuse to change what was written, in both databases.

They keep the program and a careless hand from it. Who owns the database can drop them; then the hashes
in the audit trail tell (see `audit`, `sealing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# Rows of these are added and never touched again.
APPEND_ONLY = (
    "protocol_versions",
    "portions",
    "verdicts",
    "findings",
    "signatures",
    "decisions",
    "voids",
    "answers",
    "status_steps",
    "upstream_figures",
    "audit",
)
# Rows of these live on, and what they were made with does not change.
FROZEN = {
    "runs": (
        "key",
        "version_key",
        "site_id",
        "as_of",
        "zone",
        "inputs",
        "parameters",
        "asked_by",
        "asked_at",
    ),
    "tasks": ("key", "verdict_key", "version_key", "patient_key", "site_id", "kind", "slot", "seen_sha256"),
    "audit_head": ("id", "chain"),
}

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
DROP_REFUSE = "DROP FUNCTION refuse_change()"


def append_only(dialect: str, table: str, key: Sequence[str]) -> Iterator[str]:
    """Statements that make a table append-only; `key` is its primary key."""
    if dialect == "sqlite":
        for event in ("UPDATE", "DELETE"):
            yield _sqlite(f"{table}_no_{event.lower()}", f"{event} ON {table}", table)
        # INSERT OR REPLACE removes the old row without a DELETE that every connection would notice.
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        yield _sqlite(
            f"{table}_no_replace",
            f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})",
            table,
        )
    else:
        yield _postgresql(f"{table}_no_change", f"UPDATE OR DELETE ON {table}", "ROW")
        yield _postgresql(f"{table}_no_truncate", f"TRUNCATE ON {table}", "STATEMENT")


def frozen(dialect: str, table: str, columns: Sequence[str]) -> Iterator[str]:
    """Statements that keep some columns of a table, and its rows, as they were made."""
    named = ", ".join(columns)
    if dialect == "sqlite":
        yield _sqlite(f"{table}_no_update", f"UPDATE OF {named} ON {table}", table)
        yield _sqlite(f"{table}_no_delete", f"DELETE ON {table}", table)
    else:
        # A column that is set to what it holds is no change; the ORM and `FOR UPDATE` touch none.
        yield _postgresql(f"{table}_no_change", f"UPDATE OF {named} OR DELETE ON {table}", "ROW")
        yield _postgresql(f"{table}_no_truncate", f"TRUNCATE ON {table}", "STATEMENT")


def _sqlite(name: str, event: str, table: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"


def _postgresql(name: str, event: str, level: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} FOR EACH {level} EXECUTE FUNCTION refuse_change()"
