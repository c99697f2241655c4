"""Errors of the databases as errors of the store, without the values that they quote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.store.errors import ConflictError, StoreError

# PostgreSQL: lock not available, deadlock, serialization. The unit is undone and may be tried again.
_BUSY = ("55P03", "40P01", "40001")


@contextmanager
def translated() -> Iterator[None]:
    """ALREADY_THERE, STORE_BUSY (try again), STORE_UNAVAILABLE (the database is gone), STORE_REFUSED."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError("ALREADY_THERE", "store", _told(error)) from None
    except OperationalError as error:
        code = "STORE_BUSY" if _is_busy(error) else "STORE_UNAVAILABLE"
        raise StoreError(code, "store", _told(error)) from None
    except PoolTimeoutError:
        raise StoreError("STORE_BUSY", "store", "all connections are in use") from None
    except DBAPIError as error:
        # Whatever it is about, the words may quote it.
        raise StoreError("STORE_REFUSED", "store", _kind(error)) from None
    except StatementError as error:
        # Raised on the way to the database, by the types of `tables.base`.
        if isinstance(error.orig, StoreError):
            raise error.orig from None
        raise StoreError("STORE_REFUSED", "store", type(error.orig).__name__) from None


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _BUSY or "database is locked" in str(error.orig)


def _kind(error: DBAPIError) -> str:
    """What kind of refusal it is, as the standard numbers them where the database says so."""
    state = getattr(error.orig, "sqlstate", None)
    return type(error.orig).__name__ + (f" {state}" if state else "")


def _told(error: DBAPIError) -> str:
    """The first line of what a database said. PostgreSQL quotes values in the lines after it."""
    diagnosis = getattr(error.orig, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or str(error.orig)
    return str(said).splitlines()[0] if said else type(error.orig).__name__
