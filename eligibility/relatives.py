"""Who in a family two records may both be about: the line of kinship, the sex and the side of each role.

The table (`relatives.csv`) holds the roles of HL7's code system RoleCode; "sister" and "natural sister" may
be one person, "mother" and "sister" never are. A role that is not in it may be anybody's. A second table
(`relatives_in_snomed_ct.csv`) names the codes of SNOMED CT that mean one of these roles.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from eligibility.codesystems import SNOMED_CT
from eligibility.concepts import Coding

_ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_SEXES = {
    ("http://hl7.org/fhir/administrative-gender", "female"): "female",
    ("http://hl7.org/fhir/administrative-gender", "male"): "male",
    ("http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender", "F"): "female",
    ("http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender", "M"): "male",
    ("http://snomed.info/sct", "248152002"): "female",
    ("http://snomed.info/sct", "248153007"): "male",
}


@dataclass(frozen=True, slots=True)
class Role:
    """What a role says of who it is; "" where it leaves that open. `only`: nobody has two of them."""

    line: str = ""
    sex: str = ""
    side: str = ""
    only: bool = False

    def traits(self) -> tuple[str, str, str, str]:
        """What tells two relatives apart, each "" where it is not known: two that are known and differ."""
        kin = f"{self.line} {self.sex}" if self.line and self.sex else ""
        return self.line, self.sex, kin, f"{kin} {self.side}" if kin and self.side else ""


@cache
def roles() -> Mapping[Coding, Role]:
    """The roles of the table by their coding."""
    return {
        (row["system"], row["code"]): Role(row["line"], row["sex"], row["side"], row["only"] == "1")
        for row in _rows("relatives.csv")
    }


def role_coding(relationship: Iterable[Coding]) -> Coding | None:
    """The coding of RoleCode that a relationship means and does not have; None where it has one or none fits.

    Codings of SNOMED CT that mean two roles say nothing.
    """
    codings = tuple(relationship)
    if any(system == _ROLE_CODE for system, _ in codings):
        return None
    meant = {_in_snomed_ct()[coding] for coding in codings if coding in _in_snomed_ct()}
    return (_ROLE_CODE, meant.pop()) if len(meant) == 1 else None


@cache
def _in_snomed_ct() -> Mapping[Coding, str]:
    return {(SNOMED_CT, row["snomed_ct"]): row["role_code"] for row in _rows("relatives_in_snomed_ct.csv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines())


def role_of(relationship: Iterable[Coding], sex: Iterable[Coding] = ()) -> Role:
    """The role that a relationship names, with the sex told beside it; codings that disagree say nothing."""
    named = {roles()[coding] for coding in relationship if coding in roles()}
    role = named.pop() if len(named) == 1 else Role()
    told = {_SEXES[coding] for coding in sex if coding in _SEXES}
    if role.sex or len(told) != 1:
        return role
    return Role(role.line, told.pop(), role.side, role.only)
