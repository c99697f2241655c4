"""`eligibility export`: a protocol in the forms that registries, FHIR servers and submissions hold."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from api.authoring.rendering.reading import heading_of, parameters, read_protocol
from api.loading import compile_protocol
from api.outputs import safe_cell
from criteria_dsl.formatting.plain import spoken_name
from fhir_adapters.interchange import evidence_variable, full_texts, group, research_study, trial_inclusion
from fhir_adapters.interchange.trial_inclusion import COLUMNS, TEXT_COLUMNS


def export(protocol: Path, target: str) -> str:
    """The protocol as `fhir-r4`, `fhir-r5` or `sdtm-ti`; `sdtm-ti-texts`: the texts that `sdtm-ti` cuts.

    Raises UserError where it does not compile.
    """
    reading = read_protocol(protocol)
    words = {name: block.sentence for name, block in reading.criteria.items()}
    notes = [
        *(f"{heading_of(block)}: {block.sentence}" for block in reading.definitions),
        *parameters(reading.program),
        *(f"{spoken_name(term.name)}: {'; '.join(term.codes)}" for term in reading.terms),
    ]
    units = {term.value_set: term.unit for term in compile_protocol(protocol).declared.values()}
    program = reading.program
    if target == "sdtm-ti":
        return _table(trial_inclusion(program, words), COLUMNS)
    if target == "sdtm-ti-texts":
        return _table(full_texts(program, words), TEXT_COLUMNS)
    if target == "fhir-r5":
        content = evidence_variable(program, words, units, notes)
    else:
        entries = [research_study(program, notes), group(program, words, units)]
        content = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in entries],
        }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _table(rows: list[dict[str, str]], columns: Sequence[str]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()
