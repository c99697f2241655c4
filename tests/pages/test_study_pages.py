"""The board from pre-screen to randomisation, figures out of the store, reviews by two who are blind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from api.demo.candidates import seed_candidates
from api.demo.reviews import STUDY, seed_double_review
from api.pages.wording import patient_name
from api.service.access.principal import LOCAL
from api.service.app import put_in_force
from api.service.studies.funnel import stalls
from api.service.studies.ratings import ratings_of
from api.service.studies.ways import ways_of
from api.store import Actor
from api.store.candidates import NewStep, take_step, way
from api.store.identities import pseudonyms
from api.store.plans import ALL_CRITERIA, Plan, change_plan, plan_of
from api.store.queues import Filter, queue
from api.store.tasks import criteria_of
from tests.pages.conftest import Site, listening, sign_in
from tests.service.conftest import CALL, patient

HERE = frozenset({LOCAL})
LATE = timedelta(days=20)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The made-up studies, which these tests read and add to."""
    with listening(f"sqlite:///{tmp_path_factory.mktemp('study') / 'store.db'}") as found:
        service = found.app.state.service
        put_in_force(service, CALL)
        assert seed_candidates(found.store, "DEMO-CALL", LOCAL) == 24
        assert seed_candidates(found.store, "DEMO-CALL", LOCAL) == 0
        assert seed_double_review(service, CALL, LOCAL) > 0
        assert seed_double_review(service, CALL, LOCAL) == 0
        yield found


def entered(site: Site, number: str, *steps: str, details: dict[str, object] | None = None) -> str:
    """A candidate who took these steps twenty days ago."""
    with site.store.write(Actor("sam", "screener", LOCAL)) as unit:
        (key,) = pseudonyms(unit, LOCAL, "urn:test", [number]).values()
        for place, step in enumerate(steps):
            told = details or {}
            take_step(unit, NewStep(key, "DEMO-CALL", step, place, unit.now - LATE, details=told))
    return key


def test_a_candidate_goes_from_pre_screen_to_randomised(page: Page, seeded: Site) -> None:
    key = entered(seeded, "whole-way", "pre-screened")
    name = patient_name(key)
    sign_in(page, seeded)
    page.get_by_role("link", name="Candidates").click()
    mine = page.locator("li.candidate").filter(has_text=name)
    # Twenty days at a step of two: it stands out.
    assert "late by 18 days" in mine.inner_text()
    for button in ("Passed", "Clear", "Hand over", "Contacted"):
        mine.get_by_role("button", name=f"{button} {name}", exact=True).click()
        assert page.get_by_role("status").filter(has_text="Done").is_visible()
    mine.get_by_text("Consent and history").click()
    mine.get_by_label("Version of the consent form").fill("3.0")
    mine.get_by_role("button", name="Take this step").click()
    for button in ("Screened", "Randomised"):
        mine.get_by_role("button", name=f"{button} {name}", exact=True).click()
    with seeded.store.read() as session:
        steps = way(session, key, "DEMO-CALL")
    assert [one.step for one in steps] == [
        *("pre-screened", "passed", "cleared", "referred", "contacted", "consented", "screened", "randomised")
    ]
    assert {one.recorded_by for one in steps[1:]} == {"Ann Abel"}
    assert steps[5].details["form_version"] == "3.0"
    mine.get_by_text("History and other steps").click()
    assert "form 3.0 of" in mine.inner_text()
    assert mine.get_by_role("button").count() == 0


def test_two_who_move_the_same_candidate_are_told_so(seeded: Site) -> None:
    key = entered(seeded, "contested", "pre-screened", "passed")
    one, other = seeded.visitor("Ann Abel"), seeded.visitor("Ben Bole")
    step = {"study": "DEMO-CALL", "patient": key, "seen": "2", "step": "cleared", "day": today(seeded)}
    assert one.post("/review/board/move", **step).status_code == 200
    late = other.post("/review/board/move", **step)
    assert (late.status_code, "somebody else has moved this candidate" in late.text) == (412, True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"step": "consented"}, "which version of the form"),
        ({"day": "2999-01-01"}, "has not come yet"),
        ({"day": "2001-01-01"}, "later than that"),
        ({"day": "yesterday"}, "like 2026-05-31"),
        ({"step": "elected"}, "no step is called"),
        ({"step": "out"}, "listed reasons"),
        ({"step": "pre-screened", "seen": "x"}, "expected a number"),
        ({"patient": "0" * 32}, "nothing here that you may see"),
        ({"study": "OTHER"}, "nothing here that you may see"),
        ({"csrf": "guessed"}, "not one of yours"),
    ],
)
def test_steps_that_cannot_be_are_refused_in_words(seeded: Site, changed: dict[str, str], said: str) -> None:
    key = entered(seeded, f"refused-{changed}", "pre-screened", "passed")
    step = {"study": "DEMO-CALL", "patient": key, "seen": "2", "step": "cleared", "day": today(seeded)}
    answer = seeded.visitor().post("/review/board/move", **{**step, **changed})
    assert answer.status_code >= 400
    assert said in unescape(answer.text)
    with seeded.store.read() as session:
        assert len(way(session, key, "DEMO-CALL")) == 2


def test_a_case_in_review_moves_by_its_signature_alone(seeded: Site) -> None:
    key = entered(seeded, "in-review", "pre-screened", "in review")
    step = {"study": "DEMO-CALL", "patient": key, "seen": "2", "step": "cleared", "day": today(seeded)}
    answer = seeded.visitor().post("/review/board/move", **step)
    assert "moves on when the review is signed" in answer.text
    out = {**step, "step": "out", "reason": "not met", "criterion": "I3"}
    assert seeded.visitor().post("/review/board/move", **out).status_code == 200
    with seeded.store.read() as session:
        last = way(session, key, "DEMO-CALL")[-1]
    assert (last.step, last.reason, last.details) == ("out", "not met", {"criteria": ["I3"]})


def test_screened_patients_are_put_on_the_board(site: Site) -> None:
    put_in_force(site.app.state.service, CALL)
    sent = {"Content-Type": "application/fhir+json"}
    for number in range(3):
        bundle = patient(birthDate=f"1980-01-0{number + 1}", id=f"p{number}")
        made = site.stranger().http.post(
            "/screenings", params={"as_of": "2026-06-01"}, content=bundle, headers=sent
        )
        assert made.status_code == 201, made.text
    visitor = site.visitor()
    assert "<strong>3</strong> screened patients" in visitor.get("/review/board").text
    told = visitor.post("/review/board/take-in", study="DEMO-CALL", site=LOCAL, channel="clinic list")
    assert "Screened patients are on the board now" in told.text
    with site.store.read() as session:
        ways = ways_of(session, "DEMO-CALL", HERE)
    assert [(one.last.step, one.channel) for one in ways] == [("in review", "clinic list")] * 3
    assert "not on the board yet" not in visitor.get("/review/board").text


def test_the_figures_are_those_of_the_store(seeded: Site) -> None:
    text = words(seeded.visitor().get("/review/figures", study="DEMO-CALL").text)
    with seeded.store.read() as session:
        ways = ways_of(session, "DEMO-CALL", HERE)
        late = stalls(ways, plan_of(session, "DEMO-CALL").target_days, seeded.store.clock())
    assert f"Candidates {len(ways)} " in text
    assert f"Standing too long {len(late)} " in text
    randomised = sum(one.furthest == 8 for one in ways)
    assert f"Randomised {randomised} " in text
    assert "impressions advertisement 18,400" in text
    assert "Made up for this demonstration" in text


def test_figures_from_upstream_come_with_their_source(site: Site) -> None:
    put_in_force(site.app.state.service, CALL)
    visitor = site.visitor()
    head = "measure,count,first_day,last_day,channel,site,source\n"
    line = "clicks,612,2026-05-01,2026-05-31,web,,Report of the agency"
    told = visitor.post("/review/figures/import", study="DEMO-CALL", table=f"{head}{line}\n")
    assert "The figures are in" in told.text
    assert "Report of the agency" in told.text
    for wrong, said in (
        (head + "clicks,612,2026-05-01,2026-05-31,web,,", "line 2: source says whose figure it is"),
        (head + line.replace("web,", "web,elsewhere"), "not one of yours"),
    ):
        answer = visitor.post("/review/figures/import", study="DEMO-CALL", table=wrong)
        assert (answer.status_code, said in unescape(answer.text)) == (422, True), answer.text


def test_agreement_is_that_of_the_signed_reviews(seeded: Site) -> None:
    with seeded.store.read() as session:
        ratings = ratings_of(session, STUDY, HERE)
    pairs = [one.pair for one in ratings if one.pair is not None]
    alike = sum(one == other for one, other in pairs)
    text = words(seeded.visitor().get("/review/agreement", study=STUDY).text)
    assert f"All criteria {alike} of {len(pairs)} " in text
    assert "Not settled yet" in text


def test_what_is_not_settled_is_not_in_the_labelled_set(seeded: Site) -> None:
    answer = seeded.visitor().get("/review/agreement/decisions.csv", study=STUDY)
    assert answer.headers["content-disposition"] == 'attachment; filename="decisions.csv"'
    lines = answer.text.splitlines()
    with seeded.store.read() as session:
        ratings = ratings_of(session, STUDY, HERE)
    settled = [one for one in ratings if one.truth is not None]
    assert 0 < len(settled) < len(ratings)
    assert len(lines) == 1 + len(settled)
    assert lines[0].startswith("study,version,case,patient,")


def test_the_table_of_candidates_has_no_formula(seeded: Site) -> None:
    entered(seeded, "formula", "pre-screened", details={"channel": "=HYPERLINK(1)"})
    text = seeded.visitor().get("/review/board/candidates.csv", study="DEMO-CALL").text
    assert "'=HYPERLINK(1)" in text
    assert not re.search(r"(^|,)\"?[=+@-]", text, re.MULTILINE)


PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}<b>x</b>",
)


def test_words_of_people_are_never_run(page: Page, seeded: Site) -> None:
    for number, payload in enumerate(PAYLOADS):
        entered(seeded, f"payload-{number}", "pre-screened", details={"channel": payload})
    run: list[str] = []
    page.on("dialog", lambda dialog: (run.append(dialog.message), dialog.dismiss()))
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text))
    sign_in(page, seeded)
    for path in ("board", "figures", "agreement"):
        page.goto(f"{seeded.address}/review/{path}?{urlencode({'study': 'DEMO-CALL', 'done': PAYLOADS[0]})}")
        assert page.locator("main img, main script").count() == 0
    assert page.goto(f"{seeded.address}/review/board?study=DEMO-CALL") is not None
    for payload in PAYLOADS:
        assert page.locator("li.candidate").get_by_text(payload, exact=True).first.is_visible()
    assert (run, complaints) == ([], [])


def test_a_plan_is_set_on_the_page_and_holds_for_new_cases(site: Site) -> None:
    put_in_force(site.app.state.service, CALL)
    visitor = site.visitor()
    names = (
        "pre-screened",
        "passed",
        "in review",
        "cleared",
        "referred",
        "contacted",
        "consented",
        "screened",
    )
    days = {f"days {name}": "9" for name in names}
    form = {
        "study": "DEMO-CALL",
        "reviewers": "2",
        "scope": ALL_CRITERIA,
        "engine_hidden": "yes",
        "sample_percent": "5",
        **days,
    }
    assert (
        "holds for cases that are opened from now on" in visitor.post("/review/agreement/plan", **form).text
    )
    with site.store.read() as session:
        assert plan_of(session, "DEMO-CALL") == Plan(2, ALL_CRITERIA, True, dict.fromkeys(names, 9), 5)
    for wrong in ({"reviewers": "3"}, {"scope": "some"}, {"days passed": "0"}, {"sample_percent": "101"}):
        assert visitor.post("/review/agreement/plan", **{**form, **wrong}).status_code == 422


def test_two_reviewers_see_neither_each_other_nor_the_engine_and_a_third_sees_both(site: Site) -> None:
    put_in_force(site.app.state.service, CALL)
    with site.store.write(Actor("dora", "data-manager")) as unit:
        change_plan(unit, "DEMO-CALL", Plan(2, ALL_CRITERIA, True))
    sent = {"Content-Type": "application/fhir+json"}
    query = {"as_of": "2026-06-01"}
    site.stranger().http.post("/screenings", params=query, content=patient(), headers=sent)
    with site.store.read() as session:
        one, two = sorted(queue(session, Filter()), key=lambda task: task.slot)
        asked = criteria_of(session, one.key)
    engine = ("Nothing recorded to decide it", "Facts in the record show it", "Would settle it")

    def review(name: str, key: str, outcome: str, reason: str, comment: str = "") -> str:
        visitor = site.visitor(name)
        before = visitor.get(f"/review/cases/{key}").text
        names = asked if key in (one.key, two.key) else {criterion}
        for name_of in names:
            differs = name_of == criterion and outcome != "met"
            said = (outcome, reason) if differs else ("met", "record-shows")
            told = visitor.post(
                f"/review/cases/{key}/choose",
                **{"criterion": name_of, "outcome": said[0], f"reason-{said[0].replace(' ', '-')}": said[1]},
                comment=comment if differs else "",
                seen=one.seen_sha256,
            )
            assert told.status_code == 200, told.text
        meaning = "I reviewed this case and these are my decisions."
        done = visitor.post(f"/review/cases/{key}/sign", seen=one.seen_sha256, name=name, meaning=meaning)
        assert done.status_code == 200, done.text
        return before

    criterion = sorted(asked)[0]
    first = review("Ann Abel", one.key, "met", "record-shows")
    assert not any(words_of in first for words_of in engine)
    assert site.visitor("Ben Bole").get(f"/review/cases/{two.key}/checklist").status_code == 422
    # The other one does not see what was decided, wherever they look.
    assert "Decided:" not in site.visitor("Ben Bole").get(f"/review/cases/{one.key}").text
    assert "Decided:" in site.visitor("Ann Abel").get(f"/review/cases/{one.key}").text
    second = review("Ben Bole", two.key, "not met", "record-shows", "seen in the letter of May")
    assert not any(words_of in second for words_of in engine)
    with site.store.read() as session:
        (third,) = queue(session, Filter(kind="adjudication"))
        assert set(criteria_of(session, third.key)) == {criterion}
    told = site.visitor("Cara Coe").get(f"/review/cases/{third.key}").text
    assert "Two reviewers differ" in told
    assert "seen in the letter of May" in told
    assert "Ann Abel" not in told
    assert "Ben Bole" not in told
    assert site.visitor("Ann Abel").post(f"/review/cases/{third.key}/hold").status_code == 412
    review("Cara Coe", third.key, "met", "record-shows")
    with site.store.read() as session:
        ratings = ratings_of(session, "DEMO-CALL", HERE)
    assert {one.truth for one in ratings} == {"met"}


def today(site: Site) -> str:
    return site.store.clock().date().isoformat()


def words(text: str) -> str:
    """What of a page is read, on one line."""
    shown = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL)
    return " ".join(unescape(shown).split())


def test_a_study_without_candidates_is_not_shown_first(site: Site) -> None:
    """Not even where it is the only one in force, as in the made-up studies of `make serve`."""
    service = site.app.state.service
    put_in_force(service, CALL)
    service.protocols.add(CALL.replace("DEMO-CALL", "DEMO-1"), Actor("Mara Quist", "data-manager"))
    seed_candidates(site.store, "DEMO-1", LOCAL)
    assert 'value="DEMO-1" selected' in site.visitor().get("/review/board").text


def test_the_study_with_candidates_is_shown_first(seeded: Site) -> None:
    """Among studies in force, whatever their names."""
    put_in_force(seeded.app.state.service, CALL.replace("DEMO-CALL", "A-FIRST"))
    visitor = seeded.visitor()
    for page in ("/review/board", "/review/figures"):
        assert 'value="DEMO-CALL" selected' in visitor.get(page).text
