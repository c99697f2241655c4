"""Protocols: checked, kept by version, listed, put in force."""

from __future__ import annotations

from tests.service.conftest import CALL, Client, code_of


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


def test_a_text_cannot_name_files_or_value_sets_of_elsewhere(client: Client) -> None:
    heading, _, rest = CALL.partition("\n")
    library = client.post("/protocols", content=f'{heading}\n\nuse "/etc/passwd"\n{rest}')
    assert library.status_code == 422
    assert "root:" not in library.text
    missing = CALL.replace("RxNorm 1991302, 475968, 1551291", "<https://example.org/vs/glp1>")
    assert client.post("/protocols", content=missing).status_code == 422
