"""What a reviewer is shown beside a criterion, as plain data that is kept with the finding.

For each statement that left it open, and for every statement of a criterion that is reviewed whatever was
found: the facts that decided, all other readings of what it asks about (so that a result can be seen in its
course), its limits and its window, and the words of notes where they stand. Made from the judge's own rows,
windows and limits while the record is at hand; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Facts, Kind, ValueState
from eligibility.instants import is_finite
from eligibility.judging.analytes import in_unit_of
from eligibility.judging.context import Context
from eligibility.judging.evidence import EvidenceRows
from eligibility.judging.moments import Bound
from eligibility.judging.settling import phrase
from eligibility.judging.truth import UNKNOWN, Truth
from eligibility.judging.windows import bounds
from eligibility.program import (
    AnyEvent,
    EdgeIs,
    Every,
    Exposed,
    InARow,
    Leaf,
    NumberTest,
    Range,
    Rows,
    Selection,
    TimeTest,
    ValueIs,
    Window,
)
from eligibility.showing import show_row
from eligibility.units import Unit, dimension_name, dimension_of, from_canonical, resolve
from fhir_adapters import Extract
from fhir_adapters.elements import element_path
from fhir_adapters.notes.keeping import ReadText

Told = dict[str, Any]
# Facts of one term that are kept, the newest ones; how many more there are is kept, too.
MOST = 120
# Characters of a note on each side of the words that decided.
AROUND = 240


class Exhibits:
    """Makes exhibits of one run's patients."""

    def __init__(self, facts: Facts, context: Context, texts: Mapping[tuple[str, str], str]) -> None:
        """`texts`: what notes say, by record and element, as far as it was kept."""
        self._facts, self._context, self._texts = facts, context, texts
        self._rows: dict[tuple[Kind, str, bool], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def of(
        self, evidence: EvidenceRows, leaves: Mapping[Leaf, Truth], patient: int, every: bool = False
    ) -> list[Told]:
        """One exhibit for each statement that is open for a patient (its dense index), in reading order.

        `evidence` has the rows of one criterion and this patient; `every` statement has one, open or not.
        """
        told = []
        for number, leaf in enumerate(evidence.leaves):
            if leaves[leaf].state[patient] != UNKNOWN and not every:
                continue
            mine = evidence.leaf == number
            decided = {
                (Kind(kind), row)
                for kind, row in zip(evidence.kind[mine].tolist(), evidence.row[mine].tolist(), strict=True)
            }
            told.append(self._one(leaf, leaves[leaf], decided, patient))
        return told

    def _one(self, leaf: Leaf, truth: Truth, decided: set[tuple[Kind, int]], patient: int) -> Told:
        terms = [
            self._term(selection, limits, window, patient, decided)
            for rows in _rows_of(leaf)
            for selection, limits, window in _asked(leaf, rows)
        ]
        # Facts of the person, answers and whatever else decided without being of a term.
        listed = {(Kind[fact["block"]], fact["row"]) for term in terms for fact in term["facts"]}
        others = [self._fact(kind, row, decided) for kind, row in sorted(decided - listed)]
        for fact in (*others, *(fact for term in terms for fact in term["facts"])):
            # Numbers of rows are this run's; nobody else could look anything up by them.
            del fact["block"], fact["row"]
        is_open = truth.state[patient] == UNKNOWN
        return {
            "text": leaf.text,
            "settled_by": phrase(self._context, leaf, int(truth.causes[patient])) if is_open else "",
            "terms": terms,
            "others": others,
        }

    def _term(
        self,
        selection: Selection,
        limits: Range | None,
        window: Window | None,
        patient: int,
        decided: set[tuple[Kind, int]],
    ) -> Told:
        kind = selection.kind
        of_term = self._of(kind, selection.value_set, patient, near=False)
        alike = self._of(kind, selection.value_set, patient, near=True)
        chosen = {*of_term, *alike}
        start = self._facts.blocks[kind].column("start_lo") if chosen else np.empty(0, np.int64)
        # What decided stays, however old; of the rest the newest.
        order = sorted(chosen, key=lambda row: ((kind, row) not in decided, -int(start[row]), row))
        kept = sorted(order[:MOST], key=lambda row: (int(start[row]), row))
        facts = [self._fact(kind, row, decided, alike=row in alike) for row in kept]
        unit = self._unit(selection, limits, kept)
        for fact in facts:
            fact["low"], fact["high"] = self._number(selection, fact["row"], unit)
        first, last = self._bounds(window, patient)
        return {
            "term": selection.term,
            "kind": kind.name.lower().replace("_", "-"),
            "window": None if window is None else {"from": first, "to": last, "text": window.text},
            "limits": None if limits is None else _limits(limits, unit),
            "unit": "" if unit is None else unit[1],
            "facts": facts,
            "found": len(of_term),
            "alike": len(alike),
            "more": len(order) - len(kept),
        }

    def _of(self, kind: Kind, value_set: str, patient: int, *, near: bool) -> list[int]:
        """Rows of a value set, or those that come near it, of a patient."""
        key = (kind, value_set, near)
        if key not in self._rows:
            found = self._context.rows_near if near else self._context.rows_in
            rows = found(kind, value_set).numbers()
            whose = self._facts.blocks[kind].column("patient")[rows].astype(np.int64) if len(rows) else rows
            order = np.argsort(whose, kind="stable")
            self._rows[key] = rows[order], whose[order]
        rows, whose = self._rows[key]
        first, last = np.searchsorted(whose, [patient, patient + 1])
        return [int(row) for row in rows[first:last]]

    def _fact(self, kind: Kind, row: int, decided: set[tuple[Kind, int]], alike: bool = False) -> Told:
        shown, block = show_row(self._facts, kind, row), self._facts.blocks[kind]
        times = {name: _instant(int(block.column(name)[row])) for name in _TIMES}
        told: Told = {
            "block": kind.name,
            "row": row,
            "kind": shown.kind,
            "what": shown.what,
            "when": shown.when,
            "value": shown.value,
            "status": shown.status,
            "standing": shown.standing,
            "resource": shown.resource,
            "path": element_path(shown.resource, shown.path),
            "decided": (kind, row) in decided,
            "alike": alike,
            **times,
        }
        if shown.span is not None:
            told |= {"said": shown.said, "quote": shown.quote, "span": list(shown.span)}
            text = self._texts.get((shown.resource, shown.path))
            if text is not None:
                told["around"] = _around(text, *shown.span)
        return told

    def _unit(
        self, selection: Selection, limits: Range | None, rows: Sequence[int]
    ) -> tuple[Unit | None, str] | None:
        """The unit to show numbers in: the criterion's own, else as the newest result writes it.

        None where nothing has a number.
        """
        if selection.kind not in (Kind.OBSERVATION, Kind.ANSWER):
            return None
        wanted = self._dimension(selection, limits, rows)
        if wanted < 0:
            return None
        written = [] if limits is None else [*_endings(limits.text)]
        if rows:
            column = self._facts.blocks[selection.kind].column("unit_as_written")
            written += [self._facts.words.texts[int(column[row])] for row in reversed(rows)]
        for text in written:
            unit = resolve(text)
            if unit is not None and unit.dimension == wanted:
                return unit, text
        return None, dimension_name(wanted)

    def _dimension(self, selection: Selection, limits: Range | None, rows: Sequence[int]) -> int:
        if limits is not None:
            return dimension_of(limits.unit)
        if selection.analyte is not None:
            return dimension_of(selection.analyte.unit)
        if not rows:
            return -1
        block = self._facts.blocks[selection.kind]
        numbers = [row for row in rows if int(block.column("value_state")[row]) == ValueState.NUMBER]
        return int(block.column("unit")[numbers[-1]]) if numbers else -1

    def _number(
        self, selection: Selection, row: int, unit: tuple[Unit | None, str] | None
    ) -> tuple[float | None, float | None]:
        """A fact's number in the unit shown, None where it has none that can be compared."""
        block = self._facts.blocks[selection.kind]
        if unit is None or int(block.column("value_state")[row]) != ValueState.NUMBER:
            return None, None
        at = np.array([row])
        column = in_unit_of(selection.analyte, lambda name: block.column(name)[at])
        shown, name = unit
        wanted = dimension_of(name) if shown is None else shown.dimension
        if int(column("unit")[0]) != wanted:
            return None, None
        low, high = (_shown(float(column(end)[0]), shown) for end in ("value_lo", "value_hi"))
        return low, high

    def _bounds(self, window: Window | None, patient: int) -> tuple[str | None, str | None]:
        """First and last instant of a window for a patient, None where it is open or hangs on an event."""
        if window is None or isinstance(window.lower, AnyEvent) or isinstance(window.upper, AnyEvent):
            return None, None
        lower, upper, _ = bounds(self._context, window)
        first = None if lower is None else _at(lower, patient, least=True)
        last = self._context.cutoff if upper is None else _at(upper, patient, least=False)
        return tuple(None if one is None else _instant(one) for one in (first, last))  # type: ignore[return-value]


_TIMES = ("start_lo", "start_hi", "end_lo", "end_hi")


class Texts(Mapping[tuple[str, str], str]):
    """What notes say, by record and element; a text may be fetched from a file when it is asked for."""

    def __init__(self, kept: Mapping[tuple[str, str], ReadText]) -> None:
        self._kept = kept

    def __getitem__(self, place: tuple[str, str]) -> str:
        return self._kept[place].note.text

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def texts_of(extract: Extract) -> Texts:
    """The texts of an extract, where they were kept."""
    names = extract.facts.resources
    return Texts({(names.name(one.resource), one.path): one for one in extract.texts})


def _rows_of(node: object) -> Iterator[Rows]:
    """What a statement looks for; not what its times hang on."""
    if isinstance(node, EdgeIs):
        yield node.event.rows
    elif isinstance(node, Rows):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _rows_of(part)
    elif is_dataclass(node) and not isinstance(node, Window | Range):
        for field in fields(node):
            yield from _rows_of(getattr(node, field.name))


def _asked(leaf: Leaf, rows: Rows) -> Iterator[tuple[Selection, Range | None, Window | None]]:
    """The selections of some rows, each with the limits and the first window that it is held against."""
    own = leaf.range if isinstance(leaf, ValueIs | Every | InARow) else None
    # A limit on a sum or a ratio is none of its parts'.
    if isinstance(leaf, ValueIs) and getattr(leaf.value, "rows", None) is not rows:
        own = None
    for selection in rows.selections:
        tested = [
            one.range for one in selection.tests if isinstance(one, NumberTest) and one.column == "value"
        ]
        windows = [one.window for one in selection.tests if isinstance(one, TimeTest)]
        if isinstance(leaf, Exposed) and leaf.window is not None:
            windows.append(leaf.window)
        if isinstance(leaf, EdgeIs):
            windows = [leaf.window]
        limits = next((one for one in (own, *tested) if one is not None and one.multiple_of is None), None)
        yield selection, limits, windows[0] if windows else None


def _endings(text: str) -> Iterator[str]:
    """What a limit's text ends in, the longest first: `7.0 to 10.5 %` ends in its unit."""
    words = text.split()
    for first in range(1, len(words)):
        yield " ".join(words[first:])


def _limits(limits: Range, unit: tuple[Unit | None, str] | None) -> Told:
    shown = None if unit is None else unit[0]
    return {
        "low": None if limits.low is None else _shown(limits.low, shown),
        "high": None if limits.high is None else _shown(limits.high, shown),
        "low_open": limits.low_open,
        "high_open": limits.high_open,
        "text": limits.text,
    }


def _shown(number: float, unit: Unit | None) -> float | None:
    """A canonical number in the unit shown; None where it is open."""
    if not np.isfinite(number):
        return None
    return number if unit is None else from_canonical(number, unit)


def _at(bound: Bound, patient: int, *, least: bool) -> int | None:
    at = bound.lo if least else bound.hi
    found = at if isinstance(at, int) else int(at[patient])
    return found if is_finite(found) else None


def _instant(instant: int) -> str | None:
    """ISO time on the wall clock of the run's zone, None where it is not known or has no end."""
    if not is_finite(instant):
        return None
    try:
        return (datetime(1970, 1, 1) + timedelta(milliseconds=instant)).isoformat()  # noqa: DTZ001
    except OverflowError:
        return None


def _around(text: str, start: int, end: int) -> Told:
    """Words of a note with what stands before and after them; `start` is where the excerpt begins."""
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    # Whole words, unless there is one that is longer than all that is shown.
    if first:
        first = next((at + 1 for at in range(first, start) if text[at].isspace()), first)
    if last < len(text):
        last = next((at for at in range(last, end, -1) if text[at - 1].isspace()), last)
    return {"text": text[first:last], "start": first, "before": first > 0, "after": last < len(text)}
