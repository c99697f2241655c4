"""No cell is a formula, and figures of others are read whole or not at all."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import UserError
from api.service.studies.sheets import read_figures, safe_cell, sheet
from api.store.upstream import NewFigure

FORMULAS = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    '"=1',
    "'=1",
    "\u00a0=1",
    "＝1",
    '=HYPERLINK("http://a.example","x")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_what_is_no_formula_stays() -> None:
    assert [safe_cell(one) for one in ("I1", "a = b", -3, 0.5, None, "")] == [
        "I1",
        "a = b",
        "-3",
        "0.5",
        "",
        "",
    ]
    assert safe_cell(datetime(2026, 5, 1, 8, tzinfo=UTC)) == "2026-05-01T08:00:00+00:00"


@given(st.lists(st.text(max_size=20), min_size=2, max_size=2))
def test_every_cell_comes_back_and_none_begins_like_a_formula(cells: list[str]) -> None:
    made = sheet(["a", "b"], [cells])
    (_, row) = csv.reader(io.StringIO(made, newline=""))
    assert [cell.removeprefix("'") for cell in row] == [safe_cell(cell).removeprefix("'") for cell in cells]
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in row)


HEAD = "measure,count,first_day,last_day,channel,site,source\n"


def test_figures_are_read() -> None:
    text = "\ufeff" + HEAD + 'clicks,12,2026-05-01,2026-05-31,web,,"Ad report, May"\n'
    assert read_figures(text) == [
        NewFigure("clicks", 12, date(2026, 5, 1), date(2026, 5, 31), "web", None, "Ad report, May")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        "measure,count\nclicks,1\n",
        HEAD + "likes,1,2026-05-01,2026-05-31,web,,report\n",
        HEAD + "clicks,-1,2026-05-01,2026-05-31,web,,report\n",
        HEAD + "clicks,1.5,2026-05-01,2026-05-31,web,,report\n",
        HEAD + "clicks,1,2026-05-31,2026-05-01,web,,report\n",
        HEAD + "clicks,1,31.5.2026,2026-05-31,web,,report\n",
        HEAD + "clicks,1,2026-05-01,2026-05-31,web,,\n",
        HEAD + "clicks,1,2026-05-01,2026-05-31,web,,report,more\n",
        HEAD + 'clicks,1,2026-05-01,2026-05-31,web,,"report\n',
        HEAD + "clicks,1,2026-05-01,2026-05-31,web,," + "r" * 501 + "\n",
        HEAD + "clicks,1,2026-05-01,2026-05-31,web,,report\n" * 10_001,
    ],
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_figures(text)
    assert caught.value.code == "FIGURES_INVALID"
