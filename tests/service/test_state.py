"""Health, readiness, metrics, and the rate of one caller."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.errors import UserError
from api.service.access.operations import OPERATIONS
from api.service.errors import LIMITS
from api.service.rates import RateError, Rates
from api.service.settings import ServiceSettings
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of

Make = Callable[..., Client]


def test_health_and_readiness(client: Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ok", "active_protocols": 0}


def test_it_is_not_ready_with_tables_of_another_revision(client: Client) -> None:
    with client.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'v0001'")
    try:
        answer = client.get("/ready")
        assert (answer.status_code, code_of(answer)) == (503, "STORE_REVISION")
        assert client.get("/health").status_code == 200
    finally:
        from api.store.migrating import NEWEST

        with client.store.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{NEWEST}'")


def test_it_is_not_ready_without_a_judge(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(client.app.state.service.judges, "_begin", fail)
    answer = client.get("/ready")
    assert (answer.status_code, code_of(answer)) == (503, "JUDGES_DOWN")
    assert answer.headers["retry-after"] == "1"


def _numbers(client: Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_metrics_count_operations_limits_and_faults(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make(body_bytes=100_000, judges=1)
    client.add(CALL)
    client.screen()
    client.get("/nowhere/canary")
    client.post("/screenings?as_of=2026-06-01", content=b" " * 200_000, headers=FHIR)

    def fail(*_: object) -> None:
        raise ValueError("canary")

    (judge,) = client.app.state.service.judges._free.queue
    os.kill(judge._process.pid, signal.SIGKILL)
    judge._process.join()
    client.screen()
    monkeypatch.setattr("api.service.screenings.keep", fail)
    client.post("/screenings?as_of=2026-06-01", content=DEMO, headers=FHIR)
    found = _numbers(client)
    assert found["eligibility_requests_total", "screen_patient", "201"] == 2
    assert found["eligibility_requests_total", "screen_patient", "500"] == 1
    assert found["eligibility_requests_total", "none", "404"] == 1
    assert found["eligibility_request_seconds_count", "screen_patient"] == 3
    assert found["eligibility_limits_hit_total", "BODY_TOO_LARGE"] == 1
    assert found["eligibility_faults_total",] == 1
    assert (found["eligibility_judges",], found["eligibility_judges_free",]) == (1, 1)
    assert found["eligibility_judges_begun",] == 2
    assert found["eligibility_requests_in_work",] == 1


def test_labels_are_words_of_the_program(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    client.get(f"/screenings/{told['patient']}")
    client.send("CANARY", "/protocols/canary")
    client.get("/protocols/canary/versions/canary")
    text = client.get("/metrics").text
    for word in ("canary", "CANARY", told["patient"], told["screening"], "DEMO-CALL", "Hazel"):
        assert word not in text
    operations = set(re.findall(r'operation="([^"]*)"', text))
    assert operations <= set(OPERATIONS) | {"none"}
    assert set(re.findall(r'code="([^"]*)"', text)) == LIMITS
    assert all(re.fullmatch(r"\d{3}", one) for one in re.findall(r'status="([^"]*)"', text))


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(make: Make) -> None:
    client = make(rate=0.25, burst=3)
    assert [client.get("/health").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/health")
    assert code_of(answer) == "RATE_EXCEEDED"
    assert 1 <= int(answer.headers["retry-after"]) <= 4
    assert "ELIGIBILITY_SERVICE_RATE" in answer.text
    assert "ELIGIBILITY_SERVICE_BURST" in answer.text


def test_more_requests_at_once_than_are_worked_on_are_refused(make: Make) -> None:
    client = make(requests=1)
    guard = next(one for one in _layers(client.app) if hasattr(one, "working"))
    guard.working = 1
    answer = client.get("/health")
    assert (answer.status_code, code_of(answer)) == (503, "TOO_MANY_REQUESTS")
    assert "ELIGIBILITY_SERVICE_REQUESTS" in answer.text
    assert answer.headers["retry-after"] == "1"


def _layers(app: object) -> list[object]:
    app.middleware_stack = app.middleware_stack or app.build_middleware_stack()  # type: ignore[attr-defined]
    found, layer = [], app.middleware_stack  # type: ignore[attr-defined]
    while layer is not None:
        found.append(layer)
        layer = getattr(layer, "app", None)
    return found


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_fills_again_and_one_caller_is_not_another() -> None:
    clock = _Clock()
    rates = Rates(ServiceSettings(rate=2, burst=3), clock)
    for _ in range(3):
        rates.take("a")
    with pytest.raises(RateError) as refused:
        rates.take("a")
    assert refused.value.retry_after == pytest.approx(0.5)
    rates.take("b")
    clock.now = 0.5
    rates.take("a")
    with pytest.raises(UserError):
        rates.take("a")
    clock.now = 100
    for _ in range(3):
        rates.take("a")
    with pytest.raises(UserError):
        rates.require("a")


def test_callers_are_forgotten_beyond_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.service.rates._CALLERS", 10)
    rates = Rates(ServiceSettings(rate=1, burst=1), _Clock())
    for number in range(50):
        rates.take(str(number))
    assert len(rates._buckets) == 10
