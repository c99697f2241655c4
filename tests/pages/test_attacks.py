"""What records, protocols and people write is text on a page, whatever it looks like."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page

from tests.pages.conftest import Site, listening, sign_in
from tests.pages.payloads import PAYLOADS
from tests.pages.scene import PROTOCOL, asthma, hba1c, keep, metformin, note, person, screen, visits


def test_there_are_a_hundred_of_them() -> None:
    assert len(set(PAYLOADS)) >= 100


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service whose protocol has payloads in its words, and one case of its own."""
    titled = (
        PROTOCOL.replace('"Pages in tests"', f'"Study {PAYLOADS[1]}"')
        .replace("1. Age 18", f"1. {PAYLOADS[4]} Age 18")
        .replace('I2 "HbA1c"', 'I2 "HbA1c <img src onerror=window.__ran=1>"')
    )
    with listening(f"sqlite:///{tmp_path_factory.mktemp('attacks') / 'store.db'}") as found:
        keep(found, titled)
        yield found


# Payloads in the record of each of some patients: a unit, a name, and in notes the rest.
_PATIENTS, _EACH = 6, 18


def _armed(key: str, payloads: list[str]) -> list[dict[str, object]]:
    """Somebody whose notes, displays, units, statuses and names are payloads."""
    notes = [payloads[at : at + 4] for at in range(2, len(payloads), 4)]
    return [
        person(key),
        *visits(key),
        metformin(key),
        hba1c(key, "2026-05-02", 8.0, payloads[0][:100]),
        asthma(key, "2020", "provisional", text=payloads[1]),
        *(
            {**note(key, f"{one} She has asthma {two} since. {three}", title=title), "id": f"{key}-{number}"}
            for number, (one, two, three, title) in enumerate(notes)
        ),
    ]


def test_a_hundred_payloads_are_not_carried_out(page: Page, site: Site) -> None:
    # The last ones meet the first ones again, so that each has its turn.
    several = [
        [PAYLOADS[at % len(PAYLOADS)] for at in range(start, start + _EACH)]
        for start in range(0, _PATIENTS * _EACH, _EACH)
    ]
    assert {one for payloads in several for one in payloads} == set(PAYLOADS)
    tasks = [screen(site, _armed(f"a{n}", payloads))["task"] for n, payloads in enumerate(several)]
    spare = screen(site, _armed("spare", several[0]))["task"]
    assert all(tasks)
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text) if told.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.dismiss())
    sign_in(page, site, "<img src onerror=window.__ran=1>")
    ann = site.visitor("Ann")
    assert page.evaluate("window.__ran") is None
    for number, (task, payloads) in enumerate(zip(tasks, several, strict=True)):
        comment = "\n".join(payloads)
        address = f"/review/cases/{task}"
        seen = ann.get(address).text.split('name="seen" value="', 1)[1].split('"', 1)[0]
        for criterion in ("I2", "E1"):
            kept = ann.post(
                f"{address}/choose", criterion=criterion, seen=seen, outcome="met", comment=comment,
                **{"reason-met": "record-shows"},
            )  # fmt: skip
            assert kept.status_code == 200
        meaning = "I reviewed this case and these are my decisions."
        signed = ann.post(
            f"{address}/sign", name="Ann", meaning=meaning, seen=seen, **{"signed-name": comment[:200]}
        )
        assert signed.status_code == 200
        for one in (payloads[0], payloads[1], f"=cmd|{number}"):
            assigned = ann.post(f"/review/cases/{spare}/assign", assignee=one[:100])
            assert assigned.status_code == (200 if one.isprintable() else 422)
        for path in (
            f"/review/cases/{spare}/assign",
            "/review",
            address,
            f"{address}/record",
            f"{address}/checklist",
            f"{address}/sign",
        ):
            page.goto(f"{site.address}{path}")
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert page.evaluate("window.__ran") is None, (path, number)
            # Not even tried: nothing of it became an element.
            assert (
                page.locator("main script, main iframe, main object, main embed, main [onerror]").count() == 0
            )
    assert refused == []


def test_payloads_in_addresses_are_not_carried_out(page: Page, site: Site) -> None:
    sign_in(page, site)
    ann = site.visitor("Ann")
    names = ("protocol", "criterion", "reason", "whose", "site", "kind")
    for start in range(0, len(PAYLOADS), len(names)):
        chosen = dict(zip(names, PAYLOADS[start : start + len(names)], strict=False))
        page.goto(f"{site.address}/review?{urlencode(chosen)}")
        assert page.evaluate("window.__ran") is None, chosen
    for one in PAYLOADS:
        # Of what is not there, a page says nothing but that.
        told = ann.get(f"/review/cases/{quote(one, safe='')}")
        assert told.status_code in (404, 405)
        assert one not in told.text
    page.goto(f"{site.address}/review/cases/{quote(PAYLOADS[0], safe='')}")
    assert page.evaluate("window.__ran") is None


def test_a_policy_stops_what_would_get_through(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.__ran=1">');
            const script = document.createElement('script');
            script.textContent = 'window.__ran=1';
            document.body.append(script);
            const far = document.createElement('script');
            far.src = 'data:text/javascript,window.__ran=1';
            document.body.append(far);
        }"""
    )
    end = time.monotonic() + 1
    while time.monotonic() < end:
        assert page.evaluate("window.__ran") is None
