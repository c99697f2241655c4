"""Whether the days of the week that a dosage names go together with how often it says.

"Once a week" beside Monday is one dose a week, and three times a week beside three days is a dose on each.
"Once a day" beside Monday may be a slip as well as a dose of Mondays, so it leaves open how much is taken.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from fhir_adapters.mapping.dosing_records import Repeat

_DAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
_names = msgspec.json.Decoder(list[str]).decode


def days_agree(repeat: Repeat) -> bool:
    """Whether `dayOfWeek` leaves no doubt about the doses of a week; true where no day is named."""
    if bytes(repeat.dayOfWeek) in (b"", b"null", b"[]"):
        return True
    days = _read(repeat.dayOfWeek)
    if len(set(days)) < len(days) or not _DAYS.issuperset(days) or repeat.periodUnit != "wk":
        return False
    frequency = repeat.frequencyMax if repeat.frequency is None else repeat.frequency
    if repeat.period is None or frequency != len(days):
        return False
    # Of two days in two weeks it is open whether they are of each week.
    return repeat.period == 1 or (len(days) == 1 and repeat.period > 1)


def _read(raw: Raw) -> list[str]:
    """The days as written; one that nobody knows where they are no list of words."""
    try:
        return _names(raw)
    except msgspec.DecodeError:
        return [""]
