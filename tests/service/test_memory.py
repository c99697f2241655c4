"""What answered requests leave behind: records held for answers, up to their limit, and nothing else."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.service.judging.cases import Case, Judged
from tests.service.conftest import CALL, Client, patient, services

QUESTION = "q_b80933108dcd1190"
PEOPLE = 5
# The driver remembers statements and cursors up to some hundreds; these are not counted.
_OURS = ("api.", "fastapi.", "pydantic", "sqlalchemy.", "starlette.")
_PLAIN = {f"builtins.{name}" for name in ("cell", "coroutine", "dict", "function", "list", "set", "tuple")}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A service whose judges remember what they said: their memory is not its own."""
    with services(f"sqlite:///{tmp_path / 'store.db'}") as new:
        made = new(held_records=PEOPLE)
        made.add(CALL)
        judges = made.app.state.service.judges
        judge, said = judges.judge, dict[tuple[str, ...], Judged]()

        def remembered(case: Case) -> Judged:
            given = tuple(str(b"true" in form) for asking in case.askings for form in asking.forms)
            if given not in said:
                said[given] = judge(case)
            name = next(f"p{n}" for n in range(PEOPLE) if f'"p{n}"'.encode() in case.data)
            return replace(said[given], patient=name)

        monkeypatch.setattr(judges, "judge", remembered)
        yield made


def work(client: Client, rounds: int) -> None:
    """Patients who come again and again: four requests each."""
    for number in range(rounds):
        told = client.screen(patient(id=f"p{number % PEOPLE}"))
        assert client.answer(told["screening"], **{QUESTION: bool(number % 2)}).status_code == 200
        assert client.get("/protocols").status_code == 200
        assert client.get("/nowhere").status_code == 404


def kept() -> Counter[str]:
    """Objects that hold others, by type."""
    gc.collect()
    names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    return Counter(name for name in names if name in _PLAIN or name.startswith(_OURS))


def test_requests_leave_nothing_behind(client: Client) -> None:
    rounds = 30
    work(client, 3 * PEOPLE)
    before = kept()
    work(client, rounds)
    assert {name: count for name, count in (kept() - before).items() if count >= rounds} == {}
    assert len(client.app.state.service.screenings.held._records) == PEOPLE
