"""Policy lines that change nothing, or that let silence decide."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Edit, Found, rule
from criteria_dsl.linting.text import Text, nodes
from criteria_dsl.plan.pregnancy import is_pregnancy
from criteria_dsl.source import Span
from eligibility import program as ir
from eligibility.facts import Kind


@rule("L140", "silence includes", "`missing means yes` for an inclusion lets in whom nobody has examined.")
def silence_includes(text: Text) -> Iterator[Found]:
    for node in text.criteria:
        for line in node.policies:
            if node.polarity == "include" and line.doubt == "missing" and line.answer == "yes":
                yield Found(
                    line.span,
                    "a patient without any record would be included",
                    "let a person decide: `unknown`",
                )
    included = [one for node, one in text.planned() if node.polarity == "include"]
    policies = {policy for one in included for policy in nodes(one.statement, ir.Policy)}
    for line in _elsewhere(text):
        answered = any(policy.missing is ir.Answer.YES for policy in policies)
        if line.doubt == "missing" and line.answer == "yes" and answered:
            yield Found(
                line.span,
                "it holds for an inclusion: a patient without any record would be included",
                "let a person decide: `unknown`",
            )


def _elsewhere(text: Text) -> Iterator[t.PolicyLine]:
    """The policy lines of the heading and of definitions."""
    own = {id(line) for node in text.criteria for line in node.policies}
    header = () if text.file.header is None else text.file.header.policies
    seen: set[int] = set()
    for line in (*header, *text.walk(t.PolicyLine)):
        if id(line) not in own and id(line) not in seen:
            seen.add(id(line))
            yield line


@rule(
    "L141",
    "silence clears",
    "`missing`, `outdated` or `unreadable means no` for an exclusion of a result clears whom nobody knows.",
)
def silence_clears(text: Text) -> Iterator[Found]:
    excluded = [both for both in text.planned() if both[0].polarity == "exclude"]
    policies: set[ir.Policy] = set()
    for node, criterion in excluded:
        measured = [s for s in nodes(criterion.statement, ir.Selection) if s.kind is Kind.OBSERVATION]
        policies |= {one.policy for one in measured}
        if measured:
            policies |= {leaf.policy for leaf in nodes(criterion.statement, ir.ValueIs)}
        for line in node.policies:
            if measured and line.doubt in _CLEARS and line.answer == "no":
                yield Found(line.span, _CLEARS[line.doubt], "let a person decide: `unknown`")
    for line in _elsewhere(text):
        if line.doubt not in _CLEARS or line.answer != "no":
            continue
        if any(getattr(policy, line.doubt) is ir.Answer.NO for policy in policies):
            message = f"it holds for an exclusion: {_CLEARS[line.doubt]}"
            yield Found(line.span, message, "let a person decide: `unknown`")


_CLEARS = {
    "missing": "a patient without the result would be cleared",
    "outdated": "a patient whose result is too old would be cleared",
    "unreadable": "a patient whose result cannot be read would be cleared",
}


@rule("L142", "margin without a number", "`review within …` needs a limit to lie near to.")
def idle_margin(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        for line in node.policies:
            if line.doubt == "review" and not weighed(criterion.statement):
                yield Found(
                    line.span, "this criterion has no limit that a value could lie near to", "take it out"
                )


def weighed(statement: ir.Statement) -> bool:
    """Whether a margin is in force for a result, a computed value or an age; doses and lengths have none."""
    if any(leaf.policy.borderline for leaf in nodes(statement, ir.ValueIs)):
        return True
    if any(leaf.borderline for leaf in nodes(statement, ir.AgeIs)):
        return True
    rows = [leaf.rows for leaf in nodes(statement, ir.Every)]
    rows += [leaf.rows for leaf in nodes(statement, ir.InARow)]
    whole = [selection for one in rows for selection in one.selections]
    whole += [one for one in nodes(statement, ir.Selection) if any(map(_of_value, one.tests))]
    return any(selection.policy.borderline for selection in whole)


def _of_value(test: ir.RowTest) -> bool:
    return isinstance(test, ir.NumberTest) and test.column == "value"


@rule("L143", "margin over the whole range", "Every value in the range would go to review.")
def wide_margin(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        share = next((float(p.number.text) / 100 for p in node.policies if p.number is not None), 0.0)
        for limits in nodes(criterion.statement, ir.Range):
            if share and limits.low is not None and limits.high is not None:
                reach = share * (abs(limits.low) + abs(limits.high))
                if limits.high > limits.low and reach >= limits.high - limits.low:
                    yield Found(
                        node.policies[-1].span, "no value of the range is outside of this margin", "narrow it"
                    )


@rule("L144", "policy for a kind that is not there", "No record of this kind is asked for.")
def idle_kind(text: Text) -> Iterator[Found]:
    header = text.file.header
    if header is None or text.program is None:
        return
    kinds = {selection.kind for c in text.program.criteria for selection in _selections(c)}
    declared = {term.kind.text for term in text.terms} | {
        word for word, kind in _KINDS.items() if kind in kinds
    }
    for line in header.policies:
        if line.kind is not None and line.kind.text not in declared:
            yield Found(line.span, f"no {line.kind.text} is asked for in this file", "take the line out")


def _selections(criterion: ir.Criterion) -> Iterator[ir.Selection]:
    yield from nodes(criterion.statement, ir.Selection)
    yield from nodes(criterion.applies_to, ir.Selection)


_KINDS = {"diagnosis": Kind.CONDITION, "medication": Kind.MEDICATION, "procedure": Kind.PROCEDURE}
_KINDS |= {"visit": Kind.ENCOUNTER, "measurement": Kind.OBSERVATION, "finding": Kind.OBSERVATION}
_KINDS |= {"assessment": Kind.OBSERVATION, "allergy": Kind.ALLERGY, "vaccine": Kind.IMMUNIZATION}


@rule(
    "L145",
    "the default written out",
    "A policy that is the default anyway; it is shown by `check --policies`.",
)
def written_default(text: Text) -> Iterator[Found]:
    header = text.file.header
    for node in text.criteria:
        for line in node.policies:
            wanted = (
                line.doubt in ("unconfirmed", "undated", "unmapped", "unreadable")
                and line.answer == "unknown"
            )
            above = any(p.doubt == line.doubt for p in (header.policies if header is not None else ()))
            if wanted and not above:
                edit = Edit(_whole_line(line), "")
                yield Found(line.span, f"`{line.span.text}` is the default", "take it out", edit)


def _whole_line(line: t.PolicyLine) -> Span:
    """A policy line with the line break before it."""
    start = line.span.source.text.rfind("\n", 0, line.span.start)
    return Span(line.span.source, start, line.span.end)


@rule("L146", "a question without a person", "Record and question in one criterion: say who is asked.")
def unasked(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        asks = any(True for _ in nodes(criterion.statement, ir.Ask))
        rests = any(True for _ in nodes(criterion.statement, ir.Selection))
        if asks and rests and not any(one.form == "asked" for one in node.attributes):
            yield Found(
                node.name.span, "it rests on the record and on a question", "add `asked of clinician`"
            )


@rule("L147", "consent from the record", "What is decided at consent is asked of a person, not read.")
def consent_from_record(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        asks = any(True for _ in nodes(criterion.statement, ir.Ask))
        if criterion.stage is ir.Stage.CONSENT and not asks:
            yield Found(
                node.name.span,
                "a criterion of the consent stage without a question",
                "move it to an earlier stage",
            )


@rule(
    "L148",
    "silence about a pregnancy",
    "`missing means no` takes for not pregnant whom no record calls so; it is seldom written down.",
)
def silent_pregnancy(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        if criterion.polarity is ir.Polarity.POPULATION:
            continue  # a measure counts what is documented
        for selection in nodes(criterion.statement, ir.Selection):
            settled = selection.kind is Kind.CONDITION and selection.policy.missing is ir.Answer.NO
            if settled and is_pregnancy(text.value_sets.get(selection.value_set), selection.term):
                yield Found(
                    node.name.span,
                    f"where no record says so, nobody is taken to have `{selection.term}`",
                    "leave it unknown, or ask for a test or an answer",
                )
                break
