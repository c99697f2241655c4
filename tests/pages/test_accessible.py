"""What everybody needs of a page, checked in the browser: names, headings, landmarks, contrast, keys.

The main rules of WCAG 2.2 AA that can be told from a page itself; in light, dark and narrow.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.conftest import Site, sign_in
from tests.pages.scene import doubts, keep, screen

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


@pytest.fixture
def looked_at(site: Site) -> tuple[Site, list[str]]:
    """Addresses of every kind of page."""
    keep(site)
    tasks = {
        name: str(screen(site, resources)["task"])
        for name, resources in doubts().items()
        if name in ("UNIT_UNRESOLVED", "PARTIAL", "STATUS_UNCONFIRMED", "NOTE_ONLY")
    }
    ann = site.visitor("Ann Abel")
    cases = [f"/review/cases/{key}" for key in tasks.values()]
    seen = ann.get(cases[0]).text.split('name="seen" value="', 1)[1].split('"', 1)[0]
    chosen = {
        "outcome": "met",
        "reason-met": "record-shows",
        "comment": "Seen.",
        "seen": seen,
        "criterion": "I2",
    }
    assert ann.post(f"{cases[0]}/choose", **chosen).status_code == 200
    return site, [
        "/review", "/review?reason=NONE", "/review/sign-in", "/review/nothing", *cases,
        f"{cases[0]}/sign", f"{cases[0]}/record", f"{cases[0]}/checklist",
        "/review/board", "/review/figures", "/review/agreement",
    ]  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_pages_are_for_everybody(
    chromium: Browser, looked_at: tuple[Site, list[str]], scheme: Any, width: int
) -> None:
    site, addresses = looked_at
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, site)
    wrong = {}
    for address in addresses:
        page.goto(f"{site.address}{address}")
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found = page.evaluate(CHECK)
        if found:
            wrong[address] = found
    context.close()
    assert wrong == {}


def test_focus_is_seen_and_goes_in_order(page: Page, looked_at: tuple[Site, list[str]]) -> None:
    site, addresses = looked_at
    sign_in(page, site)
    page.goto(f"{site.address}{addresses[4]}")
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
