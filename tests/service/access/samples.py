"""For each operation of one site, a request that succeeds there; what is new is added here.

A request names only things that its own site made. The matrix sends it in the name of the other site, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.store.results import verdict_history
from tests.service.access.callers import Caller
from tests.service.conftest import DEMO, FHIR

QUESTION = "q-b80933108dcd1190"


@dataclass(frozen=True, slots=True)
class Things:
    """What one site made: all of its keys, none of which the other site may ever read."""

    screening: str
    patient: str
    run: str
    more: Mapping[str, str] = field(default_factory=dict)

    def keys(self) -> set[str]:
        return {self.screening, self.patient, self.run, *self.more.values()}


@dataclass(frozen=True, slots=True)
class Sample:
    """A request. `names`: it names a thing of the site, so that the other site must not find it."""

    method: str
    path: str
    given: dict[str, Any] = field(default_factory=dict)
    names: bool = True


def things_of(screener: Caller) -> Things:
    """Make one of each thing at the caller's site."""
    told = screener.screen()
    with screener.store.read() as session:
        verdict = verdict_history(session, told["patient"])[0].key
    more = {"verdict": verdict}
    return Things(told["screening"], told["patient"], told["results"][0]["run"], more)


_SCREEN: dict[str, Any] = {"params": {"asOf": "2026-06-01"}, "content": DEMO, "headers": FHIR}


def _answers() -> dict[str, Any]:
    answers = [{"question": QUESTION, "value": True}]
    return {"answered_by": "patient", "answered_at": "2026-06-01T12:00:00Z", "answers": answers}


SAMPLES: Mapping[str, Callable[[Things], Sample]] = {
    "screen_patient": lambda _: Sample(
        "POST",
        "/screenings",
        {"params": {"as_of": "2026-06-01"}, "content": DEMO, "headers": FHIR},
        names=False,
    ),
    "answer_questions": lambda its: Sample(
        "POST", f"/screenings/{its.screening}/answers", {"json": _answers()}
    ),
    "reveal_identifiers": lambda its: Sample(
        "POST", f"/patients/{its.patient}/identifiers", {"json": {"purpose": "contact"}}
    ),
    "list_audit": lambda _: Sample("GET", "/audit", {"params": {"limit": 1000}}, names=False),
    "fhir_screen_all": lambda _: Sample("POST", "/fhir/ResearchStudy/$screen", _SCREEN, names=False),
    "fhir_screen": lambda _: Sample("POST", "/fhir/ResearchStudy/DEMO-CALL/$screen", _SCREEN, names=False),
    "fhir_read_guidance": lambda its: Sample("GET", f"/fhir/GuidanceResponse/{its.more['verdict']}"),
}
