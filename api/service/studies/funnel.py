"""How many candidates reach each step, how long they take, who stands still, and why some are out.

Pure functions over ways. A step counts as reached by whoever took it or a later one: steps may be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from api.service.studies.ways import Way
from api.store.candidates import OUT, STEPS
from eligibility.proportions import Estimate, share


@dataclass(frozen=True, slots=True)
class Stage:
    """A step with how many reached it. `kept`: the share of those at the step before; none for the first."""

    step: str
    reached: int
    kept: Estimate | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long candidates stood at a step before they went on, and how many still stand there.

    `median` and `p90` are over those who went on to another step; None where nobody did.
    """

    step: str
    moved: int
    waiting: int
    median: timedelta | None
    p90: timedelta | None


@dataclass(frozen=True, slots=True)
class Stall:
    """A candidate who stands longer at a step than the study's plan has it."""

    way: Way
    waited: timedelta
    target: timedelta


def funnel(ways: Sequence[Way]) -> list[Stage]:
    """Every step with those who reached it."""
    reached = [sum(way.furthest >= place for way in ways) for place in range(len(STEPS))]
    before = zip(STEPS[1:], pairwise(reached), strict=True)
    kept = [Stage(step, now, share(now, then)) for step, (then, now) in before]
    return [Stage(STEPS[0], reached[0], None), *kept]


def funnels_by(ways: Sequence[Way], group: Callable[[Way], str]) -> dict[str, list[Stage]]:
    """The same for each group, the largest first."""
    groups: dict[str, list[Way]] = {}
    for way in ways:
        groups.setdefault(group(way), []).append(way)
    return {
        name: funnel(part) for name, part in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    }


def paces(ways: Sequence[Way]) -> list[Pace]:
    """For each step but the last: how long until the next one."""
    stood: dict[str, list[timedelta]] = {step: [] for step in STEPS}
    waiting: Counter[str] = Counter()
    for way in ways:
        for one, following in pairwise(way.steps):
            if following.step != OUT:
                stood[one.step].append(following.happened_at - one.happened_at)
        if not way.is_out:
            waiting[way.last.step] += 1
    return [
        Pace(step, len(stood[step]), waiting[step], quantile(stood[step], 0.5), quantile(stood[step], 0.9))
        for step in STEPS[:-1]
    ]


def spans(ways: Sequence[Way], first: str, last: str) -> list[timedelta]:
    """How long it took from one step to another, of those who took both."""
    both = [(way.at(first), way.at(last)) for way in ways]
    return [end - begin for begin, end in both if begin is not None and end is not None]


def quantile(times: Sequence[timedelta], part: float) -> timedelta | None:
    """A quantile with straight lines between the values (type 7 of Hyndman and Fan, The American Statistician
    1996;50:361-365); None of nothing.
    """
    if not times:
        return None
    ordered = sorted(times)
    place = (len(ordered) - 1) * part
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def stalls(ways: Sequence[Way], target_days: Mapping[str, int], now: datetime) -> list[Stall]:
    """Candidates who stand too long, the worst first."""
    found = []
    for way in ways:
        days = target_days.get(way.last.step)
        if days is not None and now - way.last.happened_at > timedelta(days=days):
            found.append(Stall(way, now - way.last.happened_at, timedelta(days=days)))
    return sorted(found, key=lambda one: (one.target - one.waited, one.way.patient_key))


def out_reasons(ways: Sequence[Way]) -> list[tuple[str, int]]:
    """Why candidates are out, the most frequent first."""
    counted = Counter(way.last.reason or "other" for way in ways if way.is_out)
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))
