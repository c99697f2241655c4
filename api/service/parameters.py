"""The parameters that are given with a question, and the protocols that declare them.

Several protocols may be asked at once: each takes those it declares; one that none declares is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.errors import UserError
from api.loading import Given
from api.service.compiling import Compiler, Ready
from api.store import Store
from api.store.protocols import version
from eligibility.program import Program


def ready_for(store: Store, compiler: Compiler, keys: Sequence[str], given: Given) -> list[Ready]:
    """Versions that can be judged with what is given; raises UserError."""
    with store.read() as session:
        rows = [version(session, key) for key in keys]
    plain = [compiler.ready(row, {}) for row in rows]
    require_declared(given, plain)
    return [compiler.ready(row, own(given, one.program).values) for row, one in zip(rows, plain, strict=True)]


def require_declared(given: Given, asked: Iterable[Ready]) -> None:
    """Raises UserError for a parameter that none of the protocols asked has."""
    declared = {parameter.name for one in asked for parameter in one.program.parameters}
    if {*given.dates, *given.values} - declared:
        known = f"those that are asked have {', '.join(sorted(declared)) or 'none'}"
        raise UserError("PARAMETER_UNKNOWN", "param", f"no protocol has a parameter of this name; {known}")


def own(given: Given, program: Program) -> Given:
    """The parameters that a protocol declares."""
    return given.only({parameter.name for parameter in program.parameters})
