"""Whether the times of day that a dosage names go together with how often it says.

FHIR R4 leaves open what two times beside "once a day" mean: one dose at either, or one at each. So they agree
only where there are as many of them as doses.
"""

from __future__ import annotations

from fhir_adapters.mapping.dosing_records import Repeat

# EventTiming: at any meal, before or after it; how many they are is not said.
_MEALS = frozenset({"C", "AC", "PC"})
_A_DAY = {"s": 86_400.0, "min": 1_440.0, "h": 24.0, "d": 1.0}
_LONGER = frozenset({"d", "wk", "mo", "a"})


def times_agree(repeat: Repeat) -> bool:
    """Whether `when` or `timeOfDay` leave no doubt about the doses per day; true where neither is there."""
    events = [repeat.when] if isinstance(repeat.when, str) else list(repeat.when or ())
    times = events + repeat.timeOfDay
    if not times:
        return True
    if (events and repeat.timeOfDay) or len(set(times)) < len(times):
        return False
    frequency = repeat.frequencyMax if repeat.frequency is None else repeat.frequency
    if frequency is None or repeat.period is None:
        # The times alone tell, unless they belong to every second day or the like.
        daily = repeat.period is None or (repeat.period == 1 and repeat.periodUnit == "d")
        return daily and frequency in (None, len(times))
    if _MEALS.intersection(times) and not (len(times) == 1 and frequency > 1):
        return False
    if frequency == len(times) == 1:
        return repeat.period >= 1 and repeat.periodUnit in _LONGER
    if repeat.periodUnit not in _A_DAY or repeat.period <= 0:
        return False
    a_day = frequency * _A_DAY[repeat.periodUnit] / repeat.period
    return a_day == len(times) or (a_day > 1 and bool(_MEALS.intersection(times)))
