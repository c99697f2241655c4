"""The frame of all pages: who gets in, what a browser may do with a page, how refusals look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.pages.environment import environment, static_files
from api.pages.sessions import Sessions
from api.service.access.operations import OPERATIONS
from api.service.access.principal import DEVELOPER
from api.service.access.roles import Role
from tests.pages.browser import MissingError, program
from tests.pages.conftest import Site, listening, sign_in
from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer, bearer
from tests.service.conftest import Client

TEMPLATES = Path(environment.__wrapped__.__code__.co_filename).parent / "templates"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with nothing in it, which these tests leave as it is."""
    with listening(f"sqlite:///{tmp_path_factory.mktemp('frame') / 'store.db'}") as found:
        yield found


def test_whoever_has_not_signed_in_is_asked_to_and_then_brought_back(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/review?protocol=x")
    assert "/review/sign-in" in page.url
    page.get_by_label("Your name").fill("Ann Abel")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}/review?protocol=x")
    expect(page.get_by_text("Ann Abel")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto(f"{site.address}/review")
    assert "/review/sign-in" in page.url


def test_the_first_address_leads_to_the_cases(page: Page, site: Site) -> None:
    sign_in(page, site)
    expect(page.get_by_role("heading", name="Cases to review")).to_be_visible()
    expect(page.get_by_text("Use made-up patients only")).to_be_visible()


def test_nobody_is_sent_elsewhere_after_signing_in(site: Site) -> None:
    for to in ("//evil.example", "https://evil.example", "/reviewer", "/review\\evil", "javascript:1", "/x"):
        answer = site.stranger().http.post("/review/sign-in", data={"name": "A", "to": to})
        assert answer.url.path == "/review"


def test_a_session_is_the_services_own_and_new_with_each_signing_in(site: Site) -> None:
    chosen = "chosen-by-somebody-else-000000000000000000"
    visitor = site.stranger()
    visitor.http.cookies.set("eligibility-session", chosen, path="/review")
    visitor.sign_in("Ann Abel")
    keys = [cookie.value for cookie in visitor.http.cookies.jar if cookie.value != chosen]
    stranger = site.stranger()
    stranger.http.cookies.set("eligibility-session", chosen, path="/review")
    assert stranger.get("/review").url.path == "/review/sign-in"
    before = visitor.token()
    visitor.sign_in("Ann Abel")
    assert visitor.token() != before
    assert keys
    assert all(cookie.value not in keys for cookie in visitor.http.cookies.jar)
    # The one of before is over.
    stranger.http.cookies.set("eligibility-session", str(keys[0]), path="/review")
    assert stranger.get("/review").url.path == "/review/sign-in"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_pages(page: Page, site: Site) -> None:
    sign_in(page, site)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/review")
    assert page.evaluate("document.cookie") == ""


def test_a_form_of_elsewhere_is_refused(site: Site) -> None:
    visitor = site.visitor()
    for token in ("", "x", "y" * 43):
        assert visitor.http.post("/review/sign-out", data={"csrf": token}).status_code == 403
    assert visitor.get("/review").status_code == 200, "still signed in"
    other = site.visitor("Ben Bole")
    assert visitor.http.post("/review/sign-out", data={"csrf": other.token()}).status_code == 403
    origin = {"Origin": "https://evil.example"}
    answer = visitor.http.post("/review/sign-out", data={"csrf": visitor.token()}, headers=origin)
    assert answer.status_code == 403
    assert visitor.http.post("/review/sign-out", json={"csrf": visitor.token()}).status_code == 415


def test_every_page_keeps_to_itself(site: Site) -> None:
    visitor = site.visitor()
    for path in ("/review", "/review/sign-in", "/review/nothing", "/review/static/page.js"):
        headers = visitor.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert {policy["script-src"], policy["style-src"], policy["form-action"]} == {"'self'"}
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        kept = "immutable" if "static" in path else "no-store"
        assert kept in headers["cache-control"]
        assert len(headers.get_list("cache-control")) == 1


def test_no_page_can_be_put_into_a_frame(page: Page, site: Site) -> None:
    page.set_content(f'<iframe src="{site.address}/review/sign-in"></iframe>')
    page.wait_for_timeout(500)
    assert all("Sign in" not in (frame.content() or "") for frame in page.frames[1:])


def test_templates_have_nothing_inline_and_escape_everything() -> None:
    made = environment()
    assert made.autoescape is True
    for name in made.list_templates():
        text = (TEMPLATES / name).read_text()
        for forbidden in (
            "|safe",
            "| safe",
            " style=",
            "<style",
            "javascript:",
            " onclick",
            " onload",
            "autoescape",
        ):
            assert forbidden not in text, (name, forbidden)
        assert text.count("<script") == text.count("<script src="), name
        assert "//" not in text.replace("http://www.w3.org/2000/svg", ""), name
    for name, (content, _) in static_files().items():
        assert b"://" not in content.replace(b"http://www.w3.org/2000/svg", b""), name


def test_what_is_not_there_is_a_page_too(page: Page, site: Site) -> None:
    sign_in(page, site)
    answer = page.goto(f"{site.address}/review/nothing")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()


def test_sessions_end_by_themselves() -> None:
    now = [0.0]
    sessions = Sessions(minutes=10, hours=1, clock=lambda: now[0])
    key = sessions.begin(DEVELOPER)
    for _ in range(6):
        assert sessions.find(key) is not None
        now[0] += 599
    now[0] += 10
    assert sessions.find(key) is None, "an hour is over, however much it was used"
    idle = sessions.begin(DEVELOPER)
    now[0] += 601
    assert sessions.find(idle) is None


PAGES = {name: one for name, one in OPERATIONS.items() if one.page}


def test_every_role_may_look_at_what_the_table_says(
    guarded: Callable[..., Client],
    issuer: Issuer,
) -> None:
    client = guarded()
    found = {
        route.operation_id: (min(route.methods), route.path)
        for route in client.app.routes
        if route.operation_id in PAGES
    }
    assert set(found) == set(PAGES)
    for role in ("", *(one.value for one in Role)):
        token = issuer.token(roles=[role], sites=["north"], sub=f"a-{role}")
        begun = client.send("POST", "/review/sign-in", data={"token": token})
        assert begun.status_code == 303, begun.text
        assert "Secure" in begun.headers["set-cookie"]
        cookie = {"cookie": begun.headers["set-cookie"].split(";")[0]}
        for name, (method, path) in found.items():
            for field in ("{task}", "{name}", "{patient}", "{protocol}", "{criterion}"):
                path = path.replace(field, "0" * 32)
            status = client.send(method, path, headers=cookie).status_code
            may = PAGES[name].open or role in PAGES[name].roles
            # A form without its token is refused as well, with words of its own.
            refused = "none of your roles" in client.send(method, path, headers=cookie).text
            assert status < 500
            assert refused is not may, (name, role, status)


def test_a_cookie_opens_no_address_of_programs(guarded: Callable[..., Client], issuer: Issuer) -> None:
    client = guarded()
    token = issuer.token(roles=["reviewer", "auditor"], sites=["north"], sub="ann")
    begun = client.send("POST", "/review/sign-in", data={"token": token})
    cookie = {"cookie": begun.headers["set-cookie"].split(";")[0]}
    assert client.get("/review", headers=cookie).status_code == 200
    assert client.get("/audit", headers=cookie).status_code == 401
    # Somebody else's token beside it: neither of both.
    other = {**cookie, **bearer(issuer.token(roles=["reviewer"], sites=["north"], sub="ben"))}
    assert client.get("/review", headers=other).status_code == 303
    assert Caller(client, issuer, ["auditor"], ["north"]).get("/audit").status_code == 200


def test_without_a_good_token_nobody_signs_in(guarded: Callable[..., Client], issuer: Issuer) -> None:
    client = guarded()
    for token in ("", "x", issuer.token(roles=["reviewer"], sites=["north"], sub="a", exp=1)):
        answer = client.send("POST", "/review/sign-in", data={"token": token})
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers
    assert client.get("/review").headers["location"].startswith("/review/sign-in")


def test_a_missing_browser_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingError, match="apt-get install chromium"):
        program(path=str(tmp_path), may_install=False)
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(MissingError):
        program(may_install=False)
