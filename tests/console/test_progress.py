"""The bar of a run in progress, from its first customer to the time it has left."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.console.people import Person


def test_while_nobody_knows_how_many_there_are_the_bar_promises_nothing(owner: Person, page: Page) -> None:
    with owner.stack.held_runs():
        tell = _watched(owner, page)
        tell(examined=1, estimated_total=None)
        expect(page.get_by_text("1 examined so far", exact=True)).to_be_visible()
        page.clock.fast_forward("00:10")
        tell(examined=1_097, estimated_total=None)
        expect(page.get_by_text("1,097 examined so far", exact=True)).to_be_visible()
        assert page.get_by_role("progressbar").get_attribute("value") is None
    owner.finish_run()


def test_once_it_is_known_the_bar_tells_how_many_are_done_and_how_long_it_takes(
    owner: Person, page: Page
) -> None:
    with owner.stack.held_runs():
        tell = _watched(owner, page)
        tell(examined=200, estimated_total=1_200)
        expect(page.get_by_text("200 of 1,200 customers examined", exact=True)).to_be_visible()
        page.clock.fast_forward("00:10")
        tell(examined=600, estimated_total=1_200)
        left = page.get_by_role("main").get_by_text("600 of 1,200 customers examined · about")
        expect(left).to_contain_text("left")
        bar = page.get_by_role("progressbar")
        expect(bar).to_have_js_property("position", 0.5)
    owner.finish_run()


def _watched(owner: Person, page: Page) -> Callable[..., None]:
    """Open a sync whose run is held; returns what lets the page see it elsewhere than it is."""
    page.clock.install()
    owner.finish_run()
    address = f"/syncs/{owner.sync['id']}"
    owner.call("POST", f"{address}/runs", {"mode": "full"})
    seen: dict[str, Any] = {}

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        body["current_run"]["status"] = "running"
        body["current_run"]["progress"].update(seen)
        route.fulfill(response=response, json=body)

    page.route(f"**{address}", answer)
    owner.sign_in(page, f"{address}/configuration")
    expect(page.get_by_role("heading", name="Run in progress")).to_be_visible()

    def tell(**progress: Any) -> None:
        seen.update(progress)
        page.clock.fast_forward("00:04")

    return tell
