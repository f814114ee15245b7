"""What a person sees when something goes wrong, and how they get out of it."""

from playwright.sync_api import Page, expect

from tests.console.people import UNLIMITED, Person

BROKEN = {
    "error": {
        "code": "internal_error",
        "message": "Something went wrong here.",
        "details": {},
        "request_id": "r-77",
    }
}


def test_a_failure_of_the_service_can_be_reported_and_tried_again(synced: Person, page: Page) -> None:
    page.route("**/syncs", lambda route: route.fulfill(status=500, json=BROKEN))
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    expect(page.get_by_text("Request r-77")).to_be_visible()
    page.unroute("**/syncs")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Active Syncs")).to_be_visible()


def test_an_answer_that_is_not_the_services_is_a_failure_too(synced: Person, page: Page) -> None:
    page.route("**/syncs", lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"))
    synced.sign_in(page, "/syncs")
    expect(page.get_by_text("The answer could not be read. Try again.")).to_be_visible()


def test_offline_is_told_and_over_as_soon_as_the_connection_is_back(synced: Person, page: Page) -> None:
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("article")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline. What you see may be out of date")).to_be_visible()
    page.get_by_role("link", name="Sync Services").click()
    expect(page.get_by_role("heading", name="You seem to be offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Zoho Books")).to_be_visible()
    expect(page.get_by_text("You are offline.")).to_be_hidden()


def test_an_action_that_fails_leaves_the_screen_as_it_was(synced: Person, page: Page) -> None:
    address = f"/syncs/{synced.sync['id']}"
    synced.sign_in(page, f"{address}/configuration")
    page.route("**/pause", lambda route: route.fulfill(status=500, json=BROKEN))
    with page.expect_response(f"**{address}"):
        page.get_by_role("button", name="Pause Sync").click()
    expect(page.get_by_role("button", name="Pause Sync")).to_be_enabled()
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong here.")


def test_the_failure_of_an_action_is_there_until_the_next_action(owner: Person, page: Page) -> None:
    page.clock.install()
    address = f"/syncs/{owner.sync['id']}"
    owner.sign_in(page, f"{address}/configuration")
    page.route("**/pause", lambda route: route.fulfill(status=500, json=BROKEN))
    page.get_by_role("button", name="Pause Sync").click()
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong here.")
    with page.expect_response(f"**{address}") as answer:
        page.clock.fast_forward("02:00")
    answer.value.finished()
    page.evaluate("fetch('/health')")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong here.")
    page.unroute("**/pause")
    page.get_by_role("button", name="Pause Sync").click()
    expect(page.get_by_role("button", name="Resume Sync")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Resume Sync").click()
    expect(page.get_by_role("button", name="Pause Sync")).to_be_visible()


def test_reading_that_fails_is_told_until_it_succeeds(synced: Person, page: Page) -> None:
    page.clock.install()
    address = f"/syncs/{synced.sync['id']}"
    synced.sign_in(page, f"{address}/configuration")
    expect(page.get_by_text("At a glance")).to_be_visible()
    page.route(f"**{address}", lambda route: route.fulfill(status=500, json=BROKEN))
    page.clock.fast_forward("02:00")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong here.")
    page.unroute(f"**{address}")
    page.clock.fast_forward("02:00")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_only_a_failure_of_the_service_shows_the_number_of_the_request(newcomer: Person, page: Page) -> None:
    newcomer.sign_in(page, "/syncs/new/configuration")
    expect(page.get_by_role("heading", name="Zoho Books is not connected")).to_be_visible()
    expect(page.get_by_text("Request ")).to_have_count(0)


def test_a_sync_that_is_not_there_says_so(synced: Person, page: Page) -> None:
    synced.sign_in(page, "/syncs/unknown/configuration")
    expect(page.get_by_role("heading", name="There is no such sync")).to_be_visible()
    page.get_by_role("link", name="Go to Active Syncs").click()
    expect(page.get_by_role("article")).to_be_visible()


def test_a_throttling_zoho_is_told_with_the_time_to_come_back(connected: Person, page: Page) -> None:
    locked = {
        "error": {
            "code": "zoho_rate_limited",
            "message": "Zoho refuses further calls for a while.",
            "details": {"zoho_code": "1010"},
            "request_id": "r",
        }
    }
    page.route(
        "**/sync-options",
        lambda route: route.fulfill(status=503, json=locked, headers={"Retry-After": "900"}),
    )
    connected.sign_in(page, "/syncs/new/configuration")
    expect(page.get_by_role("heading", name="Zoho is limiting calls right now")).to_be_visible()
    expect(page.get_by_text("Try again after")).to_be_visible()


def test_a_run_that_meets_zohos_limit_says_until_when_it_waits_and_can_be_cancelled(
    connected: Person, page: Page
) -> None:
    connected.stack.control("settings", {"campaigns_limits": {"campaigns.listsubscribe": [[3, 60]]}})
    try:
        connected.set_up()
        connected.sign_in(page, f"/syncs/{connected.sync['id']}/configuration")
        expect(page.get_by_text("Waiting for Zoho’s limit until").first).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Cancel the run").click()
        expect(page.get_by_role("heading", name="Run in progress")).to_be_hidden(timeout=30_000)
        expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    finally:
        connected.stack.control("settings", UNLIMITED)
        connected.stack.control("reset", {"what": ["quotas"]})


def test_a_full_plan_says_what_to_do_and_goes_on_with_resume(connected: Person, page: Page) -> None:
    newest = {"contact_name": "One Too Many Ltd", "email": "one@too-many.example"}
    connected.stack.control("customers", {"action": "add", "values": newest})
    connected.stack.control("settings", {"contact_limit": 1})
    try:
        connected.set_up()
        connected.sign_in(page, f"/syncs/{connected.sync['id']}/configuration")
        expect(page.get_by_text("Needs attention")).to_be_visible(timeout=30_000)
        plea = page.get_by_role("alert").filter(has_text="the plan's limit is reached.")
        expect(plea.get_by_text("Code: campaigns.listsubscribe 914")).to_be_visible()
        expect(page.get_by_text("Waiting until you have dealt with the message above").first).to_be_visible()
    finally:
        connected.stack.control("settings", {"contact_limit": None})
    page.get_by_role("button", name="Resume Sync").click()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=30_000)
