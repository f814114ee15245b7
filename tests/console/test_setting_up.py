"""Adding and editing the sync: configuration, field mapping, preview, disclaimer, Initiate."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.console.people import ZONE, Person, far_from_now

START = "/syncs/new/configuration"


def test_add_new_sync_is_offered_where_there_is_none(connected: Person, page: Page) -> None:
    connected.sign_in(page, "/syncs")
    expect(page.get_by_text("No sync yet")).to_be_visible()
    page.get_by_role("link", name="Add New Sync").click()
    expect(page.get_by_role("heading", name="Add New Sync")).to_be_focused()


def test_a_second_sync_is_refused_with_the_reason(synced: Person, page: Page) -> None:
    synced.sign_in(page, "/syncs")
    expect(page.get_by_role("button", name="Add New Sync")).to_be_disabled()
    expect(page.get_by_text("Only one sync can be set up. Edit the one below")).to_be_visible()
    page.goto(f"{synced.stack.origin}/#{START}")
    expect(page.get_by_text("there is one already")).to_be_visible()


def test_contacts_is_the_only_module(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    module = page.get_by_label("Module")
    expect(module.locator("option")).to_have_text(["Contacts (Customers in Zoho Books)"])
    expect(
        page.get_by_text("All records of the module are synced, into the All Contacts view.")
    ).to_be_visible()


def test_the_mailing_list_has_to_be_chosen(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Choose a mailing list.")).to_be_visible()
    expect(page.get_by_label("Mailing list")).to_be_focused()
    expect(page.get_by_label("Mailing list").locator("option")).to_contain_text(
        ["Newsletter", "Product News"]
    )
    page.get_by_label("Mailing list").select_option(index=1)
    expect(page.get_by_text("Choose a mailing list.")).to_be_hidden()


def test_non_marketing_contacts_get_no_topics(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    expect(page.get_by_role("radio", name="Marketing", exact=True)).to_be_checked()
    expect(page.get_by_text("field “Subscription Type”")).to_be_visible()
    page.get_by_role("radio", name="Non-marketing").check()
    expect(page.get_by_role("checkbox", name="Product Updates")).to_be_hidden()
    expect(page.get_by_text("Non-marketing contacts are given no topics.")).to_be_visible()


def test_topics_are_offered_only_when_there_is_more_than_one(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    expect(page.get_by_role("checkbox", name="Product Updates")).to_be_checked()
    connected.stack.control("settings", {"topics": ["default"]})
    try:
        page.reload()
        expect(page.get_by_text("only one topic")).to_be_visible()
        expect(page.get_by_role("group", name="Topics")).to_have_count(0)
    finally:
        connected.stack.control("settings", {"topics": ["default", "Product Updates", "Events & Webinars"]})


def test_the_lawful_basis_is_asked_for_once_gdpr_is_enabled(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    basis = page.get_by_label("Lawful basis for communication")
    switch = page.get_by_role("checkbox", name="GDPR settings are enabled")
    expect(switch).not_to_be_checked()
    expect(basis).to_have_count(0)
    switch.check()
    expect(basis.locator("option")).to_have_count(7)
    page.get_by_label("Mailing list").select_option(index=1)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Choose the lawful basis.")).to_be_visible()
    switch.uncheck()
    expect(basis).to_have_count(0)


def test_the_schedule_is_told_in_a_sentence_with_its_next_time(connected: Person, page: Page) -> None:
    connected.sign_in(page, START)
    page.get_by_label("Sync time").fill("09:30")
    page.get_by_label("Time zone").select_option("Asia/Kolkata")
    expect(page.get_by_text("Every day at 09:30 Asia/Kolkata, next on")).to_contain_text("your time")
    page.get_by_role("radio", name="Weekly").check()
    page.get_by_label("Day of the week").select_option("thursday")
    expect(page.get_by_text("Every Thursday at 09:30 Asia/Kolkata, next on")).to_be_visible()
    page.get_by_role("radio", name="Monthly").check()
    page.get_by_label("Day of the month").select_option("last")
    expect(page.get_by_text("On the last day of every month at 09:30 Asia/Kolkata, next on")).to_be_visible()
    expect(page.get_by_text("The first sync starts at once")).to_be_visible()


def test_matching_fields_are_paired_and_any_number_can_be_added(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    expect(page.get_by_text("Always mapped")).to_be_visible()
    expect(page.get_by_label("Zoho Campaigns field, pair 2")).to_have_value("First Name")
    before = page.get_by_role("button", name="Remove").count()
    for _ in range(3):
        page.get_by_role("button", name="Map more fields").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(before + 3)
    expect(page.get_by_label(f"Zoho Books field, pair {before + 4}")).to_be_focused()
    page.get_by_role("button", name="Remove First Name").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(before + 2)


def test_a_field_cannot_be_mapped_twice(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.get_by_role("button", name="Map more fields").click()
    row = page.get_by_role("listitem").last
    row.get_by_role("combobox").first.select_option("website")
    row.get_by_role("combobox").last.select_option("First Name")
    expect(page.get_by_text("First Name is mapped already.")).to_be_visible()
    expect(row).to_contain_text("web address → text, up to 100 characters")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()


def test_new_field_takes_the_name_of_the_books_field(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.get_by_role("button", name="Map more fields").click()
    row = page.get_by_role("listitem").last
    row.get_by_role("combobox").first.select_option("cf_account_manager")
    row.get_by_role("checkbox", name="New Field").check()
    expect(row.get_by_role("combobox")).to_have_count(1)
    expect(row).to_contain_text("a new text field, created when you initiate")


def test_everything_chosen_is_what_the_sync_does(connected: Person, page: Page) -> None:
    """From the empty page to the first run: every choice a person makes arrives in the sync."""
    connected.sign_in(page, START)
    page.get_by_label("Mailing list").select_option(label="Product News (0 contacts)")
    page.get_by_role("checkbox", name="Events & Webinars").uncheck()
    page.get_by_role("checkbox", name="GDPR settings are enabled").check()
    page.get_by_label("Lawful basis for communication").select_option("contract")
    page.get_by_role("checkbox", name="Update empty field value").check()
    page.get_by_role("radio", name="Weekly").check()
    page.get_by_label("Day of the week").select_option("friday")
    page.get_by_label("Sync time").fill("18:45")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Map more fields").click()
    row = page.get_by_role("listitem").last
    row.get_by_role("combobox").first.select_option("cf_segment")
    row.get_by_role("checkbox", name="New Field").check()
    page.get_by_role("button", name="Next").click()

    expect(page.get_by_text("customers examined.")).to_contain_text("at Zoho’s pace")
    page.get_by_role("button", name="Initiate").click()
    disclaimer = page.get_by_role("dialog", name="Before the sync starts")
    expect(disclaimer).to_contain_text("contacts may be added")
    expect(disclaimer).to_contain_text("Where it is off, the sync stops at the limit")
    disclaimer.get_by_role("button", name="Cancel").click()
    assert connected.call("GET", "/syncs")["items"] == []
    page.get_by_role("button", name="Initiate").click()
    with connected.stack.held_runs():
        page.get_by_role("button", name="Accept and initiate").click()
        expect(page.get_by_text("The sync is initiated; its first run has started.")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_visible()

    sync = connected.sync
    assert sync["list_name"] == "Product News"
    assert (sync["subscription_type"], sync["lawful_basis"]) == ("marketing", "contract")
    assert sync["update_empty_fields"] is True
    assert len(sync["topic_ids"]) == 2
    schedule = {name: value for name, value in sync["schedule"].items() if value is not None}
    assert schedule == {
        "frequency": "weekly",
        "time": "18:45",
        "time_zone": "America/New_York",
        "weekday": "friday",
    }
    assert {"source": "cf_segment", "target": "Segment", "new_field": True} in sync["mapping"]
    assert connected.finish_run()["status"] == "completed"
    assert "Segment" in [
        field["name"] for field in connected.call("GET", "/sync-options")["campaigns_fields"]
    ]
    assert page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('draft'))") == []


def test_the_preview_shows_who_would_be_skipped_and_why(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Skipped: ").click()
    table = page.get_by_role("region", name="Skipped, examples")
    expect(table).to_contain_text("Add an email address to this customer in Zoho Books.")
    assert connected.call("GET", "/syncs")["items"] == []


def test_edit_leads_through_next_to_initiate(owner: Person, page: Page) -> None:
    sync, time = owner.sync, far_from_now(hours=11)
    owner.sign_in(page, f"/syncs/{sync['id']}/configuration")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("heading", name="Edit the sync")).to_be_visible()
    expect(page.get_by_label("Sync time")).to_have_value(sync["schedule"]["time"])
    page.get_by_label("Sync time").fill(time)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("customers examined.")).to_be_visible()
    page.get_by_role("button", name="Initiate").click()
    with owner.stack.held_runs():
        page.get_by_role("button", name="Accept and initiate").click()
        expect(page.get_by_text("The sync is initiated with its new configuration.")).to_be_visible()
        expect(page.get_by_text(f"Every day at {time} {ZONE}")).to_be_visible()
    assert owner.sync["schedule"]["time"] == time
    owner.finish_run()


def test_what_the_service_refuses_is_told_at_its_field(connected: Person, page: Page) -> None:
    _to_mapping(connected, page)
    page.get_by_role("button", name="Next").click()
    refused = {
        "error": {
            "code": "validation_failed",
            "message": "schedule.time_zone: not known",
            "details": {"fields": [{"field": "schedule.time_zone", "reason": "this zone is not known"}]},
            "request_id": "r",
        }
    }
    page.route("**/syncs", lambda route: _post_answered(route, 422, refused))
    page.get_by_role("button", name="Initiate").click()
    expect(page.get_by_text("This zone is not known.", exact=True)).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_attribute("aria-invalid", "true")


def _post_answered(route: Route, status: int, body: Any) -> None:
    if route.request.method == "POST":
        route.fulfill(status=status, json=body)
    else:
        route.continue_()


def _to_mapping(person: Person, page: Page) -> None:
    person.sign_in(page, START)
    page.get_by_label("Mailing list").select_option(index=1)
    page.get_by_label("Sync time").fill("06:05")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Map your Fields")).to_be_visible()
