"""What compiles and still looks wrong: rules with codes, each with its reason and, where safe, its fix."""

from criteria_dsl.linting import (  # noqa: F401 - importing a module registers its rules
    codes,
    contradictions,
    counts,
    lists,
    misreadings,
    numbers,
    policies,
    sources,
    twins,
    washouts,
    windows,
)
from criteria_dsl.linting.rule import RULES, Edit, Finding, Rule
from criteria_dsl.linting.run import fixed, lint_text

__all__ = ["RULES", "Edit", "Finding", "Rule", "fixed", "lint_text"]
