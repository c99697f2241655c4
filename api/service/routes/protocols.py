"""Protocols: checked, kept by version, listed, put in force."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import PlainTextResponse

from api.errors import UserError
from api.service.access.who import Who
from api.service.bodies import ActiveBody
from api.service.protocols import summary, versions_told
from api.service.routes.inputs import KEY, TEXT_BODY, Key, Text
from api.service.routes.once import Once
from api.service.routes.paging import After, Limit, page_size
from api.service.service import Service
from api.service.told_protocols import Checked, KeptVersion, NamedVersion, ProtocolList, VersionChanges
from api.store.protocols import activate, active_keys, version, versions_without_text
from api.store.tables import Protocol, ProtocolVersion

Since = Annotated[
    str,
    Query(
        pattern=KEY,
        description="Key of the version before, of the same protocol.",
        examples=["01a204f173147000836e7b3f87c2c196"],
    ),
]


def add(app: FastAPI, service: Service) -> None:
    @app.post(
        "/protocols/check",
        operation_id="check_protocol",
        summary="Check a text; nothing is kept",
        openapi_extra=TEXT_BODY,
        response_model=None,
        responses={200: {"model": Checked}},
    )
    def check(text: Text) -> dict[str, Any]:
        return service.protocols.check(text)

    @app.post(
        "/protocols",
        operation_id="add_protocol",
        summary="Keep a version",
        status_code=201,
        openapi_extra=TEXT_BODY,
        response_model=None,
        responses={201: {"model": KeptVersion}},
    )
    def keep(who: Who, text: Text, once: Once) -> dict[str, Any]:
        return service.protocols.keep(text, who.actor("add_protocol"), once)

    @app.get(
        "/protocols",
        operation_id="list_protocols",
        summary="Protocols with their versions, a page at a time",
        response_model=None,
        responses={200: {"model": ProtocolList}},
    )
    def listed(after: After = "", limit: Limit = None) -> dict[str, Any]:
        size = page_size(limit, service.settings)
        with service.store.read() as session:
            active = active_keys(session)
            found = select(Protocol).where(Protocol.id > after).order_by(Protocol.id).limit(size + 1)
            rows = session.scalars(found).all()
            known = versions_without_text(session, [row.id for row in rows[:size]])
            return {
                "protocols": [
                    {
                        "protocol": row.id,
                        "title": row.title,
                        "versions": versions_told(known[row.id], active.get(row.id)),
                    }
                    for row in rows[:size]
                ],
                "next": rows[size - 1].id if len(rows) > size else None,
            }

    @app.get(
        "/protocols/{protocol}/versions/{key}",
        operation_id="read_protocol",
        summary="The text of a version",
        response_class=PlainTextResponse,
    )
    def text_of(protocol: str, key: Key) -> Response:
        with service.store.read() as session:
            return PlainTextResponse(_version(session, protocol, key).text)

    @app.get(
        "/protocols/{protocol}/versions/{key}/changes",
        operation_id="compare_versions",
        summary="What a version changed since another one",
        response_model=None,
        responses={200: {"model": VersionChanges}},
    )
    def changes(protocol: str, key: Key, since: Since) -> dict[str, Any]:
        with service.store.read() as session:
            old, new = _version(session, protocol, since), _version(session, protocol, key)
        return service.protocols.changes(old, new)

    @app.put(
        "/protocols/{protocol}/active",
        operation_id="activate_protocol",
        summary="Put a version in force",
        response_model=None,
        responses={200: {"model": NamedVersion}},
    )
    def put(who: Who, protocol: str, body: ActiveBody) -> dict[str, Any]:
        with service.store.read() as session:
            row = _version(session, protocol, body.version_key)
        service.protocols.ready(row, {})
        with service.store.write(who.actor("activate_protocol")) as unit:
            activate(unit, row.key)
        return {"protocol": protocol, **summary(row, row.key)}


def _version(session: Session, protocol: str, key: str) -> ProtocolVersion:
    row = version(session, key)
    if row.protocol_id != protocol:
        raise UserError("NOT_FOUND", "protocols", "the protocol has no such version")
    return row
