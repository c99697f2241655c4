"""Sites, patients by pseudonym, and apart from them what names a person."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables.base import At, Base, Key, Name


class Site(Base):
    """Where patients are screened; what belongs to one site is not seen at another."""

    __tablename__ = "sites"

    id: Mapped[Name] = mapped_column(primary_key=True)
    name: Mapped[Name]
    added_at: Mapped[At]


class Patient(Base):
    """A patient as every other table knows them: a key without meaning, and a site."""

    __tablename__ = "patients"

    key: Mapped[Key] = mapped_column(primary_key=True)
    site_id: Mapped[Name] = mapped_column(ForeignKey("sites.id"), index=True)
    added_at: Mapped[At]


class Identifier(Base):
    """A number that a source knows a patient by. The only way from a person to the pseudonym."""

    __tablename__ = "identifiers"

    site_id: Mapped[Name] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    system: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[Name] = mapped_column(primary_key=True)
    patient_key: Mapped[Key] = mapped_column(ForeignKey("patients.key"), index=True)
