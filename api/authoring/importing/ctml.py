"""Trials in the Clinical Trial Markup Language of MatchMiner: the `match` trees of steps, arms and doses.

A tree of its own at several places of a trial is an alternative, so each becomes a cohort. OncoTree names are
value sets that the author has to supply; what is asked of a tumour's genes is asked in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from api.authoring.importing.documents import Part
from api.authoring.importing.draft import (
    Criterion,
    Draft,
    Line,
    NoEqualError,
    Outcome,
    Statement,
    joined,
    negated,
    plain_name,
    quotable,
)

_LEVELS = {"step": "arm", "arm": "dose_level", "dose_level": ""}
_LIMIT = re.compile(r"(?P<comparator>>=|<=|>|<|==?)?\s*(?P<number>\d+(\.\d+)?)")
_SEXES = {"male", "female"}
_IDS = ("protocol_no", "nct_id", "protocol_id", "trial_id")
_TITLES = ("short_title", "long_title", "protocol_no", "nct_id")
_READ = {*_IDS, *_TITLES, "treatment_list", "match"}


@dataclass(frozen=True, slots=True)
class _Tree:
    label: str
    identity: str
    match: Part


def read_ctml(document: Part) -> Draft:
    """A trial as a draft. Raises UserError where it has no match tree."""
    identity = next((text for key in _IDS if (text := document.get(key).text())), "")
    title = next((text for key in _TITLES if (text := document.get(key).text())), "Trial")
    draft = Draft(plain_name(identity or title, "TRIAL"), "1", title, f"a CTML trial, {document.file}")
    trees = list(_trees(document))
    if not trees:
        raise document.fault("no `match` is in the trial")
    unread = sorted(key for key in document.mapping() if key not in _READ)
    if unread:
        reason = "They describe the trial; who may take part stands in its match trees."
        draft.remark(document.place, Outcome.LISTED, ", ".join(unread), reason)
    if len(trees) == 1:
        for part in _listed(trees[0].match):
            since = len(draft.remarks)
            statement = _statement(draft, part)
            draft.add(Criterion("include", f"I{len(draft.criteria) + 1}", _label(part), statement), since)
        return draft
    for tree in trees:
        since = len(draft.remarks)
        parts = [_statement(draft, part) for part in _listed(tree.match)]
        statement = joined("all of", parts)
        draft.add(Criterion("cohort", tree.identity, tree.label, statement), since)
    return draft


def _trees(document: Part) -> Iterator[_Tree]:
    if "match" in document:
        yield _Tree("Trial", "trial", document.get("match"))
    yield from _below(document.get("treatment_list"), "step", "")


def _below(part: Part, level: str, above: str) -> Iterator[_Tree]:
    """The match trees of one level and of those below it."""
    for number, one in enumerate(part.get(level).each(), 1):
        words = (f"{level}_code", f"{level}_internal_id", "level_code", f"{level}_id")
        code = next((text for key in words if (text := one.get(key).text())), str(number))
        told = f"{level.replace('_', ' ')} {code}"
        label = f"{above}, {told}" if above else told
        description = one.get(f"{level}_description").text() or one.get("level_description").text()
        if "match" in one:
            shown = f"{label}: {description}" if description else label
            yield _Tree(shown, label.replace(", ", "-").replace(" ", "-"), one.get("match"))
        if _LEVELS[level]:
            yield from _below(one, _LEVELS[level], label)


def _listed(match: Part) -> list[Part]:
    """The parts that all have to hold: the entries of the list, of a single `and` its members."""
    entries = match.each()
    if len(entries) == 1 and list(entries[0].mapping()) == ["and"]:
        entries = entries[0].get("and").each()
    if not entries:
        raise match.fault("a match tree without members")
    return entries


def _statement(draft: Draft, node: Part) -> Statement:
    made: list[Statement] = []
    for key, value in node.fields():
        match key:
            case "and":
                made.append(joined("all of", _members(draft, value)))
            case "or":
                made.append(joined("any of", _members(draft, value)))
            case "not":
                made.append(negated(joined("all of", _members(draft, value))))
            case "clinical":
                made += [_clinical(draft, name, said) for name, said in value.fields()]
            case "genomic":
                made.append(_genomic(draft, value))
            case _:
                raise value.fault(f"and, or, not, clinical or genomic is expected, and this is `{key[:40]}`")
    if not made:
        raise node.fault("a part of a match tree that asks for nothing")
    return joined("all of", made)


def _members(draft: Draft, value: Part) -> list[Statement]:
    members = [_statement(draft, one) for one in value.each()]
    if not members:
        raise value.fault("a list without members")
    return members


def _clinical(draft: Draft, name: str, said: Part) -> Statement:
    try:
        match name.lower():
            case "age_numerical":
                return Line(f"age at index is {_years(said.text())}")
            case "gender":
                sex = said.text().lower().lstrip("!")
                if sex not in _SEXES:
                    raise NoEqualError("Only male and female are read.")
                line = Line(f"sex is {sex}")
                return negated(line) if said.text().startswith("!") else line
            case "oncotree_primary_diagnosis":
                return _diagnosis(draft, said)
        raise NoEqualError(f"`{name}` has no equal.")
    except NoEqualError as why:
        words = f"{name.replace('_', ' ').lower()}: {_value(said)}"
        return draft.ask(words[0].upper() + words[1:], said.place, f"{name}: {_shown(said)}", str(why))


def _years(text: str) -> str:
    found = _LIMIT.fullmatch(text)
    if found is None:
        raise NoEqualError(f"`{text}` is no limit.")
    if "." in found["number"]:
        raise NoEqualError("Age is counted in whole years.")
    comparator = (found["comparator"] or "=").replace("==", "=")
    return f"{comparator} {found['number']} years"


def _diagnosis(draft: Draft, said: Part) -> Statement:
    words = said.text()
    name = words.lstrip("!").strip()
    if not name:
        raise said.fault("a diagnosis without a name")
    url = f"urn:oncotree:{quote(name, safe='')}"
    reason = "Supply its codes, with all below it in OncoTree, as a value set of this address."
    draft.remark(said.place, Outcome.SUPPLY, f"{url} ({name})", reason)
    also = "" if name.startswith("_") else f' also "{quotable(name)}"'
    term = draft.term("diagnosis", name, f'value-set "{url}"', also)
    return Line(f"no {term}" if words.startswith("!") else term)


def _genomic(draft: Draft, value: Part) -> Statement:
    told = [f"{name.replace('_', ' ').lower()} {_value(said)}" for name, said in value.fields()]
    if not told:
        raise value.fault("a genomic entry that asks for nothing")
    original = "; ".join(f"{name}: {_shown(said)}" for name, said in value.fields())
    words = f"Genomic finding of the tumour: {'; '.join(told)}"
    return draft.ask(words, value.place, f"genomic {original}", "Genes and their variants have no equal.")


def _value(said: Part) -> str:
    """A value in words: `!` in front of it means that it must not be."""
    if isinstance(said.value, list):
        return " or ".join(_value(one) for one in said.each())
    text = said.text()
    return f"not {text[1:]}" if text.startswith("!") else text


def _shown(said: Part) -> str:
    return ", ".join(one.text() for one in said.each()) if isinstance(said.value, list) else said.text()


def _label(node: Part) -> str:
    """A criterion's title: what its parts are about."""
    found: dict[str, None] = {}
    waiting = [node]
    while waiting:
        one = waiting.pop(0)
        for key, value in one.fields():
            if key in ("and", "or", "not"):
                waiting += value.each()
            elif key in ("clinical", "genomic"):
                found |= dict.fromkeys(name.replace("_", " ").lower() for name, _ in value.fields())
    words = ", ".join(found) or "match"
    return words[0].upper() + words[1:]
