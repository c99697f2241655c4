"""Nothing is read but what lies under the folders that the settings name for a site."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.service.conftest import code_of
from tests.service.runs.conftest import Runner, people

OUTSIDE = [
    "ehr/../secret",
    "ehr/..",
    "ehr/may/../../secret",
    "ehr//secret",
    "ehr/./may",
    "ehr/.hidden",
    "ehr/",
    "ehr/may/",
    "ehr/may\\..\\x",
    "ehr/may\u0000x",
    "ehr/may\n",
    "../secret",
    "/etc/passwd",
    "ehr//etc/passwd",
    "~/x",
    "file:///etc/passwd",
    "http://127.0.0.1/x",
    "secret",
    "EHR/may",
    "ehr/no-such",
    "ehr/may/Patient.ndjson/x",
    "ehr/" + "a" * 400,
    "ehr/%2e%2e/secret",
    "-",
]


def test_a_name_leads_nowhere_else(runner: Runner, tmp_path: Path) -> None:
    people(tmp_path / "secret", 1)
    for name in OUTSIDE:
        answer = runner.start(name)
        assert answer.status_code == 422, name
        assert code_of(answer) in ("EXTRACT_UNKNOWN", "EXTRACT_NAME"), name
        assert str(tmp_path) not in answer.text


def test_a_folder_of_another_site_is_none(runner: Runner, tmp_path: Path) -> None:
    people(tmp_path / "south" / "may", 1)
    settings = runner.app.state.service.settings
    folders = {**settings.extracts, "south": {"south": tmp_path / "south"}}
    runner.app.state.service.runs.settings = settings.model_copy(update={"extracts": folders})
    assert code_of(runner.start("south/may")) == "EXTRACT_UNKNOWN"


@pytest.mark.parametrize("where", ["file", "folder", "part", "deep"])
def test_a_link_is_refused(runner: Runner, tmp_path: Path, where: str) -> None:
    secret = people(tmp_path / "secret", 1)
    may, name = tmp_path / "ehr" / "may", "ehr/may"
    if where == "file":
        (may / "Encounter.ndjson").symlink_to(secret / "Patient.ndjson")
    elif where == "folder":
        (may / "more").symlink_to(secret)
    elif where == "part":
        (tmp_path / "ehr" / "june").symlink_to(secret)
        name = "ehr/june"
    else:
        (may / "a" / "b").mkdir(parents=True)
        (may / "a" / "b" / "c").symlink_to("/etc")
    assert code_of(runner.start(name)) == "EXTRACT_REFUSED"


def test_a_link_that_comes_later_is_refused_by_the_worker(runner: Runner, tmp_path: Path) -> None:
    address = runner.started()
    (tmp_path / "ehr" / "may" / "Encounter.ndjson").symlink_to("/etc/passwd")
    runner.worker().once()
    assert code_of(runner.get(address)) == "EXTRACT_REFUSED"


def test_a_pipe_is_no_extract(runner: Runner, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ehr" / "may" / "Encounter.ndjson")
    assert code_of(runner.start()) == "EXTRACT_REFUSED"


def test_a_file_a_zip_and_the_folder_itself_are_extracts(runner: Runner, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "ehr" / "may.zip", "w") as packed:
        for path in (tmp_path / "ehr" / "may").iterdir():
            packed.write(path, path.name)
    counts = []
    for name in ("ehr/may/Patient.ndjson", "ehr/may.zip", "ehr"):
        manifest = runner.done(runner.started(name))
        counts.append(manifest["extension"]["protocols"][0]["counts"]["patients"])
    assert counts == [8, 8, 8]


def test_too_long_an_extract_is_refused(runner: Runner) -> None:
    settings = runner.app.state.service.settings
    runner.app.state.service.runs.settings = settings.model_copy(update={"extract_bytes": 100})
    answer = runner.start()
    assert code_of(answer) == "EXTRACT_TOO_LARGE"
    assert "ELIGIBILITY_SERVICE_EXTRACT_BYTES" in answer.text
