"""What a protocol asks of notes: phrases that are terms of their own, and statements by their wording."""

from __future__ import annotations

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.problem import Report
from eligibility.facts import Assertion
from eligibility.program import Code, NoteTest
from eligibility.sections import section_headings, section_names
from eligibility.stated import mentioned_coding, stated_form

ASSERTIONS = {assertion.name.lower().replace("_", "-"): assertion for assertion in Assertion}
_SHORTEST = 3
_COMMON = "`past medical history`, `family history`, `assessment`, `assessment and plan`, `plan`"


def note_test(report: Report, clause: t.NotedClause) -> NoteTest:
    """The test of a `noted` clause. Raises RejectedError for a wording that there is none of."""
    said = []
    for word in clause.said:
        if word.text not in ASSERTIONS:
            near = suggest.nearest(word.text, ASSERTIONS)
            takes = ", ".join(f"`{name}`" for name in ASSERTIONS)
            hint = f"did you mean `{near}`?" if near else f"it takes {takes}"
            raise report.reject("E270", word.span, f"nothing is noted as `{word.text}`", hint)
        said.append(ASSERTIONS[word.text])
    headings = tuple(dict.fromkeys(_section(report, heading) for heading in clause.headings))
    return NoteTest(tuple(dict.fromkeys(said)), headings)


def _section(report: Report, heading: t.Word) -> str:
    """The section of a usual name, in its stated form. Raises RejectedError for a name that none has."""
    asked = stated_form(heading.text)
    known = {stated_form(name): name for name in section_names()}
    if asked in known:
        return asked
    meant = section_headings().get(asked) or known.get(str(suggest.nearest(asked, known)))
    if meant is None:
        near = suggest.nearest(asked, section_headings())
        meant = section_headings()[near] if near else None
    hint = f'write `under "{meant}"`, the usual name of that section'
    if meant is None:
        hint = f"the reference lists them all, such as {_COMMON}"
    raise report.reject("E271", heading.span, f'no section of a note is called "{heading.text}"', hint)


def check_source(report: Report, term: t.Term) -> None:
    """A mention is made of phrases, every other kind of codes. Raises RejectedError."""
    for source in term.sources:
        if isinstance(source, t.Phrases) and term.kind.text != "mention":
            hint = f"write what it is also called behind the name: `also {source.phrases[0].span.text}`"
            raise report.reject("E407", source.span, "records are compared by their codes", hint)
        if not isinstance(source, t.Phrases) and term.kind.text == "mention":
            hint = 'write its phrases: `mention falls: "recurrent falls", "fell twice"`'
            raise report.reject("E407", term.kind.span, "a mention has no codes", hint)


def phrase_codes(report: Report, source: t.Phrases) -> list[Code]:
    """The codings that stand for phrases; one of a letter or two would be found everywhere."""
    codes = []
    for phrase in source.phrases:
        if len(stated_form(phrase.text)) < _SHORTEST:
            message = f"a phrase has {_SHORTEST} letters or more"
            raise report.reject("E407", phrase.span, message, "write it out")
        codes.append(Code(*mentioned_coding(phrase.text)))
    return codes
