"""Cases of ten reasons, settled by keyboard alone; undone, signed, overtaken by changed data."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from api.store.tables import Decision, Draft, Signature, Task, Void
from tests.pages.conftest import Site, listening, sign_in
from tests.pages.scene import doubts, fine, hba1c, keep, screen


@dataclass(frozen=True, slots=True)
class Ten:
    """A store with ten open cases, and their tasks by reason."""

    path: Path
    tasks: dict[str, str]


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Ten:
    path, tasks = tmp_path_factory.mktemp("ten") / "store.db", {}
    with listening(f"sqlite:///{path}") as site:
        keep(site)
        for name, resources in doubts().items():
            told = screen(site, resources)
            assert told["verdict"] == "needs-clinician-review", (name, told["verdict"])
            tasks[name] = str(told["task"])
    return Ten(path, tasks)


@pytest.fixture
def site(tmp_path: Path, ten: Ten) -> Iterator[Site]:
    """A service over a store of its own with ten cases in it."""
    shutil.copyfile(ten.path, tmp_path / "store.db")
    with listening(f"sqlite:///{tmp_path / 'store.db'}") as found:
        yield found


@pytest.fixture
def waiting(ten: Ten) -> dict[str, str]:
    """The keys of ten cases by their reason."""
    return ten.tasks


def _sign(page: Page) -> None:
    expect(page.get_by_text("All decided")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    page.keyboard.type("Ann Abel")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed by Ann Abel")).to_be_visible()


def test_ten_cases_of_different_reasons_are_reviewed_by_keyboard_alone(
    page: Page, site: Site, waiting: dict[str, str]
) -> None:
    sign_in(page, site)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for number in range(len(waiting)):
        expect(page.get_by_text("Yours until")).to_be_visible()
        address = page.url
        cards = page.locator(".criterion[data-criterion]").count()
        for done in range(cards):
            # Two keys a decision.
            page.keyboard.press("123"[number % 3])
            page.keyboard.press("1")
            left = cards - done - 1
            words = "All decided" if not left else f"{left} criteri"
            expect(page.get_by_text(words)).to_be_visible()
        page.keyboard.press("u")
        expect(page.get_by_text("1 criterion still to decide")).to_be_visible()
        page.keyboard.press("2")
        page.keyboard.press("2")
        _sign(page)
        if number + 1 < len(waiting):
            page.keyboard.press("n")
            expect(page).not_to_have_url(address)
    with site.store.read() as session:
        signed = session.scalars(select(Signature)).all()
        assert {one.task_key for one in signed} == set(waiting.values())
        assert {one.reviewer for one in signed} == {"Ann Abel"}
        assert session.scalars(select(Draft)).all() == []
        decided = session.scalars(select(Decision)).all()
        assert len(decided) > len(waiting)
        questions = {one.verdict_key for one in session.scalars(select(Task).where(Task.kind == "question"))}
        # The case that asked about two criteria left one of them untold.
        asked = {one.signature_key for one in decided if one.outcome == "cannot tell"}
        assert len(questions) == len(asked)


def test_the_verdict_follows_what_was_chosen_at_once(page: Page, site: Site, waiting: dict[str, str]) -> None:
    sign_in(page, site)
    page.goto(f"{site.address}/review/cases/{waiting['UNIT_UNRESOLVED']}")
    verdict = page.locator(".case-head .verdict")
    expect(verdict).to_have_text("Still open")
    for key, words in (("1", "Fits the study"), ("2", "Does not fit the study"), ("3", "Still open")):
        page.keyboard.press(key)
        page.keyboard.press("1")
        expect(verdict).to_contain_text(words)
        expect(page.locator(f'.answer input[data-key="{key}"]')).to_be_checked()
    # Another criterion is looked at within the page: it unfolds, and what is being written stays.
    page.locator("textarea").fill("Half a sent")
    page.locator('.list a[href="#c-I1"]').click()
    expect(page.locator("#c-I1")).to_have_attribute("open", "")
    page.go_back()
    expect(page.locator("textarea")).to_have_value("Half a sent")


def test_changed_data_takes_a_signature_back_and_shows_the_difference(
    page: Page, site: Site, waiting: dict[str, str]
) -> None:
    sign_in(page, site)
    page.goto(f"{site.address}/review/cases/{waiting['UNIT_UNRESOLVED']}")
    expect(page.get_by_text("Yours until")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("2")
    _sign(page)
    changed = [*doubts()["UNIT_UNRESOLVED"], hba1c("d3", "2026-05-20", 9.9, "furlong")]
    again = screen(site, changed)
    assert again["task"] not in (None, waiting["UNIT_UNRESOLVED"])
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("no longer holds: the record has changed")
    page.get_by_role("link", name="To the case as it is now").click()
    difference = page.locator(".changes")
    expect(difference).to_contain_text("HbA1c")
    expect(difference.locator("ins")).to_contain_text("9.9")
    expect(difference).to_contain_text("decided then: Met")
    with site.store.read() as session:
        (void,) = session.scalars(select(Void)).all()
        assert void.changed == ["data"]


def test_of_two_reviewers_the_second_is_told_that_the_case_is_taken(
    site: Site, waiting: dict[str, str]
) -> None:
    ann, ben = site.visitor("Ann Abel"), site.visitor("Ben Bole")
    address = f"/review/cases/{waiting['DATA_STALE']}"
    assert ann.post(f"{address}/hold").status_code == 200
    assert "Ann Abel works on it until" in ben.get(address).text
    assert 'class="decide"' not in ben.get(address).text
    assert ben.post(f"{address}/hold").status_code == 412
    fields = _fields(ben.get(f"/review/cases/{waiting['DATA_NOT_FOUND']}").text)
    lost = ben.post(f"{address}/choose", **{**fields, "outcome": "met", "reason-met": "record-shows"})
    assert lost.status_code in (412, 422)
    assert ann.post(f"{address}/release").status_code == 200
    assert ben.post(f"{address}/hold").status_code == 200


def test_it_is_used_without_a_script(site: Site, waiting: dict[str, str]) -> None:
    ann = site.visitor("Ann Abel")
    address = f"/review/cases/{waiting['UNIT_UNRESOLVED']}"
    fields = _fields(ann.get(address).text)
    chosen = {**fields, "outcome": "not met", "reason-not-met": "clinical-judgement", "comment": "Seen."}
    assert ann.post(f"{address}/choose", outcome="met", **fields).status_code == 422, "without a reason"
    answer = ann.post(f"{address}/choose", **chosen)
    assert "Does not fit the study" in answer.text
    assert "Seen." in answer.text
    back = ann.post(f"{address}/take-back", criterion=fields["criterion"])
    assert "1 criterion still to decide" in back.text
    ann.post(f"{address}/choose", **chosen)
    meaning = "I reviewed this case and these are my decisions."
    signing = {"seen": fields["seen"], "meaning": meaning}
    assert ann.post(f"{address}/sign", name="Ben Bole", **signing).status_code == 422, "under another name"
    assert ann.post(f"{address}/sign", name="Ann Abel", meaning="?", seen=fields["seen"]).status_code == 422
    stale = ann.post(f"{address}/sign", name="Ann Abel", **{**signing, "seen": "0" * 64})
    assert stale.status_code == 412
    assert "Signed by Ann Abel" in ann.post(f"{address}/sign", name="Ann Abel", **signing).text
    record = ann.get(f"{address}/record").text
    assert fields["seen"] in record
    assert "Clinical judgement" in record
    assert "Signed by Ann Abel" in ann.get(f"{address}/checklist").text
    assert ann.post(f"{address}/choose", **chosen).status_code == 412, "signed is signed"


def test_what_cannot_be_told_is_a_question_for_the_screener(site: Site, waiting: dict[str, str]) -> None:
    ann = site.visitor("Ann Abel")
    address = f"/review/cases/{waiting['DATA_STALE']}"
    fields = _fields(ann.get(address).text)
    ann.post(f"{address}/choose", outcome="cannot tell", **{"reason-cannot-tell": "result-missing"}, **fields)
    meaning = "I reviewed this case and these are my decisions."
    signed = ann.post(f"{address}/sign", name="Ann Abel", meaning=meaning, seen=fields["seen"]).text
    assert "asked of the screener" in signed
    assert "Still open" in signed
    sam = site.visitor("Sam Screener")
    listed = sam.get("/review", kind="question").text
    (key,) = re.findall(r'class="patient" href="/review/cases/([0-9a-f]{32})"', listed)
    question = sam.get(f"/review/cases/{key}").text
    assert "please find out" in question
    assert 'class="decide"' not in question
    assert sam.post(f"/review/cases/{key}/close").status_code == 422
    assert sam.post(f"{address}/close", ending="answered").status_code == 422, "a review is no question"
    answered = sam.post(f"/review/cases/{key}/close", ending="answered")
    assert key not in answered.text
    assert sam.post(f"/review/cases/{key}/close", ending="answered").status_code == 412


def test_the_screener_reads_what_the_reviewer_asks(site: Site, waiting: dict[str, str]) -> None:
    ann = site.visitor("Ann Abel")
    address = f"/review/cases/{waiting['DATA_STALE']}"
    fields = _fields(ann.get(address).text)
    ann.post(
        f"{address}/choose", outcome="cannot tell", comment="Is there one of <March>?",
        **{"reason-cannot-tell": "result-missing"}, **fields,
    )  # fmt: skip
    ann.post(f"{address}/sign", name="Ann Abel", meaning=MEANING, seen=fields["seen"])
    (key,) = _listed(ann.get("/review", kind="question").text)
    told = site.visitor("Sam Screener").get(f"/review/cases/{key}").text
    assert "A reviewer asks: <b>A result is missing</b>. “Is there one of &lt;March&gt;?”" in told


def test_a_case_is_assigned_to_a_colleague(page: Page, site: Site, waiting: dict[str, str]) -> None:
    ben, key = site.visitor("Ben Bole"), waiting["DATA_STALE"]
    ben.post(f"/review/cases/{waiting['NOTE_ONLY']}/assign", assignee="Ben Bole")
    sign_in(page, site)
    page.goto(f"{site.address}/review/cases/{key}")
    expect(page.get_by_text("Yours until")).to_be_visible()
    page.keyboard.press("a")
    page.get_by_label("To whom").fill("Ben Bole")
    assert page.locator("#names option").get_attribute("value") == "Ben Bole", "whom one has heard of"
    page.keyboard.press("Enter")
    # It is Ben's to do; Ann holds it no longer and is not made to by looking at it.
    expect(page.get_by_role("button", name="Take this case")).to_be_visible()
    expect(page.get_by_text("for Ben Bole")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert "yours until" not in ben.get("/review").text
    assert "Ann Abel until" not in ben.get("/review").text
    ann = site.visitor("Ann Abel")
    assert _listed(ann.get("/review", whose="=Ben Bole").text) == {key, waiting["NOTE_ONLY"]}
    assert _listed(ben.get("/review", whose="me").text) == {key, waiting["NOTE_ONLY"]}
    assert _listed(ann.get("/review", whose="nobody").text) == set(waiting.values()) - {
        key,
        waiting["NOTE_ONLY"],
    }
    # What comes next is nobody else's.
    following = {_next(ann.get(f"/review/cases/{one}").text) for one in waiting.values()}
    assert following.isdisjoint({key, waiting["NOTE_ONLY"]})
    assert ann.post(f"/review/cases/{key}/assign", assignee="").status_code == 200
    assert key in _listed(ann.get("/review", whose="nobody").text)
    assert ann.post(f"/review/cases/{key}/assign", assignee="a\x00b").status_code == 422


MEANING = "I reviewed this case and these are my decisions."


def _listed(html: str) -> set[str]:
    return set(re.findall(r'class="patient" href="/review/cases/([0-9a-f]{32})"', html))


def _next(html: str) -> str:
    found = re.search(r'data-next="/review/cases/([0-9a-f]{32})"', html)
    return found[1] if found else ""


def _fields(html: str) -> dict[str, str]:
    """The hidden fields of the first criterion's form."""
    form = html.split('class="decide"', 1)[1]
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', form)[1]  # type: ignore[index]
        for name in ("criterion", "seen")
    }


def test_the_queue_finds_by_protocol_criterion_reason_and_who(site: Site, waiting: dict[str, str]) -> None:
    ann = site.visitor("Ann Abel")

    def found(**query: str) -> set[str]:
        return set(
            re.findall(
                r'class="patient" href="/review/cases/([0-9a-f]{32})"', ann.get("/review", **query).text
            )
        )

    assert found() == set(waiting.values())
    assert found(protocol="PAGES-1") == set(waiting.values())
    assert found(protocol="NONE") == set()
    assert waiting["DATA_STALE"] in found(reason="DATA_STALE")
    assert waiting["DATA_NOT_FOUND"] not in found(reason="DATA_STALE")
    assert found(criterion="E1") == {
        waiting[name] for name in ("STATUS_UNCONFIRMED", "NOTE_ONLY", "NOTE_UNCERTAIN", "SEVERAL")
    }
    assert found(age="1") == set()
    assert found(whose="me") == set()
    ben = site.visitor("Ben Bole")
    ben.post(f"/review/cases/{waiting['NOTE_ONLY']}/hold")
    assert waiting["NOTE_ONLY"] not in found(free="1")
    page = ann.get("/review").text
    assert "Ben Bole until" in page
    # Those with the fewest open criteria come first.
    counts = [int(n) for n in re.findall(r"</a></td>\s*<td data-head=\"To decide:\">(\d+)</td>", page)]
    assert counts == sorted(counts)
    assert len(counts) == len(waiting)


def test_nobody_looks_at_what_is_not_there_or_of_another_site(site: Site) -> None:
    assert screen(site, fine("f1"))["task"] is None
    ann = site.visitor()
    for path in ("", "/record", "/checklist", "/sign"):
        assert ann.get(f"/review/cases/{'0' * 32}{path}").status_code == 404
    for path in ("hold", "release", "choose", "take-back", "sign"):
        assert ann.post(f"/review/cases/{'0' * 32}/{path}", name="Ann Abel").status_code in (404, 422)
