"""What a person does while an answer is still on its way."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from tests.console.people import Person

START = "/syncs/new/configuration"
BROKEN = {
    "error": {
        "code": "internal_error",
        "message": "Something went wrong here.",
        "details": {},
        "request_id": "r-77",
    }
}


@contextmanager
def _held(page: Page, address: str, method: str) -> Iterator[None]:
    """Within this, what the page sends there has arrived, but its answer has not come back."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == method and not waiting:
            waiting.append(route)
        else:
            route.fallback()

    page.route(address, hold)
    yield
    answer = waiting[0].fetch()
    waiting[0].fulfill(response=answer)
    page.unroute(address)


def test_a_dialog_stays_until_its_request_is_answered(connected: Person, page: Page) -> None:
    connected.sign_in(page, "/services")
    page.get_by_role("button", name="Deny").click()
    dialog = page.get_by_role("dialog", name="Disable integration")
    with _held(page, "**/connection?confirm=true", "DELETE"):
        with page.expect_request("**/connection?confirm=true"):
            dialog.get_by_role("button", name="Go Ahead").click()
        expect(dialog.get_by_role("button", name="Cancel")).to_be_disabled()
        for _ in range(3):
            page.keyboard.press("Escape")
        expect(dialog).to_be_visible()
    expect(page.get_by_text("The integration is disabled.")).to_be_visible()
    expect(dialog).to_be_hidden()


def test_a_question_does_not_follow_a_person_to_another_screen(connected: Person, page: Page) -> None:
    connected.sign_in(page, "/services")
    with _held(page, "**/disable-effects", "GET"):
        with page.expect_request("**/disable-effects"):
            page.get_by_role("button", name="Deny").click()
        page.get_by_role("link", name="Active Syncs").first.click()
        expect(page.get_by_role("heading", name="Active Syncs")).to_be_visible()
    expect(page.get_by_role("heading", name="Active Syncs")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_disclaimer_does_not_follow_a_person_to_another_screen(connected: Person, page: Page) -> None:
    _to_review(connected, page)
    with _held(page, "**/syncs", "POST"):
        with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/syncs")):
            page.get_by_role("button", name="Initiate").click()
        page.get_by_role("link", name="Sync Services").click()
        expect(page.get_by_role("heading", name="Sync Services")).to_be_visible()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog", name="Disable integration")).to_be_visible()


def test_leaving_takes_an_open_question_away(connected: Person, page: Page) -> None:
    connected.sign_in(page, "/syncs")
    page.get_by_role("link", name="Sync Services").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Active Syncs")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_question_put_aside_leaves_its_button_ready_at_once(connected: Person, page: Page) -> None:
    """Before the browser tells that the dialog is closed, which is after the focus is back."""
    connected.sign_in(page, "/services")
    page.get_by_role("button", name="Deny").click()
    dialog = page.get_by_role("dialog")
    dialog.evaluate(
        "(dialog) => { window.early = new Promise((tell) => dialog.addEventListener('close',"
        " () => tell(document.activeElement.getAttribute('aria-disabled')), { capture: true })); }"
    )
    page.keyboard.press("Escape")
    assert page.evaluate("window.early") is None
    expect(page.get_by_role("button", name="Deny")).to_be_focused()


def test_next_waits_for_the_gdpr_switch_and_the_switch_leaves_the_focus_alone(
    connected: Person, page: Page
) -> None:
    connected.sign_in(page, START)
    page.get_by_label("Mailing list").select_option(index=1)
    with _held(page, "**/connection/gdpr", "PUT"):
        with page.expect_request("**/connection/gdpr"):
            page.get_by_role("checkbox", name="GDPR settings are enabled").check()
        page.get_by_label("Sync time").focus()
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Choose the lawful basis.")).to_be_visible()
    expect(page.get_by_label("Lawful basis for communication")).to_be_focused()


def test_the_gdpr_switch_leaves_the_focus_where_a_person_has_put_it(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    with _held(page, "**/connection/gdpr", "PUT"):
        with page.expect_request("**/connection/gdpr"):
            page.get_by_role("checkbox", name="GDPR settings are enabled").check()
        page.get_by_label("Sync time").focus()
    expect(page.get_by_label("Lawful basis for communication")).to_be_visible()
    expect(page.get_by_label("Sync time")).to_be_focused()


def test_a_gdpr_switch_left_behind_is_still_what_is_on_offer(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    with _held(page, "**/connection/gdpr", "PUT"):
        with page.expect_request("**/connection/gdpr"):
            page.get_by_role("checkbox", name="GDPR settings are enabled").check()
        page.get_by_role("link", name="Cancel").click()
        expect(page.get_by_role("heading", name="Active Syncs")).to_be_visible()
    with page.expect_response("**/sync-options"):
        page.get_by_role("link", name="Add New Sync").click()
    expect(page.get_by_role("checkbox", name="GDPR settings are enabled")).to_be_checked()
    expect(page.get_by_label("Lawful basis for communication")).to_be_visible()


def test_sync_now_is_not_offered_again_before_the_run_is_seen(owner: Person, page: Page) -> None:
    owner.finish_run()
    address = f"/syncs/{owner.sync['id']}"
    owner.sign_in(page, f"{address}/configuration")
    sync_now = page.get_by_role("button", name="Sync now")
    expect(sync_now).to_be_enabled()
    with owner.stack.held_runs():
        with _held(page, f"**{address}", "GET"):
            with page.expect_request(f"**{address}"):
                sync_now.click()
            expect(sync_now).to_be_disabled()
        expect(sync_now).to_be_hidden()
        expect(page.get_by_role("heading", name="Run in progress")).to_be_visible()
    owner.finish_run()


def test_a_cancellation_that_fails_is_told_where_it_was_asked_for(owner: Person, page: Page) -> None:
    owner.finish_run()
    owner.sign_in(page, f"/syncs/{owner.sync['id']}/configuration")
    with owner.stack.held_runs():
        page.get_by_role("button", name="Sync now").click()
        page.get_by_role("button", name="Cancel").click()
        page.route("**/cancel", lambda route: route.fulfill(status=500, json=BROKEN))
        dialog = page.get_by_role("dialog", name="Cancel this run?")
        dialog.get_by_role("button", name="Cancel the run").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Something went wrong here.")
        page.unroute("**/cancel")
        dialog.get_by_role("button", name="Cancel the run").click()
        expect(dialog).to_be_hidden()
    assert owner.finish_run()["status"] == "cancelled"


def _to_review(person: Person, page: Page) -> None:
    person.sign_in(page, START)
    page.get_by_label("Mailing list").select_option(index=1)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("button", name="Initiate")).to_be_visible()
