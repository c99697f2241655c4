"""The dates of one thing."""

from __future__ import annotations

from typing import NamedTuple

from nlp.document import Axis, When


class Dates(NamedTuple):
    """When something was or began, and when it ended; None where the text ties no date to it."""

    start: When | None = None
    end: When | None = None


UNDATED = Dates()

# What is said so is not what a test of the patient found.
ELSEWHERE = Axis.HYPOTHETICAL | Axis.SOMEONE_ELSE
