"""FHIR extensions, with the few value types that we read."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.records import ABSENT

# ruff: noqa: N815  (element names are FHIR's)


class Extension(Struct, gc=False):
    url: str = ""
    valueBoolean: bool | None = None
    valueCode: str = ""
    valueString: str = ""
    valueCoding: Raw = ABSENT
    valueCodeableConcept: Raw = ABSENT
    extension: Raw = ABSENT


decode_extensions = msgspec.json.Decoder(list[Extension]).decode
