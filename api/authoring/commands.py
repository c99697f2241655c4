"""The commands for authors of protocols, beside those that judge patients."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def fmt(
    files: Annotated[list[Path], typer.Argument(help="Protocols and libraries (.elig).", show_default=False)],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 where a file would change.")
    ] = False,
) -> None:
    """Bring texts into their one canonical form; what they mean stays the same."""
    from api.authoring.formatting import format_files

    changed = format_files(files, write=not check)
    raise typer.Exit(1 if check and changed else 0)


def run_tests(
    protocol: Annotated[Path, typer.Argument(help="Protocol file (.elig).", show_default=False)],
    cases: Annotated[
        Path | None, typer.Argument(help="Case file; by default NAME.cases.elig beside NAME.elig.")
    ] = None,
    value_sets: Annotated[
        list[Path] | None,
        typer.Option("--value-sets", help="File or folder of FHIR ValueSet JSON; may be repeated."),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Status 1 also where an outcome of a criterion has no case.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge the cases beside a protocol against what they expect."""
    from api.authoring.cases.report import as_data, print_tested
    from api.authoring.cases.running import run_cases
    from api.outputs import print_json

    tested = run_cases(protocol, cases, value_sets or [])
    if json:
        print_json(sys.stdout, as_data(tested))
    else:
        print_tested(tested)
    raise typer.Exit(1 if tested.failed or (complete and tested.untested) else 0)


def register(app: typer.Typer) -> None:
    """Add the authors' commands to the command line."""
    app.command()(fmt)
    app.command("test")(run_tests)
