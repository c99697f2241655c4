"""How many examples the comparisons draw: a fixed run for every day, a random one for long nights.

The short run is the same on every machine. The long one draws other examples each time; what it
finds is printed as a `Case` that can be put into the corpus.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings


def fixed(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Settings of the run of every day."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def random(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Settings of the long run; ORACLE_EXAMPLES says how long."""
    return settings(
        max_examples=int(os.environ.get("ORACLE_EXAMPLES", examples)),
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
