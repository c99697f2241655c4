"""The counts of a run as a FHIR R4 MeasureReport: by verdict, by group, and by criterion.

A count that may not be shown is left out, with the reason that FHIR has for it (`masked`). There is no date
of the report: the same run makes the same bytes.
"""

from __future__ import annotations

from typing import Any

from api.attrition.cells import Cell
from api.service.fhir.elements import SYSTEM, concept

Content = dict[str, Any]
_POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def measure_report(content: Content) -> Content:
    """Of what `api.attrition.content` says."""
    told: Content = {
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "measure": f"{SYSTEM}:protocol-text:{content['protocol']['sha256']}",
        "period": {"start": content["as_of"], "end": content["as_of"]},
        "group": [_verdicts(content), *(_criterion(content, one) for one in content["criteria"])],
    }
    return told


def _verdicts(content: Content) -> Content:
    group: Content = {
        "code": concept("report-group", "verdicts"),
        "population": _populations(content["patients"], "verdict", content["verdicts"]),
    }
    strata = [
        {
            "code": [concept("stratifier", grouping["by"])],
            "stratum": [
                {
                    "value": {"text": one["name"]},
                    "population": _populations(one["patients"], "verdict", one["verdicts"]),
                }
                for one in grouping["groups"]
            ],
        }
        for grouping in content["groups"]
    ]
    return group | ({"stratifier": strata} if strata else {})


def _criterion(content: Content, one: Content) -> Content:
    counts = {"not-met": one["not_met"], "unknown": one["unknown"], "only-failure": one["only_fail"]}
    return {
        "code": concept("criterion", one["id"], one["label"]),
        "population": _populations(content["living"], "attrition", counts),
    }


def _populations(everybody: Cell, name: str, counts: dict[str, Cell]) -> list[Content]:
    first = {"coding": [{"system": _POPULATION, "code": "initial-population"}]}
    return [
        {"code": first, **_count(everybody)},
        *({"code": concept(name, code), **_count(cell)} for code, cell in counts.items()),
    ]


def _count(cell: Cell) -> Content:
    if isinstance(cell, str):
        return {"_count": {"extension": [{"url": _ABSENT, "valueCode": "masked"}]}}
    return {"count": int(cell)}
