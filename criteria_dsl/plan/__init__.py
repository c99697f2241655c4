"""From checked nodes to the program: kinds, units and windows are settled here."""

from criteria_dsl.plan.criteria import Declared, Planned, plan_program

__all__ = ["Declared", "Planned", "plan_program"]
