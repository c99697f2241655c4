"""From checked nodes to the program: kinds, units and windows are settled here."""

from criteria_dsl.plan.declared import Declared
from criteria_dsl.plan.program import Planned, plan_program

__all__ = ["Declared", "Planned", "plan_program"]
