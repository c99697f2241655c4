"""The hierarchy of ICD-10-CM in the order of its tabular list, as its library holds it.

The order is the classification's own: C7A stands between C75 and C76, not behind C79. The library takes more
than a second to load, and is loaded by the first question.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

_CODE = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")


def edition() -> str:
    """Which library, and which version of it."""
    return f"simple-icd-10-cm {version('simple-icd-10-cm')}"


def is_code(code: str) -> bool:
    """Whether the classification has a category or subcategory of this code."""
    return code in _places()


def below(code: str) -> dict[str, str] | None:
    """A code and all codes below it with their titles, also of a chapter or block; None for no such code."""
    if not _library().is_valid_item(code):
        return None
    return {one: _library().get_description(one) for one in (code, *_library().get_descendants(code))}


def title(code: str) -> str:
    """The title of a category or subcategory; "" where there is none of this code."""
    return str(_library().get_description(code)) if is_code(code) else ""


def between(first: str, last: str) -> tuple[str, ...]:
    """The codes that, with all below them, are those from one to another, both included.

    Empty where the second does not follow the first, or lies below it. Raises KeyError for no codes.
    """
    order, places = _order(), _places()
    start, stop = places[first], _end(last)
    if start > places[last] or (first != last and last.startswith(first)):
        return ()
    found = []
    while start < stop:
        end = _end(order[start])
        if end <= stop:
            found.append(order[start])
        start = end if end <= stop else start + 1
    return tuple(found)


def chapter(code: str) -> str:
    """The title of the chapter that a code stands in."""
    return str(_library().get_description(_library().get_ancestors(code)[-1]))


def before(code: str) -> str:
    """The last category that would stand before one that there is not; "" where there is none."""
    return max((one for one in _order() if len(one) == len("C50") and one < code), default="")


def _end(code: str) -> int:
    """The place behind a code and all below it, which follow it."""
    return _ends()[_places()[code]]


@cache
def _ends() -> Sequence[int]:
    order = _order()
    ends = [len(order)] * len(order)
    open_places: list[int] = []
    for place, code in enumerate(order):
        while open_places and not code.startswith(order[open_places[-1]]):
            ends[open_places.pop()] = place
        open_places.append(place)
    return ends


@cache
def _order() -> Sequence[str]:
    # A block of one category bears its code, and stands before it.
    return tuple(dict.fromkeys(code for code in _library().get_all_codes(True) if _CODE.fullmatch(code)))


@cache
def _places() -> dict[str, int]:
    return {code: place for place, code in enumerate(_order())}


@cache
def _library() -> Any:
    with warnings.catch_warnings():
        # The library reads its tables by a way that Python is giving up; that is its maker's to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm as library
    return library
