"""From a file to a text that compiles, in its canonical form.

What our compiler refuses in a criterion after all is asked of a clinician, with the compiler's reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.authoring.importing.circe import read_circe
from api.authoring.importing.ctml import read_ctml
from api.authoring.importing.documents import Part, read_document
from api.authoring.importing.draft import Criterion, Draft, Remark
from api.authoring.importing.groups import read_group
from api.errors import UserError
from criteria_dsl import Problem, compile_text, format_text

FORMS: dict[str, Callable[[Part], Draft]] = {
    "fhir-group": read_group,
    "circe": read_circe,
    "ctml": read_ctml,
}


_ROUNDS = 20  # each mends something, and a text has seldom more than one thing to mend


@dataclass(frozen=True, slots=True)
class Imported:
    """A canonical text, the ids of its criteria, and what is remarked of the original."""

    text: str
    criteria: tuple[str, ...]
    remarks: tuple[Remark, ...]


def import_file(path: Path, form: str) -> Imported:
    """A document as a text of our language. Raises UserError where it cannot be read as one."""
    draft = FORMS[form](read_document(path, yaml_too=form == "ctml"))
    if not draft.criteria:
        raise UserError("IMPORT_EMPTY", str(path), "it holds nothing that says who may take part")
    for _ in range(_ROUNDS + len(draft.criteria)):
        draft.forget_unneeded()
        text = draft.text()
        errors = [one for one in compile_text(text).problems if one.severity == "error"]
        if not errors:
            ids = tuple(criterion.id for criterion in draft.criteria)
            return Imported(format_text(text), ids, tuple(draft.remarks))
        if not _ask_instead(draft, text, errors):
            break
    raise UserError("IMPORT_INVALID", str(path), f"no text could be made of it: {errors[0].message}")


def _ask_instead(draft: Draft, text: str, errors: list[Problem]) -> bool:
    """Asks what the compiler refuses, a line alone where it is about that; whether anything was changed."""
    lines = text.splitlines()
    refused: dict[str, Problem] = {}
    for problem in errors:
        head = _block(text, problem.line)
        for criterion in draft.criteria:
            if criterion.id not in refused and _concerns(draft, criterion, head):
                refused[criterion.id] = problem
    changed = False
    for criterion in draft.criteria:
        if criterion.id not in refused:
            continue
        why = refused[criterion.id]
        line = lines[why.line - 1].strip().removeprefix("- ")
        if draft.ask_line(criterion, line, why.message) or draft.ask_whole(criterion, why.message):
            changed = True
    return changed


def _block(text: str, line: int) -> list[str]:
    """The first words of the block that a line belongs to."""
    lines = text.splitlines()[:line]
    head = next((one for one in reversed(lines) if one and one[0] not in " #"), "")
    return head.partition(":")[0].split()


def _concerns(draft: Draft, criterion: Criterion, head: list[str]) -> bool:
    if len(head) < 2:
        return False
    if head[0] in ("include", "exclude", "cohort", "population"):
        return head[1] == criterion.id
    return draft.needs(criterion, head[1])
