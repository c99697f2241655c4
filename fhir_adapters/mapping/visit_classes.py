"""The class of a visit with the codes of v3-ActCode that its own mean.

An acute or non-acute inpatient stay is an inpatient one (HL7 Terminology, CodeSystem v3-ActCode: ACUTE and
NONAC lie under IMP). Of version 2's patient classes those are read that HL7's guide "Version 2 to FHIR" calls
equivalent (ConceptMap table-hl70004-to-v3-actcode: I, O, E, P); the others have no code of v3-ActCode.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eligibility.facts import Array
from fhir_adapters.batch import Batch
from fhir_adapters.vocabulary import Vocabulary

_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ACT_CODES = (_ACT_CODE, "http://hl7.org/fhir/v3/ActCode")
_PATIENT_CLASSES = ("http://terminology.hl7.org/CodeSystem/v2-0004", "http://hl7.org/fhir/v2/0004")
_WIDER: Mapping[str, str] = {"ACUTE": "IMP", "NONAC": "IMP"}
_EQUIVALENT: Mapping[str, str] = {"I": "IMP", "O": "AMB", "E": "EMER", "P": "PRENC"}


class VisitClasses:
    """What classes as read mean, remembered concept by concept."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._told: dict[int, int] = {}

    def concept(self, held: int) -> int:
        """The concept with what its codes mean, too. A code of v3-ActCode goes before one of version 2."""
        found = self._told.get(held)
        if found is None:
            codings = self._vocabulary.concepts_held.codings[held]
            own = {code for system, code in codings if system in _ACT_CODES}
            if own:
                meant = {_WIDER[code] for code in own if code in _WIDER} - own
            else:
                classes = {code for system, code in codings if system in _PATIENT_CLASSES}
                meant = {_EQUIVALENT[code] for code in classes if code in _EQUIVALENT}
            added = [self._vocabulary.coded(_ACT_CODE, code) for code in sorted(meant)]
            found = self._told[held] = self._vocabulary.concepts_held.union([held, *added]) if added else held
        return found


def visit_classes(batch: Batch) -> Array | None:
    """The class of each visit, int32[k]; None where no record says."""
    column = batch.looked_up("class_", batch.vocabulary.codings)
    if column is None:
        return None
    classes = batch.vocabulary.kept("visit classes", VisitClasses)
    distinct, at = np.unique(column, return_inverse=True)
    read = np.array([classes.concept(held) for held in distinct.tolist()], dtype=column.dtype)
    named: Array = read[np.ravel(at)]
    return named
