"""Nothing typed is lost: going back, reloading, leaving, a session that ends."""

from playwright.sync_api import Page, expect

from tests.console.people import Person, far_from_now

START = "/syncs/new/configuration"


def test_going_back_and_reloading_lose_nothing(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.get_by_role("button", name="Remove First Name").click()
    page.go_back()
    expect(page.get_by_label("Sync time")).to_have_value("06:05")
    page.reload()
    expect(page.get_by_label("Sync time")).to_have_value("06:05")
    expect(page.get_by_text("What you entered before is still here.")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("button", name="Remove Last Name")).to_be_visible()
    expect(page.get_by_role("button", name="Remove First Name")).to_have_count(0)


def test_starting_over_forgets_what_was_entered(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.goto(f"{connected.stack.origin}/#/syncs")
    expect(page.get_by_text("Your sync is half set up")).to_be_visible()
    page.reload()
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Sync time")).to_have_value("09:00")


def test_a_session_that_ends_in_the_middle_of_the_form_loses_nothing(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    page.get_by_label("Sync time").fill("06:05")
    (chosen,) = page.get_by_label("Mailing list").select_option(index=2)
    page.route("**/syncs", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    page.unroute("**/syncs")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()
    page.get_by_role("link", name="Configuration").click()
    expect(page.get_by_label("Sync time")).to_have_value("06:05")
    expect(page.get_by_label("Mailing list")).to_have_value(chosen)


def test_another_user_of_the_tab_sees_nothing_of_it(connected: Person, synced: Person, page: Page) -> None:
    _to_mapping(connected, page)
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("heading", name="Active Syncs")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_what_was_typed_and_left_is_not_taken_for_what_the_sync_has(owner: Person, page: Page) -> None:
    time = far_from_now(hours=10)
    owner.sign_in(page, f"/syncs/{owner.sync['id']}/configuration")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Sync time").fill(time)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_text("What you entered before is still here.")).to_be_visible()
    expect(page.get_by_label("Sync time")).to_have_value(time)
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Sync time")).to_have_value(owner.sync["schedule"]["time"])


def test_a_new_sync_left_half_way_says_so_when_it_is_taken_up(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Sync time")).to_have_value("06:05")
    expect(page.get_by_text("What you entered before is still here.")).to_have_count(0)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_text("What you entered before is still here.")).to_be_visible()


def _to_mapping(person: Person, page: Page) -> None:
    person.sign_in(page, START)
    page.get_by_label("Mailing list").select_option(index=1)
    page.get_by_label("Sync time").fill("06:05")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()
