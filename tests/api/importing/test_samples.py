"""Definitions of other systems against the texts and remarks kept beside them.

`UPDATE_CORPUS=1` writes the expected files anew; read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.authoring.exporting import export
from api.authoring.importing import import_file
from api.cli import app
from criteria_dsl import compile_text, format_text

SAMPLES = Path(__file__).parent / "samples"
ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".json", ".yaml"))
PROTOCOLS = [
    ROOT / "protocols" / "demo.elig",
    *(
        path
        for path in sorted((ROOT / "tests" / "criteria_dsl" / "good").glob("*.elig"))
        if not re.search(
            "^use .* from", path.read_text(encoding="utf-8"), re.MULTILINE
        )  # libraries lie elsewhere
    ),
]


def form_of(path: Path) -> str:
    return path.suffixes[0].removeprefix(".")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_texts_and_remarks_stand_beside_the_originals(path: Path) -> None:
    done = CliRunner().invoke(app, ["import", str(path), "--from", form_of(path)])
    assert done.exit_code == 0, done.output
    beside = path.with_suffix(".txt")
    if os.environ.get("UPDATE_CORPUS") == "1":
        beside.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == beside.read_text(encoding="utf-8")
    # What is printed is a protocol: the table below it is a comment.
    assert compile_text(done.stdout).require().criteria


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_texts_compile_and_are_canonical(path: Path) -> None:
    imported = import_file(path, form_of(path))
    result = compile_text(imported.text)
    assert [one.id for one in result.require().criteria] == list(imported.criteria)
    assert format_text(imported.text) == imported.text
    assert not [problem for problem in result.problems if problem.code == "W501"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_asked_or_listed_without_a_remark_beside_it(path: Path) -> None:
    imported = import_file(path, form_of(path))
    asked = imported.text.count("clinician confirms") + imported.text.count("clinician\n")
    assert asked == sum(remark.outcome.value == "asked" for remark in imported.remarks)
    for remark in imported.remarks:
        assert remark.original in imported.text
        assert remark.place in imported.text


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_exported_groups_come_back_with_their_coded_characteristics(path: Path, tmp_path: Path) -> None:
    exported = export(path, "fhir-r4")
    before = tmp_path / "before.json"
    before.write_text(exported, encoding="utf-8")
    imported = import_file(before, "fhir-group")
    protocol = tmp_path / "again.elig"
    protocol.write_text(imported.text, encoding="utf-8")
    again = json.loads(export(protocol, "fhir-r4"))
    first = json.loads(exported)["entry"][1]["resource"]["characteristic"]
    second = again["entry"][1]["resource"]["characteristic"]
    assert len(first) == len(second)
    assert [coded(one) for one in first] == [coded(one) for one in second]


def coded(characteristic: dict[str, object]) -> object:
    """What a characteristic says in codes and numbers, and its direction; of words only that they are."""
    if "valueBoolean" in characteristic:
        return "in words", characteristic["exclude"]

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if key not in ("id", "text")}
        if isinstance(value, list):
            return sorted((bare(one) for one in value), key=repr)
        return value

    return bare(characteristic)


def test_data_hold_the_same(tmp_path: Path) -> None:
    path = SAMPLES / "lung.ctml.yaml"
    out = tmp_path / "lung.elig"
    done = CliRunner().invoke(app, ["import", str(path), "--from", "ctml", "--out", str(out), "--json"])
    content = json.loads(done.stdout)
    assert content["text"] == out.read_text(encoding="utf-8")
    assert {remark["outcome"] for remark in content["remarks"]} == {"asked", "to supply", "left out"}
    told = CliRunner().invoke(app, ["import", str(path), "--from", "ctml", "--out", str(out)])
    assert "protocol" not in told.stdout
    assert "urn:oncotree:Mesothelioma" in told.stdout


def test_yaml_and_json_of_a_trial_are_one(tmp_path: Path) -> None:
    import yaml

    source = SAMPLES / "lung.ctml.yaml"
    same = tmp_path / "lung.ctml.yaml"
    content = yaml.load(source.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    same.write_text(json.dumps(content), encoding="utf-8")
    assert import_file(same, "ctml") == import_file(source, "ctml")
