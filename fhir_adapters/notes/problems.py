"""Why the text of a note cannot be read: codes of `fhir_adapters.errors.CODES`, without a word of it."""

from __future__ import annotations

from eligibility.facts import Reading

_PACKAGES = ("nlp", "fhir_adapters", "eligibility")

# What becomes of a note with this problem; every other one is DAMAGED.
_OTHER = {
    "NOTE_TYPE_UNREAD": Reading.TYPE_UNREAD,
    "NOTE_ELSEWHERE": Reading.TYPE_UNREAD,
    "NOTE_TOO_SLOW": Reading.TOO_SLOW,
}


class UnreadableError(Exception):
    """A note whose text cannot be read. Holds a code only. Never leaves this package."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def place_of(fault: Exception) -> str:
    """What sort of fault, and the line of our code where it arose; never what it says, for that may hold a
    patient's words.
    """
    at = fault.__traceback__
    place = "?"
    while at is not None:
        module = str(at.tb_frame.f_globals.get("__name__", "?"))
        if module.partition(".")[0] in _PACKAGES or place == "?":
            place = f"{module}:{at.tb_lineno}"
        at = at.tb_next
    return f"{type(fault).__name__} in {place}"


def reading_of(code: str) -> Reading:
    """What became of a note with a problem of this code."""
    return _OTHER.get(code, Reading.DAMAGED)
