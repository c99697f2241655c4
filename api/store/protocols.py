"""Protocols by version. A version's text never changes under its name; which one is in force may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from api.store.database import Writing
from api.store.errors import ConflictError, NotStoredError
from api.store.hashing import sha256
from api.store.keys import new_key
from api.store.tables import ActiveVersion, Protocol, ProtocolVersion


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A checked protocol as it is handed in. `program_sha256` is the hash of what was compiled from it."""

    protocol_id: str
    title: str
    version: str
    text: str
    program_sha256: str
    lock: str = ""


def add_version(unit: Writing, new: NewVersion) -> ProtocolVersion:
    """Keep a version. The same text and lock again is the row that is there already.

    Raises ConflictError where the version's name already stands for another text.
    """
    text_hash, lock_hash = sha256(new.text), sha256(new.lock)
    session = unit.session
    if session.get(Protocol, new.protocol_id) is None:
        session.add(Protocol(id=new.protocol_id, title=new.title, added_at=unit.now))
        session.flush()
    # Whoever adds versions of one protocol waits here, so that no two texts get one name.
    session.execute(select(Protocol).where(Protocol.id == new.protocol_id).with_for_update())
    same_name = session.scalars(
        select(ProtocolVersion).where(
            ProtocolVersion.protocol_id == new.protocol_id, ProtocolVersion.version == new.version
        )
    ).all()
    for row in same_name:
        if row.text_sha256 != text_hash:
            raise ConflictError(
                "VERSION_TAKEN",
                f"protocols/{new.protocol_id}",
                f"version {new.version} already stands for another text: give the changed text a new version",
            )
        if row.lock_sha256 == lock_hash and row.program_sha256 == new.program_sha256:
            unit.note("protocol.repeated", f"protocol_versions/{row.key}")
            return row
    row = ProtocolVersion(
        key=new_key(),
        protocol_id=new.protocol_id,
        version=new.version,
        text=new.text,
        lock=new.lock,
        text_sha256=text_hash,
        lock_sha256=lock_hash,
        program_sha256=new.program_sha256,
        added_by=unit.actor.name,
        added_at=unit.now,
    )
    unit.keep(
        row,
        "protocol.added",
        {"protocol": new.protocol_id, "version": new.version},
    )
    return row


def activate(unit: Writing, version_key: str) -> None:
    """Put a version in force in place of the one that was."""
    row = version(unit.session, version_key)
    before = unit.session.get(ActiveVersion, row.protocol_id, with_for_update=True)
    unit.session.merge(
        ActiveVersion(
            protocol_id=row.protocol_id,
            version_key=version_key,
            since=unit.now,
            activated_by=unit.actor.name,
        )
    )
    unit.session.flush()
    unit.note(
        "protocol.activated",
        f"protocol_versions/{version_key}",
        {"protocol": row.protocol_id, "before": None if before is None else before.version_key},
    )


def version(session: Session, version_key: str) -> ProtocolVersion:
    row = session.get(ProtocolVersion, version_key)
    if row is None:
        raise NotStoredError("protocol_versions", version_key)
    return row


def versions_by_key(session: Session, keys: Collection[str]) -> dict[str, ProtocolVersion]:
    """Versions by their keys; those that are not there are left out."""
    rows = session.scalars(select(ProtocolVersion).where(ProtocolVersion.key.in_(keys)))
    return {row.key: row for row in rows}


def active_version(session: Session, protocol_id: str) -> ProtocolVersion:
    """The version in force; NotStoredError where none is."""
    row = session.scalar(
        select(ProtocolVersion)
        .join(ActiveVersion, ActiveVersion.version_key == ProtocolVersion.key)
        .where(ActiveVersion.protocol_id == protocol_id)
    )
    if row is None:
        raise NotStoredError("active_versions", protocol_id)
    return row


def active_versions(session: Session) -> list[ProtocolVersion]:
    """All versions in force, by protocol."""
    return list(
        session.scalars(
            select(ProtocolVersion)
            .join(ActiveVersion, ActiveVersion.version_key == ProtocolVersion.key)
            .order_by(ProtocolVersion.protocol_id)
        )
    )


def active_keys(session: Session) -> dict[str, str]:
    """Keys of all versions in force by protocol, in the order of their names; no text is read."""
    rows = session.execute(
        select(ActiveVersion.protocol_id, ActiveVersion.version_key).order_by(ActiveVersion.protocol_id)
    )
    return {row.protocol_id: row.version_key for row in rows}


def versions_without_text(
    session: Session, protocol_ids: Collection[str]
) -> dict[str, list[ProtocolVersion]]:
    """All versions of some protocols, oldest first; their texts and locks are not read."""
    found: dict[str, list[ProtocolVersion]] = {name: [] for name in protocol_ids}
    query = (
        select(ProtocolVersion)
        .where(ProtocolVersion.protocol_id.in_(protocol_ids))
        .order_by(ProtocolVersion.added_at, ProtocolVersion.key)
        .options(defer(ProtocolVersion.text), defer(ProtocolVersion.lock))
    )
    for row in session.scalars(query):
        found[row.protocol_id].append(row)
    return found


def versions(session: Session, protocol_id: str) -> list[ProtocolVersion]:
    """All versions of a protocol, oldest first."""
    return list(
        session.scalars(
            select(ProtocolVersion)
            .where(ProtocolVersion.protocol_id == protocol_id)
            .order_by(ProtocolVersion.added_at, ProtocolVersion.key)
        )
    )
