"""What a person sees on the terminal: summary of a run, one patient's tree, one patient's facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table
from rich.tree import Tree

from api.checking import handling
from api.outputs import printable
from api.screening import Run, record
from fhir_adapters import Extract
from fhir_adapters.notes.account import NoteAccount

_COLOUR = {
    "met": "green",
    "not applicable": "green",
    "not met": "red",
    "unknown": "yellow",
    "pass": "green",
    "fail": "red",
    "needs-clinician-review": "yellow",
    "true": "green",
    "false": "red",
}


def escape(text: str) -> str:
    """Text of a record, as text: no markup, no control characters."""
    return escape_markup(printable(text))


def _coloured(word: str) -> str:
    colour = _COLOUR.get(word)
    return f"[{colour}]{escape(word)}[/{colour}]" if colour else escape(word)


def print_summary(run: Run, out: Path) -> None:
    """Outcomes, criteria with what they cost, and how the input was accounted for."""
    print_record(record(run), Counter(reject.code for reject in run.extract.rejects), out)


def print_record(told: Mapping[str, Any], rejected: Mapping[str, int], out: Path) -> None:
    """The same of a run's record and its counts of what was rejected, by code."""
    console = Console()
    counts, protocol = told["counts"], told["protocol"]
    console.print(
        f"[bold]{escape(protocol['id'])}[/bold] version {escape(protocol['version'])}, as of {told['as_of']}"
    )
    verdicts = counts.get("verdicts")
    if verdicts is not None:
        table = Table(title=f"{counts['patients']:,} patients", title_justify="left")
        table.add_column("verdict")
        table.add_column("patients", justify="right")
        for name, count in verdicts.items():
            table.add_row(_coloured(name), f"{count:,}")
        console.print(table)
    if counts.get("cohorts"):
        console.print(_cohorts_table(counts["cohorts"]))
    console.print(_criteria_table(counts))
    _print_lines(console, told, Counter(rejected))
    console.print(f"results in {escape(str(out))}: verdicts, findings (Parquet), rejects.ndjson, run.json")


def _cohorts_table(cohorts: dict[str, dict[str, int]]) -> Table:
    table = Table(title="cohorts, each by itself", title_justify="left")
    table.add_column("cohort")
    for name in ("pass", "needs-clinician-review", "fail"):
        table.add_column(name, justify="right")
    for cohort, counts in cohorts.items():
        table.add_row(escape(cohort), *(f"{count:,}" for count in counts.values()))
    return table


def _criteria_table(counts: dict[str, Any]) -> Table:
    table = Table(title="criteria", title_justify="left")
    for name in ("id", "label"):
        table.add_column(name)
    for name in ("met", "not met", "unknown"):
        table.add_column(name, justify="right")
    table.add_column("commonest reasons")
    for criterion in counts["criteria"]:
        later = "" if criterion["stage"] == "pre-screen" else f" [dim]({criterion['stage']})[/dim]"
        reasons = list(criterion["reasons"].items())[:3]
        table.add_row(
            escape(criterion["id"]),
            escape(criterion["label"]) + later,
            f"{criterion['met']:,}",
            f"{criterion['not_met']:,}",
            f"{criterion['unknown']:,}",
            ", ".join(f"{code} {count:,}" for code, count in reasons),
        )
    return table


def _print_lines(console: Console, told: Mapping[str, Any], rejected: Counter[str]) -> None:
    lines = told["lines"]
    console.print(
        f"input: {lines['total']:,} lines or entries = {lines['accepted']:,} accepted + "
        f"{lines['ignored']:,} of types not asked about + {lines['blank']:,} blank + "
        f"{lines['rejected']:,} rejected"
    )
    if lines["rejected"]:
        console.print("rejected: " + ", ".join(f"{code} {count:,}" for code, count in rejected.most_common()))
    if told["notes"] is not None:
        readings = {how: n for how, n in told["notes"].items() if how not in ("total", "problems", "faults")}
        console.print(account_line(NoteAccount(readings, told["notes"]["problems"])))
    _print_lost(lines["rejected_without_patient"], (told["notes"] or {}).get("faults", {}))


def account_line(account: NoteAccount) -> str:
    """What became of every note, in one line."""
    parts = [f"{count:,} {how.replace('_', ' ')}" for how, count in account.readings.items() if count]
    line = f"notes: {account.total:,} = " + " + ".join(parts) if parts else "notes: none"
    told = ", ".join(f"{code} {count:,}" for code, count in account.problems.items())
    return f"{line} ({told})" if told else line


def print_mark(extract: Extract) -> None:
    """Say so where records were lost whose patient is not known, and where the engine failed at a note."""
    faults = {} if extract.note_account is None else extract.note_account.faults
    _print_lost(extract.facts.manifest.unattributed, faults)


def _print_lost(lost: int, faults: Mapping[str, int]) -> None:
    console = Console()
    if lost:
        console.print(
            f"[bold red]marked:[/bold red] {lost:,} rejected line(s) name no readable patient; "
            "any verdict may rest on a record that could not be read"
        )
    for place, count in faults.items():
        console.print(
            f"[bold red]fault of the engine:[/bold red] {count:,} note(s) not read, {escape(place)}; "
            "they may have held anything, which no verdict takes for silence"
        )


def print_explanation(content: dict[str, Any]) -> None:
    """A tree of criteria with truth, reason, evidence, and what would settle a doubt."""
    console = Console()
    verdict = content["verdict"]
    head = f"[bold]{escape(content['patient'])}[/bold]"
    if verdict is not None:
        head += f": {_coloured(verdict)}"
    if content["deceased"] != "false":
        head += f" (died by the as-of date: {content['deceased']})"
    if content["cohorts"]:
        told = ", ".join(f"{escape(name)} {_coloured(said)}" for name, said in content["cohorts"].items())
        head += f"; cohorts: {told}"
    tree = Tree(head)
    for criterion in content["criteria"]:
        later = "" if criterion["stage"] == "pre-screen" else f", at {criterion['stage']}"
        if criterion["cohorts"]:
            later += f", for cohort {' or '.join(criterion['cohorts'])}"
        later += handling(criterion)
        branch = tree.add(
            f"[bold]{escape(criterion['id'])}[/bold] {escape(criterion['label'])} "
            f"[dim]({criterion['polarity']}{later})[/dim]: {_coloured(criterion['outcome'])}, "
            f"{' '.join(criterion['reasons'])}"
        )
        branch.add(f"[dim]{escape(criterion['meaning'])}[/dim]")
        for node in criterion["statements"]:
            _add_node(branch, node)
        for need in criterion["settled_by"]:
            branch.add(f"[yellow]would settle it:[/yellow] {escape(need)}")
    console.print(tree)


def _add_node(tree: Tree, node: dict[str, Any]) -> None:
    unsure = node["truth"] == "unknown" and node.get("causes")
    causes = f" [dim]{' '.join(node['causes'])}[/dim]" if unsure else ""
    branch = tree.add(f"{_coloured(node['truth'])} {escape(node['text'])}{causes}")
    for part in node.get("parts", ()):
        _add_node(branch, part)
    for fact in node.get("evidence", ()):
        branch.add(_fact_line(fact))


def _fact_line(fact: dict[str, Any]) -> str:
    quote = f"“{fact['quote']}”" if fact.get("quote") else ""
    told = [
        fact["what"],
        fact["value"],
        fact.get("limit", ""),
        fact["when"],
        fact["status"],
        fact.get("said", ""),
        quote,
    ]
    element = fact["path"].partition(".")[2]
    where = " ".join(part for part in (fact["resource"], element) if part)
    return f"{escape(' · '.join(t for t in told if t))} [dim]{escape(where)}[/dim]"


def print_facts(content: dict[str, Any]) -> None:
    """Everything the engine sees of a patient, kind by kind."""
    console = Console()
    tree = Tree(f"[bold]{escape(content['patient'])}[/bold], {content['contact_days']} contact days")
    kinds: dict[str, Tree] = {}
    for fact in content["facts"]:
        if fact["kind"] not in kinds:
            kinds[fact["kind"]] = tree.add(f"[bold]{escape(fact['kind'])}[/bold]")
        standing = "" if fact["standing"] == "counts" else f" [yellow]{escape(fact['standing'])}[/yellow]"
        kinds[fact["kind"]].add(_fact_line(fact) + standing)
    console.print(tree)
    for kind in content["damaged_records_of_kind"]:
        console.print(f"[red]a damaged record could have held: {kind}[/red]")
