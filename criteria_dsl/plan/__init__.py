"""From checked nodes to the program: kinds, units and windows are settled here."""

from criteria_dsl.plan.criteria import plan_program

__all__ = ["plan_program"]
