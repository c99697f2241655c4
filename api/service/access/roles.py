"""The roles that people and programs have. Whoever has several may do what any of them may."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """In the order in which the trail names one of several that would do."""

    SCREENER = "screener"
    REVIEWER = "reviewer"
    DATA_MANAGER = "data-manager"
    ADMIN = "admin"
    AUDITOR = "auditor"


EVERY_ROLE = frozenset(Role)
