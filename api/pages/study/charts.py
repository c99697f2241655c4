"""Small charts as SVG: a bar for a share, a dot on its interval, a span of time.

Drawn by the server, coloured by the stylesheet (light and dark alike), each with a title in words.

Numbers stand beside a chart as text, always: the chart is to compare rows at a glance.
"""

from __future__ import annotations

from markupsafe import Markup

from eligibility.proportions import Estimate

_WIDTH, _HEIGHT = 200, 14
_MIDDLE = _HEIGHT / 2


def bar(part: float, whole: float, title: str, kind: str = "") -> Markup:
    """A bar that fills `part` of `whole`. `kind`: a class for its colour."""
    length = 0.0 if whole <= 0 else _WIDTH * min(1.0, part / whole)
    return _svg(
        title,
        Markup('<rect class="bar-ground" width="{}" height="{}" rx="2"/>').format(_WIDTH, _HEIGHT),
        Markup('<rect class="bar-part {}" width="{:.2f}" height="{}" rx="2"/>').format(kind, length, _HEIGHT),
    )


def interval(estimate: Estimate, title: str, low: float = 0.0, high: float = 1.0) -> Markup:
    """A figure as a dot on its interval, on a scale from `low` to `high`; where there is none, the scale."""

    def place(value: float) -> float:
        return _WIDTH * (min(high, max(low, value)) - low) / (high - low)

    parts = [Markup('<line class="scale" x1="0" x2="{}" y1="{y}" y2="{y}"/>').format(_WIDTH, y=_MIDDLE)]
    if low < 0 < high:
        parts.append(
            Markup('<line class="scale" x1="{x:.2f}" x2="{x:.2f}" y1="1" y2="{}"/>').format(
                _HEIGHT - 1, x=place(0)
            )
        )
    if estimate.low is not None and estimate.high is not None:
        ends = place(estimate.low), place(estimate.high)
        parts.append(
            Markup('<line class="range" x1="{:.2f}" x2="{:.2f}" y1="{y}" y2="{y}"/>').format(*ends, y=_MIDDLE)
        )
    if estimate.value is not None:
        parts.append(
            # A line without length with round ends: a circle would be stretched with the chart.
            Markup('<line class="dot" x1="{x:.2f}" x2="{x:.2f}" y1="{y}" y2="{y}"/>').format(
                x=min(_WIDTH - 4.0, max(4.0, place(estimate.value))), y=_MIDDLE
            )
        )
    return _svg(title, *parts)


def span(median: float, p90: float, longest: float, title: str, target: float | None = None) -> Markup:
    """A bar to the median, a line on to the 90th percentile, `target` as a mark, on a scale to `longest`."""

    def place(value: float) -> float:
        return 0.0 if longest <= 0 else _WIDTH * min(1.0, value / longest)

    parts = [
        Markup('<rect class="bar-part" width="{:.2f}" height="{}" rx="2"/>').format(
            max(1.5, place(median)), _HEIGHT
        ),
        Markup('<line class="range" x1="{:.2f}" x2="{:.2f}" y1="{y}" y2="{y}"/>').format(
            place(median), place(p90), y=_MIDDLE
        ),
    ]
    if target is not None and target <= longest:
        parts.append(
            Markup('<line class="target" x1="{x:.2f}" x2="{x:.2f}" y1="0" y2="{}"/>').format(
                _HEIGHT, x=place(target)
            )
        )
    return _svg(title, *parts)


def _svg(title: str, *parts: Markup) -> Markup:
    return Markup(
        '<svg class="spark" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-label="{}">'
        "<title>{}</title>{}</svg>"
    ).format(_WIDTH, _HEIGHT, title, title, Markup("").join(parts))
