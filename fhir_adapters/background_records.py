"""Resources beside the clinical record: family, surveys, insurance, consent, devices.

Decoded as in `records`: only the elements that become facts.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from fhir_adapters.record import ABSENT, Record

# ruff: noqa: N815  (element names are FHIR's)


class FamilyMemberHistory(Record, tag=True):
    status: str = ""
    notDone: bool = False  # before R4
    patient: Raw = ABSENT
    date: str = ""
    relationship: Raw = ABSENT
    sex: Raw = ABSENT
    gender: str = ""  # sex, before R4
    deceasedBoolean: Raw = ABSENT
    deceasedAge: Raw = ABSENT
    deceasedRange: Raw = ABSENT
    deceasedDate: Raw = ABSENT
    deceasedString: Raw = ABSENT
    condition: Raw = ABSENT


class QuestionnaireResponse(Record, tag=True):
    questionnaire: Raw = ABSENT
    status: str = ""
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    context: Raw = ABSENT  # the encounter, before R4
    authored: str = ""
    author: Raw = ABSENT
    source: Raw = ABSENT
    item: Raw = ABSENT


class Coverage(Record, tag=True):
    status: str = ""
    type: Raw = ABSENT
    beneficiary: Raw = ABSENT
    relationship: Raw = ABSENT
    period: Raw = ABSENT
    payor: Raw = ABSENT
    insurer: Raw = ABSENT  # payor, since R5
    class_: Raw = msgspec.field(default=ABSENT, name="class")


class Consent(Record, tag=True):
    status: str = ""
    scope: Raw = ABSENT
    category: Raw = ABSENT
    patient: Raw = ABSENT
    subject: Raw = ABSENT  # patient, since R5
    dateTime: str = ""
    date: str = ""  # dateTime, since R5
    period: Raw = ABSENT
    policyRule: Raw = ABSENT
    regulatoryBasis: Raw = ABSENT  # policyRule, since R5
    decision: str = ""  # provision.type, since R5
    provision: Raw = ABSENT
    exceptions: Raw = msgspec.field(default=ABSENT, name="except")  # before R4


class Device(Record, tag=True):
    """A fact where it names a patient; and what other records mean by a reference to it."""

    status: str = ""
    type: Raw = ABSENT
    patient: Raw = ABSENT


class DeviceUseStatement(Record, tag=True):
    status: str = ""
    subject: Raw = ABSENT
    device: Raw = ABSENT
    timingPeriod: Raw = ABSENT
    timingDateTime: str = ""
    whenUsed: Raw = ABSENT  # timingPeriod, before R4
    recordedOn: str = ""
    reasonCode: Raw = ABSENT
    indication: Raw = ABSENT  # reasonCode, before R4
    bodySite: Raw = ABSENT


class DeviceUsage(Record, tag=True):
    """DeviceUseStatement, since R5."""

    status: str = ""
    patient: Raw = ABSENT
    device: Raw = ABSENT
    timingPeriod: Raw = ABSENT
    timingDateTime: str = ""
    dateAsserted: str = ""
    reason: Raw = ABSENT
    bodySite: Raw = ABSENT


BACKGROUND: tuple[type[Record], ...] = (
    FamilyMemberHistory,
    QuestionnaireResponse,
    Coverage,
    Consent,
    Device,
    DeviceUseStatement,
    DeviceUsage,
)
