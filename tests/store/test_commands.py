"""The store on the command line: tables up and down, the trail verified, errors in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from api.cli import main
from api.store import Store, StoreSettings
from api.store.identities import pseudonym
from api.store.tables import AuditEntry
from tests.store.scene import MACHINE, study

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Told:
    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Told]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command as it is installed, in this process: loading the libraries anew takes most of its time."""

    def run(address: str, *words: str) -> Told:
        monkeypatch.setenv("ELIGIBILITY_STORE", address)
        monkeypatch.setattr(sys, "argv", ["eligibility", "store", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Told(int(left.value.code or 0), said.out, said.err)

    return run


def test_tables_up_trail_verified_and_tables_down(
    command: Command, empty_address: str, tmp_path: Path
) -> None:
    assert command(empty_address, "upgrade").stdout == "revision v0007\n"
    assert command(empty_address, "upgrade").stdout == "revision v0007, as before\n"
    with Store(StoreSettings(empty_address)) as store:
        study(store)
        exported = tmp_path / "head.json"
        exported.write_text(command(empty_address, "head").stdout)
        with store.write(MACHINE) as unit:
            unit.note("later", "x/1")
        held = command(empty_address, "verify", "--head", str(exported), "--rows", "--json")
        assert (held.returncode, json.loads(held.stdout)["holds"]) == (0, True)
        _cut_off(store)
    short = command(empty_address, "verify", "--head", str(exported))
    assert short.returncode == 1
    assert "the end is cut off" in short.stdout
    assert command(empty_address, "verify").returncode == 0
    refused = command(empty_address, "downgrade", "base")
    assert (refused.returncode, refused.stderr[:9]) == (2, "DATA_LOSS")
    assert command(empty_address, "downgrade", "base", "--lose-data").stdout == "revision none\n"


def _cut_off(store: Store) -> None:
    """Take the last entries away, and set the head back to where the trail then ends."""
    trigger = "audit_no_delete" if store.is_sqlite else "audit_no_change ON audit"
    with store.engine.connect() as connection, connection.begin():
        for statement in (
            f"DROP TRIGGER {trigger}",
            "DELETE FROM audit WHERE number > 2",
            "UPDATE audit_head SET number = 2, sha256 = (SELECT sha256 FROM audit WHERE number = 2)",
        ):
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"chain": 1, "number": "x", "sha256": 2}'])
def test_a_head_that_is_none(command: Command, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "head.json"
    if content is not None:
        path.write_text(content)
    told = command(f"sqlite:///{tmp_path / 'store.db'}", "verify", "--head", str(path))
    assert told.returncode == 2
    assert told.stderr.startswith(("HEAD_INVALID", "NOT_FOUND"))
    assert told.stderr.count("\n") == 1


def test_help_loads_no_database() -> None:
    asked = (
        "import sys, api.cli; "
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'alembic', 'psycopg', 'sqlite3')))"
    )
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0


def test_a_patient_is_forgotten_by_pseudonym(command: Command, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'store.db'}"
    command(address, "upgrade")
    with Store(StoreSettings(address)) as store:
        patient = study(store).patients["p1"]
        assert command(address, "forget", patient, "--reason", " ").stderr.startswith("REASON_MISSING")
        told = command(address, "forget", patient, "--reason", "asked for it")
        assert (told.returncode, patient in told.stdout) == (0, True)
        with store.read() as session:
            assert pseudonym(session, "north", "urn:mrn", "p1") is None
            (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "identity.forgotten"))
        assert (entry.role, entry.details) == ("operator", {"reason": "asked for it"})
        unknown = command(address, "forget", "0" * 32, "--reason", "asked for it")
        assert (unknown.returncode, unknown.stderr.startswith("NOT_STORED")) == (2, True)
        assert command(address, "verify", "--rows").returncode == 0
