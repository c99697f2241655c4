"use strict";
// Keys, and pages that change in place. Everything it does is a link or a form of the page: without it, the
// page is used by these. Pages come from the server and are put in whole; nothing is made up here.

(() => {
  let ahead = null; // the next case, fetched while this one is read: {address, html}
  let busy = false;
  let leaving = false;
  const here = () => location.pathname + location.search;
  let shown = here(); // the address of what is in the page

  const main = () => document.getElementById("content");
  const head = () => document.querySelector(".case-head");
  const cards = () => [...document.querySelectorAll(".criterion[data-criterion]")];
  const rows = () => [...document.querySelectorAll("[data-row]")];

  // --- pages in place

  function put(html, address, push) {
    const found = new DOMParser().parseFromString(html, "text/html");
    const fresh = found.getElementById("content");
    if (!fresh || !document.getElementById("content")) { location.assign(address); return; }
    const opened = [...document.querySelectorAll("details[id][open]")].map((one) => one.id);
    document.adoptNode(fresh);
    main().replaceWith(fresh);
    document.title = found.title;
    if (push) { history.pushState({}, "", address); shown = here(); window.scrollTo(0, 0); }
    else { opened.forEach((id) => { const one = document.getElementById(id); if (one) one.open = true; }); }
    begin();
  }

  async function fetched(address, options) {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    return { html: await answer.text(), address: new URL(answer.url), ok: answer.ok };
  }

  async function send(form, push) {
    if (busy) return false;
    busy = true;
    main().setAttribute("aria-busy", "true");
    try {
      const answer = await fetched(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.address.pathname.endsWith("/sign-in")) {
        leaving = true;
        location.assign(`${answer.address.pathname}?to=${encodeURIComponent(location.pathname)}`);
        return false;
      }
      // The address of a form shows nothing when it is loaded again: what was refused stays at the page's own.
      put(answer.html, answer.address, push);
      if (!answer.ok) window.scrollTo(0, 0);
      return answer.ok;
    } catch (error) {
      say("The service does not answer. What you chose before is kept; try again.");
      return false;
    } finally {
      busy = false;
      main().removeAttribute("aria-busy");
    }
  }

  // Takes the case while it is read already: only its head changes, so that no key is lost meanwhile.
  async function take(form) {
    const mine = head();
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetched(form.action, { method: "POST", body });
      const found = new DOMParser().parseFromString(answer.html, "text/html");
      const fresh = found.querySelector(".case-head");
      if (head() !== mine) return;
      if (!answer.ok || !fresh) { put(answer.html, answer.address, false); return; }
      const lease = fresh.querySelector(".lease");
      mine.querySelector(".lease").replaceWith(document.adoptNode(lease));
    } catch (error) { say("The service does not answer; the case is not yours yet."); }
  }

  function say(words) {
    let line = document.getElementById("said");
    if (!line) {
      line = document.createElement("p");
      line.id = "said";
      line.className = "problem";
      line.setAttribute("role", "alert");
      main().prepend(line);
    }
    line.textContent = words;
  }

  async function preload() {
    const address = head() && head().dataset.next;
    if (!address || (ahead && ahead.address === address)) return;
    try {
      const answer = await fetched(address);
      if (answer.ok && answer.address.pathname === address) ahead = { address, html: answer.html };
    } catch (error) { ahead = null; }
  }

  function next() {
    const address = head() && head().dataset.next;
    if (!address) { location.assign(document.querySelector(".brand").href); return; }
    if (ahead && ahead.address === address) put(ahead.html, address, true);
    else location.assign(address);
  }

  // --- the criterion in the frame

  const current = () => document.querySelector(".criterion.current");

  function choose(card, scroll) {
    cards().forEach((one) => one.classList.toggle("current", one === card));
    if (card && scroll) { card.scrollIntoView({ block: "nearest" }); card.focus({ preventScroll: true }); }
  }

  function step(by) {
    const all = cards().length ? cards() : rows();
    if (!all.length) return;
    const at = all.findIndex((one) => one === current() || one.contains(document.activeElement));
    const to = all[Math.min(all.length - 1, Math.max(0, at + by))];
    if (cards().length) choose(to, true);
    else to.querySelector("a").focus();
  }

  function answer(key) {
    const card = current();
    const form = card && card.querySelector("form.decide");
    if (!form) return;
    const outcome = form.querySelector('[name="outcome"]:checked');
    if (!outcome || !form.dataset.asked) {
      const radio = form.querySelector(`[name="outcome"][data-key="${key}"]`);
      if (!radio) return;
      radio.checked = true;
      form.dataset.asked = "yes";
      form.querySelector(".finish").scrollIntoView({ block: "nearest" });
      return;
    }
    const reason = form.querySelector(`[name="reason-${outcome.value.replace(" ", "-")}"][data-key="${key}"]`);
    if (!reason) return;
    reason.checked = true;
    send(form);
  }

  // --- keys

  function follow(selector) {
    const link = document.querySelector(selector);
    if (link) link.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target;
    const help = document.getElementById("help");
    if (help && help.open) { if (event.key === "?") help.close(); return; }
    if (at.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) {
      if (event.key === "Escape") at.blur();
      if (event.key === "Enter" && at.matches("textarea") && !event.shiftKey) { event.preventDefault(); send(at.form); }
      return;
    }
    const does = {
      j: () => step(1), k: () => step(-1),
      u: () => { const form = document.querySelector("form[data-undo]"); if (form) send(form); },
      s: () => follow("[data-sign]"), a: () => follow("[data-assign]"), n: next, q: () => follow(".brand"),
      c: () => { const form = current() && current().querySelector("form.decide"); if (form) comment(form); },
      "?": () => { if (help) help.showModal(); },
    }[event.key];
    if (/^[1-4]$/.test(event.key)) { event.preventDefault(); answer(event.key); }
    else if (does) { event.preventDefault(); does(); }
  });

  function comment(form) {
    const field = form.querySelector("textarea");
    if (field.offsetParent) field.focus();
    else say("Choose an answer first, then comment on it.");
  }

  // What can be moved sideways or down has to be reached by keys as well.
  function reachable() {
    document.querySelectorAll(".scroll, .chart, .note blockquote, .list, .figures .card").forEach((one) => {
      const moves = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
      if (moves) one.tabIndex = 0; else one.removeAttribute("tabindex");
    });
  }

  window.addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);

  // --- forms and links

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form.decide, form.chosen, form[data-hold], form[data-undo]")) return;
    event.preventDefault();
    send(form);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
    const entry = event.target.closest(".list a");
    const folded = entry && document.getElementById(entry.hash.slice(1));
    if (folded && folded.matches("details")) folded.open = true;
    const card = event.target.closest(".criterion[data-criterion]");
    if (card) choose(card, false);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.decide");
    if (form && event.target.name === "outcome") form.dataset.asked = "yes";
    const filters = event.target.closest("form[data-filters]");
    if (filters) filters.requestSubmit();
  });

  // A place within the page is no other page: nothing that was typed is lost by going there.
  window.addEventListener("popstate", () => { if (here() !== shown) location.reload(); });

  function begin() {
    if (leaving) return;
    reachable();
    const open = cards().find((one) => one.dataset.done === "no") || null;
    choose(open || cards()[0] || null, Boolean(open) && cards()[0] !== open);
    const sign = document.querySelector("[data-sign]");
    if (!open && sign) sign.focus({ preventScroll: true });
    const hold = document.querySelector("form[data-hold]");
    if (hold && head().dataset.free === "yes") take(hold).then(preload);
    else preload();
  }

  begin();
})();
