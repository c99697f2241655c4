"""All of the made-up study, put into a store that has nothing yet."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

from api.demo.candidates import seed_candidates
from api.demo.cases import PROTOCOL, seed_cases
from api.demo.reviews import seed_double_review
from api.loading import protocol_text
from api.service.service import Service
from criteria_dsl import compile_text

OF_TWO = "of-two.elig"  # the protocol of the study that two review


def seed_demo(service: Service, folder: Path, site: str) -> None:
    """Cases in every state; then, while these are looked at already, candidates and a study of two reviewers.

    Done once. Raises UserError where the folder holds no study.
    """
    program = compile_text(protocol_text(folder / PROTOCOL)).program
    text = protocol_text(folder / OF_TWO)
    if seed_cases(service, folder, site) and program is not None:
        Thread(target=_seed_more, args=(service, program.id, text, site), daemon=True).start()


def _seed_more(service: Service, protocol_id: str, text: str, site: str) -> None:
    seed_candidates(service.store, protocol_id, site)
    seed_double_review(service, text, site)
