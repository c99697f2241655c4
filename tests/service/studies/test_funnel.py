"""Figures of a study's candidates, over ways that are made up here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from api.service.studies.funnel import funnel, funnels_by, out_reasons, paces, quantile, spans, stalls
from api.service.studies.ways import NO_CHANNEL, Step, Way
from api.store.candidates import OUT, STEPS
from eligibility.proportions import share

BEGIN = datetime(2026, 5, 1, 8, tzinfo=UTC)


def way(
    name: str, *taken: tuple[str, float], site: str = "north", reason: str = "", channel: str = ""
) -> Way:
    """A candidate's way: steps with the days since the beginning on which they were taken."""
    details = {"channel": channel} if channel else {}
    steps = [
        Step(
            key=f"{name}-{number}",
            number=number,
            step=step,
            reason=reason if step == OUT else None,
            details=details if number == 1 else {},
            happened_at=BEGIN + timedelta(days=day),
            recorded_by="sam",
        )
        for number, (step, day) in enumerate(taken, 1)
    ]
    return Way(name, site, tuple(steps))


WAYS = [
    way(
        "a",
        ("pre-screened", 0),
        ("passed", 0),
        ("cleared", 2),
        ("referred", 3),
        ("consented", 9),
        channel="web",
    ),
    way("b", ("pre-screened", 0), ("in review", 1), ("cleared", 5), channel="clinic", site="south"),
    way("c", ("pre-screened", 2), ("in review", 3), (OUT, 4), reason="not met"),
    way("d", ("pre-screened", 2), (OUT, 10), reason="patient declined"),
]


def test_a_step_is_reached_by_who_took_it_or_a_later_one() -> None:
    told = {stage.step: stage for stage in funnel(WAYS)}
    assert [told[step].reached for step in STEPS] == [4, 3, 3, 2, 1, 1, 1, 0, 0]
    assert told["pre-screened"].kept is None
    assert told["cleared"].kept == share(2, 3)
    assert told["randomised"].kept == share(0, 0)
    assert [stage.reached for stage in funnel([])] == [0] * len(STEPS)


def test_groups_come_by_size() -> None:
    assert list(funnels_by(WAYS, lambda one: one.site)) == ["north", "south"]
    channels = funnels_by(WAYS, lambda one: one.channel)
    assert {name: stages[0].reached for name, stages in channels.items()} == {
        NO_CHANNEL: 2,
        "clinic": 1,
        "web": 1,
    }


def test_times_are_of_those_who_went_on() -> None:
    told = {pace.step: pace for pace in paces(WAYS)}
    first = told["pre-screened"]
    # Who left the study from there did not go on, and does not wait.
    assert (first.moved, first.waiting, first.median) == (3, 0, timedelta(days=1))
    assert first.p90 == timedelta(days=1)
    assert (told["cleared"].moved, told["cleared"].waiting, told["cleared"].median) == (
        1,
        1,
        timedelta(days=1),
    )
    assert (told["consented"].moved, told["consented"].waiting, told["consented"].p90) == (0, 1, None)
    assert spans(WAYS, "pre-screened", "cleared") == [timedelta(days=2), timedelta(days=5)]


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.9, 1])
def test_quantiles_are_those_of_numpy(part: float) -> None:
    chance = np.random.default_rng(1)
    for size in range(1, 30):
        days = chance.exponential(5, size)
        found = quantile([timedelta(days=float(day)) for day in days], part)
        assert found is not None
        assert found / timedelta(days=1) == pytest.approx(float(np.quantile(days, part)), abs=1e-9)
    assert quantile([], part) is None


def test_who_stands_longer_than_the_target_stalls() -> None:
    now = BEGIN + timedelta(days=20)
    found = stalls(WAYS, {"cleared": 3, "consented": 11}, now)
    assert [(one.way.patient_key, one.waited.days, one.target.days) for one in found] == [("b", 15, 3)]
    # On the last day of the target nobody stalls yet; without a target nobody ever does.
    assert stalls(WAYS, {"consented": 10}, now)[0].way.patient_key == "a"
    assert stalls(WAYS, {}, now) == []


def test_why_candidates_are_out() -> None:
    assert out_reasons(WAYS) == [("not met", 1), ("patient declined", 1)]
