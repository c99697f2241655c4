"""What one judge works with: compiled protocols, a vocabulary, and the judging itself.

The judging is `api.screening.run` on what `fhir_adapters` read, as on the command line. Nothing of a patient
outlasts a case but codes and their labels, which are kept up to a number and then forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.asking import questions
from api.authoring.comparing import as_data, compare_texts
from api.checking import describe
from api.errors import UserError
from api.exhibits import Exhibits, texts_of
from api.explaining import explain
from api.findings import to_review
from api.fingerprints import facts_hashes
from api.loading import Question, bind_value_sets
from api.screening import Run, is_marked, run
from api.service.compiling import Compiler, InvalidProtocolError, Ready
from api.service.judging.cases import Asking, Case, Judged, Result, Told
from api.service.settings import ServiceSettings
from eligibility.facts import Facts, Kind
from eligibility.instants import is_finite, show
from eligibility.notes import NoteReader
from eligibility.program import Program
from eligibility.terminology import Membership
from fhir_adapters import Extract, FhirInputError, Vocabulary, read_bundle
from fhir_adapters.extract import unset

_REJECTS_TOLD = 50
# Beyond so many a vocabulary costs more than it saves.
_CONCEPTS, _WORDS = 20_000, 10_000


class Desk:
    """One judge's. Not to be shared between threads."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._compiler = Compiler(settings)
        self._vocabulary = Vocabulary()
        self._bound: dict[int, tuple[Ready, Membership]] = {}

    def check(self, text: str) -> Told:
        """What a text contains, and its problems."""
        return describe(self._compiler.compile(text), text)

    def compare(self, texts: tuple[str, str]) -> Told:
        """What changed from one text to another. Raises InvalidProtocolError."""
        old, new = ((self._program(text), text) for text in texts)
        told = as_data(compare_texts(old, new))
        return {name: told[name] for name in ("old", "new", "amendments", "criteria")}

    def judge(self, case: Case) -> Judged:
        """Every protocol over the record and the answers to its own questions. Raises UserError."""
        self._renew()
        plain = _Readings(case, self._vocabulary)
        ready = [self._compiler.ready(asking.version, asking.given.values) for asking in case.askings]
        extracts = [plain.read(one.reader, ()) for one in ready]
        patient = _only_patient(extracts[0])
        told, results = extracts[0], []
        for asking, one, extract in zip(case.askings, ready, extracts, strict=True):
            whole = extract
            if asking.forms:
                whole = plain.read(one.reader, asking.forms, extract.facts.manifest.delivered)
                if _only_patient(whole) != patient:
                    raise UserError(
                        "ONE_PATIENT_WANTED", "body", "with the answers, the patient is another one"
                    )
            results.append(self._result(case, asking, one, whole, plain))
        return Judged(
            patient=patient,
            born=_birth_date(told.facts),
            entries={
                "accepted": told.lines.accepted,
                "ignored": told.lines.ignored,
                "rejected": told.lines.rejected,
            },
            rejects=[
                {"code": one.code, "message": one.message, "entry": one.entry, "path": one.path}
                for one in told.rejects[:_REJECTS_TOLD]
            ],
            results=tuple(results),
        )

    def _program(self, text: str) -> Program:
        compiled = self._compiler.compile(text)
        if compiled.program is None:
            raise InvalidProtocolError(describe(compiled, text)["problems"])
        return compiled.program

    def _result(
        self, case: Case, asking: Asking, ready: Ready, extract: Extract, readings: _Readings
    ) -> Result:
        question = Question(ready.program, ready.value_sets, case.as_of, asking.given.dates)
        judged = run(question, extract, self._membership(ready, extract.facts))
        shown = Exhibits(judged.facts, judged.context, texts_of(extract))
        content = explain(
            judged.program, judged.facts, judged.judgement, judged.context, 0, shown, asking.reviewed_whole
        )
        return Result(
            content=content,
            questions=questions(judged, 0),
            marked=is_marked(judged),
            facts_sha256=readings.facts_hash(extract),
            to_review=to_review(judged.judgement, 0, content),
            parameters=_parameters(judged),
        )

    def _membership(self, ready: Ready, facts: Facts) -> Membership:
        held = self._bound.get(id(ready))
        if held is None:
            # The program is held beside it, so that no other gets its identity.
            held = self._bound[id(ready)] = (
                ready,
                bind_value_sets(ready.program, ready.value_sets, facts),
            )
        return held[1]

    def _renew(self) -> None:
        held = self._vocabulary
        full = len(held.concepts_held) > _CONCEPTS or len(held.words_held) > _WORDS
        if full or len(self._bound) > self._compiler.kept:
            self._vocabulary, self._bound = Vocabulary(), {}


class _Readings:
    """A case's record as it was read, each way once."""

    def __init__(self, case: Case, vocabulary: Vocabulary) -> None:
        self._case, self._vocabulary = case, vocabulary
        self._plain: dict[int, Extract] = {}
        self._hashes: dict[int, str] = {}

    def read(
        self, reader: NoteReader | None, forms: tuple[bytes, ...], delivered: frozenset[str] | None = None
    ) -> Extract:
        """The record, and answers beside it, of which `delivered` says nothing."""
        if forms:
            return self._read(beside(self._case.data, forms), reader, delivered)
        if id(reader) not in self._plain:
            self._plain[id(reader)] = self._read(self._case.data, reader, None)
        return self._plain[id(reader)]

    def _read(self, data: bytes, reader: NoteReader | None, delivered: frozenset[str] | None) -> Extract:
        case = self._case
        known = case.delivered if case.delivered is not None else delivered
        told = None if case.complete else unset if known is None else known
        try:
            return read_bundle(
                data,
                zone=case.zone,
                delivered=told,
                vocabulary=self._vocabulary,
                notes=reader,
                keep_texts=reader is not None,
            )
        except FhirInputError as error:
            raise UserError(error.code, "body", error.message) from error

    def facts_hash(self, extract: Extract) -> str:
        if id(extract) not in self._hashes:
            (self._hashes[id(extract)],) = facts_hashes(extract.facts)
        return self._hashes[id(extract)]


def beside(data: bytes, forms: tuple[bytes, ...]) -> bytes:
    """A posted bundle and answers as one bundle; the posted bytes stay as they are within it."""
    entries = [b'{"resource":' + form + b"}" for form in (data.removeprefix(b"\xef\xbb\xbf"), *forms)]
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"


def _only_patient(extract: Extract) -> str:
    """The sender's id of the one patient of a record; raises UserError for none, several, or one without."""
    patients = list(extract.facts.patients)
    if len(patients) != 1:
        raise UserError("ONE_PATIENT_WANTED", "body", f"the bundle tells of {len(patients)} patients")
    if "#" in patients[0]:
        # Named by the place in the bundle: no answer could be told to be this patient's.
        raise UserError("PATIENT_WITHOUT_ID", "body", "the patient has no id")
    return str(patients[0])


def _birth_date(facts: Facts) -> str:
    """As it is written in FHIR: a day, a month or a year; "" where the record does not say it."""
    block = facts.blocks.get(Kind.DEMOGRAPHIC)
    if block is None or not len(block):
        return ""
    earliest, latest = int(block.column("birth_lo")[0]), int(block.column("birth_hi")[0])
    return show(earliest, latest) if is_finite(earliest) and is_finite(latest) else ""


def _parameters(judged: Run) -> Mapping[str, object]:
    """What the run was given, by name."""
    return {
        **{
            name: [first.isoformat(), last.isoformat()]
            for name, (first, last) in judged.question.parameters.items()
        },
        **{one.name: one.value for one in judged.program.parameters if one.value},
    }
