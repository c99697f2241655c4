"""Studies over a store of their own, on both databases."""

from tests.store.conftest import clock, store  # noqa: F401
