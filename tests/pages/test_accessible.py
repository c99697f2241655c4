"""What everybody needs of a page, checked in the browser: names, headings, landmarks, contrast, keys.

The main rules of WCAG 2.2 AA that can be told from a page itself; in light, dark and narrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from api.demo.candidates import seed_candidates
from api.service.access.principal import LOCAL
from api.service.app import put_in_force
from api.store import Actor
from api.store.plans import ALL_CRITERIA, Plan, change_plan
from api.store.tables import Task
from tests.pages.conftest import Site, listening, sign_in
from tests.pages.scene import doubts, hba1c, keep, renamed, screen
from tests.service.conftest import CALL

# Returns what is wrong, as words. Colours are composed with what lies behind them.
CHECK = r"""
() => {
  const wrong = [];
  const seen = (one) => one.checkVisibility({ opacityProperty: false, visibilityProperty: true });
  const text = (one) => (one.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 60);
  const name = (one) => {
    const by = one.getAttribute('aria-labelledby');
    if (by) return by.split(' ').map((id) => text(document.getElementById(id) || one)).join(' ');
    if (one.getAttribute('aria-label')) return one.getAttribute('aria-label');
    if (one.labels && one.labels.length) return [...one.labels].map(text).join(' ');
    return text(one) || one.getAttribute('title') || '';
  };
  if (!document.documentElement.lang) wrong.push('no language');
  if (!document.title) wrong.push('no title');
  if (document.querySelectorAll('main').length !== 1) wrong.push('not one main');
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => wrong.push(`id twice: ${id}`));
  let level = 0;
  document.querySelectorAll('main h1, main h2, main h3, main h4').forEach((one) => {
    if (!seen(one)) return;
    const now = Number(one.tagName[1]);
    if (now > level + 1) wrong.push(`heading skips a level: ${text(one)}`);
    level = now;
  });
  const used = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  document.querySelectorAll(used).forEach((one) => {
    if (!name(one)) wrong.push(`no name: ${one.outerHTML.slice(0, 80)}`);
    if (one.tabIndex > 0) wrong.push(`order of keys changed: ${one.outerHTML.slice(0, 80)}`);
  });
  document.querySelectorAll('svg[role=img]').forEach((one) => {
    if (!one.getAttribute('aria-label')) wrong.push('a drawing without words');
  });
  document.querySelectorAll('nav').forEach((one) => {
    if (!one.getAttribute('aria-label')) wrong.push('navigation without a name');
  });
  document.querySelectorAll('th').forEach((one) => {
    if (!one.scope) wrong.push(`th without scope: ${text(one)}`);
  });
  document.querySelectorAll('fieldset').forEach((one) => {
    if (!one.querySelector('legend')) wrong.push('a group without a legend');
  });
  // Targets of 24 pixels, save for links within a text.
  document.querySelectorAll('button, select, input[type=checkbox], .button, nav a').forEach((one) => {
    const box = one.getBoundingClientRect();
    if (seen(one) && box.width && (box.height < 24 && !one.closest('label, .check'))) {
      wrong.push(`small: ${Math.round(box.width)}x${Math.round(box.height)} ${name(one)}`);
    }
  });
  const parse = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((c) => linear(c / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const one = node.parentElement;
    if (!node.data.trim() || !one || !seen(one) || one.closest('.unseen, title, script, option')) continue;
    const style = getComputedStyle(one);
    const drawn = Boolean(one.closest('svg'));
    const colour = parse(drawn ? style.fill : style.color).slice(0, 3);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const found = contrast(colour, behind(one));
    if (found < (large ? 3 : 4.5)) wrong.push(`contrast ${found.toFixed(2)}: ${text(one)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push('scrolls sideways');
  return wrong;
}
"""


MARA = Actor("Mara Quist", "data-manager")
_LISTED = r'class="patient" href="/review/cases/([0-9a-f]{32})"'


@dataclass(frozen=True, slots=True)
class Places:
    """A service with something on every kind of page, and the addresses of these."""

    site: Site
    case: str
    addresses: list[str]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    with listening(f"sqlite:///{tmp_path_factory.mktemp('everybody') / 'store.db'}") as site:
        keep(site)
        keys = {
            name: str(screen(site, doubts()[name])["task"])
            for name in ("UNIT_UNRESOLVED", "PARTIAL", "STATUS_UNCONFIRMED", "NOTE_ONLY", "DATA_STALE")
        }
        decided(site, keys["UNIT_UNRESOLVED"], "met", "record-shows")
        decided(site, keys["DATA_STALE"], "cannot tell", "result-missing", sign=True)
        overtaken = doubts()["DATA_STALE"] + [hba1c("d2", "2025-10-01", 8.0)]
        again = str(screen(site, overtaken)["task"])
        decided(site, keys["NOTE_ONLY"], "cannot tell", "ask-patient", sign=True)
        (question,) = re.findall(_LISTED, site.visitor("Sam").get("/review", kind="question").text)
        put_in_force(site.app.state.service, CALL)
        seed_candidates(site.store, "DEMO-CALL", LOCAL)
        cases = [f"/review/cases/{key}" for key in (*keys.values(), again, question)]
        cases += [*_of_two(site), _blind(site)]
        yield Places(
            site,
            cases[0],
            [
                "/review", "/review?reason=NONE", "/review?kind=question", "/review?kind=adjudication",
                "/review/sign-in", "/review/nothing", *cases, f"{cases[0]}/assign", f"{cases[0]}/sign",
                f"{cases[1]}/sign", f"{cases[4]}/record",
                f"{cases[0]}/checklist", "/review/board?study=DEMO-CALL", "/review/board?study=PAGES-1",
                "/review/figures?study=DEMO-CALL", "/review/agreement?study=PAGES-1",
            ],
        )  # fmt: skip


def _of_two(site: Site) -> list[str]:
    """A case that two reviewed and saw differently, signed and open to a third: agreement has its figures."""
    with site.store.write(MARA) as unit:
        change_plan(unit, "PAGES-1", Plan(2))
    screen(site, renamed(doubts()["STATUS_UNCONFIRMED"], "two"))
    slots = []
    for name, outcome in (("Ann Abel", "met"), ("Ben Bick", "not met")):
        listed = re.findall(_LISTED, site.visitor(name).get("/review", whose="nobody").text)
        (slot,) = [key for key in listed if _is_of_two(site, key)][:1]
        decided(site, slot, outcome, "record-shows", sign=True, who=name)
        slots.append(slot)
    (third,) = re.findall(_LISTED, site.visitor("Cara Cole").get("/review", kind="adjudication").text)
    return [f"/review/cases/{key}" for key in (slots[0], third)]


def _is_of_two(site: Site, key: str) -> bool:
    with site.store.read() as session:
        verdict = session.get_one(Task, key).verdict_key
        return session.query(Task).filter_by(verdict_key=verdict, kind="review").count() > 1


def _blind(site: Site) -> str:
    """A case of which reviewers decide everything, without what was found."""
    with site.store.write(MARA) as unit:
        change_plan(unit, "PAGES-1", Plan(2, ALL_CRITERIA, engine_hidden=True))
    return f"/review/cases/{screen(site, renamed(doubts()['IMPRECISE'], 'blind'))['task']}"


def decided(
    site: Site, key: str, outcome: str, reason: str, sign: bool = False, who: str = "Ann Abel"
) -> None:
    """Somebody decides the one criterion of a case."""
    visitor, address = site.visitor(who), f"/review/cases/{key}"
    form = visitor.get(address).text.split('class="decide"', 1)[1]
    criterion, seen = (
        re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("criterion", "seen")
    )
    fields = {"criterion": criterion, "seen": seen, "outcome": outcome, "comment": "Seen."}
    kept = visitor.post(f"{address}/choose", **fields, **{f"reason-{outcome.replace(' ', '-')}": reason})
    assert kept.status_code == 200, kept.text
    if sign:
        meaning = "I reviewed this case and these are my decisions."
        signed = visitor.post(f"{address}/sign", name=who, meaning=meaning, seen=seen)
        assert f"Signed by {who}" in signed.text


# All that is folded up, opened; what a page does about that is done by then.
OPENED = """async () => {
  document.querySelectorAll('details').forEach((one) => { one.open = true; });
  await new Promise((done) => setTimeout(done));
}"""
# A page hears of its width before the next frame is drawn.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
# What axe-core finds serious or critical, as words; null where it looked at nothing.
AXE = """async (options) => {
  const found = await axe.run(document, { resultTypes: ['violations'], ...options });
  const bad = found.violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  const told = (one) => `${one.impact} ${one.id}: ${one.nodes[0].html} ${one.nodes[0].failureSummary}`;
  return found.passes.length ? bad.map(told) : null;
}"""

# Colour scheme, width, and what of axe-core is asked: in dark, only colours are otherwise.
LOOKS: dict[str, tuple[Any, int, dict[str, Any]]] = {
    "light": ("light", 1440, {}),
    "dark": ("dark", 1440, {"runOnly": ["color-contrast", "link-in-text-block"]}),
    "narrow": ("light", 390, {}),
}


def test_pages_are_for_everybody(page: Page, places: Places) -> None:
    """By rules of our own, and by axe-core: nothing serious or critical. Each page is loaded once."""
    sign_in(page, places.site)
    wrong = {}
    for address in places.addresses:
        page.goto(f"{places.site.address}{address}")
        page.evaluate(OPENED)
        wrong |= {(address, look): told for look, told in _looked_at(page).items()}
    page.goto(f"{places.site.address}{places.case}")
    page.keyboard.press("?")
    wrong |= {("the list of keys", look): told for look, told in _looked_at(page, ours=False).items()}
    assert wrong == {}


def _looked_at(page: Page, ours: bool = True) -> dict[str, list[str]]:
    """What is wrong with a page, by how it is looked at."""
    found = {}
    page.evaluate(Axe().axe_script)
    for look, (scheme, width, options) in LOOKS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(DRAWN)
        told = page.evaluate(AXE, options)
        assert told is not None, "axe-core looked at nothing"
        if ours:
            told += page.evaluate(CHECK)
        if told:
            found[look] = told
    return found


def test_focus_is_seen_and_goes_in_order(page: Page, places: Places) -> None:
    sign_in(page, places.site)
    page.goto(f"{places.site.address}{places.case}")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelector('.skip').focus()")
    places = []
    for _ in range(12):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
                const one = document.activeElement, box = one.getBoundingClientRect();
                const shown = one.matches('input[type=radio]') ? one.nextElementSibling : one;
                return [getComputedStyle(shown).outlineStyle, one.tagName, box.top + scrollY];
            }"""
        )
        places.append(told)
    assert all(style != "none" for style, _, _ in places), places
    assert "BODY" not in {tag for _, tag, _ in places}
    # From the head down through what is asked; nothing sends the reader back up.
    tops = [top for _, _, top in places]
    assert all(later >= top - 60 for top, later in pairwise(tops)), places
