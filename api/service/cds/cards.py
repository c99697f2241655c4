"""The card: which studies fit, why or why not, and what is still to find out. It names nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from api.store.keys import new_key

Told = dict[str, Any]
_ORDER = ("pass", "needs-clinician-review", None, "fail")
_WORDS = {
    "pass": "fits",
    "needs-clinician-review": "may fit, something is still open",
    "fail": "does not fit",
    None: "has nothing that is judged before a visit",
}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&])")
_SOURCE = "eligibility"
OVERRIDES = {
    "considered": "Considered already",
    "not-suitable": "Not suitable for another reason",
    "declined": "The patient does not want to take part",
    "later": "Not now",
}


def card(told: Told, titles: Mapping[str, str], absent: Sequence[Told], links: Sequence[Told]) -> Told:
    """One card for all studies, those that fit first. `links` lead to the findings."""
    results = sorted(told["results"], key=lambda one: _ORDER.index(one["verdict"]))
    parts = [_study(one, titles.get(one["protocol"]) or one["protocol"]) for one in results]
    if absent:
        names = ", ".join(one["place"] for one in absent)
        parts.append(f"Not sent, so unknown and not taken for absent: {plain(names)}.")
    return {
        "uuid": str(UUID(hex=told["screening"])),
        "summary": _summary(results),
        "detail": "\n\n".join(parts),
        "indicator": "info",
        "source": {"label": _SOURCE},
        "overrideReasons": [
            {"code": code, "system": "urn:eligibility:override", "display": words}
            for code, words in OVERRIDES.items()
        ],
        **({"links": list(links)} if links else {}),
    }


def card_without_studies() -> Told:
    """The card where no study is in force."""
    return {
        "uuid": str(UUID(hex=new_key())),
        "summary": "No study is in force",
        "indicator": "info",
        "source": {"label": _SOURCE},
    }


def _summary(results: Sequence[Told]) -> str:
    """In fewer than 140 characters."""
    count = {word: sum(one["verdict"] == word for one in results) for word in _WORDS}
    said = [
        f"{n} {words}"
        for word, words in (("pass", "fit"), ("needs-clinician-review", "may fit"), ("fail", "do not fit"))
        if (n := count[word])
    ]
    return f"Studies for this patient: {', '.join(said) or 'none is judged before a visit'}"


def _study(result: Told, title: str) -> str:
    lines = [f"**{plain(title)}** ({plain(result['protocol'])}, version {plain(result['version'])}) "]
    lines[0] += f"{_WORDS[result['verdict']]}."
    taking_part = [one for one in result["criteria"] if one["stage"] == "pre-screen"]
    if result["deceased"] == "true":
        lines.append("- The record says that the patient has died.")
    lines += [
        f"- {plain(one['label'] or one['id'])}: {plain(one['meaning'])} ({one['reason']})"
        for one in taking_part
        if one["outcome"] == "not met"
    ]
    lines += [f"- To find out ({one['ask']}): {plain(one['text'])}" for one in result["questions"]]
    assumed = sum(one["reason"] == "MET_ABSENCE_ASSUMED" for one in taking_part)
    if assumed:
        lines.append(f"- Met because nothing else is documented: {assumed} of {len(taking_part)} criteria.")
    return "\n".join(lines)


def plain(text: str) -> str:
    """Text as it is, whatever Markdown or HTML would make of it."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split())).replace("\\<", "&lt;").replace("\\>", "&gt;")
