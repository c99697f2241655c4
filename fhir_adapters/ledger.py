"""Accounts for every line and entry of an input: accepted, ignored, blank or rejected, and for whom."""

from __future__ import annotations

from eligibility.manifest import LineCounts
from fhir_adapters.changes import REQUESTS
from fhir_adapters.intake import Intake
from fhir_adapters.mapping.table import ALL_KINDS, KINDS_OF
from fhir_adapters.records import READ_NAMES
from fhir_adapters.rejects import Problem, Reject
from fhir_adapters.resource_types import IGNORED_TYPES
from fhir_adapters.salvage import CONTAINERS, owner_of

_KEPT = 1 << 20  # of a refused line this many bytes are kept
_KNOWN = (READ_NAMES.keys() | set(IGNORED_TYPES)) - CONTAINERS


class Ledger:
    """Counts and rejects of one input; marks the patients that lost a record."""

    def __init__(self, intake: Intake, *, strict: bool = False) -> None:
        self.intake = intake
        self.strict = strict
        self.rejects: list[Reject] = []
        self.blank = 0
        self.unattributed = 0
        self.changes: list[str] = []  # addresses of records that were to be deleted or changed in part

    def refuse(
        self,
        problem: Problem,
        raw: bytes,
        file: str,
        *,
        line: int | None = None,
        offset: int | None = None,
        entry: int | None = None,
    ) -> None:
        """Account for one refused record, and mark whom it was about."""
        owner = owner_of(raw, self.intake.references)
        type_name = owner.resource_type
        self.rejects.append(
            Reject(
                code=problem.code,
                message=problem.message,
                file=file,
                line=line,
                offset=offset,
                entry=entry,
                path=f"{type_name}.{problem.path}" if type_name and problem.path else problem.path,
                patient=owner.patient,
                resource_type=type_name,
                raw=raw[:_KEPT],
            )
        )
        if problem.code in REQUESTS.values():
            return  # whom it is about is known when all is read
        kinds = KINDS_OF.get(type_name, () if type_name in _KNOWN else ALL_KINDS)
        if not kinds:
            return
        if owner.cut or not owner.patients:
            self.unattributed += 1
        for patient in owner.patients:
            self.intake.mark_corrupt(patient, kinds)

    def change_asked(self, address: str) -> None:
        """A request to delete a record or to change it in part, which is not carried out."""
        if address:
            self.changes.append(address)

    def counts(self) -> LineCounts:
        """Every line and entry in exactly one column."""
        return LineCounts(
            accepted=self.intake.accepted,
            ignored=self.intake.ignored,
            blank=self.blank,
            rejected=len(self.rejects),
        )
