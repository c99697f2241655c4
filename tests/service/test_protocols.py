"""Protocols: checked, kept by version, listed, put in force."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from api.service.told_protocols import VersionChanges
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of


def test_a_check_keeps_nothing(client: Client) -> None:
    told = client.post("/protocols/check", content=CALL).json()
    assert told["ok"]
    assert [c["id"] for c in told["protocol"]["criteria"]] == ["I1", "I2", "I3", "E1", "Q1", "C1"]
    bad = client.post("/protocols/check", content=CALL.replace("HbA1c within", "HbA1d within")).json()
    assert not bad["ok"]
    assert bad["problems"][0]["line"] > 0
    assert client.get("/protocols").json() == {"protocols": [], "next": None}


def test_versions_are_kept_and_one_is_in_force(client: Client) -> None:
    first = client.add(CALL)
    assert client.post("/protocols", content=CALL).json()["key"] == first
    second = client.post("/protocols", content=CALL.replace("version 1.0", "version 1.1")).json()["key"]
    (row,) = client.get("/protocols").json()["protocols"]
    assert [(v["version"], v["active"]) for v in row["versions"]] == [("1.0", True), ("1.1", False)]
    client.send("PUT", "/protocols/DEMO-CALL/active", json={"version_key": second})
    (row,) = client.get("/protocols").json()["protocols"]
    assert [v["active"] for v in row["versions"]] == [False, True]
    assert client.get(f"/protocols/DEMO-CALL/versions/{first}").text == CALL


def test_what_is_wrong_with_a_protocol_is_said_with_its_place(client: Client) -> None:
    bad = client.post("/protocols", content=CALL.replace("HbA1c within", "HbA1d within"))
    assert bad.status_code == 422
    assert code_of(bad).startswith("E")
    assert bad.json()["issue"][0]["location"][0].startswith("line ")
    client.add(CALL)
    other = client.post("/protocols", content=CALL.replace("75 years", "70 years"))
    assert (other.status_code, code_of(other)) == (409, "VERSION_TAKEN")
    nobody = client.send("PUT", "/protocols/DEMO-CALL/active", json={"version_key": "0" * 32})
    assert (nobody.status_code, code_of(nobody)) == (404, "NOT_STORED")


def test_what_a_version_changed_is_told_criterion_by_criterion(client: Client) -> None:
    newer = (
        CALL.replace("version 1.0", "version 1.1")
        .replace("18 to 75 years", "18 to 80 years")
        .replace("Able to come", "Willing to come")
    )
    first, second = (client.post("/protocols", content=text).json()["key"] for text in (CALL, newer))
    told = client.get(f"/protocols/DEMO-CALL/versions/{second}/changes", params={"since": first}).json()
    assert (told["old"]["version"], told["new"]["version"]) == ("1.0", "1.1")
    assert [(c["id"], c["change"]) for c in told["criteria"]] == [("I1", "meaning"), ("Q1", "wording")]
    assert told["criteria"][0]["before"] != told["criteria"][0]["after"]
    VersionChanges.model_validate(told)
    same = client.get(f"/protocols/DEMO-CALL/versions/{first}/changes", params={"since": first}).json()
    assert (same["criteria"], same["amendments"], same["value_sets"]) == ([], [], [])


def test_only_versions_of_one_protocol_are_compared(client: Client) -> None:
    first = client.add(CALL)
    other = client.add(CALL.replace("DEMO-CALL", "OTHER"))
    for protocol, key, since in (
        ("DEMO-CALL", first, other),
        ("OTHER", first, first),
        ("DEMO-CALL", first, "0" * 32),
    ):
        answer = client.get(f"/protocols/{protocol}/versions/{key}/changes", params={"since": since})
        assert answer.status_code == 404
    for given in ({}, {"since": "1.0"}):
        answer = client.get(f"/protocols/DEMO-CALL/versions/{first}/changes", params=given)
        assert (answer.status_code, code_of(answer)) == (400, "REQUEST_INVALID")


def test_value_sets_that_hold_other_codes_are_told_as_a_change(
    make: Callable[..., Client], tmp_path: Path
) -> None:
    url = "https://example.org/vs/glp1"
    text = CALL.replace("RxNorm 1991302, 475968, 1551291", f'value-set "{url}"')
    assert url in text
    keys = []
    for number, code in enumerate(("1991302", "475968")):
        (tmp_path / "vs.json").write_text(value_set(url, code))
        client = make(value_sets=[tmp_path])
        kept = client.post("/protocols", content=text.replace("version 1.0", f"version 1.{number}"))
        assert kept.status_code == 201, kept.text
        keys.append(kept.json()["key"])
    old, new = keys
    told = client.get(f"/protocols/DEMO-CALL/versions/{new}/changes", params={"since": old}).json()
    assert (told["criteria"], told["value_sets"]) == ([], [url])


def test_what_was_judged_is_read_whatever_became_of_its_value_sets(
    make: Callable[..., Client], tmp_path: Path
) -> None:
    url = "https://example.org/vs/glp1"
    text = CALL.replace("RxNorm 1991302, 475968, 1551291", f'value-set "{url}"')
    (tmp_path / "vs.json").write_text(value_set(url, "1991302"))
    client = make(value_sets=[tmp_path])
    client.add(text)
    told = client.screen()
    (verdict,) = client.get(f"/patients/{told['patient']}/verdicts").json()["verdicts"]
    path = f"/fhir/GuidanceResponse/{verdict['verdict_key']}"
    before = client.get(path)
    assert before.status_code == 200
    (tmp_path / "vs.json").write_text(value_set(url, "475968"))
    moved = make(value_sets=[tmp_path])
    assert moved.get(path).json() == before.json()
    refused = moved.post("/screenings?as_of=2026-06-01", content=DEMO, headers=FHIR)
    assert (refused.status_code, code_of(refused)) == (422, "TERMINOLOGY_CHANGED")


def value_set(url: str, code: str) -> str:
    """A FHIR ValueSet of one code of RxNorm."""
    system = "http://www.nlm.nih.gov/research/umls/rxnorm"
    contains = [{"system": system, "code": code}]
    return json.dumps({"resourceType": "ValueSet", "url": url, "expansion": {"contains": contains}})


def test_a_text_cannot_name_files_or_value_sets_of_elsewhere(client: Client) -> None:
    heading, _, rest = CALL.partition("\n")
    library = client.post("/protocols", content=f'{heading}\n\nuse "/etc/passwd"\n{rest}')
    assert library.status_code == 422
    assert "root:" not in library.text
    missing = CALL.replace("RxNorm 1991302, 475968, 1551291", 'value-set "https://example.org/vs/glp1"')
    refused = client.post("/protocols", content=missing)
    assert (refused.status_code, code_of(refused)) == (422, "VALUE_SETS_MISSING")


def test_protocols_come_a_page_at_a_time(make: Callable[..., Client]) -> None:
    client = make(page=2)
    for number in range(5):
        client.add(CALL.replace("DEMO-CALL", f"P-{number}"))
    found, after, pages = [], "", 0
    while after is not None:
        # More than the service gives at once is cut to what it gives.
        answer = client.get("/protocols", params={"after": after, "limit": 100}).json()
        found += [one["protocol"] for one in answer["protocols"]]
        after, pages = answer["next"], pages + 1
    assert (found, pages) == ([f"P-{number}" for number in range(5)], 3)
    assert len(client.get("/protocols", params={"limit": 1}).json()["protocols"]) == 1
    assert client.get("/protocols", params={"limit": 0}).status_code == 400


def test_the_trail_comes_a_page_at_a_time(make: Callable[..., Client]) -> None:
    client = make(page=2)
    for number in range(3):
        client.add(CALL.replace("DEMO-CALL", f"P-{number}"))
    numbers, after = [], 0
    while after is not None:
        answer = client.get("/audit", params={"after": after, "limit": 100}).json()
        assert len(answer["entries"]) <= 2
        numbers += [one["number"] for one in answer["entries"]]
        after = answer["next"]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 4
