"""What the faces say they can do is what they can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.service.fhir.declared import BASE
from tests.service.conftest import Client, code_of
from tests.service.fhir.checking import checked

_WORDS = {"read": ("GET", True), "search-type": ("GET", False), "create": ("POST", False)}
_WORDS["update"] = ("PUT", True)


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Nothing here hangs on which database it is."""
    return f"sqlite:///{tmp_path / 'store.db'}"


def test_the_statement_is_the_routes(client: Client) -> None:
    told = checked(client.get("/fhir/metadata"))
    said = set()
    for resource in told["rest"][0]["resource"]:
        kind = resource["type"]
        for one in resource.get("interaction", ()):
            method, instance = _WORDS[one["code"]]
            said.add((method, kind, instance, ""))
        for one in resource.get("operation", ()):
            name = one["definition"].rpartition(":")[2]
            definition = checked(client.get(f"/fhir/OperationDefinition/{name}"))
            assert definition["url"] == one["definition"]
            assert definition["resource"] == [kind]
            levels = [level for level in ("type", "instance") if definition[level]]
            said |= {("POST", kind, level == "instance", one["name"]) for level in levels}
    served = set()
    for route in client.app.routes:
        if not route.path.startswith(BASE) or route.path == "/fhir/metadata":
            continue
        kind, *rest = route.path.removeprefix(BASE).split("/")
        operation = next((part[1:] for part in rest if part.startswith("$")), "")
        served |= {(method, kind, "{" in route.path, operation) for method in route.methods}
    assert said == served


def test_the_searches_are_the_routes(client: Client) -> None:
    told = checked(client.get("/fhir/metadata"))
    said = {
        (resource["type"], param["name"])
        for resource in told["rest"][0]["resource"]
        for param in resource.get("searchParam", ())
    }
    described = client.get("/openapi.json").json()["paths"]
    served = {
        (path.removeprefix(BASE), parameter["name"].partition(":")[0])
        for path, methods in described.items()
        if path.startswith(BASE) and "/" not in path.removeprefix(BASE)
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["in"] == "query"
    }
    control = {"site", "_count", "_offset", "_after"}
    assert said == {(kind, name) for kind, name in served if name not in control and kind != "metadata"}


def test_what_is_not_served_is_refused(client: Client) -> None:
    for path in ("/fhir/Patient", "/fhir/Patient/p1", "/fhir/OperationDefinition/none", "/fhir"):
        assert (client.get(path).status_code, code_of(client.get(path))) == (404, "NOT_FOUND")
