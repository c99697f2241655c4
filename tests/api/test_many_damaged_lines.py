"""Thousands of lines of all types made undecodable or invalid: each has an account, none makes a pass."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fixtures.synthetic_fhir.write import write_ndjson
from tests.api.screened import Screened, screen

Edit = Callable[[bytes, random.Random], bytes]
_OWNER = re.compile(rb'"(?:subject|patient)":\{"reference":"Patient/([^"]+)"')


def cut(line: bytes, dice: random.Random) -> bytes:
    return line[: dice.randrange(1, len(line))]


def inserted(*pieces: bytes) -> Edit:
    """Put bytes anywhere behind the first one."""

    def edit(line: bytes, dice: random.Random) -> bytes:
        at = dice.randrange(1, len(line))
        return line[:at] + dice.choice(pieces) + line[at:]

    return edit


def instead(name: str, *values: Any) -> Edit:
    """Another value, or none, for the elements whose names begin so."""

    def edit(line: bytes, dice: random.Random) -> bytes:
        record = json.loads(line)
        for element in [one for one in record if one.startswith(name)] or [name]:
            value = dice.choice(values)
            record = {key: held for key, held in record.items() if key != element}
            record |= {} if value is None else {element: value}
        return json.dumps(record).encode()

    return edit


def reshaped(line: bytes, dice: random.Random) -> bytes:
    """JSON, but no object."""
    return dice.choice([b"[%s]" % line, b"17", b"null", b'"%s"' % b"x" * 3, b"[[[[" * 3_000, b"{" * 5_000])


def numbered(line: bytes, dice: random.Random) -> bytes:
    number = dice.choice([b"NaN", b"-", b"1e400", b"-Infinity", b"0x1F", b"1" * 400, b"01"])
    return re.sub(rb'"value": ?-?[0-9.]+', b'"value":' + number, line, count=1)


# By name, the edit and whether what it leaves must be refused; else readers may differ, or it may be sound.
EDITS: dict[str, tuple[Edit, bool]] = {
    "truncated": (cut, True),
    "bad UTF-8": (inserted(b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8"), True),
    "zero byte": (inserted(b"\0"), True),
    "garbage": (inserted(b"\x1f\x8b\x08", b"}{", b'""', b"\\", b"]["), False),
    "no object": (reshaped, False),
    "wrong type of code": (instead("code", 5, "text", [[[]]]), False),
    "wrong type of status": (instead("status", 5, ["final"], {"a": {}}), False),
    "wrong type of dates": (instead("effective", 5, "last summer", {"start": 1}), False),
    "whose is not said": (instead("subject", None), False),
    "owner of a wrong type": (instead("subject", 5, "Patient/x", {"reference": 5}, []), False),
    "numbers": (numbered, False),
    "no id of its own": (instead("id", "the-same"), False),
    "type": (instead("resourceType", 5, None, "Thing", []), False),
}


class Damaged(NamedTuple):
    """One line: where it is, how it was made and whether it has to be refused, whose it was before."""

    place: tuple[str, int]
    kind: str
    must: bool
    owner: str


def damaged(folder: Path, count: int) -> list[Damaged]:
    """Edit so many lines of a folder, of all files alike."""
    dice = random.Random(21)
    files = {path.name: path.read_bytes().splitlines() for path in sorted(folder.glob("*.ndjson"))}
    all_places = [(name, number) for name, lines in files.items() for number in range(len(lines))]
    done = []
    for name, number in dice.sample(all_places, count):
        line, kind = files[name][number], dice.choice(list(EDITS))
        edit, must = EDITS[kind]
        files[name][number] = edit(line, dice).replace(b"\n", b" ")
        found = _OWNER.search(line)
        owner = found[1].decode() if found else str(json.loads(line).get("id", ""))
        done.append(Damaged((name, number + 1), kind, must, owner))
    for name, lines in files.items():
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))
    return done


@pytest.mark.parametrize(
    ("patients", "count"), [(60, 300), pytest.param(2_000, 10_000, marks=pytest.mark.slow)]
)
def test_damaged_lines(patients: int, count: int, tmp_path: Path) -> None:
    source = tmp_path / "in"
    write_ndjson(source, patients, 3, date(2026, 6, 1))
    clean = screen(source, tmp_path / "clean")
    edited = damaged(source, count)
    found = screen(source, tmp_path / "damaged")
    check_account(source, found, edited)
    check_verdicts(clean, found, edited)


def check_account(source: Path, found: Screened, edited: list[Damaged]) -> None:
    """Every line has one fate, and what is refused is told with its place and its bytes."""
    held = {path.name: path.read_bytes().split(b"\n")[:-1] for path in source.glob("*.ndjson")}
    lines = found.run["lines"]
    assert lines["total"] == sum(map(len, held.values()))
    assert lines["total"] == lines["accepted"] + lines["ignored"] + lines["blank"] + lines["rejected"]
    refused = Counter((Path(one["file"]).name, one["line"]) for one in found.rejects)
    assert lines["rejected"] == refused.total() == len(refused)
    assert set(refused) <= {one.place for one in edited}
    assert not [one for one in edited if one.must and one.place not in refused]


def check_verdicts(clean: Screened, found: Screened, edited: list[Damaged]) -> None:
    """Who passes now has passed before; where a line no longer says whose it was, the run is marked."""
    nameless = {(Path(one["file"]).name, one["line"]) for one in found.rejects if not one["patient"]}
    gained = {p for p, verdict in found.verdicts.items() if verdict == "pass" != clean.verdicts.get(p)}
    unsaid = {one.owner for one in edited if one.place in nameless}
    assert gained <= unsaid, [
        (one, found.verdicts[one.owner]) for one in edited if one.owner in gained - unsaid
    ]
    assert found.exit_code == (1 if found.run["lines"]["rejected_without_patient"] else 0)
