"""One patient, asked about while somebody waits: judged, kept, questioned, judged again with the answers.

The judging is done by the judges (`judging`), as on the command line. Answers that the store holds for the
patient stand beside the posted record; they and the results they lead to are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from sqlalchemy.orm import Session

from api.asking import asked as asked_of
from api.errors import UserError
from api.loading import Given
from api.service.answering import GivenAnswer, check_time, forms_of, spread, told
from api.service.compiling import Ready
from api.service.held import Asked, Held, Record
from api.service.judging.cases import Asking, Case, Judged, Told, VersionText
from api.service.judging.nobody import DAY, NOBODY
from api.service.judging.pool import Judges
from api.service.keeping import Kept, keep
from api.service.once import Once
from api.service.parameters import own, require_declared
from api.service.protocols import Protocols
from api.service.settings import ServiceSettings
from api.store import Actor, Store, Writing
from api.store.answers import NewAnswer, current_answers, record_answer
from api.store.database import BESIDE_KEYS
from api.store.errors import ConflictError, NotStoredError
from api.store.identities import pseudonym, pseudonyms
from api.store.keys import new_key
from api.store.plans import plan_of
from api.store.protocols import active_keys, active_version, version
from api.store.tables import Answer, Patient, ProtocolVersion
from eligibility.program import Ask

SYSTEM = "urn:eligibility:record"


class Screenings:
    """Screens posted records. Safe to share between threads."""

    def __init__(self, store: Store, protocols: Protocols, judges: Judges, settings: ServiceSettings) -> None:
        self.store, self.protocols, self.judges = store, protocols, judges
        self.held = Held(settings)

    def wanted(self, names: Sequence[str]) -> tuple[str, ...]:
        """Keys of the active versions of some protocols, or of all."""
        with self.store.read() as session:
            try:
                keys = [active_version(session, name).key for name in dict.fromkeys(names)]
            except NotStoredError as error:
                message = "a protocol that was named has no version in force"
                raise UserError("PROTOCOL_NOT_ACTIVE", "protocols", message) from error
            keys = keys if names else list(active_keys(session).values())
        if not keys:
            raise UserError(
                "NO_ACTIVE_PROTOCOL", "protocols", "no protocol is active: add one and activate it"
            )
        return tuple(keys)

    def screen(self, actor: Actor, site: str, data: bytes, asked: Asked, once: Once | None = None) -> Told:
        """Judge a posted bundle of one patient, keep the results, and say what is still to find out."""
        ready = self._ready(asked)
        judged = self.judges.judge(case_of(data, asked, ready, "", {}, self._whole(ready)))
        digest = sha256(data).hexdigest()
        record = Record(
            site=site,
            data=data,
            sha256=digest,
            patient=judged.patient,
            patient_key=self._known(actor, site, f"{judged.patient} {judged.born or digest}"),
            asked=asked,
        )
        with self.store.read() as session:
            before = _answers(session, record, ready)
        if before:
            judged = self._judge(record, ready, before)
        screening = new_key()
        with self.store.write(actor) as unit:
            told = None if once is None else once.before(unit)
            if told is None:
                told = self._screened(unit, screening, record, ready, judged, before)
                told = told if once is None else once.keep(unit, told)
        # Also where it was answered before: whoever asks again may still have answers to give.
        self.held.put(told["screening"], record)
        return told

    def _screened(
        self,
        unit: Writing,
        screening: str,
        record: Record,
        ready: Sequence[Ready],
        judged: Judged,
        before: Mapping[str, Answer],
    ) -> Told:
        """Keep what was judged with the answers there were before, or judge again where there are others."""
        unit.session.get_one(Patient, record.patient_key, with_for_update=BESIDE_KEYS)
        now = _answers(unit.session, record, ready)
        if _keys(now) != _keys(before):
            # Somebody answered meanwhile: what was judged is old already. Nobody answers while this runs.
            judged = self._judge(record, ready, now)
        kept = keep(unit, record, judged, _keys(now))
        return _answer(screening, record, ready, judged, kept, now)

    def answer(
        self,
        actor: Actor,
        site: str,
        screening: str,
        given: Iterable[GivenAnswer],
        once: Once | None = None,
    ) -> Told:
        """Keep answers and judge again; both, or neither."""
        early = None if once is None else once.answered(self.store)
        if early is not None:
            return early
        record = self.held.get(screening, site)
        ready = self._ready(record.asked)
        asks = _asks(ready)
        found = [(one, spread(one, asks)) for one in given]
        for given_one, _ in found:
            check_time(given_one, self.store.clock(), record.asked.as_of, record.asked.zone)
        new = [
            NewAnswer(record.patient_key, leaf.key, leaf.question, value, one.answered_by, one.answered_at)
            for one, questioned in found
            for leaf, value in questioned
        ]
        with self.store.read() as session:
            before = _answers(session, record, ready)
        # Before the unit, which would keep every other writer waiting for a judge.
        judged = self._judge(record, ready, _with(before, new))
        with self.store.write(actor) as unit:
            told_before = None if once is None else once.before(unit)
            if told_before is not None:
                return told_before
            unit.session.get_one(Patient, record.patient_key, with_for_update=BESIDE_KEYS)
            meanwhile = _keys(_answers(unit.session, record, ready)) != _keys(before)
            for one in new:
                record_answer(unit, one)
            now = _answers(unit.session, record, ready)
            if meanwhile:
                # Somebody else answered, too: what was judged is old already.
                judged = self._judge(record, ready, now)
            kept = keep(unit, record, judged, _keys(now))
            answered = _answer(screening, record, ready, judged, kept, now)
            return answered if once is None else once.keep(unit, answered)

    def warm(self) -> None:
        """Judge somebody nobody knows, so that the first who waits does not wait for what is made once."""
        asked = Asked(DAY, "UTC", False, Given({}, {}), self.wanted([]))
        self.judges.warm(case_of(NOBODY, asked, self._ready(asked), "", {}))

    def _judge(self, record: Record, ready: Sequence[Ready], answers: Mapping[str, Answer]) -> Judged:
        whole = self._whole(ready)
        judged = self.judges.judge(case_of(record.data, record.asked, ready, record.patient, answers, whole))
        if judged.patient != record.patient:
            raise UserError("ONE_PATIENT_WANTED", "body", "with the answers, the patient is another one")
        return judged

    def _whole(self, ready: Sequence[Ready]) -> frozenset[str]:
        """Protocols of which reviewers may decide all criteria of a patient."""
        with self.store.read() as session:
            return frozenset(
                name for name in {one.row.protocol_id for one in ready} if plan_of(session, name).may_ask_all
            )

    def _ready(self, asked: Asked) -> list[Ready]:
        """The protocols that are asked, with their parameters as they are declared."""
        rows = self._rows(asked.versions)
        ready = [self.protocols.ready(row, {}) for row in rows]
        require_declared(asked.given, ready)
        return ready

    def _rows(self, keys: Sequence[str]) -> list[ProtocolVersion]:
        with self.store.read() as session:
            return [version(session, key) for key in keys]

    def _known(self, actor: Actor, site: str, name: str) -> str:
        """The patient's pseudonym. Who differs in id or birth date is never taken for the same."""
        tries = 4
        while True:
            with self.store.read() as session:
                found = pseudonym(session, site, SYSTEM, name)
            if found is not None:
                return found
            try:
                with self.store.write(actor) as unit:
                    return pseudonyms(unit, site, SYSTEM, [name])[name]
            except ConflictError:
                # Somebody else made it known at the same moment. Where it can never be, no loop helps.
                tries -= 1
                if not tries:
                    raise


def case_of(
    data: bytes,
    asked: Asked,
    ready: Sequence[Ready],
    patient: str,
    answers: Mapping[str, Answer],
    whole: frozenset[str] = frozenset(),
) -> Case:
    """Every protocol over a record and the answers to its own questions; `patient` is the sender's id.

    `whole` are the protocols of which all criteria may be reviewed.
    """
    askings = []
    for one in ready:
        questions = asked_of(one.program) if answers else {}
        text = VersionText(one.row.key, one.row.protocol_id, one.row.text, one.row.lock)
        forms = forms_of(patient, [answer for key, answer in answers.items() if key in questions])
        may_ask_all = one.row.protocol_id in whole
        askings.append(Asking(text, own(asked.given, one.program), forms, may_ask_all))
    return Case(data, asked.as_of, asked.zone, asked.complete, tuple(askings), asked.delivered)


def _asks(ready: Sequence[Ready]) -> dict[str, Ask]:
    return {key: leaf for one in ready for key, leaf in asked_of(one.program).items()}


def _answers(session: Session, record: Record, ready: Sequence[Ready]) -> dict[str, Answer]:
    """What counts now of the answers to questions of these protocols."""
    asks = _asks(ready)
    found = current_answers(session, record.patient_key)
    return {key: found[key] for key in sorted(found) if key in asks}


def _with(answers: Mapping[str, Answer], new: Sequence[NewAnswer]) -> dict[str, Answer]:
    """Answers as they will be once new ones are kept; one of None takes back."""
    whole = dict(answers)
    for one in new:
        whole.pop(one.question, None)
        if one.value is not None:
            whole[one.question] = Answer(
                key=one.key,
                question=one.question,
                wording=one.wording,
                value=one.value,
                answered_at=one.answered_at,
            )
    return {question: whole[question] for question in sorted(whole)}


def _keys(answers: Mapping[str, Answer]) -> list[str]:
    return [answer.key for answer in answers.values()]


def _answer(
    screening: str,
    record: Record,
    ready: Sequence[Ready],
    judged: Judged,
    kept: Sequence[Kept],
    answers: Mapping[str, Answer],
) -> Told:
    """What is answered: the patient by pseudonym, and for each protocol what was decided and what is open."""
    results = []
    absent = record.asked.absent
    for one, result, keys in zip(ready, judged.results, kept, strict=True):
        content, questions = result.content, asked_of(one.program)
        results.append(
            {
                **{name: content[name] for name in ("protocol", "version")},
                "version_key": one.row.key,
                "run": keys.run,
                "task": keys.task,
                "verdict": content["verdict"],
                "marked": result.marked,
                "questions": result.questions,
                "answers": [told(answer) for name, answer in answers.items() if name in questions],
                **{name: content[name] for name in ("cohorts", "deceased")},
                # What reviewers are shown is kept with the finding; whoever asked has the record.
                "criteria": [_without_shown(one) for one in content["criteria"]],
            }
        )
    return {
        "screening": screening,
        "patient": record.patient_key,
        "as_of": record.asked.as_of.isoformat(),
        "zone": record.asked.zone,
        "record": {
            "sha256": record.sha256,
            "bytes": len(record.data),
            "entries": judged.entries,
            "rejects": judged.rejects,
            **({} if absent is None else {"absent": [dict(one) for one in absent]}),
        },
        "results": results,
    }


def _without_shown(criterion: Told) -> Told:
    return {name: value for name, value in criterion.items() if name != "shown"}
