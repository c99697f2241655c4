"""Attrition: which criteria cost a study its patients, and what relaxing them would change.

Everything here counts outcomes that were judged before; verdicts come from the judge's own rule
(`judging.verdicts.roll_up`). A criterion is *relaxed* where it is taken as met for everybody: of a criterion
that is nobody's cohort this is the same as leaving it out of the protocol.
"""

from eligibility.attrition.combinations import Relaxation, best_relaxations
from eligibility.attrition.costs import Cost, costs
from eligibility.attrition.flow import Step, steps, telling_order
from eligibility.attrition.moves import Moves, moves
from eligibility.attrition.population import Asked, Population
from eligibility.attrition.shares import Shares, shares

__all__ = [
    "Asked",
    "Cost",
    "Moves",
    "Population",
    "Relaxation",
    "Shares",
    "Step",
    "best_relaxations",
    "costs",
    "moves",
    "shares",
    "steps",
    "telling_order",
]
