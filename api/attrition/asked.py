"""A sweep as it is asked for: `I4:45=30,40,50`, `I4:45=30..60/5`, `E1=90,120`, `max-age=70,75`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from api.errors import UserError
from criteria_dsl.written_numbers import WrittenNumber

_ASKED = re.compile(r"(?P<name>[^:=]+)(:(?P<number>-?\d+(\.\d+)?)(#(?P<place>\d+))?)?=(?P<values>.+)")
_NUMBER = r"-?\d+(?:\.\d+)?"
_STEPS = re.compile(rf"({_NUMBER})\.\.({_NUMBER})/({_NUMBER})")
_VALUE = re.compile(rf"{_NUMBER}( +(hour|day|week|month|year)s?)?")
# More values than a curve can show, each of which judges everybody once.
_MOST = 60


@dataclass(frozen=True, slots=True)
class AskedSweep:
    """`written` is None where a parameter of the protocol takes the values."""

    text: str
    name: str
    written: WrittenNumber | None
    values: tuple[str, ...]


def asked_sweep(
    text: str, numbers: Mapping[str, tuple[WrittenNumber, ...]], parameters: Mapping[str, str]
) -> AskedSweep:
    """`numbers` are those that stand in the protocol, `parameters` its numbers and durations by name.

    Raises UserError for what is no sweep, names nothing, or leaves open which number is meant.
    """
    found = _ASKED.fullmatch(text.strip())
    if found is None:
        raise _invalid(text, "write NAME:NUMBER=VALUE,VALUE,… or NAME:NUMBER=FIRST..LAST/STEP")
    name, values = found["name"].strip(), _values(text, found["values"])
    if name in parameters and found["number"] is None:
        return AskedSweep(text, name, None, values)
    if name not in numbers:
        raise _invalid(text, f"the protocol has no criterion, definition or parameter `{name}`")
    meant = numbers[name]
    if found["number"] is not None:
        meant = tuple(one for one in meant if Decimal(one.number) == Decimal(found["number"]))
    if found["place"] is not None:
        place = int(found["place"])
        meant = meant[max(place, 1) - 1 : place]
    if len(meant) != 1:
        raise _invalid(text, _which(name, numbers[name]))
    return AskedSweep(text, name, meant[0], values)


def _values(text: str, written: str) -> tuple[str, ...]:
    """The values in the order given, each once."""
    steps = _STEPS.fullmatch(written.strip())
    if steps is not None:
        first, last, step = map(Decimal, steps.groups())
        if not step or (last - first) / step < 0:
            raise _invalid(text, "the step does not lead from the first value to the last")
        count = int((last - first) / step) + 1
        values = [str(first + number * step) for number in range(min(count, _MOST + 1))]
    else:
        values = list(dict.fromkeys(part.strip() for part in written.split(",")))
        if not all(_VALUE.fullmatch(value) for value in values):
            raise _invalid(text, "values are numbers, such as 30,45,60, or lengths of time for a parameter")
    if len(values) > _MOST:
        raise _invalid(text, f"at most {_MOST} values can be asked for at once")
    return tuple(values)


def _which(name: str, numbers: tuple[WrittenNumber, ...]) -> str:
    """What to write instead where none or several numbers are meant."""
    if not numbers:
        return f"no number stands in {name}"
    seen: dict[Decimal, int] = {}
    told = []
    for one in numbers:
        value = Decimal(one.number)
        seen[value] = seen.get(value, 0) + 1
        twice = sum(Decimal(other.number) == value for other in numbers) > 1
        told.append(f"{name}:{one.number}{f'#{seen[value]}' if twice else ''} (of “{one.words}”)")
    return f"say which number of {name} is meant: {', '.join(told)}"


def _invalid(text: str, why: str) -> UserError:
    return UserError("SWEEP_INVALID", "--sweep", f"{text!r}: {why}")
