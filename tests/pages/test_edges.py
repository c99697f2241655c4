"""What goes wrong between people: cases that move on, others' choices, what somebody blind must not read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from api.store import Actor
from api.store.plans import ALL_CRITERIA, Plan, change_plan
from api.store.tables import Draft, Task
from tests.pages.conftest import Site, listening
from tests.pages.scene import doubts, fine, keep, renamed, screen
from tests.pages.visitor import Visitor

MEANING = "I reviewed this case and these are my decisions."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with a protocol; each test has a patient of its own."""
    with listening(f"sqlite:///{tmp_path_factory.mktemp('edges') / 'store.db'}") as found:
        keep(found)
        yield found


def case_of(site: Site, name: str, key: str) -> str:
    """The address of a case of somebody new with this doubt."""
    return f"/review/cases/{screen(site, renamed(doubts()[name], key))['task']}"


def seen(visitor: Visitor, case: str) -> str:
    return re.findall(r'name="seen" value="([^"]*)"', visitor.get(case).text)[0]


def chosen(visitor: Visitor, case: str, criterion: str, outcome: str = "met", **more: str) -> int:
    """The status after choosing."""
    reason = {"reason-met": "record-shows", "reason-cannot-tell": "ask-patient"}
    shown = more.get("seen") or seen(visitor, case)
    answer = visitor.post(f"{case}/choose", criterion=criterion, outcome=outcome, seen=shown, **reason)
    return answer.status_code


def test_what_is_left_open_is_not_signed(site: Site) -> None:
    ann, case = site.visitor("Ann"), case_of(site, "SEVERAL", "left-open")
    assert chosen(ann, case, "I2") == 200
    refused = ann.post(f"{case}/sign", name="Ann", meaning=MEANING, seen=seen(ann, case))
    assert refused.status_code == 422
    assert "You chose" in ann.get(case).text, "the choice is still there"


def test_a_signed_case_is_neither_changed_nor_taken_back(site: Site) -> None:
    ann, case = site.visitor("Ann"), case_of(site, "DATA_STALE", "signed")
    shown = seen(ann, case)
    assert chosen(ann, case, "I2") == 200
    # Another page of hers still shows the case as it was.
    assert ann.post(f"{case}/sign", name="Ann", meaning=MEANING, seen=shown).status_code == 200
    again = ann.post(
        f"{case}/choose", criterion="I2", outcome="not met", seen=shown, **{"reason-not-met": "record-shows"}
    )
    assert again.status_code == 412
    assert "It is signed by now" in again.text
    assert f'href="{case}"' in again.text, "back to the case"
    assert ann.post(f"{case}/take-back", criterion="").status_code == 422
    assert ann.post(f"{case}/sign", name="Ann", meaning=MEANING, seen=shown).status_code == 412
    assert "Decided: <b>Met</b>" in ann.get(case).text


def test_a_case_that_was_overtaken_takes_no_choices(site: Site) -> None:
    ann, case = site.visitor("Ann"), case_of(site, "UNIT_UNRESOLVED", "overtaken")
    shown = seen(ann, case)
    newer = screen(site, renamed(doubts()["DATA_NOT_FOUND"], "overtaken"))["task"]
    assert chosen(ann, case, "I2", seen=shown) == 412
    assert f"/review/cases/{newer}" in ann.get(case).text


def test_nobody_takes_back_what_another_chose(site: Site) -> None:
    ann, ben = site.visitor("Ann"), site.visitor("Ben")
    case = case_of(site, "SEVERAL", "two-people")
    assert chosen(ann, case, "I2") == 200
    ann.post(f"{case}/release")
    assert chosen(ben, case, "E1") == 200
    assert ben.post(f"{case}/take-back", criterion="I2").status_code == 422
    key = case.rpartition("/")[2]
    with site.store.read() as session:
        assert session.get_one(Draft, (key, "I2")).reviewer == "Ann"
    assert ben.post(f"{case}/take-back", criterion="").status_code == 200
    with site.store.read() as session:
        assert session.get(Draft, (key, "E1")) is None


def test_a_question_is_not_decided(site: Site) -> None:
    ann, case = site.visitor("Ann"), case_of(site, "DATA_STALE", "asked")
    shown = seen(ann, case)
    assert chosen(ann, case, "I2", "cannot tell") == 200
    assert ann.post(f"{case}/sign", name="Ann", meaning=MEANING, seen=shown).status_code == 200
    with site.store.read() as session:
        verdict = session.get_one(Task, case.rpartition("/")[2]).verdict_key
        (key,) = [one.key for one in session.query(Task).filter_by(verdict_key=verdict, kind="question")]
    question, ben = f"/review/cases/{key}", site.visitor("Ben")
    assert chosen(ben, question, "I2", seen=shown) == 422
    signed = ben.post(f"{question}/sign", name="Ben", meaning=MEANING, seen=shown)
    assert signed.status_code == 422
    assert "nothing to decide" in signed.text


@pytest.mark.parametrize("hidden", [False, True])
def test_all_that_is_asked_is_shown_in_its_course(site: Site, hidden: bool) -> None:
    with site.store.write(Actor("Mara", "data-manager")) as unit:
        change_plan(unit, "PAGES-1", Plan(2, ALL_CRITERIA, engine_hidden=hidden, sample_percent=100))
    ann, ben = site.visitor("Ann"), site.visitor("Ben")
    record = renamed(fine("d0"), f"whole-{hidden}")
    case = f"/review/cases/{screen(site, record)['task']}"
    told = ann.get(case).text
    hba1c, asthma = (told.split(f'data-criterion="{one}"')[1].split("<form")[0] for one in ("I2", "E1"))
    assert 'aria-label="HbA1c in %: 1 result' in hba1c
    assert 'data-value="10.5"' in hba1c
    assert "Looked for <b>asthma</b> in the whole record: <b>nothing found</b>" in asthma
    # Whoever decides without what was found does not read it on paper either.
    for page in ("record", "checklist"):
        assert ben.get(f"{case}/{page}").status_code == (422 if hidden else 200)
    # Nor do they find it by that, or learn how many there are.
    listed = ben.get("/review", protocol="PAGES-1", reason="MET_EVIDENCE").text
    assert (case in listed) is not hidden
    assert ('value="MET_EVIDENCE"' in ben.get("/review").text) is not hidden
    # Screened once more without a change: the case stays.
    assert screen(site, record)["task"] is None
    assert 'data-criterion="I2"' in ann.get(case).text
    with site.store.write(Actor("Mara", "data-manager")) as unit:
        change_plan(unit, "PAGES-1", Plan())
