"""What all tables share: keys, moments, JSON and texts that mean the same in both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import Dialect, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

from api.store.errors import StoreError


def moment_text(moment: datetime) -> str:
    """UTC with microseconds, so that the order of texts is the order of times."""
    return _in_utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; raises StoreError where that is before the year 1 or after 9999."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise StoreError("TIME_OUT_OF_RANGE", "store", "the moment is of no year that is kept") from None


class Moment(TypeDecorator[datetime]):
    """A point in time: `timestamptz` in PostgreSQL, UTC text in SQLite. Refuses times without a zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = String(27) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise StoreError("TIME_WITHOUT_ZONE", "store", f"{value.isoformat()} has no time zone")
        return moment_text(value) if dialect.name == "sqlite" else _in_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON as the very text that is hashed. Neither database rewrites it, and NUL is an escape in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        from api.store.hashing import canonical

        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text that both databases hold alike: no NUL, no half of a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and ("\x00" in value or any("\ud800" <= c <= "\udfff" for c in value)):
            raise StoreError("TEXT_UNSTORABLE", "store", "the text holds a character that is none")
        return value


Key = Annotated[str, mapped_column(String(32))]
Hash = Annotated[str, mapped_column(String(64))]
Name = Annotated[str, mapped_column(Words)]
At = Annotated[datetime, mapped_column(Moment)]
Content = Annotated[Any, mapped_column(Json)]

# Names of constraints are fixed, so that a later migration can name what it changes.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """A table of the store."""

    metadata = MetaData(naming_convention=_NAMING)
