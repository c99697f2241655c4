"""Charts as SVG made here: a flow with its exclusions, stacked bars, curves of sweeps.

Colours are classes of the page's stylesheet, so that charts follow light, dark and print. Every figure that a
chart draws also stands as text, in it or in the table beside it; a chart never says anything by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from api.attrition.cells import Cell, number, size

Content = dict[str, Any]

_ROW, _BOX, _WIDTH, _TRUNK, _SIDE = 46, 30, 520, 180, 290
_LABEL = 42  # characters of a label that fit into a box


def bar(parts: Sequence[tuple[str, Cell]], whole: float) -> Markup:
    """A stacked bar as wide as its place: (class, count) of each part; `whole` is the full width."""
    drawn, at = Markup(""), 0.0
    for name, cell in parts:
        width = 100 * size(cell) / whole if whole else 0.0
        if width:
            rect = Markup('<rect class="{}" x="{:.3f}" y="0" width="{:.3f}" height="10"/>')
            drawn += rect.format(name, at, width)
        at += width
    shape = '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    return Markup(shape).format(drawn)


def flow(content: Content) -> Markup:
    """From all who were assessed, down to who is left, with who is taken out at each step beside it."""
    taken = [(content["deceased"], "known to have died", content["living"])]
    taken += [(step["excluded"], f"{step['id']} {step['label']}", step["left"]) for step in content["flow"]]
    middle, side = 10 + _TRUNK / 2, _WIDTH - _SIDE - 10
    drawn, y = _box(10, 8, _TRUNK, "trunk", f"{number(content['patients'])} assessed"), 8
    for excluded, label, left in taken:
        arm, below = y + (_BOX + _ROW) / 2, y + _ROW
        lines = '<path class="line" d="M{0} {1}V{2}M{0} {3}H{4}"/>'
        drawn += Markup(lines).format(middle, y + _BOX, below, arm, side)
        drawn += _box(10, below, _TRUNK, "trunk", f"{number(left)} left")
        drawn += _box(side, arm - _BOX / 2, _SIDE, "out", f"{number(excluded)} {label}")
        y = below
    verdicts = content["verdicts"]
    end = f"{number(verdicts['pass'])} pass, {number(verdicts['needs-clinician-review'])} for review"
    drawn += Markup('<path class="line" d="M{} {}V{}"/>').format(middle, y + _BOX, y + _ROW)
    drawn += _box(10, y + _ROW, _TRUNK, "end", end)
    return _figure("flow", _WIDTH, y + _ROW + _BOX + 8, "Flow of patients through the criteria", drawn)


def _box(x: float, y: float, width: float, name: str, text: str) -> Markup:
    shown = text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"
    shape = (
        '<g class="{}"><title>{}</title><rect x="{:.0f}" y="{:.1f}" width="{:.0f}" height="{}" rx="5"/>'
        '<text x="{:.0f}" y="{:.1f}">{}</text></g>'
    )
    return Markup(shape).format(name, text, x, y, width, _BOX, x + 10, y + _BOX / 2 + 4.5, shown)


def _figure(name: str, width: float, height: float, title: str, drawn: Markup) -> Markup:
    shape = '<svg class="chart {}" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>'
    return Markup(shape).format(name, width, height, title, drawn)


_PLOT_WIDTH, _PLOT_HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 120, 16, 44


def curve(sweep: Content) -> Markup:
    """Who passes, and who passes or is for review, by the value; a line where the number stands now.

    Hidden counts are left out of the line.
    """
    steps = sorted(sweep["steps"], key=lambda step: _value(step["value"]))
    values = [_value(step["value"]) for step in steps]
    now = _value(sweep["written"])
    low, high = min([*values, now]), max([*values, now])
    series = [
        ("pass", "pass", [_shown(step["verdicts"]["pass"]) for step in steps]),
        ("review", "pass or review", [_both(step["verdicts"]) for step in steps]),
    ]
    top = _nice(max((count or 0) for _, _, counts in series for count in counts))
    width, height = _PLOT_WIDTH - _LEFT - _RIGHT, _PLOT_HEIGHT - _TOP - _BOTTOM

    def across(value: float) -> float:
        return _LEFT + (width / 2 if high == low else width * (value - low) / (high - low))

    def down(count: float) -> float:
        return _TOP + height * (1 - count / top)

    drawn = Markup("")
    for part in range(5):
        count = top * part / 4
        line = (
            '<path class="grid" d="M{0} {1:.1f}H{2}"/><text class="tick end" x="{3}" y="{4:.1f}">{5}</text>'
        )
        drawn += Markup(line).format(
            _LEFT, down(count), _LEFT + width, _LEFT - 8, down(count) + 4, f"{count:,.0f}"
        )
    for value, step in zip(values, steps, strict=True):
        if _room(values, value, width, high - low):
            tick = '<text class="tick middle" x="{:.1f}" y="{}">{}</text>'
            drawn += Markup(tick).format(across(value), _TOP + height + 18, step["value"])
    mark = (
        '<path class="now" d="M{0:.1f} {1}V{2}"/><text class="tick middle" x="{0:.1f}" y="{3}">now {4}</text>'
    )
    drawn += Markup(mark).format(across(now), _TOP, _TOP + height, _TOP + height + 36, sweep["written"])
    ends: list[float] = []
    for name, label, counts in series:
        points = [(across(v), down(c)) for v, c in zip(values, counts, strict=True) if c is not None]
        if not points:
            continue
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        drawn += Markup('<path class="curve {}" d="M{}"/>').format(name, path)
        for x, y in points:
            drawn += Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(name, x, y)
        at = points[-1][1] + 4
        at = next((at - 16 for other in ends if abs(at - other) < 14), at)
        ends.append(at)
        drawn += Markup('<text class="name {}" x="{}" y="{:.1f}">{}</text>').format(
            name, _LEFT + width + 10, at, label
        )
    title = f"Patients by the value of {sweep['words']} in {sweep['name']}"
    return _figure("sweep", _PLOT_WIDTH, _PLOT_HEIGHT, title, drawn)


def _value(text: str) -> float:
    return float(Decimal(text.split(" ")[0]))


def _shown(cell: Cell) -> float | None:
    return None if isinstance(cell, str) else float(cell)


def _both(verdicts: Content) -> float | None:
    parts = _shown(verdicts["pass"]), _shown(verdicts["needs-clinician-review"])
    return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]


def _nice(most: float) -> float:
    """The least of 4, 8, 20, 40, 80, 200, … that is not below."""
    scale = 1.0
    while True:
        for step in (4, 8, 20):
            if most <= step * scale:
                return step * scale
        scale *= 10


def _room(values: Sequence[float], value: float, width: float, spread: float) -> bool:
    """Whether a tick's text has room: with many values only every so many are written."""
    most = max(1, int(width // 44))
    if len(values) <= most or not spread:
        return True
    every = -(-len(values) // most)
    return values.index(value) % every == 0
