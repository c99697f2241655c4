"""The units door: every number that enters the fact table, or a limit in a protocol, passes here.

A spelling becomes a `Unit`, a value becomes a float in the canonical unit of its dimension with one
rounding. The door never guesses: what it cannot resolve is None, and mass becomes substance only
where the analyte is named.
"""

from eligibility.units.analytes import (
    ENZYME_ACTIVITY,
    Analyte,
    analytes,
    called,
    conversion,
    conversions,
    enzyme_codes,
)
from eligibility.units.dimensions import Dimensions
from eligibility.units.errors import UnitError
from eligibility.units.registry import DIMENSIONS, dimension_name, dimension_of
from eligibility.units.resolve import UCUM_SYSTEMS, resolve
from eligibility.units.unit import Unit, from_canonical, to_canonical

__all__ = [
    "DIMENSIONS",
    "ENZYME_ACTIVITY",
    "UCUM_SYSTEMS",
    "Analyte",
    "Dimensions",
    "Unit",
    "UnitError",
    "analytes",
    "called",
    "conversion",
    "conversions",
    "dimension_name",
    "dimension_of",
    "enzyme_codes",
    "from_canonical",
    "resolve",
    "to_canonical",
]
