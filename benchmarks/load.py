"""`python -m benchmarks.load`: many callers at once, how long they wait, and what the service's memory does.

A real `eligibility serve` over a store of its own. Each caller screens a demo record as another patient,
answers its question, and looks at protocols and health in between. `--requests` counts instead of timing,
and tells the memory on the way: of the service and of its judges, what each holds for itself (USS).
The exit status tells whether all requests were answered as they should be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.memory import held
from benchmarks.serving import FHIR, served

ROOT = Path(__file__).parents[1]
PROTOCOL = ROOT / "protocols" / "demo-call.elig"
RECORD = (ROOT / "fixtures" / "demo-patient.json").read_bytes()
PATIENT = b"0618f3af-b3ca-4ddf-93e4-5166cb650000"
QUESTION = "q-b80933108dcd1190"
PEOPLE = 500  # patients that come again and again
TOLD_AT = (
    0.02,
    *(part / 10 for part in range(1, 10)),
)  # parts of all requests after which the memory is told
SETTINGS = {
    # All callers of a load are one: the developer.
    "ELIGIBILITY_SERVICE_RATE": "100000",
    "ELIGIBILITY_SERVICE_BURST": "100000",
    "ELIGIBILITY_SERVICE_HELD_RECORDS": "500",
    "ELIGIBILITY_SERVICE_RUN_WORKERS": "0",
}


@dataclass(slots=True)
class Waited:
    """Seconds by operation, and what was not answered as it should be."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(map(len, self.seconds.values())) + self.errors.total()


async def _ask(
    client: httpx.AsyncClient, waited: Waited, name: str, method: str, path: str, **given: object
) -> httpx.Response | None:
    begun = time.perf_counter()
    try:
        answer = await client.request(method, path, **given)  # type: ignore[arg-type]
    except httpx.TransportError as error:
        waited.errors[f"{name}: {type(error).__name__}"] += 1
        return None
    if answer.is_success:
        waited.seconds[name].append(time.perf_counter() - begun)
        return answer
    code = answer.json()["issue"][0]["details"]["coding"][0]["code"]
    waited.errors[f"{name}: {answer.status_code} {code}"] += 1
    return None


def first_of(record: bytes, entries: int | None) -> bytes:
    """A bundle cut to its first entries."""
    bundle = json.loads(record)
    return record if entries is None else json.dumps({**bundle, "entry": bundle["entry"][:entries]}).encode()


async def _call(client: httpx.AsyncClient, waited: Waited, people: AsyncIterator[int], sent: bytes) -> None:
    """One caller, who asks about one patient after the other."""
    async for number in people:
        record = sent.replace(PATIENT, f"{number:036d}".encode())
        asked = await _ask(
            client,
            waited,
            "screen a patient",
            "POST",
            "/screenings?as_of=2026-06-01",
            content=record,
            headers=FHIR,
        )
        if asked is not None:
            told = {"question": QUESTION, "value": bool(number % 2)}
            body = {"answered_by": "patient", "answered_at": "2026-06-01T12:00:00Z", "answers": [told]}
            path = f"/screenings/{asked.json()['screening']}/answers"
            await _ask(client, waited, "answer a question", "POST", path, json=body)
        await _ask(client, waited, "list protocols", "GET", "/protocols")
        await _ask(client, waited, "health", "GET", "/health")


async def _people(goes_on: Callable[[], bool], first: int, step: int) -> AsyncIterator[int]:
    number = first
    while goes_on():
        yield number % PEOPLE
        number += step


async def _load(
    url: str, callers: int, sent: bytes, goes_on: Callable[[Waited], bool], told: Callable[[Waited], None]
) -> Waited:
    waited = Waited()
    limits = httpx.Limits(max_connections=callers, max_keepalive_connections=callers)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        work = asyncio.gather(
            *(
                _call(client, waited, _people(lambda: goes_on(waited), n, callers), sent)
                for n in range(callers)
            )
        )
        while not work.done():
            told(waited)
            await asyncio.wait([work], timeout=0.2)
        await work
    return waited


def table(waited: Waited) -> str:
    """Milliseconds by operation."""
    lines = [f"{'':<20}{'requests':>10}{'median':>9}{'95 %':>9}{'99 %':>9}{'longest':>9}  ms"]
    for name, seconds in waited.seconds.items():
        cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else [seconds[0]] * 99
        parts = (cuts[49], cuts[94], cuts[98], max(seconds))
        lines.append(f"{name:<20}{len(seconds):>10}" + "".join(f"{part * 1000:>9.1f}" for part in parts))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--clients", type=int, default=100, help="callers at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long")
    parser.add_argument("--requests", type=int, help="how many requests, instead of how long")
    parser.add_argument("--entries", type=int, help="how many of the record's entries are sent")
    chosen = parser.parse_args(arguments)
    sent = first_of(RECORD, chosen.entries)
    with served(PROTOCOL, **SETTINGS) as (client, process):
        url, begun = str(client.base_url), time.monotonic()
        marks = [part * chosen.requests for part in TOLD_AT] if chosen.requests else []

        def goes_on(waited: Waited) -> bool:
            if chosen.requests:
                return bool(waited.total < chosen.requests)
            return bool(time.monotonic() - begun < chosen.seconds)

        def told(waited: Waited) -> None:
            if marks and waited.total >= marks[0]:
                marks.pop(0)
                print(f"after {waited.total:>6} requests: {held(process)}", flush=True)

        print(f"at the start:          {held(process)}", flush=True)
        waited = asyncio.run(_load(url, chosen.clients, sent, goes_on, told))
        print(f"after {waited.total:>6} requests: {held(process)}")
        taken = time.monotonic() - begun
    print(f"{chosen.clients} callers, {taken:.0f} s, {waited.total / taken:.0f} requests a second")
    print(table(waited))
    print(f"errors: {waited.errors.total()} {dict(waited.errors) or ''}")
    return 1 if waited.errors else 0


if __name__ == "__main__":
    sys.exit(main())
