"""The commands for authors of protocols, beside those that judge patients."""

from __future__ import annotations

import sys
from enum import StrEnum
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


def lint(
    files: Annotated[list[Path], typer.Argument(help="Protocols and libraries (.elig).", show_default=False)],
    fix: Annotated[bool, typer.Option("--fix", help="Carry out what cannot change the meaning.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Report what compiles and still looks wrong; status 1 where there is anything."""
    from api.authoring.linting import as_data, lint_files, print_findings
    from api.outputs import print_json

    found = lint_files(files, fix)
    if json:
        print_json(sys.stdout, as_data(found))
    else:
        print_findings(found)
    raise typer.Exit(1 if any(found.values()) else 0)


def lock(
    protocol: Annotated[Path, typer.Argument(help="Protocol file (.elig).", show_default=False)],
    value_sets: Annotated[
        list[Path] | None,
        typer.Option(
            "--value-sets",
            help="Files or folders: FHIR ValueSet JSON, CSV, RF2, RXNREL.RRF; may be repeated.",
        ),
    ] = None,
    server: Annotated[
        str, typer.Option("--server", help="FHIR terminology server for what the files do not hold.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 where the sources have changed.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Pin the expansion of every value set, so that every run judges with the same codes."""
    from api.authoring import locking
    from api.outputs import print_json

    if check:
        found = locking.check_lock(protocol, value_sets or [], server)
        if json:
            print_json(sys.stdout, locking.drifts_as_data(found))
        else:
            locking.print_drifts(found)
        raise typer.Exit(1 if found else 0)
    made = locking.make_lock(protocol, value_sets or [], server)
    if json:
        print_json(sys.stdout, locking.lock_as_data(made))
    else:
        locking.print_lock(made)


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


def coverage(
    protocol: Annotated[Path, typer.Argument(help="Protocol file (.elig).", show_default=False)],
    input: Annotated[  # noqa: A002 - the word a user reads in the help
        str, typer.Argument(help="FHIR, as in `screen`.", show_default=False)
    ],
    value_sets: Annotated[
        list[Path] | None,
        typer.Option("--value-sets", help="File or folder of FHIR ValueSet JSON; may be repeated."),
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="Time zone whose calendar days count.")] = "UTC",
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say for how many patients each criterion finds any record, and which codes nearly match."""
    from api.authoring.coverage import Counting, as_data, print_coverage
    from api.loading import load_protocol
    from api.noting import reader_for
    from api.outputs import print_json
    from api.population.portions import portions_of

    program, supplied = load_protocol(protocol, value_sets or [])
    counting = Counting(program, supplied)
    for facts in portions_of(input, zone, reader_for([program], supplied)):
        counting.add(facts)
    if json:
        print_json(sys.stdout, as_data(counting.found(), counting.patients))
    else:
        print_coverage(counting.found(), counting.patients)


class Target(StrEnum):
    """What `export` writes."""

    FHIR_R4 = "fhir-r4"
    FHIR_R5 = "fhir-r5"
    SDTM_TI = "sdtm-ti"
    SDTM_TI_TEXTS = "sdtm-ti-texts"


def export(
    protocol: Annotated[Path, typer.Argument(help="Protocol file (.elig).", show_default=False)],
    target: Annotated[
        Target,
        typer.Option(
            "--format", help="FHIR R4 study and group, R5 evidence variable, SDTM TI table or its long texts."
        ),
    ] = Target.FHIR_R4,
    out: Annotated[Path | None, typer.Option("--out", help="File to write, else standard output.")] = None,
) -> None:
    """Write a protocol as FHIR or as the SDTM table of inclusion and exclusion criteria."""
    from api.authoring.exporting import export as exported
    from api.outputs import write_text

    text = exported(protocol, target.value)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


class Source(StrEnum):
    """What `import` reads."""

    FHIR_GROUP = "fhir-group"
    CIRCE = "circe"
    CTML = "ctml"


def import_protocol(
    file: Annotated[Path, typer.Argument(help="JSON, or YAML of a CTML trial.", show_default=False)],
    source: Annotated[
        Source,
        typer.Option(
            "--from", help="FHIR Group, OHDSI cohort definition, or CTML trial.", show_default=False
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", help="Protocol to write (.elig).")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Turn a definition of another system into a text, with a list of what has no equal in it."""
    from api.authoring.importing import import_file
    from api.authoring.importing.report import as_data, print_imported
    from api.outputs import print_json, write_text

    imported = import_file(file, source.value)
    if out is not None:
        write_text(out, imported.text)
    if json:
        print_json(sys.stdout, as_data(imported))
    else:
        print_imported(imported, written=out is not None)


class Form(StrEnum):
    """What `render` writes."""

    MARKDOWN = "markdown"
    HTML = "html"


def render_protocol(
    protocol: Annotated[Path, typer.Argument(help="Protocol file (.elig).", show_default=False)],
    form: Annotated[Form, typer.Option("--format", help="Markdown or one page of HTML.")] = Form.MARKDOWN,
    checklist: Annotated[bool, typer.Option("--checklist", help="A form to fill in by hand.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="File to write, else standard output.")] = None,
) -> None:
    """Put a protocol into plain English, beside its own words, or make a checklist of it."""
    from api.authoring.rendering import render
    from api.outputs import write_text

    text = render(protocol, form.value, checklist)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def diff(
    old: Annotated[Path, typer.Argument(help="The protocol before.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The protocol after.", show_default=False)],
    input: Annotated[  # noqa: A002 - the word a user reads in the help
        str | None, typer.Argument(help="FHIR to judge with both, as in `screen`.")
    ] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="Day the question is asked for, YYYY-MM-DD.")] = "",
    value_sets: Annotated[
        list[Path] | None,
        typer.Option("--value-sets", help="File or folder of FHIR ValueSet JSON; may be repeated."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", help="Protocol parameter, NAME=DAY, FIRST..LAST, 75 or 30 days; may be repeated."
        ),
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="Time zone whose calendar days count.")] = "UTC",
    complete: Annotated[
        bool, typer.Option("--complete", help="The input holds every kind of data its source has.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Show which criteria an amendment changed and, on an input, whose verdict flips and why."""
    from api.authoring.comparing import as_data, compare, given_to_each, print_difference, with_patients
    from api.errors import UserError
    from api.loading import given_parameters, load_question, read_extract
    from api.noting import reader_for
    from api.outputs import print_json

    given = given_to_each(old, new, given_parameters(param or []))
    difference = compare(old, new, given)
    if input is not None:
        if not as_of:
            raise UserError("DATE_MISSING", "--as-of", "an input is judged as of a day: say which")
        before, after = (
            load_question(path, as_of, own, value_sets or [])
            for path, own in zip((old, new), given, strict=True)
        )
        reader = reader_for([before.program, after.program], before.value_sets)
        extract = read_extract(input, zone, complete, notes=reader)
        difference = with_patients(difference, before, after, extract)
    if json:
        print_json(sys.stdout, as_data(difference))
    else:
        print_difference(difference)


def register(app: typer.Typer) -> None:
    """Add the authors' commands to the command line."""
    app.command()(fmt)
    app.command()(coverage)
    app.command()(diff)
    app.command()(export)
    app.command("import")(import_protocol)
    app.command()(lint)
    app.command()(lock)
    app.command("render")(render_protocol)
    app.command("test")(run_tests)
