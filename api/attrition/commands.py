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
    protocol: Annotated[
        Path | None, typer.Option("--protocol", help="The protocol of the run, to judge with other numbers.")
    ] = None,
    input: Annotated[  # noqa: A002 - the word a user reads in the help
        str,
        typer.Option(
            "--input", help="The input of the run, or a store of it, to judge it with other numbers."
        ),
    ] = "",
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            "--sweep", help="Other values of a number, I4:45=30,40,50 or I4:45=30..60/5; repeatable."
        ),
    ] = None,
    amended: Annotated[
        Path | None, typer.Option("--amended", help="Another version of the protocol to judge the input by.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Run of another version over the same input.")
    ] = None,
    value_sets: Annotated[
        list[Path] | None,
        typer.Option("--value-sets", help="File or folder of FHIR ValueSet JSON, as in `screen`."),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--names", help="Further names to find in notes, as in `screen`.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is sampled.")] = 1,
    csv: Annotated[Path | None, typer.Option("--csv", help="Folder for the tables as CSV.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="One page with charts to write.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say which criteria cost a run its patients, and what relaxing them would change."""
    from api.attrition.cells import Cells
    from api.attrition.content import content
    from api.attrition.groups import groupings, parse_ages
    from api.attrition.page import write_page
    from api.attrition.stored import read_run
    from api.attrition.tables import write_tables
    from api.attrition.terminal import print_attrition
    from api.attrition.what_if import WhatIf, what_if
    from api.outputs import print_json
    from api.population.doing import store_read, told_as_user_errors

    stored = read_run(run)
    cells, by = Cells(at_least), groupings(stored, parse_ages(ages), groups)
    changes = WhatIf(sweep or [], amended, against, protocol, input, value_sets or [], names or [])
    with told_as_user_errors(), store_read(input):
        told = what_if(stored, changes, cells, by)
    found = {**content(stored, cells, by, relax, seed), **told}
    if csv is not None:
        write_tables(csv, found)
    if html is not None:
        write_page(html, found)
    if json:
        print_json(sys.stdout, found)
    else:
        print_attrition(found)


def register(app: typer.Typer) -> None:
    """Add the commands that read runs on disk to the command line."""
    app.command()(attrition)
