"""How times, spans and people are put on a page: in the service's zone, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

# How many signs of a pseudonym are shown. They are its last ones: it begins with the time it was made at.
_SIGNS = 8


def patient_name(key: str) -> str:
    """How a page calls a patient of whom it knows a pseudonym alone."""
    return key[-_SIGNS:].upper()


def day(value: date | datetime | str) -> str:
    """`1 Jun 2026`, of a day or of its ISO text."""
    found = value if isinstance(value, date) else date.fromisoformat(value[:10])
    return f"{found.day} {found:%b %Y}"


def clock(value: datetime) -> str:
    """`14:05`, with `UTC` said beside it where a page uses it."""
    return f"{value.astimezone(UTC):%H:%M}"


def moment(value: datetime) -> str:
    """`1 Jun 2026, 14:05 UTC`."""
    return f"{day(value.astimezone(UTC))}, {clock(value)} UTC"


def age(since: datetime, now: datetime) -> str:
    """How long something has waited: minutes, hours or days."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if not minutes:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 case`, `2 cases`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


# Words that a number follows without a hyphen.
_COUNTED_BY = frozenset({"type", "grade", "stage", "class", "phase", "level", "line", "group"})


def spoken(term: str) -> str:
    """A protocol's name for something, as it is said: `GLP-1 receptor agonist`, `type 2 diabetes`."""
    head, *rest = term.replace("_", " ").split("-")
    told, last = head, head
    for one in rest:
        # A hyphen before a number belongs to the word: of an abbreviation.
        joins = one[:1].isdigit() and last.lower() not in _COUNTED_BY
        told, last = f"{told}{'-' if joins else ' '}{one}", one
    return told


_POWER = re.compile(r"\b10[*^](\d+)")
_ABOVE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit(written_as: str) -> str:
    """A unit of UCUM as laboratories print it: `mL/min/1.73 m²`, `mmHg`, `10⁹/L`."""
    text = _POWER.sub(lambda found: "10" + found[1].translate(_ABOVE), written_as)
    text = text.replace("mm[Hg]", "mmHg").replace("{1.73_m2}", "1.73 m²")
    return re.sub(r"[\[\]{}]", "", text)


_ASIDE = re.compile(r"^(.+) \(([^()]+)\)$")
_CODE = re.compile(r"[\w.:-]*\d[\w.:-]*(,|$)")


def named(what: str) -> str:
    """What a record names, without its code and without the same words once more."""
    found = _ASIDE.match(what)
    if found is None:
        return what
    again = re.sub(r"\W", "", found[1]).lower() == re.sub(r"\W", "", found[2]).lower()
    return found[1] if again or _CODE.match(found[2]) else what


def short(what: str, longest: int = 56) -> str:
    """A name that fits into a chart."""
    found = named(what)
    return found if len(found) <= longest else found[: longest - 1].rstrip() + "…"


_MONTH = re.compile(r"(?<![\d-])(\d{4})-(0[1-9]|1[0-2])(?![\d-])")
# Neither beginning nor end is known to the day.
_RANGES = re.compile(r"^(.+?) to (.+?) to (.+?) to (.+?)$")
_STAMP = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?)?")


def written(when: str) -> str:
    """When something was, with months as words: `6 Jan 2024, 21:17`; `2026-02` is Feb 2026."""

    def told(found: re.Match[str]) -> str:
        try:
            return day(f"{found[1]}-{found[2]}-{found[3]}") + (f", {found[4]}" if found[4] else "")
        except ValueError:
            return found[0]

    found = _RANGES.sub(r"began \1 to \2, ended \3 to \4", when)
    return _MONTH.sub(lambda one: f"{date(int(one[1]), int(one[2]), 1):%b %Y}", _STAMP.sub(told, found))


_BORN = re.compile(r"born (\d{4})-(\d{2})-(\d{2})$")


def aged(person: str, on: str) -> str:
    """Sex and birth date with the age on an ISO day: `female, born 2 Oct 1970 (55 years)`."""
    found = _BORN.search(person)
    if found is None:
        return written(person)
    (year, *birthday), (now, *today) = map(int, found.groups()), map(int, on[:10].split("-"))
    return f"{written(person)} ({now - year - (today < birthday)} years)"


def called(fact: Mapping[str, Any]) -> str:
    """What a fact is of; persons have their birth date in it."""
    return written(fact["what"]) if fact["kind"] == "demographic" else named(fact["what"])


# How a note means what it names, and whether a record's status lets it count.
_MEANT = {
    "present": "stated",
    "absent": "denied or ruled out",
    "possible": "suspected",
    "hypothetical": "planned or conditional",
    "historical": "in the past",
    "someone else": "about somebody else",
    "not surely meant": "perhaps only considered",
}
_COUNTED = {"unconfirmed": "not confirmed", "does not count": "cancelled, refuted or planned"}


def meant(said: str) -> str:
    """How a note means what it names."""
    return ", ".join(_MEANT.get(part, part) for part in said.split(", "))


def counted(standing: str) -> str:
    """Whether a record's status lets it count."""
    return _COUNTED.get(standing, standing)


def within(window: Mapping[str, Any] | None) -> str:
    """`from 3 Mar 2026 to 1 Jun 2026`, what is known of a window; "" where nothing is."""
    if window is None:
        return ""
    first, last = window["from"], window["to"]
    if first is None and last is None:
        return str(window["text"])
    return " ".join(([f"from {day(first)}"] if first else []) + ([f"to {day(last)}"] if last else []))


def changed(parts: Sequence[str]) -> str:
    """What overtook a signature, as a sentence without its end."""
    names = {
        "data": "the record has changed",
        "protocol": "the protocol has changed",
        "terminology": "a list of codes has changed",
        "findings": "the record is read or shown in another way now",
    }
    return " and ".join(names.get(one, one) for one in parts)


def sum_of(terms: Sequence[Mapping[str, Any]], name: str) -> int:
    """Over terms: of numbers, or of the lengths of lists."""
    return sum(one[name] if isinstance(one[name], int) else len(one[name]) for one in terms)


def in_words(text: str, terms: Sequence[str]) -> str:
    """A text with a protocol's names as they are said."""
    for term in sorted(set(terms), key=len, reverse=True):
        text = text.replace(term, spoken(term))
    return text


def anchor(criterion: str) -> str:
    """The name of a criterion's place on a page."""
    return "c-" + re.sub(r"[^A-Za-z0-9_-]", "_", criterion)


FILTERS: dict[str, Callable[..., Any]] = {
    "patient_name": patient_name,
    "day": day,
    "clock": clock,
    "moment": moment,
    "age": age,
    "plural": plural,
    "spoken": spoken,
    "named": named,
    "unit": unit,
    "short": short,
    "written": written,
    "aged": aged,
    "called": called,
    "meant": meant,
    "counted": counted,
    "within": within,
    "changed": changed,
    "sum_of": sum_of,
    "anchor": anchor,
    "in_words": in_words,
}
