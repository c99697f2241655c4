"""Commands of the store: its tables, its trail. The databases' libraries load inside the commands."""

from __future__ import annotations

import getpass
import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from api.store.audit import Fault, Head

commands = typer.Typer(
    name="store", help="The service's store: its tables and its audit trail.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@commands.command()
def upgrade() -> None:
    """Bring the tables to the revision of this program (ELIGIBILITY_STORE names the database)."""
    from api.store import Store
    from api.store.migrating import NEWEST, current
    from api.store.migrating import upgrade as bring_up
    from api.store.settings import settings_from

    with Store(settings_from()) as store:
        before = current(store.engine)
        bring_up(store.engine)
    typer.echo(f"revision {NEWEST}" + ("" if before != NEWEST else ", as before"))


@commands.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to; base for no tables at all.")],
    lose_data: Annotated[
        bool, typer.Option("--lose-data", help="Say that what newer tables hold may be lost.")
    ] = False,
) -> None:
    """Take the tables back to an older revision. What newer tables hold is lost."""
    from api.errors import UserError
    from api.store import Store
    from api.store.migrating import current
    from api.store.migrating import downgrade as bring_down
    from api.store.settings import settings_from

    if not lose_data:
        raise UserError("DATA_LOSS", "store downgrade", "drops tables with what is in them: add --lose-data")
    with Store(settings_from()) as store:
        bring_down(store.engine, revision)
        typer.echo(f"revision {current(store.engine) or 'none'}")


@commands.command()
def head() -> None:
    """Print where the audit trail ends. Keep it where nobody of this database can write."""
    from api.outputs import print_json
    from api.store import open_store
    from api.store.audit import head_of
    from api.store.settings import settings_from

    with open_store(settings_from()) as store, store.read() as session:
        print_json(sys.stdout, head_of(session).as_dict())


@commands.command()
def verify(
    head: Annotated[
        Path | None, typer.Option("--head", help="Where the trail ended once, as `store head` printed it.")
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Also compare every kept row with the trail (reads everything).")
    ] = False,
    json: AsJson = False,
) -> None:
    """Read the whole audit trail. Exit status 1 where it does not hold."""
    from api.outputs import print_json
    from api.store import open_store
    from api.store.audit import verify as verify_trail
    from api.store.sealing import verify_rows
    from api.store.settings import settings_from

    exported = None if head is None else _read_head(head)
    with open_store(settings_from()) as store, store.read() as session:
        result = verify_trail(session, exported)
        session.expunge_all()
        faults: list[Fault] = [*result.faults, *(verify_rows(session) if rows else ())]
    if json:
        told: dict[str, Any] = {
            "holds": not faults,
            "entries": result.entries,
            "head": None if result.head is None else result.head.as_dict(),
            "faults": [{"entry": fault.number, "what": fault.what} for fault in faults],
        }
        print_json(sys.stdout, told)
    else:
        for fault in faults:
            typer.echo(f"entry {fault.number}: {fault.what}" if fault.number else fault.what)
        typer.echo(f"{result.entries} entries, " + (f"{len(faults)} faults" if faults else "the trail holds"))
    raise typer.Exit(1 if faults else 0)


@commands.command()
def forget(
    patient: Annotated[str, typer.Argument(help="The patient's pseudonym.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; the trail keeps it, so name nobody in it.")],
) -> None:
    """Take away what names a patient. What was judged and decided stays with the pseudonym."""
    from api.errors import UserError
    from api.store import Actor, open_store
    from api.store.identities import forget as take_away
    from api.store.settings import settings_from

    if not reason.strip():
        raise UserError("REASON_MISSING", "--reason", "say why the patient is to be forgotten")
    with open_store(settings_from()) as store, store.write(Actor(_user(), "operator")) as unit:
        take_away(unit, patient, reason)
    typer.echo(f"{patient} is forgotten: nobody can tell any more who it was")


def _user() -> str:
    """Who runs the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _read_head(path: Path) -> Head:
    """An exported head; raises UserError where the file holds none."""
    from api.errors import UserError
    from api.store.audit import Head

    try:
        content = json_module.loads(path.read_text(encoding="utf-8"))
        return Head(str(content["chain"]), int(content["number"]), str(content["sha256"]))
    except OSError as error:
        raise UserError("NOT_FOUND", str(path), error.strerror or "cannot be read") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("HEAD_INVALID", str(path), "is not what `eligibility store head` prints") from error
