"""What requests have made so far, by what their answers said: keys and versions that later ones may name.

Random keys are never those of a task or a run, so that whatever needs one would only ever be refused.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Json = dict[str, Any]
_KEPT = 50  # of each kind, the newest


class Made:
    """The newest things of each kind by key, each as it was last seen."""

    def __init__(self) -> None:
        self._things: defaultdict[str, dict[str, Json]] = defaultdict(dict)

    def learn(self, operation: str, told: Json) -> None:
        """Note what an answer to a request that got through tells of; `operation` as `POST /screenings`."""
        match operation:
            case "POST /screenings":
                self._note("patient", told["patient"], told)
                self._note("screening", told["screening"], told)
            case "POST /runs" | "POST /uploads":
                self._note("run", told["run"], told)
            case "GET /runs/{run}" if "output" in told:
                for file in told["output"]:
                    self._note("identifying" if "/identifying/" in file["url"] else "file", file["url"], file)
            case "POST /protocols":
                self._note(f"version of {told['protocol']}", told["key"], told)
                self._note("version", told["key"], told)
            case "GET /audit/head":
                self._note("head", str(told["number"]), told)
            case "POST /cds-services/eligibility-patient-view":
                self._note("card", told["cards"][0]["uuid"], told)
            case _:
                for one in [entry["resource"] for entry in told.get("entry", [])] or [told]:
                    if "resourceType" in one and "id" in one:
                        self._note(one["resourceType"], one["id"], one)

    def _note(self, kind: str, key: str, told: Json) -> None:
        known = self._things[kind]
        before = known.pop(key, {})
        # A page of a search does not tell versions: the one that was told before stays.
        known[key] = {**told, "meta": {**before.get("meta", {}), **told.get("meta", {})}}
        while len(known) > _KEPT:
            del known[next(iter(known))]

    def one(self, kind: str, turn: int, **elements: object) -> tuple[str, Json] | None:
        """A thing of a kind with these elements and its key; another one each turn."""
        there = [
            (key, told)
            for key, told in self._things[kind].items()
            if all(told.get(name) == value for name, value in elements.items())
        ]
        return there[turn % len(there)] if there else None
