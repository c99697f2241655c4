"""The whole program of a file: what its blocks say, put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from criteria_dsl import tree as t
from criteria_dsl.names import File
from criteria_dsl.parameters import Setting
from criteria_dsl.plan.amendments import plan_amendments
from criteria_dsl.plan.context import Planning, Scope
from criteria_dsl.plan.criteria import plan_criterion
from criteria_dsl.plan.declared import Declared, declared_names, plan_entry, plan_rest, warn_unused
from criteria_dsl.plan.given import check_bound, plan_index, plan_parameters
from criteria_dsl.plan.policies import check_lines
from criteria_dsl.problem import Report
from criteria_dsl.source import Source
from eligibility import program as ir


@dataclass(frozen=True, slots=True)
class Planned:
    """The program, None where anything is in error; and all that the file names, used or not."""

    program: ir.Program | None
    declared: Mapping[str, Declared]
    value_sets: Mapping[str, ir.ValueSetSource]


def plan_program(
    file: File,
    files: Iterable[File],
    sources: list[Source],
    report: Report,
    settings: Mapping[str, Setting],
) -> Planned:
    """The program of a checked file; `settings` are the numbers and durations in force."""
    planning = Planning(report, file, plan_entry)
    scope = Scope(planning, file)
    files = tuple(files)
    for each in files:
        _check_policies(each, report)
        check_bound(file, each, report)
    parameters = plan_parameters(file, settings, report)
    index = plan_index(scope)
    criteria = [found for node in file.criteria if (found := plan_criterion(scope, node)) is not None]
    value_sets = plan_rest(scope)
    amendments = plan_amendments(file.header, report)
    declared = declared_names(planning, file, files)
    if report.failed or file.header is None:
        return Planned(None, declared, value_sets)
    warn_unused(file, report)
    program = ir.Program(
        id=file.header.name.text,
        version=file.header.version.text,
        title=file.header.title.text,
        criteria=tuple(criteria),
        value_sets=planning.value_sets,
        parameters=tuple(parameters),
        index=index,
        source_sha256=_digest(sources),
        amendments=amendments,
    )
    return Planned(program, declared, value_sets)


def _digest(sources: list[Source]) -> str:
    """One hash over all texts: the protocol, then its libraries by name."""
    digest = hashlib.sha256()
    first, *others = sources
    for source in (first, *sorted(others, key=lambda other: other.name)):
        text = source.text.encode("utf-8", "surrogatepass")
        name = b"" if source is first else source.name.encode("utf-8", "surrogatepass")
        digest.update(b"%d %d\n" % (len(name), len(text)) + name + text)
    return digest.hexdigest()


def _check_policies(file: File, report: Report) -> None:
    for node in file.nodes:
        if isinstance(node, t.Header | t.Define | t.Criterion):
            check_lines(node.policies, report)
