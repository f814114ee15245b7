"""How soon the console can be used, and how much it transfers.

A real browser (Debian's chromium) opens the console of the local stack on this machine, each time with an
empty cache. Ready is the time from the start of the navigation until the button to sign in is on the page,
by the page's own clock. Beside it, in turn, the same browser opens the stack's `/health`, an answer of a few
bytes from a function of its own: what any page costs here. Transferred are the bodies of all answers of a
first visit, compressed; a second visit asks the server for the page alone.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Request, sync_playwright

from infra.benchmarks.report import Row, at_most
from infra.local.product import Options, running

MOST_READY_MS, MOST_BYTES = 1_000, 60 * 1024
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
# Runs in the page before anything else of it: notes when the button is there.
WATCH = """
new MutationObserver(() => {
  const shown = [...document.querySelectorAll("button")].some((each) => each.textContent === "Sign in");
  if (shown && !window.readyAt) window.readyAt = performance.now();
}).observe(document, { childList: true, subtree: true });
"""
NAVIGATION_MS = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


def measure(*, full: bool) -> list[Row]:
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("chromium is not installed", "", "")]
    with tempfile.TemporaryDirectory() as folder:
        options = Options(folder=Path(folder), port=0, real_zoho=False, customers=1, fresh=True)
        with running(options, lambda _line: None) as product, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            rows = _measured(browser, product.origin, rounds=30 if full else 10)
            browser.close()
    return rows


def _measured(browser: Browser, origin: str, rounds: int) -> list[Row]:
    ready, smallest = [], []
    sizes: list[int] = []
    for _ in range(rounds):
        smallest.append(_smallest_ms(browser, origin))
        milliseconds, sizes = _first_visit(browser, origin)
        ready.append(milliseconds)
    return [
        at_most("ready, ms, median", statistics.median(ready), MOST_READY_MS, "{:.0f}"),
        at_most("ready, ms, slowest", max(ready), MOST_READY_MS, "{:.0f}"),
        Row("the smallest answer, ms, median", "", f"{statistics.median(smallest):.0f}"),
        at_most("transferred in a first visit, bytes", sum(sizes), MOST_BYTES, "{:,.0f}"),
        Row("answers of a first visit", "", str(len(sizes))),
    ]


def _smallest_ms(browser: Browser, origin: str) -> float:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{origin}/health")
        return float(page.evaluate(NAVIGATION_MS))


def _first_visit(browser: Browser, origin: str) -> tuple[float, list[int]]:
    """Return milliseconds until the page can be used, and the size of every answer."""
    finished: list[Request] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 — takes attributes
        page.goto(origin)
        page.get_by_role("button", name="Sign in", exact=True).wait_for()
        page.wait_for_load_state("networkidle")
        sizes = [request.sizes()["responseBodySize"] for request in finished]
        return float(page.evaluate("window.readyAt")), sizes
