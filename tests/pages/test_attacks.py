"""What records, protocols and people write is text on a page, whatever it looks like."""

from __future__ import annotations

import time
from urllib.parse import quote

from playwright.sync_api import Page

from tests.pages.conftest import Site, sign_in
from tests.pages.payloads import PAYLOADS
from tests.pages.scene import PROTOCOL, asthma, hba1c, keep, metformin, note, person, screen, visits


def test_there_are_a_hundred_of_them() -> None:
    assert len(set(PAYLOADS)) >= 100


def _armed(key: str, number: int) -> list[dict[str, object]]:
    """Somebody whose notes, displays, units, statuses and names are payloads."""
    one = [PAYLOADS[(number * 7 + n) % len(PAYLOADS)] for n in range(7)]
    return [
        person(key),
        *visits(key),
        metformin(key),
        hba1c(key, "2026-05-02", 8.0, one[0][:100]),
        asthma(key, "2020", "provisional", text=one[1]),
        note(key, f"{one[2]} She has asthma {one[3]} since. {one[4]}", title=one[5]),
    ]


def test_a_hundred_payloads_are_not_carried_out(page: Page, site: Site) -> None:
    titled = (
        PROTOCOL.replace('"Pages in tests"', f'"Study {PAYLOADS[1]}"')
        .replace("1. Age 18", f"1. {PAYLOADS[4]} Age 18")
        .replace('I2 "HbA1c"', 'I2 "HbA1c <img src onerror=window.__ran=1>"')
    )
    keep(site, titled)
    tasks = [screen(site, _armed(f"a{n}", n))["task"] for n in range(15)]
    spare = screen(site, _armed("spare", 15))["task"]
    assert all(tasks)
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text) if told.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.dismiss())
    sign_in(page, site, "<img src onerror=window.__ran=1>")
    ann = site.visitor("Ann")
    assert page.evaluate("window.__ran") is None
    for number, task in enumerate(tasks):
        comment = "\n".join(PAYLOADS[number * 7 : number * 7 + 7])
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
        for one in (PAYLOADS[number * 7], f"=cmd|{number}"):
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
            page.wait_for_load_state()
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert page.evaluate("window.__ran") is None, (path, number)
            # Not even tried: nothing of it became an element.
            assert (
                page.locator("main script, main iframe, main object, main embed, main [onerror]").count() == 0
            )
    assert refused == []


def test_payloads_in_addresses_are_not_carried_out(page: Page, site: Site) -> None:
    keep(site)
    sign_in(page, site)
    for one in PAYLOADS:
        encoded = quote(one, safe="")
        for path in (
            f"/review?protocol={encoded}&criterion={encoded}&whose={encoded}",
            f"/review/cases/{encoded}",
        ):
            page.goto(f"{site.address}{path}")
            assert page.evaluate("window.__ran") is None, path


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
