"""Signing in, connecting Zoho Books, choosing the organization, disabling the integration."""

import re

from playwright.sync_api import Page, expect

from tests.console.people import Person, Stack


def test_one_click_signs_in_and_one_click_signs_out(stack: Stack, page: Page) -> None:
    page.goto(stack.origin)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Sync Services")).to_be_visible()
    expect(page.get_by_text("alice")).to_be_visible()
    assert "code=" not in page.url
    assert page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_somebody_else_signs_in_with_their_name(stack: Stack, page: Page) -> None:
    page.goto(stack.origin)
    page.get_by_role("button", name="Sign in as somebody else").click()
    page.get_by_label("User").fill("walker")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sync Services")).to_be_visible()
    expect(page.get_by_text("walker")).to_be_visible()


def test_a_sign_in_that_was_not_started_here_is_refused(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.origin}/?code=stolen&state=foreign")
    expect(page.get_by_text("This sign-in was not started in this tab.")).to_be_visible()
    assert page.url == f"{stack.origin}/"


def test_associate_new_account_leads_to_the_consent_for_both_products(newcomer: Person, page: Page) -> None:
    newcomer.sign_in(page)
    page.get_by_role("button", name="Associate New Account").click()
    dialog = page.get_by_role("dialog", name="Associate New Account")
    expect(dialog).to_contain_text("Zoho Books")
    expect(dialog).to_contain_text("Zoho Campaigns")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Allow access?")).to_be_visible()
    expect(page.get_by_text("ZohoBooks.").first).to_be_visible()
    expect(page.get_by_text("ZohoCampaigns.").first).to_be_visible()


def test_the_chosen_organization_is_connected_with_proceed(newcomer: Person, page: Page) -> None:
    _consent(newcomer, page)
    assert page.url == f"{newcomer.stack.origin}/#/services"
    page.get_by_role("radio", name="Lumen Supply Co.").check()
    page.get_by_role("button", name="Proceed").click()
    expect(page.get_by_text("Zoho Books and Zoho Campaigns are connected.")).to_be_visible()
    expect(page.get_by_text("Lumen Supply Co.")).to_be_visible()
    assert newcomer.call("GET", "/connection")["status"] == "connected"


def test_the_code_of_the_consent_is_nowhere_in_the_history_of_the_tab(newcomer: Person, page: Page) -> None:
    addresses: list[str] = []
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    _consent(newcomer, page)
    assert any("code=" in each for each in addresses)
    page.reload()
    expect(page.get_by_text("Choose the organization")).to_be_visible()
    history = page.evaluate("navigation.entries().map((each) => each.url)")
    assert history
    assert not [each for each in history if re.search("code=|state=", each)]
    assert page.evaluate("sessionStorage.getItem('consent')") is None


def test_an_organization_under_another_address_cannot_be_chosen_and_both_are_named(
    newcomer: Person, page: Page
) -> None:
    _consent(newcomer, page)
    expect(page.get_by_role("radio", name="Harbor Lane Studio")).to_be_disabled()
    reason = page.get_by_text("registered under accounts@harbor-lane.example")
    expect(reason).to_contain_text(newcomer.email)
    expect(page.get_by_role("radio", name="Lumen Supply (2019, closed)")).to_be_disabled()
    expect(page.get_by_text("inactive in Zoho Books")).to_be_visible()


def test_another_organization_has_to_wait_until_the_integration_is_disabled(
    connected: Person, page: Page
) -> None:
    connected.sign_in(page, "/services")
    expect(page.get_by_text("One organization is connected at a time.")).to_be_visible()
    expect(page.get_by_role("button", name="Associate New Account")).to_have_count(0)
    expect(page.get_by_role("button", name="Proceed")).to_have_count(0)


def test_disabling_shows_its_effects_and_goes_ahead_only_when_told_to(connected: Person, page: Page) -> None:
    connected.set_up()
    connected.sign_in(page, "/services")
    page.get_by_role("button", name="Deny").click()
    dialog = page.get_by_role("dialog", name="Disable integration")
    expect(dialog).to_contain_text("schedule, configuration and field mapping are deleted")
    expect(dialog).to_contain_text("Contacts that are in Zoho Campaigns stay there")
    dialog.get_by_role("button", name="Cancel").click()
    assert connected.call("GET", "/connection")["status"] == "connected"
    page.get_by_role("button", name="Deny").click()
    page.get_by_role("button", name="Go Ahead").click()
    expect(page.get_by_text("The integration is disabled.")).to_be_visible()
    expect(page.get_by_role("button", name="Associate New Account")).to_be_visible()
    assert connected.call("GET", "/syncs")["items"] == []


def test_a_refused_consent_says_so_and_can_be_repeated(newcomer: Person, page: Page) -> None:
    newcomer.sign_in(page)
    page.get_by_role("button", name="Associate New Account").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Zoho was told not to allow access")).to_be_visible()
    expect(page.get_by_role("button", name="Associate New Account")).to_be_visible()


def test_a_consent_that_is_over_says_what_to_do(newcomer: Person, page: Page) -> None:
    newcomer.sign_in(page)
    expect(page.get_by_role("button", name="Associate New Account")).to_be_visible()
    page.goto(
        f"{newcomer.stack.origin}/oauth/callback?code=old&state=old&location=us&accounts-server=https://x"
    )
    expect(page.get_by_text("This sign-in was not started here, or is over")).to_be_visible()
    expect(page.get_by_text("took longer than ten minutes")).to_be_visible()


def test_a_lost_consent_is_taken_up_again_with_reconnect(connected: Person, page: Page) -> None:
    refused = {"endpoint": "accounts.token", "status": 200, "body": {"error": "invalid_code"}}
    with connected.stack.fault(refused):
        connected.stack.control("tokens", {"action": "expire_access"})
        connected.sign_in(page, "/syncs/new/configuration")
        expect(page.get_by_role("heading", name="Zoho asks you to connect again")).to_be_visible()
    page.get_by_role("link", name="Reconnect Zoho").click()
    expect(page.get_by_text("Reconnect needed")).to_be_visible()
    page.get_by_role("button", name="Reconnect").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()


def _consent(person: Person, page: Page) -> None:
    person.sign_in(page)
    page.get_by_role("button", name="Associate New Account").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Choose the organization")).to_be_visible()
