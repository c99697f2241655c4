"""Whatever is done to the bytes: every line ends in exactly one column, and nothing raises."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fhir_adapters as adapters
from fhir_adapters import FhirInputError, read, read_bundle
from tests.fhir_adapters.records import bundle, condition, lines, observation, order, patient
from tests.fhir_adapters.showing import rows


def code_of(call: Callable[[Any], object], given: Any) -> str:
    """The code an input is refused with as a whole; "" where it was read."""
    try:
        call(given)
    except FhirInputError as problem:
        return problem.code
    return ""


CODES = {"", *adapters.CODES}
RECORDS = [
    record
    for i in range(12)
    for record in (
        patient(f"p{i}"),
        condition(f"c{i}", f"p{i}"),
        observation(f"o{i}", f"p{i}", note=[{"text": "naïve – “quoted”"}]),
        order(f"m{i}", f"p{i}"),
        {"resourceType": "Claim", "id": f"x{i}"},
    )
]
WHOLE = lines(RECORDS)


@given(
    st.lists(st.tuples(st.integers(0, 99_999), st.sampled_from(["flip", "cut", "drop", "add"])), max_size=6),
    st.integers(0, 255),
)  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_damage_is_accounted_for(tmp_path: Path, damage: list[tuple[int, str]], byte: int) -> None:
    data = bytearray(WHOLE)
    for at, how in damage:
        place = at % len(data)
        if how == "flip":
            data[place] = byte
        elif how == "cut":
            del data[place : place + 40]
        elif how == "drop":
            del data[place]
        else:
            data[place:place] = bytes([byte]) * 3
    path = tmp_path / "data.ndjson"
    path.write_bytes(data)
    extract = read(path)
    counted = extract.lines
    assert counted.total == bytes(data).count(b"\n") + (not data.endswith(b"\n"))
    assert counted.rejected == len(extract.rejects)
    held = bytes(data).split(b"\n")
    for reject in extract.rejects:
        assert reject.line is not None
        assert held[reject.line - 1].rstrip(b"\r") == reject.raw
        assert bytes(data)[reject.offset :].startswith(reject.raw)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert code_of(read_bundle, data) in CODES


@given(st.binary(max_size=120), st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_or_refused(tmp_path: Path, data: bytes, after_good: bool) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(lines(RECORDS[:3]) + data if after_good else data)
    code = code_of(read, path)
    assert not code if after_good else code in CODES


@pytest.mark.parametrize("block", [50, 333, 4096])
def test_the_size_of_blocks_changes_nothing(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.ndjson"
    path.write_bytes(WHOLE + b'{"resourceType":"Observation","id":\n\n' + lines([condition("last")]))
    whole = read(path)
    monkeypatch.setattr("fhir_adapters.streams.BLOCK", block)
    parts = read(path)
    assert rows(parts.facts, contacts=True) == rows(whole.facts, contacts=True)
    assert (parts.lines, parts.rejects) == (whole.lines, whole.rejects)
    assert parts.files == whole.files


def test_the_order_of_lines_and_of_files_changes_no_fact(tmp_path: Path) -> None:
    shuffled = RECORDS.copy()
    random.Random(7).shuffle(shuffled)
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, records in ((one, RECORDS), (other, shuffled)):
        folder.mkdir()
        for part in range(3):
            (folder / f"{part}.ndjson").write_bytes(lines(records[part::3]))
    (tmp_path / "bundle.json").write_bytes(bundle(*RECORDS))
    expected = rows(read(one).facts, contacts=True)
    assert rows(read(other).facts, contacts=True) == expected
    assert rows(read(tmp_path / "bundle.json").facts, contacts=True) == expected
