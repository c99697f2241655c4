"""Parameters that are numbers or durations: written into the text before it is planned.

So every check of a limit or a length is one of the value in force, whether it is the default or was
given with the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from criteria_dsl import tree as t
from criteria_dsl.calls import own_arguments
from criteria_dsl.names import Entry, File, Sort, said, sort_of
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.source import Span

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DURATION = re.compile(r"(\d+) +(hour|day|week|month|year)s?")
_WRITTEN = {
    Sort.NUMBER: "a number, such as `75`",
    Sort.DURATION: "a length, such as `30 days`",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """The value in force: a number with its unit as declared, or a count with its unit of time."""

    number: str
    unit: str

    @property
    def text(self) -> str:
        """As a person writes it."""
        return f"{self.number} {self.unit}".rstrip()


def set_parameters(
    main: File, files: Iterable[File], given: Mapping[str, str], report: Report
) -> dict[str, Setting]:
    """Writes the values of number and duration parameters into all files; gives those in force by name.

    `given` are the texts that a run gives over the defaults. What cannot be used loses its block.
    """
    settings: dict[str, Setting] = {}
    for entry in main.entries:
        if sort_of(entry) in _WRITTEN and isinstance(entry.node, t.Parameter):
            try:
                settings[entry.name] = _setting(entry.node, sort_of(entry), given.get(entry.name), report)
            except RejectedError:
                entry.node = None
    for name in given:
        known = main.names.get(name)
        if known is None or (known.node is not None and name not in settings):
            what = "no parameter" if known is None else sort_of(known).called
            message = f"`{name}` is given with the run, and here it is {what}"
            span = known.span if known is not None else main.header.name.span if main.header else None
            if span is not None:
                report.add("E321", span, message, "a run gives dates, periods, numbers and durations")
    for file in files:
        _write(file, settings, report)
    return settings


def _setting(node: t.Parameter, sort: Sort, given: str | None, report: Report) -> Setting:
    if sort is Sort.DURATION and node.unit is not None:
        hint = f"take out `in {node.unit.text}`: a duration says its unit itself"
        raise report.reject("E310", node.unit.span, "a duration has no unit of measurement", hint)
    if node.first is None:
        hint = f"add `default` and {_WRITTEN[sort]}; a run can give another"
        raise report.reject("E310", node.name.span, f"`{node.name.text}` has no default", hint)
    written = node.first.text + (f" {node.last.text}" if node.last is not None else "")
    found = _read(written, sort, node)
    if found is None:
        span = node.first.span.to((node.last or node.first).span)
        raise report.reject(
            "E310", span, f"this is no default of a {node.sort.text}", f"write {_WRITTEN[sort]}"
        )
    if given is not None:
        found = _read(given.strip(), sort, node)
        if found is None:
            message = f"what is given for `{node.name.text}` is no {node.sort.text}"
            raise report.reject("E321", node.name.span, message, f"give {_WRITTEN[sort]}")
    return found


def _read(text: str, sort: Sort, node: t.Parameter) -> Setting | None:
    if sort is Sort.NUMBER:
        unit = node.unit.text if node.unit is not None else ""
        number = text.removesuffix(unit).rstrip() if unit else text
        return Setting(number, unit) if _NUMBER.fullmatch(number) else None
    match = _DURATION.fullmatch(text)
    return Setting(match[1], match[2] + ("" if match[1] == "1" else "s")) if match else None


def _write(file: File, settings: Mapping[str, Setting], report: Report) -> None:
    """Puts the values into the blocks of a file."""
    mine = {
        name: settings[name]
        for name, entry in file.names.items()
        if name in settings and sort_of(entry) in _WRITTEN
    }
    spoken = tuple((name, setting.text) for name, setting in mine.items())
    entries = {id(entry.node): entry for entry in file.entries}
    nodes: list[t.Node] = []
    for node in file.nodes:
        written: Any = node
        if isinstance(node, t.Define | t.Criterion):
            hidden = own_arguments(node)
            writer = _Writer(file, {n: s for n, s in mine.items() if n not in hidden}, hidden, report)
            try:
                written = writer.written(node)
            except RejectedError:
                written = None
            if written is not None and written is not node:
                written = said(written, spoken)
            if written is not node and id(node) in entries:
                entries[id(node)].node = written
        if written is not None:
            nodes.append(written)
    file.nodes = nodes


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes values over the names of parameters in one block."""

    file: File
    settings: Mapping[str, Setting]
    hidden: frozenset[str]
    report: Report

    def written(self, node: Any) -> Any:
        """The same node with numbers for names; itself where there are none. Raises RejectedError."""
        if isinstance(node, tuple):
            parts = tuple(self.written(part) for part in node)
            return parts if any(a is not b for a, b in zip(parts, node, strict=True)) else node
        if isinstance(node, t.Word | Span) or not is_dataclass(node) or isinstance(node, type):
            return node
        match node:
            case t.Limit(number=number, upper=upper) if _is_name(number) or _is_name(upper):
                return self._limit(node)
            case t.Length(number=number) if _is_name(number):
                setting = self._setting(number, Sort.DURATION)
                length = t.Word(setting.number, number.span)
                return replace(node, number=length, unit=setting.unit.removesuffix("s"))
        changed = {}
        for item in fields(node):
            before = getattr(node, item.name)
            after = self.written(before)
            if after is not before:
                changed[item.name] = after
        return replace(node, **changed) if changed else node

    def _limit(self, node: t.Limit) -> t.Limit:
        """A limit with numbers for names, in the one unit of both its ends. Raises RejectedError."""
        named = [word for word in (node.number, node.upper) if word is not None and _is_name(word)]
        found = {word.text: self._setting(word, Sort.NUMBER) for word in named}
        units = [setting.unit for setting in found.values()]
        if node.unit is not None:
            units.append(node.unit.text)
        if len(set(units)) > 1:
            shown = " and ".join(f"`{unit or '1'}`" for unit in units)
            message = f"the ends of this range are in {shown}"
            raise self.report.reject("E303", node.span, message, "give both in one unit")
        unit = node.unit or (t.Word(units[0], named[0].span) if units[0] else None)

        def number(word: t.Word) -> t.Word:
            return t.Word(found[word.text].number, word.span) if word.text in found else word

        upper = number(node.upper) if node.upper is not None else None
        return replace(node, number=number(node.number), upper=upper, unit=unit)

    def _setting(self, word: t.Word, sort: Sort) -> Setting:
        entry = self.file.names.get(word.text)
        if entry is None and word.text not in self.hidden:
            raise RejectedError(word.text)  # reported with the names
        if word.text in self.hidden or entry is None:
            message = f"`{word.text}` is an argument, not {sort.called} of the run"
            raise self.report.reject("E114", word.span, message, "compare values: `a minus b is <= …`")
        if sort_of(entry) is Sort.BROKEN:
            raise RejectedError(word.text)
        if sort_of(entry) is not sort or word.text not in self.settings:
            raise self.report.reject("E114", word.span, *_wrong(word, entry, sort))
        return self.settings[word.text]


def _is_name(word: t.Word | None) -> bool:
    return word is not None and word.text[:1].isalpha()


def _wrong(word: t.Word, entry: Entry, sort: Sort) -> tuple[str, str]:
    form = "a number in UNIT" if sort is Sort.NUMBER else sort.called
    hint = f"declare one: `parameter {word.text}-limit is {form} default …`"
    return f"`{word.text}` names {sort_of(entry).called}, not {sort.called}", hint
