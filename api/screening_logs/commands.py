"""The command `eligibility log`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def log(
    run: Annotated[Path, typer.Argument(help="Folder that `screen --out` wrote.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the logs.")],
    without_identifiers: Annotated[
        bool, typer.Option("--without-identifiers", help="Screening numbers only, for outside the site.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option("--key", help="List of screening numbers; else in the folder of the run.")
    ] = None,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", help="The protocol of the run, for TI, IE and DS of SDTM.")
    ] = None,
    groups: Annotated[
        Path | None, typer.Option("--groups", help="CSV: `patient`, and columns to add, such as a site.")
    ] = None,
    at_least: Annotated[
        int, typer.Option("--at-least", min=0, help="Hide counts below this in the MeasureReport.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Write the pre-screening log, the screening and enrolment log, and a MeasureReport of a run."""
    from api.attrition.stored import read_run
    from api.outputs import print_json
    from api.screening_logs.writing import Wanted, write_logs

    list_ = run / "screening-key.csv" if key is None else key
    wanted = Wanted(out, list_, not without_identifiers, protocol, groups, at_least)
    lines = write_logs(read_run(run), wanted)
    if json:
        print_json(sys.stdout, {"key": str(list_), "lines": lines, "measure_report": "measure-report.json"})
        return
    for name, count in lines.items():
        sys.stdout.write(f"{out / name}: {count:,} lines\n")
    sys.stdout.write(f"{out / 'measure-report.json'}\n{list_}: the key to the screening numbers\n")
    if protocol is None:
        sys.stdout.write("no SDTM tables: they need --protocol\n")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(log)
