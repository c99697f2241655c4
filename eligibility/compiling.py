"""`compiled`: a function over arrays as machine code, made once and kept on disk.

The compiler is loaded when the first kernel runs, not before: who only writes a protocol never pays
for it. Each kernel has one signature, so that no call can start a second compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
_preparations: list[Callable[[], object]] = []


def compiled(*signature: str, returns: str = "void", beside: bool = False) -> Callable[[F], F]:
    """Compile a function of one-dimensional arrays and numbers on its first call.

    `signature` names each argument's type: "int64[]" an array that is read, "int64[]!" one that is
    written to, "int64" a number; `returns` that of its result. A call with other types raises TypeError.
    `beside`: other threads run meanwhile, which must not write to the arrays.
    """

    def decorate(function: F) -> F:
        ready: Callable[..., Any] | None = None

        def prepared() -> Callable[..., Any]:
            nonlocal ready
            if ready is None:
                ready = _compile(function, signature, returns, beside=beside)
            return ready

        @wraps(function)
        def call(*arguments: Any) -> Any:
            return (ready or prepared())(*arguments)

        _preparations.append(prepared)
        return cast(F, call)

    return decorate


def prepare_all() -> None:
    """Compile what the modules that are loaded by now hold, before the first calls."""
    for prepare in _preparations:
        prepare()


def _compile(
    function: Callable[..., Any], signature: tuple[str, ...], returns: str, *, beside: bool
) -> Callable[..., Any]:
    import numba

    def spelled(name: str) -> Any:
        number = getattr(numba.types, name.rstrip("[]!"))
        if "[]" not in name:
            return number
        return numba.types.Array(number, 1, "C", readonly=not name.endswith("!"))

    types = spelled(returns)(*map(spelled, signature))
    try:
        made = numba.njit(types, cache=True, error_model="numpy", nogil=beside)(function)
    except RuntimeError:  # an installation nobody may write to, and no folder of the user's either
        made = numba.njit(types, error_model="numpy", nogil=beside)(function)
    return cast(Callable[..., Any], made)
