"""Attrition: which criteria cost a study its patients, and what relaxing them would change.

Everything here counts outcomes that were judged before; verdicts come from the judge's own rule
(`judging.verdicts.roll_up`). A criterion is *relaxed* where it is taken as met for everybody: of a criterion
that is nobody's cohort this is the same as leaving it out of the protocol.
"""

from eligibility.attrition.combinations import Relaxation, best_relaxations
from eligibility.attrition.costs import Cost, costs
from eligibility.attrition.flow import Step, steps, telling_order
from eligibility.attrition.population import Asked, Population
from eligibility.attrition.shares import Shares, shares
from eligibility.attrition.version import Version, moves, names_of

__all__ = [
    "Asked",
    "Cost",
    "Population",
    "Relaxation",
    "Shares",
    "Step",
    "Version",
    "best_relaxations",
    "costs",
    "moves",
    "names_of",
    "shares",
    "steps",
    "telling_order",
]
