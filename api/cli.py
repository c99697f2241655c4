"""The command `eligibility`: reads its words, calls the rooms, sets the exit status.

Exit status: 0 the run is complete; 1 it is complete but marked (rejected lines whose patient could
not be read, or input cut short); 2 nothing was judged (wrong call, protocol or input); 3 a fault of
the engine itself.
Heavy libraries load inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from api.attrition.commands import register as register_attrition
from api.authoring.commands import register
from api.bulk.commands import fetch
from api.population.engines import Crew, Engine
from api.screening_logs.commands import register as register_log
from api.store_commands import commands as store_commands

app = typer.Typer(
    name="eligibility",
    help="Match medical records against trial protocols.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 complete; 1 complete but marked (see the summary); 2 nothing was judged.",
)

Protocol = Annotated[Path, typer.Argument(help="Protocol file (.elig).", show_default=False)]
Input = Annotated[
    str,
    typer.Argument(
        help="FHIR bundle, folder or zip of bundles, Bulk Data folder or file, also .gz; - for stdin.",
        show_default=False,
    ),
]
Questions = Annotated[
    list[str],
    typer.Argument(
        metavar="PROTOCOL... INPUT",
        help="Protocol files (.elig), or folders of them; then an extract, as INPUT elsewhere, or a store.",
        show_default=False,
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes at once; else one for each processor.")
]
EngineName = Annotated[
    Engine, typer.Option("--engine", help="Who works: processes here, or the executors of a Spark cluster.")
]
Master = Annotated[
    str, typer.Option("--master", help="Spark's master, such as local[*]; else as it is set up.")
]
AsOf = Annotated[str, typer.Option("--as-of", help="Day the question is asked for, YYYY-MM-DD.")]
ValueSets = Annotated[
    list[Path] | None,
    typer.Option("--value-sets", help="File or folder of FHIR ValueSet JSON; may be repeated."),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--param", help="Protocol parameter, NAME=DAY, FIRST..LAST, 75 or 30 days; may be repeated."
    ),
]
Zone = Annotated[
    str, typer.Option("--zone", help="Time zone whose calendar days count: IANA name or offset.")
]
Complete = Annotated[
    bool, typer.Option("--complete", help="The input holds every kind of data its source has.")
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--names",
        help="Further names to find in notes: icd-10-cm, RXNCONSO.RRF, SNOMED CT descriptions (RF2).",
    ),
]
NoNotes = Annotated[bool, typer.Option("--no-notes", help="Do not read the texts of notes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
PatientId = Annotated[str, typer.Option("--patient", help="Patient identifier.")]


@app.command()
def screen(
    questions: Questions,
    as_of: AsOf,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the results; of several protocols, one each.")
    ],
    value_sets: ValueSets = None,
    param: Parameters = None,
    zone: Zone = "UTC",
    complete: Complete = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Validate every record against the FHIR models (slow).")
    ] = False,
    names: Names = None,
    no_notes: NoNotes = False,
    csv_findings: Annotated[bool, typer.Option("--csv-findings", help="Also write findings as CSV.")] = False,
    all_evidence: Annotated[
        bool, typer.Option("--all-evidence", help="Keep evidence of met criteria too.")
    ] = False,
    keep_limits: Annotated[
        bool, typer.Option("--keep-limits", help="Keep what limits compare, for sweeps without the input.")
    ] = False,
    workers: Workers = None,
    engine: EngineName = Engine.PROCESSES,
    master: Master = "",
    json: AsJson = False,
) -> None:
    """Judge every patient of an extract or a store and write verdicts, findings and rejects."""
    from api.population.commands import screen as screen_population
    from api.population.questions import asked_of

    protocols, source = _protocols_and_input(questions)
    asked = asked_of(protocols, as_of, param or [], value_sets or [], names or [], no_notes)
    marked = screen_population(
        asked,
        source,
        out,
        zone=zone,
        complete=complete,
        strict=strict,
        csv_findings=csv_findings,
        all_evidence=all_evidence,
        keep_limits=keep_limits,
        crew=Crew(engine, workers, master),
        json=json,
    )
    raise typer.Exit(1 if marked else 0)


@app.command()
def ingest(
    input: Annotated[  # noqa: A002
        Path, typer.Argument(help="What `screen` takes, save for standard input.", show_default=False)
    ],
    into: Annotated[Path, typer.Option("--into", help="Folder of the store; made where there is none.")],
    zone: Zone = "UTC",
    complete: Complete = False,
    workers: Workers = None,
    partitions: Annotated[
        int | None,
        typer.Option("--partitions", min=1, max=4096, help="Parts of a new store; else by its size."),
    ] = None,
    engine: EngineName = Engine.PROCESSES,
    master: Master = "",
    json: AsJson = False,
) -> None:
    """Take an extract, or a further delivery of it, into a store that is screened again and again."""
    from api.population.commands import ingest_into

    marked = ingest_into(input, into, zone, complete, Crew(engine, workers, master), partitions, json)
    raise typer.Exit(1 if marked else 0)


@app.command("retry")
def retry_command(
    store: Annotated[Path, typer.Argument(help="Folder of a store.", show_default=False)],
    workers: Workers = None,
    json: AsJson = False,
) -> None:
    """Read again what a store refused, and nothing else: a newer version may read more."""
    from api.population.commands import retry_refused

    raise typer.Exit(1 if retry_refused(store, Crew(workers=workers), json) else 0)


@app.command()
def explain(
    questions: Questions,
    as_of: AsOf,
    patient: PatientId = "",
    value_sets: ValueSets = None,
    param: Parameters = None,
    zone: Zone = "UTC",
    complete: Complete = False,
    names: Names = None,
    no_notes: NoNotes = False,
    json: AsJson = False,
) -> None:
    """Show one patient's criteria with truth, reason, evidence and what would settle a doubt."""
    from api import screening
    from api.explaining import explain as explanation
    from api.outputs import print_json
    from api.population.one import runs_about
    from api.population.questions import asked_of
    from api.report import print_explanation, print_mark

    protocols, source = _protocols_and_input(questions)
    asked = asked_of(protocols, as_of, param or [], value_sets or [], names or [], no_notes)
    contents = []
    marked = False
    for run, chosen in runs_about(source, patient, asked, zone, complete):
        contents.append(explanation(run.program, run.facts, run.judgement, run.context, chosen))
        marked |= screening.is_marked(run)
        if not json:
            if len(asked) > 1:
                typer.echo(f"{run.program.id} version {run.program.version}")
            print_explanation(contents[-1])
            print_mark(run.extract)
    if json:
        print_json(sys.stdout, contents if len(asked) > 1 else contents[0])
    raise typer.Exit(1 if marked else 0)


@app.command()
def check(
    protocol: Protocol,
    policies: Annotated[
        bool, typer.Option("--policies", help="Also print what doubt does, criterion by criterion.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check a protocol: all its problems at once, or what it contains."""
    from api.checking import check_protocol, print_check
    from api.outputs import print_json

    content = check_protocol(protocol)
    if json:
        print_json(sys.stdout, content)
    else:
        print_check(content, policies)
    raise typer.Exit(0 if content["ok"] else 2)


@app.command()
def facts(
    input: Input,  # noqa: A002
    patient: PatientId = "",
    zone: Zone = "UTC",
    names: Names = None,
    no_notes: NoNotes = False,
    json: AsJson = False,
) -> None:
    """Show what the engine sees of one patient."""
    from api.listing import list_facts
    from api.loading import find_patient
    from api.noting import note_reader
    from api.outputs import print_json
    from api.population.one import extract_of
    from api.report import print_facts, print_mark

    reader = None if no_notes else note_reader(names=names or [])
    extract = extract_of(input, patient, zone, reader)
    content = list_facts(extract.facts, find_patient(extract, patient))
    if json:
        print_json(sys.stdout, content)
    else:
        print_facts(content)
        print_mark(extract)
    raise typer.Exit(1 if extract.facts.manifest.unattributed else 0)


@app.command()
def notes(
    input: Input,  # noqa: A002
    patient: PatientId = "",
    zone: Zone = "UTC",
    names: Names = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page instead of printing.")] = None,
    json: AsJson = False,
) -> None:
    """Show one patient's notes, what was found in them, and why it was taken so."""
    from api.loading import find_patient
    from api.noting import list_notes, note_reader, print_notes, write_page
    from api.outputs import print_json
    from api.population.one import extract_of
    from api.report import print_mark

    reader = note_reader(names=names or [])
    extract = extract_of(input, patient, zone, reader, keep_texts=True)
    content = list_notes(extract, find_patient(extract, patient), reader)
    if html is not None:
        write_page(html, content)
    elif json:
        print_json(sys.stdout, content)
    else:
        print_notes(content)
        print_mark(extract)
    raise typer.Exit(1 if extract.facts.manifest.unattributed else 0)


@app.command()
def serve(
    protocol: Annotated[
        list[Path] | None, typer.Option("--protocol", help="Protocol to put in force; may be repeated.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Folder of a SQLite store; else the one ELIGIBILITY_STORE names."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address of this machine to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8765,
    demo: Annotated[
        Path | None,
        typer.Option("--demo", help="Folder of a made-up study to look at (`make serve` makes one)."),
    ] = None,
) -> None:
    """Serve the engine over HTTP; without an issuer of tokens, on this machine only."""
    from api.service.serving import serve as serve_until_stopped

    serve_until_stopped(folder, host, port, protocol or [], demo)


@app.command()
def work(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Folder of a SQLite store; else the one ELIGIBILITY_STORE names."),
    ] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="End when standard input ends.")
    ] = False,
) -> None:
    """Work off runs that were started over HTTP, beside a service that does not do so itself."""
    from api.service.runs.serving import work as work_until_stopped

    work_until_stopped(folder, with_parent)


def _protocols_and_input(words: list[str]) -> tuple[list[Path], str]:
    from api.errors import UserError

    if len(words) < 2:
        raise UserError("INPUT_UNNAMED", "", "name a protocol, and after it an extract or a store")
    return [Path(word) for word in words[:-1]], words[-1]


register(app)
register_attrition(app)
register_log(app)
app.command()(fetch)
app.add_typer(store_commands)


@app.callback(invoke_without_command=True)
def _root(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if show_version:
        from importlib.metadata import version

        typer.echo(version("eligibility"))
        raise typer.Exit(0)


def main() -> NoReturn:
    """Run the command; what a user can cause ends in one line on standard error."""
    from api.errors import UserError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(standalone_mode=True)
    except UserError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing more was written\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception:  # noqa: BLE001 - the last line of defence, and it hides nothing
        # A fault of the engine, never a result: told apart from every status of a finished run.
        traceback.print_exc()
        sys.exit(3)
    sys.exit(0)


def _fail(error: Any) -> NoReturn:
    if "--json" in sys.argv:
        from api.outputs import print_json

        print_json(sys.stdout, {"error": error.as_dict()})
    else:
        place = f"{error.place}: " if error.place else ""
        sys.stderr.write(f"{error.code}: {place}{error.message}\n")
    sys.exit(2)
