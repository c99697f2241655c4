"""A compiled loop says what its plain Python source says, and only who judges pays for compiling."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from eligibility.judging.kernels import (
    agreeing,
    contacts,
    counting,
    intervals,
    marking,
    middling,
    one_event,
    picking,
    spacing,
    speaking,
    timing,
)
from eligibility.judging.kernels.compiling import ALL, NO_CAUSES, compiled

PATIENTS, ROWS = 40, 200
Draw = np.random.Generator


def _owners(draw: Draw) -> NDArray[np.int32]:
    return np.sort(draw.integers(0, PATIENTS, ROWS)).astype(np.int32)


def _flags(draw: Draw, share: float = 0.6, count: int = ROWS) -> NDArray[np.bool_]:
    return draw.random(count) < share


def _states(draw: Draw, count: int = PATIENTS) -> NDArray[np.uint8]:
    return draw.integers(0, 3, count).astype(np.uint8)


def _causes(draw: Draw, count: int = PATIENTS) -> NDArray[np.uint32]:
    return draw.integers(0, 4, count).astype(np.uint32)


def _times(draw: Draw) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low = draw.integers(-30, 30, ROWS)
    return low, low + draw.integers(0, 12, ROWS) * _flags(draw, 0.3)


def _numbers(draw: Draw, count: int = ROWS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low = draw.choice([-np.inf, -1.0, 0.0, 0.5, 2.0, np.nan], count)
    return low, np.maximum(low, draw.choice([-np.inf, 0.0, 1.5, np.inf], count))


def _spaced(draw: Draw) -> tuple[Any, ...]:
    certain = _flags(draw) if draw.random() < 0.5 else ALL
    low, high = _times(draw)
    due = high // 5 * 5 + 10 if draw.random() < 0.5 else np.empty(0, np.int64)
    nobody = np.zeros(PATIENTS, np.bool_)
    return _owners(draw), certain, low, high, 5, due, 10, int(draw.integers(1, 4)), nobody, nobody.copy()


def _grouped(draw: Draw) -> tuple[Any, ...]:
    patient = _owners(draw)
    low, high = _times(draw)
    order = np.lexsort((low, patient))
    return patient, low[order], high[order], np.full(ROWS, -1)


def _apart(draw: Draw) -> tuple[Any, ...]:
    group, label = _owners(draw).astype(np.int64), draw.integers(0, 3, ROWS)
    low, high = _times(draw)
    order = np.lexsort((high, label, group))
    return group, label[order], low[order], high[order], np.ones(PATIENTS, np.int64)


def _last_apart(draw: Draw) -> tuple[Any, ...]:
    group, (low, high) = _owners(draw).astype(np.int64), _times(draw)
    order = np.lexsort((high, -low, group))
    made = np.full(PATIENTS, -99), np.zeros(PATIENTS, np.bool_), np.zeros(PATIENTS, np.bool_)
    return group, low[order], high[order], int(draw.integers(2, 5)), *made


def _middling(draw: Draw, by_rank: bool) -> tuple[Any, ...]:
    patient, value = _owners(draw).astype(np.int64), np.nan_to_num(_numbers(draw)[0], nan=1.0)
    rest = _flags(draw)
    first = np.unique(patient, return_index=True)[1]
    rest[first] = False
    order = np.lexsort((-value, ~rest, patient))
    rank = np.empty(ROWS, np.int64)
    rank[order] = np.arange(ROWS) - np.repeat(first, np.diff(np.append(first, ROWS)))
    rank[~rest] = -1
    order = np.lexsort((rank if by_rank else value, patient))
    return patient, value[order], rank[order], np.zeros(PATIENTS)


def _agree(draw: Draw) -> tuple[Any, ...]:
    doubts = _causes(draw, ROWS) if draw.random() < 0.5 else NO_CAUSES
    rows = _owners(draw), _states(draw, ROWS), _causes(draw, ROWS), _flags(draw), doubts
    return *rows, 1, 64, 128, _states(draw), _causes(draw)


def _or_silence(draw: Draw) -> tuple[Any, ...]:
    doubts = _causes(draw, ROWS) if draw.random() < 0.5 else NO_CAUSES
    return _owners(draw), _flags(draw), doubts, _states(draw), 1, _states(draw), _causes(draw)


def _enclose(draw: Draw) -> tuple[Any, ...]:
    low, high = (np.nan_to_num(ends, nan=1.0) for ends in _numbers(draw))
    chosen = [given if draw.random() < 0.5 else ALL for given in (_flags(draw, 0.9), _flags(draw))]
    told = [
        given if draw.random() < 0.5 else NO_CAUSES for given in (_causes(draw, ROWS), _causes(draw, ROWS))
    ]
    firm = _flags(draw) if draw.random() < 0.5 else np.empty(0, np.bool_)
    made = np.empty(PATIENTS), np.empty(PATIENTS), np.zeros(PATIENTS, np.bool_), np.zeros(PATIENTS, np.bool_)
    for array in made[:2]:
        array[:] = np.nan
    return _owners(draw), low, high, *chosen, *told, firm, 64, 128, *made, _causes(draw)


def _products(draw: Draw) -> tuple[Any, ...]:
    return *_numbers(draw), *_numbers(draw), bool(draw.random() < 0.5), np.empty(ROWS), np.empty(ROWS)


def _in_range(draw: Draw) -> tuple[Any, ...]:
    known = _flags(draw, 0.9) if draw.random() < 0.5 else ALL
    least, most = np.sort(draw.choice([-np.inf, -1.0, 0.0, 0.5, 2.0, np.inf], 2)).tolist()
    made = np.empty(ROWS, np.uint8), np.empty(ROWS, np.uint32)
    return *_numbers(draw), known, _causes(draw, ROWS), least, most, 1, 2, 4, 8, *made


def _or_absent(draw: Draw) -> tuple[Any, ...]:
    there = _flags(draw, 0.7, PATIENTS)
    sure = there & _flags(draw, 0.7, PATIENTS)
    says = _states(draw), _causes(draw)
    return (
        there,
        sure,
        _causes(draw),
        *says,
        2,
        int(draw.integers(0, 3)),
        64,
        128,
        _states(draw),
        _causes(draw),
    )


def _unbeaten(draw: Draw) -> tuple[Any, ...]:
    best = draw.integers(-30, 30, PATIENTS)
    return _owners(draw), _times(draw)[0], bool(draw.random() < 0.5), best, _flags(draw)


def _between(draw: Draw) -> tuple[Any, ...]:
    made = np.empty(ROWS, np.bool_), np.empty(ROWS, np.bool_)
    return *_times(draw), -5, *_times(draw), 12, *made


def _put(draw: Draw) -> tuple[Any, ...]:
    return _owners(draw), _flags(draw), 2, 8, _states(draw), _causes(draw)


def _seen(draw: Draw) -> tuple[Any, ...]:
    first, in_care = np.full(PATIENTS, 99), np.zeros(PATIENTS, np.bool_)
    return _owners(draw), np.sort(draw.integers(-30, 30, ROWS)), 12, -5, first, in_care


def _blame(draw: Draw) -> tuple[Any, ...]:
    rows = _flags(draw) if draw.random() < 0.5 else ALL
    return _owners(draw), rows, _states(draw), 1, 8, _causes(draw)


def _add_where_same(draw: Draw) -> tuple[Any, ...]:
    return _states(draw), _causes(draw), _states(draw), _causes(draw)


def _may_be_more(draw: Draw) -> tuple[Any, ...]:
    flags = _flags(draw, 0.6, PATIENTS), _flags(draw, 0.3, PATIENTS)
    made = np.zeros(PATIENTS, np.bool_), _causes(draw), _causes(draw)
    return *flags, _states(draw), _causes(draw), 2, 8, *made


def _surely_by(draw: Draw) -> tuple[Any, ...]:
    certain = _flags(draw) if draw.random() < 0.5 else ALL
    first = bool(draw.random() < 0.5)
    return _owners(draw), _flags(draw), certain, _times(draw)[0], first, draw.integers(-30, 30, PATIENTS)


def _or_anything(draw: Draw) -> tuple[Any, ...]:
    return _flags(draw), 8, *_numbers(draw), _flags(draw), _causes(draw, ROWS)


def _lie_within(draw: Draw) -> tuple[Any, ...]:
    return *_numbers(draw), 0.0, 1.5, np.empty(ROWS, np.bool_), np.empty(ROWS, np.bool_)


def _speaking(draw: Draw) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    sorts = (speaking.CODED, speaking.STATED, speaking.DENIED, speaking.REFUTED, 0)
    return _owners(draw), draw.choice(sorts, ROWS).astype(np.uint8)


def _weigh_events(draw: Draw) -> tuple[Any, ...]:
    hours = 3_600_000
    start, end = _times(draw), _times(draw)
    times = start[0] * hours, start[1] * hours, np.maximum(start[0], end[0]) * hours
    return *_speaking(draw), *times, np.maximum(start[1], end[1]) * hours, np.zeros(ROWS, np.uint8)


def _weigh_values(draw: Draw) -> tuple[Any, ...]:
    low, high = _times(draw)
    unit = draw.choice([-1, 0, 0, 1], ROWS).astype(np.int16)
    numbers = (np.nan_to_num(ends, nan=1.0) for ends in _numbers(draw))
    hours = low * 3_600_000, high * 3_600_000
    return *_speaking(draw), *hours, unit, *numbers, 0.01, np.zeros(ROWS, np.uint8)


@pytest.mark.parametrize(
    ("kernel", "make"),
    [
        (contacts.seen, _seen),
        (counting.may_be_more, _may_be_more),
        (intervals.lie_within, _lie_within),
        (intervals.or_anything, _or_anything),
        (marking.blame, _blame),
        (marking.add_where_same, _add_where_same),
        (picking.surely_by, _surely_by),
        (spacing.spaced, _spaced),
        (one_event.grouped, _grouped),
        (one_event.apart, _apart),
        (one_event.last_apart, _last_apart),
        (middling.greatest_mean, partial(_middling, by_rank=True)),
        (middling.greatest_median, partial(_middling, by_rank=False)),
        (speaking.weigh_events, _weigh_events),
        (speaking.weigh_values, _weigh_values),
        (agreeing.agree, _agree),
        (agreeing.or_silence, _or_silence),
        (intervals.enclose, _enclose),
        (intervals.products, _products),
        (intervals.in_range, _in_range),
        (intervals.or_absent, _or_absent),
        (picking.unbeaten, _unbeaten),
        (timing.between, _between),
        (marking.put, _put),
    ],
)
def test_a_kernel_is_its_source(kernel: Callable[..., None], make: Callable[[Draw], tuple[Any, ...]]) -> None:
    for seed in range(25):
        compiled_arguments, plain_arguments = (make(np.random.default_rng(seed)) for _ in range(2))
        kernel(*compiled_arguments)
        with np.errstate(all="ignore"):
            kernel.__wrapped__(*plain_arguments)  # type: ignore[attr-defined]
        for ours, plain in zip(compiled_arguments, plain_arguments, strict=True):
            np.testing.assert_array_equal(ours, plain)


def test_no_compiler_is_loaded_before_judging() -> None:
    asked = "import sys, criteria_dsl, eligibility.judging, api.cli; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_kernel_works_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core.caching import CacheImpl

    monkeypatch.setattr(CacheImpl, "_locator_classes", [])

    @compiled("int64[]!")
    def double(values: NDArray[np.int64]) -> None:
        for i in range(len(values)):
            values[i] *= 2

    held = np.arange(3)
    double(held)
    assert held.tolist() == [0, 2, 4]


def test_a_kernel_takes_no_other_types() -> None:
    with pytest.raises(TypeError):
        marking.numbered(np.zeros(2, np.int64), np.zeros(2, np.int64))  # type: ignore[arg-type]


def test_columns_that_may_not_be_written_are_read() -> None:
    rows = np.array([True, False, True])
    rows.flags.writeable = False
    at = np.empty(3, np.int64)
    assert marking.numbered(rows, at) == 2
    assert at[:2].tolist() == [0, 2]
