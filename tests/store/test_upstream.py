"""Figures of others, with whose they are; a newer import takes the place of the one before."""

from __future__ import annotations

from datetime import date

import pytest

from api.store import NotStoredError, Store, StoreError
from api.store.upstream import NewFigure, figures_of, import_figures
from tests.store.scene import MACHINE, Clock, study

MAY = (date(2026, 5, 1), date(2026, 5, 31))


def figure(count: int = 5, measure: str = "clicks", **more: object) -> NewFigure:
    told = {"channel": "web", "site": None, "source": "report of May", **more}
    return NewFigure(measure, count, *MAY, **told)  # type: ignore[arg-type]


def kept(store: Store, *figures: NewFigure) -> None:
    with store.write(MACHINE) as unit:
        import_figures(unit, "DEMO-1", figures, "f" * 64)


def test_the_newest_import_of_the_same_holds(store: Store, clock: Clock) -> None:
    study(store)
    kept(store, figure(5), figure(900, "impressions"), figure(3, site="north"), figure(2, site="south"))
    clock.forward(days=1)
    kept(store, figure(7))
    with store.read() as session:
        told = [(one.measure, one.site_id, one.count, one.source) for one in figures_of(session, "DEMO-1")]
        assert told[0] == ("impressions", None, 900, "report of May")
        assert {one[1:3] for one in told[1:]} == {(None, 7), ("north", 3), ("south", 2)}
        own = figures_of(session, "DEMO-1", frozenset({"north"}))
        assert {one.site_id for one in own} == {None, "north"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (figure(-1), "FIGURE_INVALID"),
        (figure(2**31), "FIGURE_INVALID"),
        (figure(source=" "), "FIGURE_INVALID"),
        (figure(1, "likes"), "MEASURE_UNKNOWN"),
        (figure(site="west"), "SITE_UNKNOWN"),
        (NewFigure("clicks", 1, MAY[1], MAY[0], "web", None, "report"), "FIGURE_INVALID"),
    ],
)
def test_what_is_no_figure_is_refused_with_all_of_its_file(store: Store, wrong: NewFigure, code: str) -> None:
    study(store)
    with pytest.raises(StoreError) as caught:
        kept(store, figure(), wrong)
    assert caught.value.code == code
    with store.read() as session:
        assert figures_of(session, "DEMO-1") == []
    with pytest.raises(NotStoredError), store.write(MACHINE) as unit:
        import_figures(unit, "OTHER", [figure()], "f" * 64)
