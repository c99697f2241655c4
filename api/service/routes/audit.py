"""The audit trail, for those who audit: its entries, where it ends, and whether it holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query
from sqlalchemy import or_, select

from api.service.access.who import SiteAsked, Who
from api.service.bodies import HeadBody
from api.service.routes.paging import Limit, page_size
from api.service.service import Service
from api.store.audit import Head, head_of, verify
from api.store.tables import AuditEntry

After = Annotated[int, Query(ge=0, le=2**53, description="Number of the last entry that was read before.")]


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/audit",
        operation_id="list_audit",
        summary="Entries about one site and about what all share, oldest first",
    )
    def entries(who: Who, after: After = 0, limit: Limit = None, site: SiteAsked = None) -> dict[str, Any]:
        size = page_size(limit, service.settings)
        asked = (
            select(AuditEntry)
            .where(AuditEntry.number > after)
            .where(or_(AuditEntry.site_id == who.site(site), AuditEntry.site_id.is_(None)))
            .order_by(AuditEntry.number)
            .limit(size)
        )
        with service.store.read() as session:
            rows = session.scalars(asked).all()
        return {
            "entries": [_told(row) for row in rows],
            "next": rows[-1].number if len(rows) == size else None,
        }

    @app.get("/audit/head", operation_id="read_audit_head", summary="Where the trail ends")
    def head() -> dict[str, Any]:
        with service.store.read() as session:
            return head_of(session).as_dict()

    @app.post(
        "/audit/verify",
        operation_id="verify_audit",
        summary="Read the whole trail, against a head that was kept; say where it does not hold",
    )
    def verified(body: HeadBody) -> dict[str, Any]:
        with service.store.read() as session:
            result = verify(session, Head(body.chain, body.number, body.sha256))
        return {
            "holds": result.holds,
            "entries": result.entries,
            "head": None if result.head is None else result.head.as_dict(),
            # Of a trail that was written anew each entry is one: the first will do.
            "faults": [
                {"entry": fault.number, "what": fault.what}
                for fault in result.faults[: service.settings.page]
            ],
        }


def _told(row: AuditEntry) -> dict[str, Any]:
    """An entry: patients appear in it by pseudonym alone."""
    return {
        "number": row.number,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "role": row.role,
        "site": row.site_id,
        "action": row.action,
        "subject": row.subject,
        "details": row.details,
        "subject_sha256": row.subject_sha256,
        "previous_sha256": row.previous_sha256,
        "sha256": row.sha256,
    }
