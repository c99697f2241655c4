"""Where FHIR keeps the fields that a case can give, by kind of fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eligibility.facts import Kind

_HL7 = "http://terminology.hl7.org/CodeSystem/"


@dataclass(frozen=True, slots=True)
class Element:
    """An element's name, whether it holds words or codes, and whether it repeats.

    `system` is the code system of words that FHIR wraps into a concept; `inside` the element's parent.
    """

    name: str
    coded: bool = False
    repeats: bool = False
    system: str = ""
    inside: str = ""


def _codes(name: str, repeats: bool = False, inside: str = "") -> Element:
    return Element(name, coded=True, repeats=repeats, inside=inside)


_STATUS = Element("status")
ELEMENTS: Mapping[Kind, Mapping[str, Element]] = {
    Kind.CONDITION: {
        "clinical-status": Element("clinicalStatus", system=f"{_HL7}condition-clinical"),
        "verification-status": Element("verificationStatus", system=f"{_HL7}condition-ver-status"),
        "category": _codes("category", True),
        "severity": _codes("severity"),
        "body-site": _codes("bodySite", True),
        "stage": _codes("summary", inside="stage"),
    },
    Kind.OBSERVATION: {
        "status": _STATUS,
        "category": _codes("category", True),
        "interpretation": _codes("interpretation", True),
        "absent-reason": _codes("dataAbsentReason"),
        "body-site": _codes("bodySite"),
        "method": _codes("method"),
    },
    Kind.MEDICATION: {
        "status": _STATUS,
        "intent": Element("intent"),
        "category": _codes("category", True),
        "reason": _codes("reasonCode", True),
    },
    Kind.PROCEDURE: {
        "status": _STATUS,
        "category": _codes("category"),
        "reason": _codes("reasonCode", True),
        "body-site": _codes("bodySite", True),
        "outcome": _codes("outcome"),
    },
    Kind.ENCOUNTER: {
        "status": _STATUS,
        "class": _codes("class"),
        "reason": _codes("reasonCode", True),
        "discharge": _codes("dischargeDisposition", inside="hospitalization"),
        "service": _codes("serviceType"),
    },
    Kind.ALLERGY: {
        "clinical-status": Element("clinicalStatus", system=f"{_HL7}allergyintolerance-clinical"),
        "verification-status": Element("verificationStatus", system=f"{_HL7}allergyintolerance-verification"),
        "category": Element("category", repeats=True),
        "criticality": Element("criticality"),
        "type": Element("type"),
        "reaction": _codes("manifestation", True, inside="reaction"),
    },
    Kind.IMMUNIZATION: {
        "status": _STATUS,
        "reason": _codes("reasonCode", True),
        "route": _codes("route"),
    },
    Kind.ORDER: {
        "status": _STATUS,
        "intent": Element("intent"),
        "category": _codes("category", True),
        "reason": _codes("reasonCode", True),
        "body-site": _codes("bodySite", True),
    },
    Kind.DEVICE_ORDER: {
        "status": _STATUS,
        "intent": Element("intent"),
        "reason": _codes("reasonCode", True),
    },
    Kind.REPORT: {
        "status": _STATUS,
        "category": _codes("category", True),
        "conclusion": _codes("conclusionCode", True),
    },
    Kind.FAMILY_HISTORY: {"status": _STATUS, "relative-sex": _codes("sex")},
    Kind.COVERAGE: {"status": _STATUS},
    Kind.CONSENT: {"status": _STATUS},
    Kind.DEVICE: {"status": _STATUS, "reason": _codes("reasonCode", True), "body-site": _codes("bodySite")},
    Kind.ANSWER: {"status": _STATUS},
    Kind.SURVEY: {"status": _STATUS},
}
# Fields that the makers of resources look at themselves.
READ_BY_MAKERS: Mapping[Kind, tuple[str, ...]] = {
    Kind.MEDICATION: ("channel", "dose-per-day"),
    Kind.FAMILY_HISTORY: ("relative", "onset-age"),
    Kind.CONSENT: ("decision",),
}
