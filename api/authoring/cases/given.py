"""What can be wrong with a given line."""

from __future__ import annotations

from criteria_dsl.source import Span


class GivenError(Exception):
    """A given line that cannot become a record; `span` says where it stands."""

    def __init__(self, span: Span, message: str) -> None:
        super().__init__(message)
        self.span = span
