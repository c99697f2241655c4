"""Which protocols share their terms, and that those of one name and another meaning do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from api.loading import Question, load_question
from api.population.families import families_of
from fhir_adapters.storing import ingest
from tests.population.extracts import HARD
from tests.population.test_screening import by_patient, screen

_PROTOCOL = """protocol {id} version 1.0 "Shares terms"
  notes ignored

diagnosis illness: ICD-10-CM {code}
{more}

include I1 "Ill"
  illness starting at least 30 days before index
"""


def _written(folder: Path, *texts: tuple[str, str, str]) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{name}.elig" for name, _, _ in texts]
    for path, (name, code, more) in zip(paths, texts, strict=True):
        path.write_text(_PROTOCOL.format(id=name, code=code, more=more))
    return paths


def _places(questions: Sequence[Question]) -> list[tuple[int, ...]]:
    return [family.places for family in families_of(questions)]


def test_a_name_that_means_something_else_is_kept_apart(tmp_path: Path) -> None:
    texts = (("A", "E11*", ""), ("B", "I10", ""), ("C", "E11*", "diagnosis other: ICD-10-CM I10"))
    paths = _written(tmp_path / "in", *texts)
    questions = [load_question(path, "2026-06-01", (), ()) for path in paths]
    assert _places(questions) == [(0, 2), (1,)]
    assert families_of(questions) is families_of(list(questions))  # what was told of concepts is kept
    of_another_day = load_question(paths[0], "2026-05-01", (), ())
    assert _places([questions[0], of_another_day]) == [(0,), (1,)]


def test_names_of_two_meanings_at_once_are_judged_as_each_alone(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    HARD["synthetic"](tmp_path / "in")
    ingest(tmp_path / "in", store, partitions=2)
    paths = _written(tmp_path / "protocols", ("A", "E11*", ""), ("B", "I10", ""), ("C", "E11*", ""))
    together = screen(tmp_path / "together", tmp_path / "protocols", store)
    told = []
    for path in paths:
        alone = screen(tmp_path / path.stem, path, store)
        told.append(by_patient(together / f"{path.stem}-1.0" / "findings.parquet"))
        assert told[-1] == by_patient(alone / "findings.parquet")
        assert pq.read_table(alone / "verdicts.parquet").num_rows == len(told[-1])
    assert told[0] == told[2] != told[1]
