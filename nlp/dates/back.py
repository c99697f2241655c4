"""So many units back from the day of the note: when it was, or since when it lasts."""

from __future__ import annotations

from nlp.dates import calendar
from nlp.dates.calendar import Pair
from nlp.dates.context import Context, Found, unbounded
from nlp.dates.quantity import spread
from nlp.document import Reach

# Least and most, the unit, and whether it is said to be about so.
Told = tuple[float, float, str, bool]


def ago(context: Context, least: float, most: float, unit: str, hedged: bool) -> Pair | None:
    if not context.known:
        return None
    if unit == "fortnight":
        least, most, unit = 2 * least, 2 * most, "week"
    if unit in ("day", "hour") and not hedged:
        spread_lo, spread_hi = least // 10, most // 10
    else:
        spread_lo, spread_hi = spread(least, hedged, unit), spread(most, hedged, unit)
    lo, hi = calendar.around(context.base, max(0.0, least - spread_lo), most + spread_hi, unit)
    return lo, min(hi, context.base[1])


def before(context: Context, begins: int, end: int, told: Told) -> Found:
    """So many units before the note."""
    pair = ago(context, *told)
    return unbounded(begins, end) if pair is None else (begins, end, *pair, Reach.AT)


def lasting(
    context: Context,
    begins: int,
    end: int,
    told: Told,
    reach: Reach = Reach.SINCE,
) -> Found:
    """So many units until the note."""
    pair = ago(context, *told)
    return unbounded(begins, end, reach) if pair is None else (begins, end, *pair, reach)


def lasted(context: Context, begins: int, end: int, told: Told) -> Found:
    """So many units, until the note if nothing else is said."""
    return lasting(context, begins, end, told, Reach.FOR)
