"""What every FHIR resource has, as the fast path decodes it."""

from __future__ import annotations

from msgspec import Raw, Struct

# ruff: noqa: N815  (element names are FHIR's)

ABSENT = Raw(b"")


class Meta(Struct, gc=False, frozen=True):
    lastUpdated: str = ""
    versionId: str = ""


NO_META = Meta()


class Record(Struct, gc=False, tag_field="resourceType"):
    """What every resource has. `modifierExtension` and `implicitRules` may turn its meaning around."""

    id: str = ""
    meta: Meta = NO_META
    contained: Raw = ABSENT
    implicitRules: Raw = ABSENT
    modifierExtension: Raw = ABSENT
