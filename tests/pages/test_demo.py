"""What `make serve` begins with: a made-up study with cases in every state."""

from __future__ import annotations

import re
import socket
from collections import Counter
from contextlib import closing, nullcontext
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from api.demo.cases import PROTOCOL, seed_cases
from api.errors import UserError
from api.service.access.principal import LOCAL
from api.service.serving import serve
from api.store.tables import Draft, Task
from fixtures.synthetic_fhir.patients import Mix
from fixtures.synthetic_fhir.write import write_bundles
from tests.pages.conftest import Site
from tests.pages.scene import DEMO
from tests.service.conftest import ROOT


def made_by_make(folder: Path) -> None:
    """The study as the Makefile makes it."""
    recipe = re.search(
        r"fixtures\.synthetic_fhir (.*?)--format bundles", (ROOT / "Makefile").read_text(), re.DOTALL
    )
    assert recipe
    found = dict(re.findall(r"--([a-z-]+) (\S+)", recipe[1]))
    mix = Mix(*map(int, found["mix"].split(",")))
    write_bundles(
        folder, int(found["patients"]), int(found["seed"]), date.fromisoformat(found["as-of"]), mix=mix
    )
    (folder / PROTOCOL).write_text(DEMO.read_text())


@pytest.mark.slow
def test_the_first_screen_has_cases_in_every_state(site: Site, tmp_path: Path) -> None:
    made_by_make(tmp_path / "study")
    service = site.app.state.service
    assert seed_cases(service, tmp_path / "study", LOCAL) == 30
    with site.store.read() as session:
        tasks = session.scalars(select(Task)).all()
        states = Counter((task.kind, task.state) for task in tasks)
        drafts = session.scalars(select(Draft)).all()
    assert states["review", "open"] >= 6
    assert states["review", "signed"] >= 2
    assert states["review", "void"] == 1
    assert states["question", "open"] == 1
    assert len(drafts) == 1
    assert any(task.assignee for task in tasks)
    visitor = site.visitor()
    shown = [visitor.get(f"/review/cases/{task.key}").text for task in tasks if task.state == "open"]
    assert any("<mark>" in one for one in shown), "words of a note"
    assert any("Changed since it was last reviewed" in one for one in shown)
    # Nothing is put in force, and it is done once.
    assert seed_cases(service, tmp_path / "study", LOCAL) == 0


def test_with_an_issuer_made_up_patients_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "ISSUER": "https://issuer.example",
        "AUDIENCE": "https://service.example",
        "JWKS": str(tmp_path / "jwks.json"),
        "SITES": '{"north": "North"}',
    }.items():
        monkeypatch.setenv(f"ELIGIBILITY_SERVICE_{name}", value)
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    monkeypatch.setattr("api.service.serving.withhold", lambda: None)
    served: list[object] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **_: served.append(app))
    monkeypatch.setattr("api.service.serving.workers", lambda *_: nullcontext())
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    serve(tmp_path / "store", "127.0.0.1", port, [], tmp_path / "study")
    told = capsys.readouterr().err
    assert "ELIGIBILITY_SERVICE_ISSUER is set: made-up patients are left out." in told
    assert len(served) == 1


def test_a_folder_without_a_study_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        seed_cases(site.app.state.service, tmp_path, LOCAL)
    assert error.value.code == "NO_RECORDS"
