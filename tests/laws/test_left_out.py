"""A slope of some of the readings never lies beyond what leaving readings out is said to come to."""

from __future__ import annotations

from itertools import chain, combinations, product

import numpy as np

from eligibility.judging.left_out import slopes_between


def test_no_choice_of_readings_has_a_slope_beyond_the_bound() -> None:
    draw = np.random.default_rng(7)
    bounded = 0
    for _ in range(200):
        sizes = draw.choice([1, 1, 1, 2, 3], draw.integers(2, 6))
        group = np.repeat(np.arange(len(sizes)), sizes)
        day = np.repeat(np.cumsum(draw.integers(1, 30, len(sizes))), sizes)
        value = np.round(draw.normal(50, 5, len(group)) - day / 5, 1)
        fewer = np.array([int(draw.integers(0, size)) for size in sizes])
        patient = np.zeros(len(group), np.int64)
        least, most = slopes_between(patient, day, value, group, fewer[group])
        if np.isnan(least[0]):
            continue
        bounded += 1
        rows = [np.flatnonzero(group == one).tolist() for one in range(len(sizes))]
        kept = [
            [some for count in range(len(held) - few, len(held) + 1) for some in combinations(held, count)]
            for held, few in zip(rows, fewer.tolist(), strict=True)
        ]
        for chosen in product(*kept):
            mine = list(chain.from_iterable(chosen))
            at, height = day[mine] - day[mine].mean(), value[mine] - value[mine].mean()
            slope = (at * height).sum() / (at * at).sum()
            assert least[0] - 1e-9 <= slope <= most[0] + 1e-9
    assert bounded > 100
