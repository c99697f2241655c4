"""The figures of a study as a page shows them, all of them counted from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup
from sqlalchemy.orm import Session

from api.pages.study.charts import bar, span
from api.pages.study.words import STEP_WORDS, length, percent, percent_range
from api.service.studies.failures import Failures, candidate_failures, engine_failures
from api.service.studies.funnel import (
    Pace,
    Stage,
    funnel,
    funnels_by,
    out_reasons,
    paces,
    quantile,
    spans,
)
from api.service.studies.ways import Way
from api.store.candidates import STEPS
from api.store.plans import Plan
from api.store.tables import Protocol, UpstreamFigure
from api.store.upstream import figures_of


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table with a chart: its name, its cells as text, its chart."""

    name: str
    cells: tuple[str, ...]
    chart: Markup


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """What the page shows. `tiles`: name, figure and what it is of."""

    tiles: tuple[tuple[str, str, str], ...]
    upstream: tuple[UpstreamFigure, ...]
    engine: Failures
    steps: tuple[Row, ...]
    by_site: tuple[tuple[str, tuple[str, ...]], ...]
    by_channel: tuple[tuple[str, tuple[str, ...]], ...]
    times: tuple[Row, ...]
    reasons: tuple[Row, ...]
    failed_candidates: tuple[Row, ...]
    failed_engine: tuple[Row, ...]
    failed_criteria: tuple[Row, ...]


def study_figures(
    session: Session,
    protocol: Protocol,
    ways: Sequence[Way],
    plan: Plan,
    groups: dict[str, str],
    labels: dict[str, str],
    sites: dict[str, str],
    late: int,
) -> StudyFigures:
    """Everything the page shows. `groups` and `labels` are of criteria by their ids, `sites` names by id."""
    engine = engine_failures(session, protocol.id, groups, frozenset(sites))
    return StudyFigures(
        _tiles(ways, late),
        tuple(figures_of(session, protocol.id, frozenset(sites))),
        engine,
        tuple(_steps(funnel(ways))),
        _groups({sites[one]: stages for one, stages in funnels_by(ways, lambda way: way.site).items()}),
        _groups(funnels_by(ways, lambda way: way.channel)),
        tuple(_times(paces(ways), plan)),
        _counted(out_reasons(ways), sum(way.is_out for way in ways), "candidates who are out"),
        _counted(candidate_failures(ways, groups), None, "candidates who failed"),
        _counted(engine.by_group, engine.failed, "patients who failed the pre-screen"),
        _counted(
            [(f"{one} {labels.get(one, '')}".strip(), count) for one, count in engine.by_criterion[:12]],
            engine.failed,
            "patients who failed the pre-screen",
        ),
    )


def _tiles(ways: Sequence[Way], late: int) -> tuple[tuple[str, str, str], ...]:
    to_consent = spans(ways, "pre-screened", "consented")
    to_contact = spans(ways, "pre-screened", "contacted")
    consented = sum(way.furthest >= STEPS.index("consented") for way in ways)
    on_the_way = sum(not way.is_out and way.last.step != STEPS[-1] for way in ways)
    return (
        ("Candidates", f"{len(ways):,}", f"{on_the_way:,} on the way"),
        ("Consented", f"{consented:,}", f"{percent(consented / len(ways) if ways else None)} of candidates"),
        ("Standing too long", f"{late:,}", f"of {on_the_way:,} on the way"),
        ("To first contact", length(quantile(to_contact, 0.5)), f"median of {len(to_contact)}"),
        ("To consent", length(quantile(to_consent, 0.5)), f"median of {len(to_consent)}"),
    )


def _steps(stages: Sequence[Stage]) -> list[Row]:
    first = stages[0].reached
    return [
        Row(
            STEP_WORDS[one.step],
            (
                f"{one.reached:,}",
                "" if one.kept is None else percent(one.kept.value),
                "" if one.kept is None else percent_range(one.kept),
            ),
            bar(one.reached, first, f"{STEP_WORDS[one.step]}: {one.reached} of {first}"),
        )
        for one in stages
    ]


def _groups(found: dict[str, list[Stage]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """For each group how many reached each step, and the share of its candidates who consented."""
    told = []
    for name, stages in found.items():
        consented = next(one.reached for one in stages if one.step == "consented")
        first = stages[0].reached
        cells = [f"{one.reached:,}" for one in stages]
        told.append((name, (*cells, percent(consented / first if first else None))))
    return tuple(told)


def _times(found: Sequence[Pace], plan: Plan) -> list[Row]:
    day = timedelta(days=1)
    known = [one.p90 / day for one in found if one.p90 is not None]
    longest = max([*known, 1.0])
    rows = []
    for one in found:
        target = plan.target_days.get(one.step)
        median, p90 = length(one.median), length(one.p90)
        title = f"{STEP_WORDS[one.step]}: median {median}, 90 % within {p90}"
        chart = (
            Markup("")
            if one.median is None or one.p90 is None
            else span(one.median / day, one.p90 / day, longest, title, target)
        )
        planned = "" if target is None else f"{target} days"
        rows.append(
            Row(STEP_WORDS[one.step], (median, p90, planned, f"{one.moved}", f"{one.waiting}"), chart)
        )
    return rows


def _counted(counted: Sequence[tuple[str, int]], whole: int | None, of: str) -> tuple[Row, ...]:
    most = max([count for _, count in counted], default=0)
    return tuple(
        Row(
            name,
            (f"{count:,}", "" if not whole else percent(count / whole)),
            bar(count, most, f"{name}: {count} {of}", "no"),
        )
        for name, count in counted
    )
