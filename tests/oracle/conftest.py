"""Hypothesis profiles: a fixed run for every day, a random long one with ORACLE_EXAMPLES."""
