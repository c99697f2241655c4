"""Made-up candidates at every step of the board, two of them too long, and made-up upstream figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from api.store import Actor, Store
from api.store.candidates import OUT, NewStep, take_step
from api.store.identities import pseudonyms
from api.store.tables import StatusStep
from api.store.upstream import NewFigure, import_figures

SYSTEM = "urn:demo:patient"
_COORDINATORS = ("Mara Quist", "Ian Dellow")
_CHANNELS = ("clinic list", "advertisement", "referral")
# How far each of them came, and the days before now on which each step was taken.
_WAYS: Sequence[tuple[Sequence[tuple[str, float]], str]] = (
    ((("pre-screened", 61), ("passed", 61), ("cleared", 58), ("referred", 57), ("contacted", 53),
      ("consented", 45), ("screened", 31), ("randomised", 22)), ""),
    ((("pre-screened", 58), ("in review", 58), ("cleared", 55), ("referred", 54), ("contacted", 50),
      ("consented", 41), ("screened", 24), ("randomised", 13)), ""),
    ((("pre-screened", 50), ("passed", 50), ("cleared", 46), ("referred", 45), ("contacted", 39),
      ("consented", 30), ("screened", 12)), ""),
    ((("pre-screened", 44), ("in review", 44), ("cleared", 40), ("referred", 39), ("contacted", 36),
      ("consented", 29), ("screened", 6)), ""),
    # Stands at consent for a week longer than planned.
    ((("pre-screened", 52), ("passed", 52), ("cleared", 49), ("referred", 47), ("contacted", 43),
      ("consented", 35)), ""),
    ((("pre-screened", 30), ("passed", 30), ("cleared", 27), ("referred", 25), ("contacted", 20),
      ("consented", 9)), ""),
    ((("pre-screened", 28), ("in review", 28), ("cleared", 24), ("referred", 22), ("contacted", 8)), ""),
    ((("pre-screened", 21), ("passed", 21), ("cleared", 18), ("referred", 16), ("contacted", 5)), ""),
    # Nobody has called since the hand-over.
    ((("pre-screened", 33), ("passed", 33), ("cleared", 30), ("referred", 26)), ""),
    ((("pre-screened", 9), ("passed", 9), ("cleared", 6), ("referred", 4)), ""),
    ((("pre-screened", 8), ("passed", 8), ("cleared", 2)), ""),
    ((("pre-screened", 6), ("in review", 6), ("cleared", 1)), ""),
    ((("pre-screened", 5), ("passed", 5)), ""),
    ((("pre-screened", 3), ("passed", 3)), ""),
    ((("pre-screened", 1), ("passed", 1)), ""),
    ((("pre-screened", 0.2),), ""),
    ((("pre-screened", 47), ("in review", 47), (OUT, 43)), "not met"),
    ((("pre-screened", 40), ("in review", 40), (OUT, 38)), "not met"),
    ((("pre-screened", 36), ("passed", 36), ("cleared", 33), ("referred", 32), ("contacted", 26),
      (OUT, 26)), "patient declined"),
    ((("pre-screened", 34), ("passed", 34), ("cleared", 32), ("referred", 30),
      (OUT, 21)), "physician declined"),
    ((("pre-screened", 29), ("passed", 29), ("cleared", 26), ("referred", 24), ("contacted", 18),
      ("consented", 15), (OUT, 7)), "screen failure"),
    ((("pre-screened", 55), ("in review", 55), ("cleared", 51), ("referred", 50), ("contacted", 44),
      ("consented", 37), (OUT, 28)), "screen failure"),
    ((("pre-screened", 26), ("passed", 26), ("cleared", 23), (OUT, 12)), "not approached"),
    ((("pre-screened", 24), ("passed", 24), ("cleared", 21), ("referred", 19), (OUT, 4)), "lost"),
)  # fmt: skip
# Criteria by which those who failed did, in the order of the ways above.
_FAILED = ("I3", "I2", "I3", "E1")
_UPSTREAM = (
    ("impressions", "advertisement", 18_400),
    ("clicks", "advertisement", 612),
    ("inquiries", "advertisement", 74),
    ("inquiries", "referral", 21),
    ("forms completed", "advertisement", 38),
)
_SOURCE = "Made up for this demonstration"


def seed_candidates(store: Store, protocol_id: str, site: str) -> int:
    """Put the made-up candidates of a study on its board; how many it were. Done once: again does nothing."""
    now = store.clock()
    actor = Actor(_COORDINATORS[0], "screener", site)
    with store.write(actor) as unit:
        numbers = [f"demo-{place:03}" for place in range(len(_WAYS))]
        keys = pseudonyms(unit, site, SYSTEM, numbers)
        if unit.session.query(StatusStep).filter_by(patient_key=keys[numbers[0]]).first() is not None:
            return 0
    failed = iter(_FAILED)
    for place, (steps, reason) in enumerate(_WAYS):
        with store.write(Actor(_COORDINATORS[place % 2], "screener", site)) as unit:
            for new in _steps(keys[numbers[place]], protocol_id, steps, reason, place, now, failed):
                take_step(unit, new)
    with store.write(actor) as unit:
        first, last = (now - timedelta(days=62)).date(), (now - timedelta(days=1)).date()
        figures = [
            NewFigure(measure, count, first, last, channel, site, _SOURCE)
            for measure, channel, count in _UPSTREAM
        ]
        import_figures(unit, protocol_id, figures, sha256(_SOURCE.encode()).hexdigest())
    return len(_WAYS)


def _steps(
    patient: str,
    protocol_id: str,
    steps: Sequence[tuple[str, float]],
    reason: str,
    place: int,
    now: datetime,
    failed: Iterator[str],
) -> Iterator[NewStep]:
    for number, (step, days) in enumerate(steps):
        at = now - timedelta(days=days) + timedelta(minutes=17 * place % 180 + number)
        details: dict[str, object] = {}
        if number == 0:
            details = {"channel": _CHANNELS[place % 3]}
        elif step == "consented":
            details = {"form_version": "2.1", "form_date": at.date().isoformat()}
        elif step == OUT and reason in ("not met", "screen failure"):
            details = {"criteria": [next(failed)]}
        why = reason if step == OUT else None
        yield NewStep(patient, protocol_id, step, number, min(at, now), why, details)
