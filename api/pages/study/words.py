"""Words of a study's pages: steps as a coordinator says them, spans of time, shares."""

from __future__ import annotations

from datetime import timedelta

from eligibility.proportions import Estimate

STEP_WORDS = {
    "pre-screened": "Pre-screened",
    "passed": "Passed",
    "in review": "In review",
    "cleared": "Cleared",
    "referred": "Referred",
    "contacted": "Contacted",
    "consented": "Consented",
    "screened": "Screened",
    "randomised": "Randomised",
    "out": "Out",
}
# What the button says that takes the usual next step.
ACTIONS = {
    "passed": "Passed",
    "cleared": "Clear",
    "referred": "Hand over",
    "contacted": "Contacted",
    "consented": "Consented",
    "screened": "Screened",
    "randomised": "Randomised",
}


def length(time: timedelta | None) -> str:
    """`5 h`, `3.2 days`, `41 days`; a dash where there is none."""
    if time is None:
        return "–"
    hours = time / timedelta(hours=1)
    if hours < 1:
        return f"{time / timedelta(minutes=1):.0f} min"
    if hours < 48:
        return f"{hours:.0f} h"
    days = hours / 24
    return f"{days:.1f} days" if days < 10 else f"{days:.0f} days"


def percent(value: float | None) -> str:
    """`83 %`; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.0f} %"


def range_of(estimate: Estimate, decimals: int = 2) -> str:
    """`0.40 to 0.71`; nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.{decimals}f} to {estimate.high:.{decimals}f}"


def percent_range(estimate: Estimate) -> str:
    """`40 to 71 %`; nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f} %"


def number(value: float | None) -> str:
    """`0.62`; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"
