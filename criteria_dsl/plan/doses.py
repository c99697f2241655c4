"""Doses per day: what is recorded is the amount that a day's doses add up to, in the unit of the dose.

A limit per day, hour or week therefore becomes such an amount; it never stays a rate.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from criteria_dsl import tree as t
from criteria_dsl.plan.limits import Expected, limit_range, unknown_unit
from criteria_dsl.problem import Report
from eligibility.program import Range
from eligibility.units import Unit, resolve
from eligibility.units.unit import make

SHOWN = "mg/d"
_PER_DAY = {"d": Fraction(1), "h": Fraction(24), "wk": Fraction(1, 7)}
_RATE = re.compile(r"(?P<amount>.*)/(?P<time>d|h|wk)|(?P<above>.+)/\((?P<below>.+)\.(?P<last>d|h|wk)\)")
# What is given in a dose, alone or for each kilogram or square metre of the body.
_AMOUNTS = ("kg", "mL", "mmol", "meq", "mosm", "U", "[iU]", "MBq", "1")
_OF_THE_BODY = ("", "/kg", "/m2")
_SHARES = ("%", "[ppth]", "[ppm]", "[ppb]")


def dose_range(report: Report, limit: t.Limit, what: str) -> Range:
    """A limit on the dose per day, as amounts of a day. Raises RejectedError."""
    if limit.unit is None or limit.comparator == "":
        return limit_range(report, limit, Expected("mg/d", SHOWN, what))
    unit = resolve(limit.unit.text)
    if unit is None:
        raise unknown_unit(report, limit.unit)
    per_day = _per_day(unit)
    if per_day is None:
        message = f"{what} cannot be given in `{limit.unit.text}`"
        hint = f"write the amount of a day, such as `>= 1500 {SHOWN}`, or of an hour (`/h`) or a week (`/wk`)"
        raise report.reject("E303", limit.unit.span, message, hint)
    return limit_range(report, limit, Expected(per_day.canonical, SHOWN, what), (per_day,))


def _per_day(unit: Unit) -> Unit | None:
    """The unit that turns a limit into the amount of a day; None where it is no dose."""
    rate = _RATE.fullmatch(unit.ucum)
    if rate is None:
        return unit if _is_amount(unit) else None
    # What is left of `{tablet}/d` without its annotation counts pieces.
    written = f"{rate['above']}/{rate['below']}" if rate["above"] else rate["amount"] or "1"
    amount = resolve(written)
    if amount is None or not _is_amount(amount):
        return None
    factor = _PER_DAY[rate["time"] or rate["last"]]
    return make(amount.canonical, amount.ratio * factor, Fraction(0), unit.ucum)


def _is_amount(unit: Unit) -> bool:
    if unit.ucum in _SHARES:
        return False
    # Arbitrary units of a drug ([USP'U], [CFU] …) are amounts like [iU].
    return unit.canonical in _canonicals() or re.fullmatch(r"\[[^\]]*\]", unit.canonical) is not None


@cache
def _canonicals() -> frozenset[str]:
    found = (resolve(f"{amount}{body}") for amount in _AMOUNTS for body in _OF_THE_BODY)
    return frozenset(unit.canonical for unit in found if unit is not None)
