"""What holds for all tests: how long an example takes says nothing of whether it is right.

By itself Hypothesis fails an example that takes more than 200 ms, which on a busy machine any may.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("whenever", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whenever")
