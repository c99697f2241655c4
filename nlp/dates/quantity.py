"""The number that stands before a unit: a couple of, 3 to 4, about two, and how exactly it is meant."""

from __future__ import annotations

import re

from nlp.dates.words import words

_WORD = re.compile(r"\S+")


def quantity(ahead: list[tuple[int, str]], start: int) -> tuple[int, float, float | None, bool]:
    """Takes the number off the end of the words before a unit: where it begins, least, most, hedged."""
    table = words()
    place, word = ahead[-1]
    tidy = word.strip("-~(,").replace("–", "-")
    hedged = word.startswith("~")
    if tidy[:1] in "x×" and tidy[1:2].isdigit() and tidy[-1] != ".":  # x3 days
        ahead.pop()
        ahead.append((place, "x"))
        tidy = tidy[1:]
        pair = _number(tidy)
        return place, *(pair or (0.0, None)), False
    if tidy == "of" and len(ahead) > 1 and ahead[-2][1] == "couple":
        ahead.pop()
        place, tidy = ahead[-1]
    pair = _number(tidy) if tidy[-1:] != "." else None
    if pair is None:
        return start, 0.0, None, False
    ahead.pop()
    if tidy in ("a", "an") and ahead and ahead[-1][1] == "half":
        place, pair = ahead.pop()[0], (0.5, 0.5)
    least, most = pair
    if ahead and ahead[-1][1] in ("to", "or", "-", "–", "and") and len(ahead) > 1:
        other = _number(ahead[-2][1].strip("(~"))
        if other is not None and other[0] <= most and ahead[-1][1] != "and":
            least = other[0]
            place = ahead[-2][0]
            del ahead[-2:]
    if tidy in ("couple", "few") and ahead and ahead[-1][1] == "a":
        place = ahead.pop()[0]
    while ahead and (ahead[-1][1].strip("(") in table.hedges or _is_than(ahead)):
        hedged = True
        if ahead[-1][1] == "than":
            ahead.pop()
        place = ahead.pop()[0]
    return place, least, most, hedged


def _is_than(ahead: list[tuple[int, str]]) -> bool:
    return len(ahead) > 1 and ahead[-1][1] == "than" and ahead[-2][1] in ("more", "less", "greater")


def _number(word: str) -> tuple[float, float] | None:
    known = words().numbers.get(word)
    if known is not None:
        return known
    one, dash, other = word.partition("-")
    if dash and other and (one in words().numbers and other in words().numbers):
        return words().numbers[one][0], words().numbers[other][1]
    try:
        if len(word) > 7 or not word[:1].isdigit():
            return None
        least = float(one)
        most = float(other) if dash and other else least
    except ValueError:
        return None
    return (least, most) if least <= most < 1000 else None


def spread(number: float, hedged: bool, unit: str = "") -> float:
    if unit == "week" and not hedged and number % 10:
        return 0.5 if number < 10 else 1.0  # who says 16 weeks has counted them
    if unit == "year" and not hedged and number <= 20:
        return 1.0 if number > 10 and not number % 5 else 0.5 if number > 10 else max(0.5, number / 10)
    return max(1.0, number / 4) if hedged else max(0.5, number / 10)


def amount(words_: str) -> tuple[float, float, str] | None:
    """Least, most and unit of a count with its unit ahead of other words: "two days prior to admission"."""
    ahead: list[tuple[int, str]] = []
    for match in _WORD.finditer(words_):
        unit = words().units.get(match.group())
        if unit is not None and len(unit) > 1 and ahead:
            _, least, most, hedged = quantity(ahead, match.start())
            if most is None:
                return None
            around = 0.0 if unit in ("day", "hour") and not hedged else spread(most, hedged)
            return max(0.0, least - around), most + around, unit
        ahead.append((match.start(), match.group()))
    return None


def last_word(ahead: list[tuple[int, str]]) -> str:
    """The last of some words with their places, without the signs around it; "" where there is none."""
    return ahead[-1][1].strip("(,.;:") if ahead else ""
