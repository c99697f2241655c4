"""One patient, asked about while somebody waits: judged, kept, questioned, judged again with the answers.

The judging is `api.screening.run` on what `fhir_adapters` read, as on the command line. Answers that the
store holds for the patient stand beside the posted record; they and the results they lead to are kept
together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from api.asking import asked as asked_of
from api.asking import questions
from api.errors import UserError
from api.explaining import explain
from api.listing import list_facts
from api.loading import Given, Question
from api.screening import Run, is_marked, run
from api.service.answering import GivenAnswer, check_time, spread, told, with_answers
from api.service.held import Asked, Held, Record
from api.service.protocols import Protocols, Ready
from api.service.settings import ServiceSettings
from api.store import Actor, Store, Writing
from api.store.answers import NewAnswer, current_answers, record_answer
from api.store.database import BESIDE_KEYS
from api.store.hashing import content_hash
from api.store.identities import pseudonym, pseudonyms
from api.store.keys import new_key
from api.store.protocols import active_version, active_versions, version
from api.store.results import NewFinding, NewVerdict, newest_verdict, store_portion
from api.store.runs import NewRun, begin_run, move_run
from api.store.tables import Answer, Patient
from api.store.voiding import void_overtaken
from eligibility.program import Ask
from fhir_adapters import FhirInputError, read_bundle
from fhir_adapters.extract import Extract, unset

_NOBODY = (
    b'{"resourceType":"Bundle","type":"collection",'
    b'"entry":[{"resource":{"resourceType":"Patient","id":"nobody"}},'
    # With a note, for which the reader of notes makes its tables.
    b'{"resource":{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/nobody"},'
    b'"note":[{"text":"Well."}]}}]}'
)
_SYSTEM = "urn:eligibility:record"
_REJECTS_TOLD = 50
Told = dict[str, Any]


class Screenings:
    """Screens posted records for one site. Safe to share between threads."""

    def __init__(self, store: Store, protocols: Protocols, settings: ServiceSettings) -> None:
        self.store, self.protocols = store, protocols
        self.held = Held(settings)

    def wanted(self, names: Sequence[str]) -> tuple[str, ...]:
        """Keys of the active versions of some protocols, or of all."""
        with self.store.read() as session:
            rows = [active_version(session, name) for name in dict.fromkeys(names)]
            rows = rows if names else active_versions(session)
        if not rows:
            raise UserError(
                "NO_ACTIVE_PROTOCOL", "protocols", "no protocol is active: add one and activate it"
            )
        return tuple(row.key for row in rows)

    def screen(self, actor: Actor, site: str, data: bytes, asked: Asked) -> Told:
        """Judge a posted bundle of one patient, keep the results, and say what is still to find out."""
        born = _birth_date(data)
        ready = self._ready(asked)
        extracts = [_read(data, asked, one, None) for one in ready]
        patient, digest = _only_patient(extracts[0]), sha256(data).hexdigest()
        record = Record(
            site=site,
            data=data,
            sha256=digest,
            patient=patient,
            patient_key=self._known(actor, site, f"{patient} {born or digest}"),
            delivered={
                one.row.key: extract.facts.manifest.delivered
                for one, extract in zip(ready, extracts, strict=True)
            },
            asked=asked,
        )
        screening = new_key()
        with self.store.read() as session:
            before = _answers(session, record, ready)
        runs = _judge(record, ready, before)
        with self.store.write(actor) as unit:
            unit.session.get_one(Patient, record.patient_key, with_for_update=BESIDE_KEYS)
            now = _answers(unit.session, record, ready)
            if _keys(now) != _keys(before):
                # Somebody answered meanwhile: what was judged is old already. Nobody answers while this runs.
                runs = _judge(record, ready, now)
            kept = _keep(unit, site, record, runs, now)
        self.held.put(screening, record)
        return _answer(screening, record, runs, kept, now)

    def answer(self, actor: Actor, site: str, screening: str, given: Iterable[GivenAnswer]) -> Told:
        """Keep answers and judge again; both, or neither."""
        record = self.held.get(screening, site)
        ready = self._ready(record.asked)
        asks = _asks(ready)
        found = [(one, spread(one, asks)) for one in given]
        for one, _ in found:
            check_time(one, self.store.clock(), record.asked.as_of, record.asked.zone)
        with self.store.write(actor) as unit:
            for one, questioned in found:
                for leaf, value in questioned:
                    new = NewAnswer(
                        record.patient_key, leaf.key, leaf.question, value, one.answered_by, one.answered_at
                    )
                    record_answer(unit, new)
            now = _answers(unit.session, record, ready)
            runs = _judge(record, ready, now)
            kept = _keep(unit, site, record, runs, now)
        return _answer(screening, record, runs, kept, now)

    def warm(self) -> None:
        """Judge somebody nobody knows, so that the first who waits does not wait for compilers."""
        asked = Asked(date(2000, 1, 1), "UTC", False, Given({}, {}), self.wanted([]))
        ready = self._ready(asked)
        record = Record("", _NOBODY, "", "nobody", "", {key: frozenset() for key in asked.versions}, asked)
        for one in _judge(record, ready, {}):
            explain(one.program, one.facts, one.judgement, one.context, 0)
            questions(one, 0)

    def _ready(self, asked: Asked) -> list[Ready]:
        with self.store.read() as session:
            rows = [version(session, key) for key in asked.versions]
        plain = [self.protocols.ready(row, {}) for row in rows]
        declared = {parameter.name for one in plain for parameter in one.program.parameters}
        unknown = sorted({*asked.given.dates, *asked.given.values} - declared)
        if unknown:
            raise UserError("PARAMETER_UNKNOWN", "param", f"no protocol asked has `{unknown[0]}`")
        return [self.protocols.ready(one.row, _own(asked, one).values) for one in plain]

    def _known(self, actor: Actor, site: str, name: str) -> str:
        """The patient's pseudonym. Who differs in id or birth date is never taken for the same."""
        with self.store.read() as session:
            found = pseudonym(session, site, _SYSTEM, name)
        if found is not None:
            return found
        with self.store.write(actor) as unit:
            return pseudonyms(unit, site, _SYSTEM, [name])[name]


def _own(asked: Asked, ready: Ready) -> Given:
    """The parameters that a protocol declares."""
    return asked.given.only({parameter.name for parameter in ready.program.parameters})


def _read(data: bytes, asked: Asked, ready: Ready, delivered: frozenset[str] | None) -> Extract:
    wanted = None if asked.complete else unset if delivered is None else delivered
    try:
        return read_bundle(data, zone=asked.zone, delivered=wanted, notes=ready.reader)
    except FhirInputError as error:
        raise UserError(error.code, "body", error.message) from error


def _only_patient(extract: Extract) -> str:
    """The sender's id of the one patient of a record; raises UserError for none, several, or one without."""
    patients = list(extract.facts.patients)
    if len(patients) != 1:
        raise UserError("ONE_PATIENT_WANTED", "body", f"the bundle tells of {len(patients)} patients")
    if "#" in patients[0]:
        # Named by the place in the bundle: no answer could be told to be this patient's.
        raise UserError("PATIENT_WITHOUT_ID", "body", "the patient has no id")
    return str(patients[0])


def _birth_date(data: bytes) -> str:
    """The birth date of the first Patient that has one, as written, else "".

    Raises UserError for what is no JSON.
    """
    try:
        content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UserError("JSON_INVALID", "body", "this is not JSON") from None
    entries = content.get("entry") if isinstance(content, dict) else None
    records = (
        [content, *(e.get("resource") for e in entries if isinstance(e, dict))]
        if isinstance(entries, list)
        else [content]
    )
    for one in records:
        if isinstance(one, dict) and one.get("resourceType") == "Patient":
            born = one.get("birthDate")
            if isinstance(born, str) and born:
                return born
    return ""


def _judge(record: Record, ready: Sequence[Ready], answers: Mapping[str, Answer]) -> list[Run]:
    """Every protocol over the record and the answers to its own questions."""
    runs = []
    for one in ready:
        own = asked_of(one.program)
        data = with_answers(
            record.data, record.patient, [answer for key, answer in answers.items() if key in own]
        )
        extract = _read(data, record.asked, one, record.delivered[one.row.key])
        if _only_patient(extract) != record.patient:
            raise UserError("ONE_PATIENT_WANTED", "body", "with the answers, the patient is another one")
        dates = _own(record.asked, one).dates
        question = Question(one.program, one.value_sets, record.asked.as_of, dates)
        runs.append(run(question, extract))
    return runs


def _asks(ready: Sequence[Ready]) -> dict[str, Ask]:
    return {key: leaf for one in ready for key, leaf in asked_of(one.program).items()}


def _answers(session: Session, record: Record, ready: Sequence[Ready]) -> dict[str, Answer]:
    """What counts now of the answers to questions of these protocols."""
    asks = _asks(ready)
    found = current_answers(session, record.patient_key)
    return {key: found[key] for key in sorted(found) if key in asks}


def _keys(answers: Mapping[str, Answer]) -> list[str]:
    return [answer.key for answer in answers.values()]


def _keep(
    unit: Writing, site: str, record: Record, runs: Sequence[Run], answers: Mapping[str, Answer]
) -> list[Told]:
    """Store a run for each protocol; what was found of each, as it is answered."""
    found = []
    for key, one in zip(record.asked.versions, runs, strict=True):
        content = explain(one.program, one.facts, one.judgement, one.context, 0)
        asked = record.asked
        new = NewRun(
            version_key=key,
            site=site,
            as_of=asked.as_of.isoformat(),
            zone=asked.zone,
            inputs=[
                {
                    "sha256": record.sha256,
                    "bytes": len(record.data),
                    "answers": _keys(answers),
                    "complete": asked.complete,
                }
            ],
            parameters={
                **{n: [a.isoformat(), b.isoformat()] for n, (a, b) in one.question.parameters.items()},
                **{p.name: p.value for p in one.program.parameters if p.value},
            },
        )
        kept = begin_run(unit, new, state="running")
        store_portion(unit, kept.key, 0, [_verdict(record, one, content)])
        verdict = newest_verdict(unit.session, record.patient_key, key)
        if verdict is not None:
            void_overtaken(unit, verdict.key)
        counts: Told = {"patients": 1, "verdict": content["verdict"]}
        move_run(unit, kept.key, "marked" if is_marked(one) else "complete", counts)
        found.append({**content, "run": kept.key})
    return found


def _verdict(record: Record, one: Run, content: Told) -> NewVerdict:
    facts = list_facts(one.facts, 0)
    del facts["patient"]
    return NewVerdict(
        patient_key=record.patient_key,
        verdict=content["verdict"],
        facts_sha256=content_hash(facts),
        details={"deceased": content["deceased"], "cohorts": content["cohorts"]},
        findings=[_finding(criterion) for criterion in content["criteria"]],
    )


def _finding(criterion: Told) -> NewFinding:
    return NewFinding(
        criterion=criterion["id"],
        polarity=criterion["polarity"],
        stage=criterion["stage"],
        outcome=criterion["outcome"],
        reason=criterion["reason"],
        details={
            name: criterion[name]
            for name in ("label", "reasons", "settled_by", "priority", "route", "cohorts")
        },
        evidence=[one for node in criterion["statements"] for one in _evidence(node)],
    )


def _evidence(node: Told) -> Iterable[Told]:
    yield from node.get("evidence", ())
    for part in node.get("parts", ()):
        yield from _evidence(part)


def _answer(
    screening: str,
    record: Record,
    runs: Sequence[Run],
    kept: Sequence[Told],
    answers: Mapping[str, Answer],
) -> Told:
    """What is answered: the patient by pseudonym, and for each protocol what was decided and what is open."""
    results = []
    for key, one, content in zip(record.asked.versions, runs, kept, strict=True):
        own = asked_of(one.program)
        results.append(
            {
                **{name: content[name] for name in ("protocol", "version")},
                "version_key": key,
                "run": content["run"],
                "verdict": content["verdict"],
                "marked": is_marked(one),
                "questions": questions(one, 0),
                "answers": [told(answer) for name, answer in answers.items() if name in own],
                **{name: content[name] for name in ("cohorts", "deceased", "criteria")},
            }
        )
    return {
        "screening": screening,
        "patient": record.patient_key,
        "as_of": record.asked.as_of.isoformat(),
        "zone": record.asked.zone,
        "record": _account(record, runs[0].extract),
        "results": results,
    }


def _account(record: Record, extract: Extract) -> Told:
    """What became of the posted record's entries."""
    lines = extract.lines
    rejects = [
        {"code": one.code, "message": one.message, "entry": one.entry, "path": one.path}
        for one in extract.rejects[:_REJECTS_TOLD]
    ]
    return {
        "sha256": record.sha256,
        "bytes": len(record.data),
        "entries": {"accepted": lines.accepted, "ignored": lines.ignored, "rejected": lines.rejected},
        "rejects": rejects,
    }
