"""Callers who screen and answer, and send again whatever was not acknowledged, under the same key."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.service.conftest import FHIR, patient

QUESTION = "q-b80933108dcd1190"
Told = dict[str, Any]


@dataclass(slots=True)
class Acknowledged:
    """What callers were told was done: the answer to each request by its key, and the value of answers."""

    screened: dict[str, Told] = field(default_factory=dict)
    answered: dict[str, Told] = field(default_factory=dict)
    values: dict[str, bool] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.screened) + len(self.answered)


class Caller(threading.Thread):
    """Screens one patient and answers the question about it, over and over."""

    def __init__(self, url: str, lane: int, told: Acknowledged, stop: threading.Event) -> None:
        super().__init__(name=f"caller {lane}")
        self._lane, self._told, self._stopping = lane, told, stop
        self._client = httpx.Client(base_url=url, timeout=300)
        self._record = patient(id=f"p{lane}")
        self._number = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._once()
        except BaseException as failure:  # noqa: BLE001 - it is raised where the callers are waited for
            self.failure = failure
        finally:
            self._client.close()

    def _once(self) -> None:
        key = self._key("screen")
        screened = self._send(key, "/screenings?as_of=2026-06-01", self._record, FHIR)
        if screened is None:
            return
        self._told.screened[key] = screened
        for value in (True, False):
            key = self._key("answer")
            body = {
                "answered_by": "patient",
                "answered_at": "2026-06-01T12:00:00Z",
                "answers": [{"question": QUESTION, "value": value}],
            }
            self._told.values[key] = value
            path = f"/screenings/{screened['screening']}/answers"
            answered = self._send(key, path, json.dumps(body).encode(), {"Content-Type": "application/json"})
            if answered is None:
                return
            self._told.answered[key] = answered

    def _key(self, what: str) -> str:
        self._number += 1
        return f"{what}-{self._lane}-{self._number}"

    def _send(self, key: str, path: str, content: bytes, headers: dict[str, str]) -> Told | None:
        """The answer to a request, sent until it is given; None where the record was lost meanwhile."""
        while not self._stopping.is_set():
            try:
                answer = self._client.post(path, content=content, headers={**headers, "Idempotency-Key": key})
            except httpx.TransportError as error:
                self._told.refused[type(error).__name__] += 1
                time.sleep(0.02)
                continue
            if answer.status_code < 300:
                return dict(answer.json())
            code = answer.json()["issue"][0]["details"]["coding"][0]["code"]
            self._told.refused[code] += 1
            if code == "SCREENING_NOT_HELD":
                return None
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            time.sleep(0.02)
        return None
