"""The command `eligibility attrition`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

RunFolder = Annotated[Path, typer.Argument(help="Folder that `screen --out` wrote.", show_default=False)]


def attrition(
    run: RunFolder,
    relax: Annotated[
        int, typer.Option("--relax", min=1, help="So many criteria at most are relaxed together.")
    ] = 3,
    groups: Annotated[
        Path | None, typer.Option("--groups", help="CSV: `patient`, and a column for each further grouping.")
    ] = None,
    ages: Annotated[
        str, typer.Option("--ages", help="Years with which groups of age begin.")
    ] = "18,45,65,75",
    at_least: Annotated[
        int, typer.Option("--at-least", min=0, help="Hide counts below this, and round all others to it.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is sampled.")] = 1,
    csv: Annotated[Path | None, typer.Option("--csv", help="Folder for the tables as CSV.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say which criteria cost a run its patients, and what relaxing them would change."""
    from api.attrition.cells import Cells
    from api.attrition.content import content
    from api.attrition.groups import groupings, parse_ages
    from api.attrition.stored import read_run
    from api.attrition.tables import write_tables
    from api.attrition.terminal import print_attrition
    from api.outputs import print_json

    stored = read_run(run)
    found = content(stored, Cells(at_least), groupings(stored, parse_ages(ages), groups), relax, seed)
    if csv is not None:
        write_tables(csv, found)
    if json:
        print_json(sys.stdout, found)
    else:
        print_attrition(found)


def register(app: typer.Typer) -> None:
    """Add the commands that read runs on disk to the command line."""
    app.command()(attrition)
