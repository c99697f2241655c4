"""Lists: a page takes the same few queries however long it is, and pages together are the whole list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from api.store import Actor
from api.store.candidates import NewStep, take_step
from tests.service.conftest import FHIR
from tests.service.runs.conftest import Runner
from tests.service.runs.test_runs import AGE


@contextmanager
def _counted(runner: Runner) -> Iterator[list[str]]:
    """Statements that the database is sent meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(runner.store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(runner.store.engine, "before_cursor_execute", note)


def test_a_longer_page_takes_no_more_queries(runner: Runner) -> None:
    runner.add(AGE)
    run = runner.started()
    runner.done(run)
    for _ in range(3):
        runner.started()
    path = run.removeprefix("http://127.0.0.1")
    first = runner.get(f"{path}/verdicts")
    assert first.status_code == 200, first.text + runner.log.getvalue()[-900:]
    whose = {row["patient"] for row in first.json()["verdicts"]}
    assert len(whose) == 8
    with runner.store.write(Actor("sam", "screener", "local")) as unit:
        for patient in whose:
            take_step(unit, NewStep(patient, "DEMO-CALL", "pre-screened", 0, unit.now))
    alone = min(whose)
    for short, long in (
        (f"{path}/verdicts?limit=1", f"{path}/verdicts?limit=8"),
        ("/runs?limit=1", "/runs?limit=4"),
        ("/fhir/Task?_count=1", "/fhir/Task?_count=4"),
        ("/fhir/ResearchSubject?_count=1", "/fhir/ResearchSubject?_count=8"),
        ("/protocols?limit=1", "/protocols?limit=2"),
        (f"/patients/{alone}/verdicts?limit=1", f"/patients/{alone}/verdicts?limit=2"),
    ):
        counts = []
        for asked in (short, long):
            with _counted(runner) as seen:
                answer = runner.get(asked, headers=FHIR)
            assert answer.status_code == 200, answer.text
            counts.append(len(seen))
        assert counts[0] == counts[1], (long, counts)


def test_pages_of_a_run_are_all_its_verdicts(runner: Runner) -> None:
    """Of both protocols, one after the other, also where a page ends with a protocol."""
    runner.add(AGE)
    address = runner.started()
    runner.done(address)
    path = address.removeprefix("http://127.0.0.1")
    whole = runner.get(f"{path}/verdicts").json()
    assert whole["next"] is None
    assert len(whole["verdicts"]) == 16
    assert [one["protocol"] for one in whole["verdicts"]] == ["DEMO-CALL"] * 8 + ["AGE"] * 8 or (
        [one["protocol"] for one in whole["verdicts"]] == ["AGE"] * 8 + ["DEMO-CALL"] * 8
    )
    for size in (3, 8):
        told, after = [], ""
        while after is not None:
            page = runner.get(f"{path}/verdicts?limit={size}{after and f'&after={after}'}").json()
            told += page["verdicts"]
            after = page["next"]
        assert told == whole["verdicts"]
