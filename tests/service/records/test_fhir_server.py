"""A patient who is named: fetched whole, or what is missing is unknown and said so; never silently less."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from api.service.settings import ServiceSettings
from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of
from tests.service.fhir.checking import checked
from tests.service.records.ehr import Ehr, body, broken, redirect, serving, slowly, status


def added(make: Callable[..., Client], ehr: Ehr, **settings: Any) -> Client:
    client = make(fhir_server=ehr.address, judges=1, **settings)
    client.add(CALL)
    return client


def named(client: Client, patient: str) -> Any:
    return client.post("/screenings", params={"as_of": "2026-06-01"}, json={"patient": patient})


def found(client: Client, ehr: Ehr) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Outcome and reason by criterion, and what did not come."""
    answer = named(client, ehr.patient)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    criteria = {one["id"]: (one["outcome"], one["reason"]) for one in told["results"][0]["criteria"]}
    return criteria, {one["place"]: one["code"] for one in told["record"]["absent"]}


def engine(client: Client) -> dict[str, tuple[str, str]]:
    """The same of the record when it is posted."""
    (result,) = client.screen(DEMO)["results"]
    return {one["id"]: (one["outcome"], one["reason"]) for one in result["criteria"]}


@pytest.mark.parametrize("size", [1000, 3])
def test_everything_is_the_record(client: Client, ehr: Ehr, size: int) -> None:
    ehr.size = size
    criteria, absent = found(client, ehr)
    assert criteria == engine(client)
    assert absent == {}
    assert ehr.asked[0].startswith(f"Patient/{ehr.patient}/$everything")
    assert len([one for one in ehr.asked if "$everything" in one]) == (1 if size == 1000 else 11)


@pytest.mark.parametrize("size", [1000, 2])
def test_without_everything_what_the_protocols_need_is_searched(client: Client, ehr: Ehr, size: int) -> None:
    ehr.everything, ehr.size = False, size
    criteria, absent = found(client, ehr)
    assert criteria == engine(client)
    assert absent == {}
    types = {one.partition("?")[0] for one in ehr.asked if "?patient" in one}
    assert {"Observation", "Condition", "MedicationRequest"} <= types
    assert "Immunization" not in types
    assert not any("code=" in one for one in ehr.asked)


def test_a_type_that_everything_lacks_is_searched_for(client: Client, ehr: Ehr) -> None:
    ehr.resources = [one for one in ehr.resources if one["resourceType"] != "Observation"]
    criteria, _ = found(client, ehr)
    # Asked for and empty: nothing is there. Without the search it would not have been delivered.
    assert criteria["I3"] == ("unknown", "DATA_NOT_FOUND")
    assert any(one.startswith("Observation?patient") for one in ehr.asked)


_FAULTS: dict[str, Callable[[Any], None]] = {
    "refused": status(403),
    "down": status(500),
    "not FHIR": body(b"<html>"),
    "a list": body([]),
    "ends early": broken,
    "redirect": redirect("http://127.0.0.1:1/"),
    "an error within": body(
        {
            "resourceType": "Bundle",
            "entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}],
        }
    ),
    "fewer than told": body({"resourceType": "Bundle", "total": 3}),
    "next elsewhere": body(
        {"resourceType": "Bundle", "link": [{"relation": "next", "url": "http://other.example/x"}]}
    ),
    "no page": body({"resourceType": "Patient", "id": "x"}),
    "in a circle": body(
        {"resourceType": "Bundle", "link": [{"relation": "next", "url": "Observation?patient=x"}]}
    ),
    "no address": body({"resourceType": "Bundle", "link": [{"relation": "next", "url": "http://[x"}]}),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_type_that_does_not_come_whole_is_unknown(client: Client, ehr: Ehr, fault: str) -> None:
    ehr.everything = False
    ehr.faults["Observation?"] = _FAULTS[fault]
    criteria, absent = found(client, ehr)
    assert criteria["I3"] == ("unknown", "SOURCE_NOT_DELIVERED")
    assert absent == {"Observation": "REFUSED" if fault in ("refused", "down", "redirect") else "NOT_WHOLE"}
    others = {name: one for name, one in engine(client).items() if name != "I3"}
    assert {name: one for name, one in criteria.items() if name != "I3"} == others


def test_a_page_in_the_middle_that_fails_takes_the_type_with_it(client: Client, ehr: Ehr) -> None:
    ehr.everything, ehr.size = False, 2
    ehr.faults["Observation?_start=2"] = status(500)
    criteria, absent = found(client, ehr)
    assert criteria["I3"] == ("unknown", "SOURCE_NOT_DELIVERED")
    assert absent == {"Observation": "REFUSED"}


@pytest.mark.parametrize("fault", [one for one in _FAULTS if one not in ("in a circle", "fewer than told")])
def test_everything_in_part_is_not_used(client: Client, ehr: Ehr, fault: str) -> None:
    ehr.size = 3
    ehr.faults[f"Patient/{ehr.patient}/$everything?_start=6"] = _FAULTS[fault]
    criteria, absent = found(client, ehr)
    assert criteria == engine(client)
    assert absent == {}
    assert any(one.startswith("Observation?patient") for one in ehr.asked)


def test_everything_of_which_more_was_told_is_not_used(client: Client, ehr: Ehr) -> None:
    whole = [one for one in ehr.resources if one["resourceType"] != "Observation"]
    first = next(one for one in ehr.resources if one["resourceType"] == "Observation")
    entries = [{"resource": one} for one in (*whole, first)]
    told = {"resourceType": "Bundle", "type": "searchset", "total": len(ehr.resources), "entry": entries}
    ehr.faults[f"Patient/{ehr.patient}/$everything"] = body(told)
    criteria, absent = found(client, ehr)
    assert criteria == engine(client)
    assert absent == {}


def test_a_named_patient_is_judged_once_under_a_key(client: Client, ehr: Ehr) -> None:
    client.add(CALL)

    def ask(patient: str) -> Any:
        headers = {"Idempotency-Key": "7"}
        query = {"as_of": "2026-06-01"}
        return client.post("/screenings", params=query, json={"patient": patient}, headers=headers)

    ehr.everything = False
    ehr.faults["Observation?"] = status(403)
    first = ask(ehr.patient)
    requests = len(ehr.asked)
    again = ask(ehr.patient)
    assert (again.status_code, again.json(), len(ehr.asked)) == (201, first.json(), requests)
    assert first.json()["record"]["absent"]
    assert code_of(ask("other")) == "KEY_REUSED"
    # What did not come is told with the answers, too: it is still unknown.
    told = client.answer(first.json()["screening"], q_b80933108dcd1190=True).json()
    assert told["record"]["absent"] == first.json()["record"]["absent"]


def test_a_type_that_is_not_kept_leaves_others_of_its_kind(client: Client, ehr: Ehr) -> None:
    ehr.everything = False
    ehr.kept = {"Observation", "Condition", "MedicationRequest", "Encounter"}
    criteria, absent = found(client, ehr)
    assert criteria == engine(client)
    assert set(absent.values()) == {"NOT_KEPT"}
    ehr.kept = {"Observation", "Condition"}
    criteria, _ = found(client, ehr)
    assert criteria["E1"] == ("unknown", "SOURCE_NOT_DELIVERED")


@pytest.mark.parametrize(
    ("limits", "code", "http"),
    [
        ({"fhir_server_pages": 3}, "RECORD_TOO_LARGE", 413),
        ({"fhir_server_bytes": 20_000}, "RECORD_TOO_LARGE", 413),
        ({"fhir_server_seconds": 0.5}, "FHIR_SERVER_SLOW", 504),
    ],
)
def test_a_limit_is_named(
    make: Callable[..., Client], ehr: Ehr, limits: dict[str, Any], code: str, http: int
) -> None:
    client = added(make, ehr, **limits)
    ehr.size = 5
    if "fhir_server_seconds" in limits:
        ehr.faults[f"Patient/{ehr.patient}/$everything"] = slowly(5)
    answer = named(client, ehr.patient)
    assert (answer.status_code, code_of(answer)) == (http, code)
    assert f"ELIGIBILITY_SERVICE_{next(iter(limits)).upper()}" in answer.text


def test_who_is_not_there_is_told(client: Client, ehr: Ehr) -> None:
    for patient, code, http in (
        ("nobody", "PATIENT_UNKNOWN", 404),
        ("../x", "PATIENT_ID", 422),
        ("a?b", "PATIENT_ID", 422),
        ("", "PATIENT_ID", 422),
    ):
        answer = named(client, patient)
        assert (answer.status_code, code_of(answer)) == (http, code), patient
    ehr.faults[f"Patient/{ehr.patient}"] = status(500)
    assert code_of(named(client, ehr.patient)) == "FHIR_SERVER_FAILED"
    ehr.faults[f"Patient/{ehr.patient}"] = body({"resourceType": "Patient", "id": "other"})
    assert code_of(named(client, ehr.patient)) == "FHIR_SERVER_FAILED"
    ehr.faults[f"Patient/{ehr.patient}"] = status(401)
    assert named(client, ehr.patient).status_code == 502


def test_a_server_that_is_away_is_told(make: Callable[..., Client]) -> None:
    with serving() as gone:
        patient, address = gone.patient, gone.address
    client = make(fhir_server=address)
    client.add(CALL)
    answer = named(client, patient)
    assert (answer.status_code, code_of(answer)) == (502, "FHIR_SERVER_FAILED")
    assert patient not in answer.text


def test_without_a_server_nobody_can_be_named(make: Callable[..., Client]) -> None:
    client = make()
    client.add(CALL)
    answer = named(client, "p1")
    assert (answer.status_code, code_of(answer)) == (422, "FHIR_SERVER_UNSET")


def test_the_same_over_fhir(client: Client, ehr: Ehr) -> None:
    ehr.everything = False
    ehr.faults["Observation?"] = status(403)
    asked = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patient", "valueId": ehr.patient},
            {"name": "asOf", "valueDate": "2026-06-01"},
        ],
    }
    told = checked(client.post("/fhir/ResearchStudy/DEMO-CALL/$screen", json=asked, headers=FHIR))
    (outcome,) = (one for one in told["contained"] if one["id"] == "record")
    (issue,) = outcome["issue"]
    assert (issue["details"]["coding"][0]["code"], issue["location"]) == ("REFUSED", ["Observation"])
    both = {**asked, "parameter": [*asked["parameter"], {"name": "record", "resource": json.loads(DEMO)}]}
    answer = client.post("/fhir/ResearchStudy/DEMO-CALL/$screen", json=both, headers=FHIR)
    assert code_of(answer) == "RECORD_MISSING"


def test_answers_follow_as_to_a_posted_record(client: Client, ehr: Ehr) -> None:
    told = named(client, ehr.patient).json()
    after = client.answer(told["screening"], q_b80933108dcd1190=True)
    assert after.json()["results"][0]["verdict"] == "pass"


def test_the_token_of_the_settings_is_shown(make: Callable[..., Client], ehr: Ehr) -> None:
    client = added(make, ehr, fhir_server_token="secret-token")
    found(client, ehr)
    assert {one["Authorization"] for one in ehr.headers} == {"Bearer secret-token"}
    assert {one["Accept-Encoding"] for one in ehr.headers} == {"identity"}
    assert "secret-token" not in repr(client.app.state.service.settings)
    assert "secret-token" not in client.log.getvalue()


def test_tokens_are_got_as_a_backend_service(make: Callable[..., Client], ehr: Ehr, tmp_path: Path) -> None:
    key = ECKey.generate_key("P-384", {"kid": "own"})
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key.as_dict(private=True)))
    given = {
        "fhir_server_client": "eligibility",
        "fhir_server_key": path,
        "fhir_server_tokens": f"http://127.0.0.1:{ehr.port}/token",
    }
    client = added(make, ehr, **given)
    found(client, ehr)
    found(client, ehr)
    (form,) = ehr.forms  # the second time it is still good
    assert form["grant_type"] == ["client_credentials"]
    head, claims, _ = form["client_assertion"][0].split(".")
    header, told = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims))
    assert (header["alg"], header["kid"]) == ("ES384", "own")
    assert (told["iss"], told["sub"], told["aud"]) == (
        "eligibility",
        "eligibility",
        given["fhir_server_tokens"],
    )
    assert told["exp"] - told["iat"] <= 300
    assert {one["Authorization"] for one in ehr.headers} == {"Bearer given-token"}
    ehr.faults["token"] = status(400)
    other = added(make, ehr, **given)
    assert code_of(named(other, ehr.patient)) == "FHIR_SERVER_FAILED"
    path.write_text(json.dumps(key.as_dict(private=False)))
    with pytest.raises(Exception, match="private key"):
        make(fhir_server=ehr.address, **given)


def test_a_server_has_patients_of_one_site(make: Callable[..., Client], ehr: Ehr, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    with pytest.raises(ValueError, match="FHIR_SERVER_SITE"):
        ServiceSettings(fhir_server=ehr.address, **issuer.settings())
    client = make(fhir_server=ehr.address, fhir_server_site="north", **issuer.settings())
    Caller(client, issuer, ["data-manager"], []).add(CALL)
    for site, http in (("north", 201), ("south", 422)):
        assert named(Caller(client, issuer, ["screener"], [site]), ehr.patient).status_code == http
    asked = len(ehr.asked)
    named(Caller(client, issuer, ["screener"], ["south"]), ehr.patient)
    assert len(ehr.asked) == asked


@pytest.mark.parametrize(
    "settings",
    [
        {"fhir_server": "http://ehr.example/fhir"},
        {"fhir_server": "ftp://ehr.example/fhir"},
        {"fhir_server": "file:///etc/passwd"},
        {"fhir_server": "https://user:pass@ehr.example/fhir"},
        {"fhir_server": "https://ehr.example/fhir?x=1"},
        {"fhir_server": "https://ehr.example", "fhir_server_client": "x"},
        {"fhir_server_tokens": "http://ehr.example/token"},
    ],
)
def test_settings_that_are_unsafe_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="FHIR_SERVER"):
        ServiceSettings(**settings)
