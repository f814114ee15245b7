"""Small and large screens, dark and light, keyboard alone, screen readers, a strict policy, hostile names."""

import gzip
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.console.people import HOSTILE_NAMES, Person, Stack

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS_FOLDER = Path(__file__).parents[2] / ".local" / "screens"
MOST_TRANSFERRED = 60 * 1024
FEWEST_RULES = 80

OpenPage = Callable[..., Page]


def _violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", TAGS)
    assert (
        sum(len(found[kind]) for kind in ("passes", "violations", "incomplete", "inapplicable"))
        >= FEWEST_RULES
    )
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found["violations"]]


def _screens(page: Page, newcomer: Person, connected: Person, synced: Person) -> Iterator[str]:
    """Go through every screen; yields its name once it is there."""
    page.goto(newcomer.stack.origin)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    yield "sign-in"
    newcomer.sign_in(page, "/services")
    expect(page.get_by_text("Not connected")).to_be_visible()
    yield "services"
    page.get_by_role("button", name="Associate New Account").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "consent"
    newcomer.at_zoho()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Choose the organization")).to_be_visible()
    yield "organization"
    yield from _set_up_screens(page, connected)
    yield from _sync_screens(page, synced)


def _set_up_screens(page: Page, connected: Person) -> Iterator[str]:
    connected.sign_in(page, "/syncs")
    expect(page.get_by_text("No sync yet")).to_be_visible()
    yield "no-sync"
    page.get_by_role("link", name="Add New Sync").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Choose a mailing list.")).to_be_visible()
    yield "configuration"
    page.get_by_label("Mailing list").select_option(index=1)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Map more fields").click()
    row = page.get_by_role("listitem").last
    row.get_by_role("combobox").first.select_option("website")
    row.get_by_role("combobox").last.select_option("Phone")
    yield "mapping"
    page.get_by_role("button", name="Remove Website").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("examined.")).to_be_visible()
    page.get_by_text("Added: ").or_(page.get_by_text("Updated: ")).first.click()
    yield "review"
    page.get_by_role("button", name="Initiate").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "disclaimer"


def _sync_screens(page: Page, synced: Person) -> Iterator[str]:
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("article")).to_be_visible()
    yield "syncs"
    page.goto(f"{synced.stack.origin}/#/syncs/{synced.sync['id']}/configuration")
    expect(page.get_by_text("At a glance")).to_be_visible()
    yield "sync-configuration"
    page.get_by_role("tab", name="Field Mapping").click()
    expect(page.get_by_role("tabpanel", name="Field Mapping")).to_be_visible()
    yield "sync-mapping"
    page.get_by_role("tab", name="Sync History").click()
    history = page.get_by_role("tabpanel", name="Sync History")
    history.get_by_role("button", expanded=False).last.click()
    expect(history.get_by_role("button", expanded=True)).to_be_visible()
    yield "sync-history"
    page.get_by_role("button", name="Notifications").click()
    expect(page.get_by_role("link", name="The sync completed")).to_be_visible()
    yield "bell"
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Sync Services").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "disable"
    page.goto(f"{synced.stack.origin}/#/syncs/unknown/configuration")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="There is no such sync")).to_be_visible()
    yield "failure"


@pytest.mark.parametrize(
    ("look", "width", "scheme"), [("light-1600", 1600, "light"), ("dark-360", 360, "dark")]
)
def test_every_screen_is_accessible_and_fits(
    open_page: OpenPage,
    newcomer: Person,
    connected: Person,
    synced: Person,
    look: str,
    width: int,
    scheme: str,
) -> None:
    """Leaves a picture of each screen in `.local/screens`."""
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    folder = SCREENS_FOLDER / look
    folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    for number, name in enumerate(_screens(page, newcomer, connected, synced), 1):
        wrong += [f"{name}: {each}" for each in _violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{name}: scrolls sideways")
        page.screenshot(path=folder / f"{number:02}-{name}.png")
    assert wrong == []


def test_the_whole_set_up_needs_no_mouse(connected: Person, page: Page) -> None:
    connected.sign_in(page, "/syncs/new/configuration")
    expect(page.get_by_label("Mailing list")).to_be_visible()
    _tab_to(page, "Mailing list")
    page.keyboard.press("N")  # one letter: what is typed next after a pause would begin anew
    expect(page.get_by_label("Mailing list").locator("option:checked")).to_contain_text("Newsletter")
    _tab_to(page, "Next")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add New Sync")).to_be_focused()
    _tab_to(page, "Map more fields")
    page.keyboard.press("Enter")
    page.keyboard.press("W")
    expect(page.get_by_role("listitem").last.get_by_role("combobox").first).to_have_value("website")
    _tab_to(page, "New Field")
    page.keyboard.press("Space")
    _tab_to(page, "Next")
    page.keyboard.press("Enter")
    expect(page.get_by_text("customers examined.")).to_be_visible()
    _tab_to(page, "Initiate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Initiate")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    _tab_to(page, "Accept and initiate")
    with connected.stack.held_runs():
        page.keyboard.press("Enter")
        expect(page.get_by_text("The sync is initiated")).to_be_visible()
    assert {"source": "website", "target": "Website", "new_field": True} in connected.sync["mapping"]


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called `name`, and can be seen to have it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        called = page.evaluate(
            "(() => { const here = document.activeElement; return here.labels?.[0]?.textContent"
            " || here.getAttribute('aria-label') || here.textContent; })()"
        )
        if called.startswith(name):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"the focus never came to {name!r}")


def test_the_first_tab_skips_to_the_content(synced: Person, page: Page) -> None:
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("article")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    assert page.url.endswith("#/syncs")


def test_hostile_names_are_shown_as_text(connected: Person, page: Page) -> None:
    connected.sign_in(page, "/syncs/new/configuration")
    page.get_by_label("Mailing list").select_option(label="Partner Circular (0 contacts)")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Added: ").click()
    table = page.get_by_role("region", name="Added, examples")
    for name in HOSTILE_NAMES:
        expect(table.get_by_text(name.strip(), exact=True)).to_be_visible()
    assert page.locator("main img").count() == 0


def test_the_first_load_is_small_and_never_asks_for_an_asset_twice(stack: Stack, page: Page) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(stack.origin)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= MOST_TRANSFERRED
    page.goto(f"{stack.origin}/?again")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    fresh = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((each) => each.name.includes('/v-') && each.transferSize > 0)"
    )
    assert fresh == []


def test_a_hidden_tab_asks_for_nothing(synced: Person, page: Page) -> None:
    page.clock.install()
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("article")).to_be_visible()
    with page.expect_request(lambda request: request.url.endswith("/syncs")):
        page.clock.fast_forward("02:00")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.fast_forward("10:00")
    page.evaluate("fetch('/health')")
    assert asked == ["/health"]
    page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    with page.expect_request(lambda request: request.url.endswith("/syncs")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_static_files_stay_below_the_limit_when_compressed() -> None:
    static = Path(__file__).parents[2] / "functions" / "console" / "static"
    sizes = [
        len(gzip.compress(each.read_bytes()))
        for each in static.rglob("*")
        if each.suffix in {".js", ".css", ".html", ".svg"}
    ]
    assert sum(sizes) <= MOST_TRANSFERRED
